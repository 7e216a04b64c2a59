#include "failover/shares.h"

bool service_shares(const struct pick *pick, const uint32_t weights[], size_t n, uint32_t shares[])
{
	/* 1. and 2. */
	if (weights == NULL || endpoint_count(&pick->on) < 2)
		return false;
	uint32_t all = 0;
	/* 3. */
	for (size_t i = 0; i < n; i++) {
		shares[i] = endpoint_has(&pick->on, i) ? weights[i] : 0;
		all |= shares[i];
	}
	/* 4. */
	for (size_t i = 0; i < n && all == 0; i++)
		shares[i] = endpoint_has(&pick->on, i);
	return true;
}
