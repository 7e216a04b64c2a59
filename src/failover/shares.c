#include "failover/shares.h"

enum share_rule service_shares(const struct service_rule *rule, const struct pick *pick,
	const uint32_t weights[], size_t n, uint32_t shares[])
{
	const bool trickles = rule->trickle > 0 && !endpoint_empty(&pick->trickle);
	uint32_t all = 0;
	/* 2. all */
	if (!trickles && (weights == NULL || endpoint_count(&pick->on) < 2))
		return SHARE_ALL;
	for (size_t i = 0; i < n; i++) {
		const bool on = endpoint_has(&pick->on, i);
		/* 1. trickle */
		if (trickles)
			shares[i] = on                                ? SHARES_WHOLE - rule->trickle
				    : endpoint_has(&pick->trickle, i) ? rule->trickle
								      : 0;
		/* 3. weights */
		else
			shares[i] = on ? weights[i] : 0;
		all |= shares[i];
	}
	if (all != 0)
		return trickles ? SHARE_TRICKLE : SHARE_WEIGHTS;
	/* 4. alike */
	for (size_t i = 0; i < n; i++)
		shares[i] = endpoint_has(&pick->on, i);
	return SHARE_ALIKE;
}

const char *share_rule_text(enum share_rule rule)
{
	static const char *const texts[] = {[SHARE_TRICKLE] = "trickle",
		[SHARE_ALL] = "all",
		[SHARE_WEIGHTS] = "weights",
		[SHARE_ALIKE] = "alike"};
	return texts[rule];
}
