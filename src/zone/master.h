/*
 * Master files (RFC 1035 5) as a row of records: $ORIGIN, $TTL (RFC 2308 4), $INCLUDE,
 * $GENERATE, every order of TTL and class, parentheses, comments, escapes.
 * Bytes in, records out.  Any thread.
 */
#ifndef LOCUM_ZONE_MASTER_H
#define LOCUM_ZONE_MASTER_H

#include "base/attr.h"
#include "base/err.h"
#include "base/files.h"
#include "zone/rrset.h"

#include <stdint.h>

enum {
	MASTER_LINES = 10000,
	MASTER_DEPTH_MAX = 8,          /* files within files */
	MASTER_GENERATED_MAX = 1000000 /* records of all $GENERATEs together */
};

struct master_place {
	const char *path;
	size_t line; /* where a record begins, or the $GENERATE that makes it; 0: the whole file */
};

struct master_record {
	const uint8_t *owner; /* absolute, as it is written */
	uint16_t type;
	uint32_t ttl;
	struct rdata rdata; /* sound */
};

enum master_verdict {
	MASTER_GO_ON,
	MASTER_WRONG, /* of a record: `err` says why, it is told to `bad`, a $GENERATE ends */
	MASTER_ENOUGH /* no more is read */
};

struct master_user { /* what it is given is borrowed for the call */
	void *cookie;
	enum master_verdict (*record)(void *cookie, const struct master_record *record,
		struct master_place at, struct err *err);
	/* What is wrong, and where; never MASTER_WRONG.  NULL: nobody asks. */
	enum master_verdict (*bad)(void *cookie, struct master_place at, const char *text);
	/* Every file that is asked for, $INCLUDEs too.  May be NULL. */
	void (*file)(void *cookie, const char *path);
	/* Called every MASTER_LINES lines; false gives up, which is an error.  May be NULL. */
	bool (*wanted)(void *cookie);
};

/*
 * Reads `path`, whose names are relative to `apex`, and what it includes, to the end.
 *
 * A record without a TTL gets, the first that is there:
 *  1. that of $TTL;                                     RFC 2308 4
 *  2. the last one written in a record before it;       RFC 1035 5.1
 *  3. the SOA's MINIMUM, when it is the SOA (from then on that is the last one).
 */
void master_read(const uint8_t *apex, const char *path, const struct files *files,
	const struct master_user *user);

#endif
