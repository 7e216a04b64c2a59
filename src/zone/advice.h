/*
 * What is allowed in a zone and yet hardly meant: advice for its operator, and
 * where in the zone's files he finds the record.  (What is not allowed: zone/check.h.)
 * Bytes in, words out.  Any thread.
 */
#ifndef LOCUM_ZONE_ADVICE_H
#define LOCUM_ZONE_ADVICE_H

#include "base/files.h"
#include "zone/master.h"
#include "zone/zone.h"

enum {
	ADVICE_MAX = 20,         /* then it is only counted */
	REMARKS = ADVICE_MAX + 2 /* with the count of the rest, and rule 6 */
};

struct remark {
	const char *text; /* "sub.example.com: NS ns.sub.example.com has no glue: ..." */
	/* The record that it is about; `record.wire` NULL: the first of its type; `owner` NULL: it
	   is about the zone as a whole. */
	const uint8_t *owner; /* lower case */
	uint16_t type;
	struct rdata record;
	struct master_place at; /* of that record; path NULL: not known */
};

struct remarks {
	size_t n;
	struct remark list[REMARKS];
	size_t more; /* that are only counted: the list says so */
};

/*
 * Goes through a whole version, name by name in canonical order:
 *  1. An NS at a cut whose host is at or below that cut has an address there.   RFC 9471
 *  2. The host of an NS, MX or SRV is no alias.                                 RFC 2181 10.3
 *  3. The host of an NS, MX or SRV that belongs to this zone has an address.    RFC 1912 2.8
 *  4. Nothing but addresses stands below a cut, and at it NS and DS; nothing below a DNAME.
 *                                                                               RFC 2136 7.18
 *  5. A DS stands beside NS.                                                    RFC 4035 2.4
 *  6. RRsets that do not fit in 1,232 octets over UDP are counted, the largest is named.
 *  7. DNSKEY and RRSIG do not both stand at the apex: the zone is signed, and answers are not.
 *  8. No owner, and no host of an NS, MX, SRV or CNAME, has the name of the zone twice: a final dot
 *     is missing.  No host is an address, or that of a PTR below its own zone.
 *  9. Names are ASCII, but for instances of services (RFC 6763 4.1.1): RFC 5890 has xn--.
 * Names below a cut or a DNAME are only looked at for rule 4.
 * Words and names go to `arena`, records are borrowed from `zone`.
 */
void zone_advise(const struct zone *zone, struct arena *arena, struct remarks *remarks);

/*
 * Looks up where the records of `remarks` stand, of those that have no place yet: reads the files
 * of the zone once more, up to the last of them, so that a loaded zone need not keep its lines.
 * One that is not there, as when the file has changed, stays without.  Paths go to `arena`.
 * `wanted` as in zone/master.h; may be NULL.
 */
void remarks_place(struct remarks *remarks, const uint8_t *apex, const char *path,
	const struct files *files, struct arena *arena, bool (*wanted)(void *cookie), void *cookie);

#endif
