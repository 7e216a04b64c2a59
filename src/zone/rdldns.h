/*
 * RDATA of the types that zone/rdfields.h does not read itself, by way of ldns:
 * one short, clean line in, octets out, checked on both ways.  Any thread.
 */
#ifndef LOCUM_ZONE_RDLDNS_H
#define LOCUM_ZONE_RDLDNS_H

#include "zone/rdfields.h"
#include "zone/rrset.h"

bool rdldns_parse(uint16_t type, struct words *words, const uint8_t *origin, struct rdata_out *out,
	struct err *err) MUST_USE;
/* `rdata` has passed rdata_check.  malloc'd; NULL: ldns does not know the type. */
char *rdldns_text(uint16_t type, struct rdata rdata) MUST_USE;

#endif
