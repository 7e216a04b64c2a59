/*
 * Records as people write them (RFC 1035 5.1, RFC 3597).  Text comes from files
 * and policies that the operator owns, one joined line without newlines or
 * parentheses; RDATA goes to ldns.  Any thread.
 */
#ifndef LOCUM_ZONE_RRTEXT_H
#define LOCUM_ZONE_RRTEXT_H

#include "base/attr.h"
#include "base/err.h"
#include "zone/rrset.h"

enum { RDATA_MAX = 65535 };

bool rrtype_parse(const char *text, size_t len, uint16_t *type) MUST_USE; /* "A", "TYPE65280" */
const char *rrtype_text(uint16_t type, char room[16]);

/*
 * `text` is the RDATA of one record of `type`; relative names in it belong to
 * `origin`.  Refuses NUL, newline, and types that stand in no zone (OPT, TSIG, ANY, ...).
 */
bool rdata_parse(uint16_t type, const char *text, size_t len, const uint8_t *origin,
	uint8_t out[RDATA_MAX], uint16_t *out_len, struct err *err) MUST_USE;

/* "2001:db8::1", "0 5 80 host.example.": malloc'd, the caller frees. */
char *rdata_text(uint16_t type, struct rdata rdata) MUST_USE;

/*
 * A record line without TTL and class, as in services: "www A 192.0.2.1".
 * `owner` gets the absolute name.
 */
bool record_parse(const char *text, const uint8_t *origin, uint8_t owner[255], uint16_t *type,
	uint8_t out[RDATA_MAX], uint16_t *out_len, struct err *err) MUST_USE;

#endif
