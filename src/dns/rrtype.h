/*
 * The record types that have names, and the shape of their RDATA.  Pure.
 */
#ifndef LOCUM_DNS_RRTYPE_H
#define LOCUM_DNS_RRTYPE_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RRTYPE_TEXT_MAX = 16 };

/* "A", "mx", "TYPE65280" (RFC 3597 5). */
bool rrtype_parse(const char *text, size_t len, uint16_t *type) MUST_USE;
const char *rrtype_text(uint16_t type, char room[RRTYPE_TEXT_MAX]);
/* False for 0, OPT and the types that are only asked for or signed with (RFC 6895 3.1). */
bool rrtype_in_zone(uint16_t type);

/*
 * The fields of the type's RDATA, one letter each; NULL: nothing is known about it.
 *   n            a name
 *   1 2 4 6 8    that many octets, a number
 *   t d          4 octets: a length of time in seconds, a date
 *   T C k        the number of a type, of a kind of certificate, of a protocol
 *   a A          an IPv4, an IPv6 address
 *   s            a character-string (RFC 1035 3.3)
 *   S z          character-strings to the end: one or more; one or none
 *   h H          one octet of length and so many octets; H: at least one
 *   x X y        whatever is left; X: at least one octet; y: the same, in hexadecimal
 *   q Q o        the same, as one string; o: as one word, at least one octet
 *   b w          type bitmaps to the end (RFC 4034 4.1.2), a bitmap of ports
 *   c            a CAA tag (RFC 8659 4.1)
 *   l g i p v    the rest of LOC, of IPSECKEY, of HIP, of APL, the parameters of SVCB
 */
const char *rrtype_fields(uint16_t type);

/*
 * Whether `wire` is sound RDATA of the type: every field there and within its limits,
 * nothing behind the last, names uncompressed.  Takes hostile octets.  Unknown types may hold
 * anything.
 */
bool rdata_check(uint16_t type, const uint8_t *wire, size_t len) MUST_USE;

#endif
