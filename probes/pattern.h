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
struct pattern *pattern_new(const char *text) MUST_USE; /* checked before; NULL for NULL */
void pattern_free(struct pattern *pattern);             /* NULL is fine */
/*
 * Whether it is found in `len` octets, which may hold a NUL and must have one behind them; `found`,
 * unless NULL, gets the first group, or all of what matched when there is no group or it is not
 * part of it.  "." matches line ends.
 */
bool pattern_find(const struct pattern *pattern, const char *octets, size_t len,
	struct found *found) MUST_USE;

#endif
