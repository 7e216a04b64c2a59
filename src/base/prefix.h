/* A block of IPv4 or IPv6 addresses: "192.0.2.0/24", or one address.  Pure. */
#ifndef LOCUM_BASE_PREFIX_H
#define LOCUM_BASE_PREFIX_H

#include "base/address.h"

/* An address as two numbers; IPv4 as ::ffff:a.b.c.d. */
struct address_bits {
	uint64_t high, low;
};

struct prefix {
	struct address_bits net, mask;
};

struct address_bits address_bits(const struct address *address) MUST_USE;

/* "192.0.2.0/24", "2001:db8::/32", "192.0.2.1"; no bit may be set behind the prefix. */
bool prefix_parse(const char *text, struct prefix *prefix) MUST_USE;

/* The number of a client, which is an IPv4 address or an IPv6 /56; the two never meet. */
static inline uint64_t address_client(struct address_bits bits)
{
	enum { V6_CLIENT = 56 };
	return bits.high == 0 && bits.low >> 32 == 0xFFFF
		       ? bits.low
		       : bits.high >> (64 - V6_CLIENT) | (uint64_t)1 << 63;
}

static inline bool prefix_has(const struct prefix *prefix, struct address_bits address)
{
	return (((address.high ^ prefix->net.high) & prefix->mask.high) |
		       ((address.low ^ prefix->net.low) & prefix->mask.low)) == 0;
}

#endif
