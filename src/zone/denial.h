/*
 * The SOA record of negative answers as it goes out (RFC 2308 3), made once a
 * version: what is behind its owner, its names compressed.  Where their pointers
 * lead is known but for where the apex stands in a message.  Immutable.
 */
#ifndef LOCUM_ZONE_DENIAL_H
#define LOCUM_ZONE_DENIAL_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct rrset;

enum { DENIAL_POINTERS = 2 }; /* each name of the SOA ends with one at most */

struct denial {
	uint32_t ttl; /* the lower one of the SOA's TTL and MINIMUM */
	uint16_t len; /* of the octets */
	uint16_t n;
	struct denial_pointer {
		uint16_t at; /* of the octets */
		uint8_t to;  /* octets into the apex */
	} pointers[DENIAL_POINTERS];
	uint8_t octets[]; /* type, class, TTL, length, RDATA */
};

/* NULL: the RDATA is none of a SOA.  The caller frees it. */
struct denial *denial_new(const uint8_t *apex, const struct rrset *soa) MUST_USE;

#endif
