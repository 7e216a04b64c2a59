/* Moments of the wall clock as people write and read them, in UTC.  Pure. */
#ifndef LOCUM_BASE_MOMENT_H
#define LOCUM_BASE_MOMENT_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { MOMENT_TEXT_MAX = 48 };

/* "2026-11-22T02:01:03.123Z", of nanoseconds since 1970. */
const char *moment_text(int64_t wall_ns, char room[MOMENT_TEXT_MAX]);

enum moment_side { MOMENT_AHEAD = 1, MOMENT_AGO = -1 };
/*
 * "2026-11-22T22:00Z", with seconds and parts of them or without; or "30m", so long before or after
 * `now_ns`.  False: it is neither.
 */
bool moment_parse(
	const char *text, int64_t now_ns, enum moment_side side, int64_t *wall_ns) MUST_USE;

#endif
