/* A set of endpoints of one service, by their place in the order of preference. */
#ifndef LOCUM_FAILOVER_ENDPOINTS_H
#define LOCUM_FAILOVER_ENDPOINTS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { ENDPOINTS_MAX = 255, ENDPOINT_NONE = 255 };

struct endpoint_set {
	uint64_t bits[4];
};

static inline bool endpoint_has(const struct endpoint_set *set, size_t i)
{
	return (set->bits[i / 64] >> i % 64 & 1) != 0;
}
static inline void endpoint_add(struct endpoint_set *set, size_t i)
{
	set->bits[i / 64] |= (uint64_t)1 << i % 64;
}
static inline void endpoint_remove(struct endpoint_set *set, size_t i)
{
	set->bits[i / 64] &= ~((uint64_t)1 << i % 64);
}
static inline bool endpoint_same(const struct endpoint_set *a, const struct endpoint_set *b)
{
	uint64_t other = 0;
	for (size_t i = 0; i < COUNT_OF(a->bits); i++)
		other |= a->bits[i] ^ b->bits[i];
	return other == 0;
}
static inline bool endpoint_empty(const struct endpoint_set *set)
{
	return (set->bits[0] | set->bits[1] | set->bits[2] | set->bits[3]) == 0;
}
size_t endpoint_count(const struct endpoint_set *set) MUST_USE;
static inline size_t endpoint_first(const struct endpoint_set *set) /* ENDPOINT_NONE: empty */
{
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		if (set->bits[i] != 0)
			return 64 * i + (size_t)__builtin_ctzll(set->bits[i]);
	return ENDPOINT_NONE;
}
static inline struct endpoint_set endpoint_only(size_t i)
{
	struct endpoint_set set = {0};
	endpoint_add(&set, i);
	return set;
}
struct endpoint_set endpoint_all(size_t n) MUST_USE; /* the first `n` */
/* In both, in either, in `a` but not in `b`. */
static inline struct endpoint_set endpoint_both(
	const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] & b->bits[i];
	return set;
}
static inline struct endpoint_set endpoint_either(
	const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] | b->bits[i];
	return set;
}
static inline struct endpoint_set endpoint_less(
	const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] & ~b->bits[i];
	return set;
}

#endif
