#include "failover/endpoints.h"

bool endpoint_same(const struct endpoint_set *a, const struct endpoint_set *b)
{
	return a->bits[0] == b->bits[0] && a->bits[1] == b->bits[1] && a->bits[2] == b->bits[2] &&
	       a->bits[3] == b->bits[3];
}

size_t endpoint_count(const struct endpoint_set *set)
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		count += (size_t)__builtin_popcountll(set->bits[i]);
	return count;
}

size_t endpoint_first(const struct endpoint_set *set)
{
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		if (set->bits[i] != 0)
			return 64 * i + (size_t)__builtin_ctzll(set->bits[i]);
	return ENDPOINT_NONE;
}

struct endpoint_set endpoint_only(size_t i)
{
	struct endpoint_set set = {0};
	endpoint_add(&set, i);
	return set;
}

struct endpoint_set endpoint_all(size_t n)
{
	struct endpoint_set set = {0};
	for (size_t i = 0; i < n; i++)
		endpoint_add(&set, i);
	return set;
}

struct endpoint_set endpoint_both(const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] & b->bits[i];
	return set;
}

struct endpoint_set endpoint_either(const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] | b->bits[i];
	return set;
}

struct endpoint_set endpoint_less(const struct endpoint_set *a, const struct endpoint_set *b)
{
	struct endpoint_set set;
	for (size_t i = 0; i < COUNT_OF(set.bits); i++)
		set.bits[i] = a->bits[i] & ~b->bits[i];
	return set;
}
