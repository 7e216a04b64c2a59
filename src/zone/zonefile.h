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
#include "zone/txn.h"

#include <stdint.h>

enum {
	ZONEFILE_ERRORS_MAX = 20,   /* then reading stops */
	ZONEFILE_WARNINGS_MAX = 20, /* then they are only counted */
	ZONEFILE_LINES = 10000,
	ZONEFILE_DEPTH_MAX = 8,          /* files within files */
	ZONEFILE_GENERATED_MAX = 1000000 /* records of all $GENERATEs together */
};

enum zonefile_grade { ZONEFILE_ERROR, ZONEFILE_WARNING };

struct zonefile_report { /* where problems go; `place` is "FILE:LINE" or "FILE" */
	void *cookie;
	void (*say)(void *cookie, enum zonefile_grade grade, const char *place, const char *text);
	/* Every file that is asked for, $INCLUDEs too, so that a reload knows when it changed;
	   may be NULL. */
	void (*file)(void *cookie, const char *path);
	/* Called every ZONEFILE_LINES lines; false gives up, which is an error.  May be NULL. */
	bool (*wanted)(void *cookie);
};

/*
 * Reads the zone `apex` from `path`.  Every problem is reported, up to 20 errors;
 * NULL if there was an error.  The caller owns the version.
 *
 * A record without a TTL gets, the first that is there:
 *  1. that of $TTL;                                     RFC 2308 4
 *  2. the last one written in a record before it;       RFC 1035 5.1
 *  3. the SOA's MINIMUM, when it is the SOA (from then on that is the last one).
 * A set is not larger than `limits` allow and one message holds; the first record that is too much
 * is an error.
 * NSEC3 records and their signatures are read and left out (RFC 5155 7.2.8).
 * Different TTLs in one RRset are a warning, and the first one is taken (RFC 2181 5.2); so is a
 * record that is there twice.
 */
struct zone *zonefile_load(const uint8_t *apex, const char *path, const struct files *files,
	const struct txn_limits *limits, const struct zonefile_report *report) MUST_USE;

struct zonefile_sought { /* the records of an RRset */
	const uint8_t *owner;
	const struct rrset *set;
	void *cookie;
	/* Where one of them stands: of a $GENERATE its line, perhaps several times. */
	void (*found)(void *cookie, const char *path, size_t line);
	bool (*wanted)(void *cookie); /* as in zonefile_report */
};

/*
 * Reads the files of a zone once more, and makes nothing of them.  False: something is wrong in
 * them, or reading was given up.
 */
bool zonefile_find(const uint8_t *apex, const char *path, const struct files *files,
	const struct zonefile_sought *sought);

#endif
