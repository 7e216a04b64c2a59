#include "failover/shares.h"

bool service_shares(const struct service_rule *rule, const struct pick *pick,
	const uint32_t weights[], size_t n, uint32_t shares[])
{
	const bool trickles = rule->trickle > 0 && !endpoint_empty(&pick->trickle);
	uint32_t all = 0;
	if (!trickles && (weights == NULL || endpoint_count(&pick->on) < 2)) /* 2. */
		return false;
	for (size_t i = 0; i < n; i++) {
		const bool on = endpoint_has(&pick->on, i);
		/* 1. */
		if (trickles)
			shares[i] = on                                ? SHARES_WHOLE - rule->trickle
				    : endpoint_has(&pick->trickle, i) ? rule->trickle
								      : 0;
		/* 3. */
		else
			shares[i] = on ? weights[i] : 0;
		all |= shares[i];
	}
	/* 4. */
	for (size_t i = 0; i < n && all == 0; i++)
		shares[i] = endpoint_has(&pick->on, i);
	return true;
}
