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
bool endpoint_same(const struct endpoint_set *a, const struct endpoint_set *b) MUST_USE;
size_t endpoint_count(const struct endpoint_set *set) MUST_USE;
size_t endpoint_first(const struct endpoint_set *set) MUST_USE; /* ENDPOINT_NONE: empty */
struct endpoint_set endpoint_only(size_t i) MUST_USE;
struct endpoint_set endpoint_all(size_t n) MUST_USE;
struct endpoint_set endpoint_both(
	const struct endpoint_set *a, const struct endpoint_set *b) MUST_USE; /* the intersection */
struct endpoint_set endpoint_either(
	const struct endpoint_set *a, const struct endpoint_set *b) MUST_USE; /* the union */
struct endpoint_set endpoint_less(
	const struct endpoint_set *a, const struct endpoint_set *b) MUST_USE; /* in a, not in b */

#endif
