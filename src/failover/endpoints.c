#include "failover/endpoints.h"

size_t endpoint_count(const struct endpoint_set *set)
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		count += (size_t)__builtin_popcountll(set->bits[i]);
	return count;
}

struct endpoint_set endpoint_all(size_t n)
{
	struct endpoint_set set = {0};
	for (size_t i = 0; i < COUNT_OF(set.bits) && n > 0; i++) {
		set.bits[i] = n < 64 ? (UINT64_C(1) << n) - 1 : UINT64_MAX;
		n -= n < 64 ? n : 64;
	}
	return set;
}
