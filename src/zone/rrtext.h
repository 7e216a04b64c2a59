/*
 * Records as people write them (RFC 1035 5.1, RFC 3597).  Text comes from files
 * and policies that the operator owns, one joined line without newlines or
 * parentheses; RDATA of the rarer types goes to ldns.  Any thread.
 */
#ifndef LOCUM_ZONE_RRTEXT_H
#define LOCUM_ZONE_RRTEXT_H

#include "base/attr.h"
#include "base/err.h"
#include "dns/rrtype.h"
#include "zone/rrset.h"

enum { RDATA_MAX = 65535 };

/*
 * `text` is the RDATA of one record of `type`; relative names in it belong to
 * `origin`.  "\# LENGTH HEX" does for every type and is all that unknown ones have.
 * Refuses NUL, newline, bare parentheses and semicolons, and types that stand in no zone (OPT,
 * TSIG, ANY, ...).
 */
bool rdata_parse(uint16_t type, const char *text, size_t len, const uint8_t *origin,
	uint8_t out[RDATA_MAX], uint16_t *out_len, struct err *err) MUST_USE;

/*
 * "2001:db8::1", "0 5 80 host.example.": malloc'd, the caller frees.  rdata_parse reads it
 * back to the same octets; what has no such text comes as "\# LENGTH HEX".
 */
char *rdata_text(uint16_t type, struct rdata rdata) MUST_USE;

/*
 * A record line without TTL and class, as in services: "www A 192.0.2.1".
 * `owner` gets the absolute name, which stands at or below `origin`.
 */
bool record_parse(const char *text, const uint8_t *origin, uint8_t owner[255], uint16_t *type,
	uint8_t out[RDATA_MAX], uint16_t *out_len, struct err *err) MUST_USE;

#endif
