/* Regular expressions over what a peer sent: POSIX extended, no back references.  Pure. */
#ifndef LOCUM_PROBES_PATTERN_H
#define LOCUM_PROBES_PATTERN_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct pattern;

struct found { /* where in the text */
	size_t from, len;
};

/* Whether it compiles; `text` NULL does.  `err` goes on after the option's name. */
bool pattern_check(const char *text, struct err *err) MUST_USE;
struct pattern *pattern_new(const char *text) MUST_USE;        /* checked before; NULL for NULL */
void pattern_free(struct pattern *pattern);                    /* NULL is fine */
size_t pattern_groups(const struct pattern *pattern) MUST_USE; /* how many it has */

/*
 * Whether it is found in `len` octets, NULs among them or not; behind them stands one more (under
 * a sanitizer regexec() is the one of old, which knows no length).  `found`, unless NULL, gets the
 * first group, or all of what matched when there is no group or it is not part of it.  "." matches
 * line ends.
 */
bool pattern_find(const struct pattern *pattern, const char *octets, size_t len,
	struct found *found) MUST_USE;

enum { PATTERN_GROUPS_MAX = 9 };
enum pattern_end {
	PATTERN_WHOLE, /* "$" matches where the text ends */
	PATTERN_MORE,  /* the text may go on: it does not */
};
/*
 * Whether it is found in `len` octets, likewise; `found`, unless NULL, gets group `group`, at
 * most PATTERN_GROUPS_MAX, or 0 for all of it; empty at 0 when the group is not part of the match.
 */
bool pattern_group(const struct pattern *pattern, const char *octets, size_t len,
	enum pattern_end end, size_t group, struct found *found) MUST_USE;
#endif
