/*
 * Zone files to a zone: the records of a master file (zone/master.h), those that
 * may not stand together refused where they stand.  Bytes in, version out.  Any thread.
 */
#ifndef LOCUM_ZONE_ZONEFILE_H
#define LOCUM_ZONE_ZONEFILE_H

#include "zone/master.h"
#include "zone/txn.h"

enum {
	ZONEFILE_ERRORS_MAX = 20,     /* then they are only counted */
	ZONEFILE_ERRORS_STOP = 10000, /* then reading stops */
	ZONEFILE_WARNINGS_MAX = 20,   /* then they are only counted */
};

enum zonefile_grade { ZONEFILE_ERROR, ZONEFILE_WARNING };

struct zonefile_report { /* where problems go */
	void *cookie;
	void (*say)(
		void *cookie, enum zonefile_grade grade, struct master_place at, const char *text);
	/* Every file that is asked for, $INCLUDEs too, so that a reload knows when it changed;
	   may be NULL. */
	void (*file)(void *cookie, const char *path);
	/* Called every MASTER_LINES lines; false gives up, which is an error.  May be NULL. */
	bool (*wanted)(void *cookie);
};

/*
 * Reads the zone `apex` from `path`.  Up to 20 errors and as many warnings are reported, and then
 * how many there are more; NULL if there was an error.  The caller owns the version.
 *
 * A set is not larger than `limits` allow and one message holds; the first record that is too much
 * is an error, and so is the first that may not stand beside those before it.
 * NSEC3 records and their signatures are read and left out (RFC 5155 7.2.8).
 * Different TTLs in one RRset are a warning, and the first one is taken (RFC 2181 5.2); so is a
 * record that is there twice.
 */
struct zone *zonefile_load(const uint8_t *apex, const char *path, const struct files *files,
	const struct txn_limits *limits, const struct zonefile_report *report) MUST_USE;

struct zonefile_sought {      /* the records of an RRset */
	const uint8_t *owner; /* lower case */
	const struct rrset *set;
	void *cookie;
	/* Where one of them stands: of a $GENERATE its line, perhaps several times. */
	void (*found)(void *cookie, struct master_place at);
	/* What is wrong, as that a file cannot be read; the reading goes on.  May be NULL. */
	void (*bad)(void *cookie);
	bool (*wanted)(void *cookie); /* as in zonefile_report */
};

/* Reads the files of a zone once more, and makes nothing of them. */
void zonefile_find(const uint8_t *apex, const char *path, const struct files *files,
	struct zonefile_sought *sought);

#endif
