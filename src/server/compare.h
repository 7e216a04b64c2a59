/* `locumctl replay`: recorded outcomes under two policies, and what differs.  No thread but one. */
#ifndef LOCUM_SERVER_COMPARE_H
#define LOCUM_SERVER_COMPARE_H

#include "base/err.h"
#include "conf/schema.h"

#include <jansson.h>

/*
 * Plays the outcomes in `pages` (a list, see past.h) under the configurations `was` and `is`:
 *   {"since", "until", "seconds", "old": SIDE, "new": SIDE, "services": [ROW, ...]}
 *   SIDE: {"configuration", "switches", "flaps", "wrong", "outcomes", "silent-checks"}
 *   ROW:  {"service", "old": {"switches", "flaps", "wrong"} or null, "new": ...}
 * with the services of either sorted by name; "since" and "until" as 2026-11-22T02:01:03.123Z. NULL
 * and `err`: a configuration has errors (the first), or a page makes no sense.
 */
json_t *compare_policies(const char *was, const char *is, const json_t *pages,
	const struct option_set *const kinds[], struct err *err) MUST_USE;

#endif
