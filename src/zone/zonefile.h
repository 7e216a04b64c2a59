/*
 * Master files (RFC 1035 5) to a zone: $ORIGIN, $TTL (RFC 2308 4), $INCLUDE,
 * $GENERATE, every order of TTL and class, parentheses, comments, escapes.
 * Bytes in, version out.  Any thread.
 */
#ifndef LOCUM_ZONE_ZONEFILE_H
#define LOCUM_ZONE_ZONEFILE_H

#include "base/attr.h"
#include "base/err.h"
#include "base/files.h"

#include <stdint.h>

struct zone;

enum zonefile_grade { ZONEFILE_ERROR, ZONEFILE_WARNING };

struct zonefile_report { /* where problems go; `place` is "FILE:LINE" or "FILE" */
	void *cookie;
	void (*say)(void *cookie, enum zonefile_grade grade, const char *place, const char *text);
	/* Every file that was read, $INCLUDEs too, so that a reload knows when it changed. */
	void (*file)(void *cookie, const char *path);
};

/*
 * Reads the zone `apex` from `path`.  Every problem is reported, up to 20 errors;
 * NULL if there was an error.  The caller owns the version.
 */
struct zone *zonefile_load(const uint8_t *apex, const char *path, const struct files *files,
	const struct zonefile_report *report) MUST_USE;

#endif
