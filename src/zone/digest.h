/* What a version of a zone says, in 32 octets: for whoever asks whether another one says the same.
 * Pure. */
#ifndef LOCUM_ZONE_DIGEST_H
#define LOCUM_ZONE_DIGEST_H

#include "zone/zone.h"

enum { DIGEST_OCTETS = 32 };

/*
 * SHA-256 over all names, types, TTLs and records, and how split sets are shared out; over all of
 * the SOA but its serial.  A pass over the zone.
 */
void digest_make(const struct zone *zone, uint8_t out[DIGEST_OCTETS]);

#endif
