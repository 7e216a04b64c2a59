/* Integers in network order, read and written where they stand: no alignment needed.  Pure. */
#ifndef LOCUM_BASE_BYTES_H
#define LOCUM_BASE_BYTES_H

#include "base/attr.h"

#include <endian.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static inline uint16_t bytes_get16(const uint8_t *at)
{
	uint16_t v;
	memcpy(&v, at, sizeof v);
	return be16toh(v);
}

static inline uint32_t bytes_get32(const uint8_t *at)
{
	uint32_t v;
	memcpy(&v, at, sizeof v);
	return be32toh(v);
}

static inline uint64_t bytes_get64(const uint8_t *at)
{
	uint64_t v;
	memcpy(&v, at, sizeof v);
	return be64toh(v);
}

static inline void bytes_put16(uint8_t *at, uint16_t v)
{
	v = htobe16(v);
	memcpy(at, &v, sizeof v);
}

static inline void bytes_put32(uint8_t *at, uint32_t v)
{
	v = htobe32(v);
	memcpy(at, &v, sizeof v);
}

static inline void bytes_put64(uint8_t *at, uint64_t v)
{
	v = htobe64(v);
	memcpy(at, &v, sizeof v);
}

/* memcpy() of a few octets, without a call: in the largest steps that fit, the last two
 * overlapping. */
HOT void bytes_copy(uint8_t *to, const uint8_t *from, size_t len)
{
	if (len >= 16) {
		size_t i = 0;
		for (; i + 16 < len; i += 16)
			memcpy(to + i, from + i, 16);
		memcpy(to + len - 16, from + len - 16, 16);
	} else if (len >= 8) {
		memcpy(to, from, 8);
		memcpy(to + len - 8, from + len - 8, 8);
	} else if (len >= 4) {
		memcpy(to, from, 4);
		memcpy(to + len - 4, from + len - 4, 4);
	} else {
		for (size_t i = 0; i < len; i++)
			to[i] = from[i];
	}
}

#endif
