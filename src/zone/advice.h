/*
 * What is allowed in a zone and yet hardly meant: advice for its operator.
 * (What is not allowed: zone/check.h.)  Pure.
 */
#ifndef LOCUM_ZONE_ADVICE_H
#define LOCUM_ZONE_ADVICE_H

#include <stddef.h>

struct zone;

enum { ADVICE_MAX = 20 }; /* then it is only counted */

struct advice_report {
	void *cookie;
	/* "sub.example.com: NS ns.sub.example.com has no glue: ..." */
	void (*say)(void *cookie, const char *text);
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
 * Names below a cut or a DNAME are only looked at for rule 4.
 */
void zone_advise(const struct zone *zone, const struct advice_report *report);

#endif
