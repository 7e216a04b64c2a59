/* SipHash-2-4 (Aumasson, Bernstein 2012): a short keyed hash, for server cookies (RFC 9018).  Pure.
 */
#ifndef LOCUM_DNS_SIPHASH_H
#define LOCUM_DNS_SIPHASH_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

enum { SIPHASH_KEY = 16 };

/* Written in octets, the lowest comes first. */
uint64_t siphash(const uint8_t key[SIPHASH_KEY], const uint8_t *data, size_t len) MUST_USE;

#endif
