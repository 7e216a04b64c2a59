/*
 * How the answers of a service are shared out among its endpoints, where an answer is to have the
 * records of one of them alone.  Pure.
 */
#ifndef LOCUM_FAILOVER_SHARES_H
#define LOCUM_FAILOVER_SHARES_H

#include "failover/service.h"

enum {
	WEIGHT_MAX = 65535,
	SHARES_WHOLE = 10000, /* service_rule.trickle is in parts of it */
};

/*
 * What of the answers each of `n` endpoints gets, in proportion; the first rule that applies:
 *  1. A standby has a trickle: it gets that, who answers the rest.
 *  2. No weights (NULL), or fewer than two answer: every answer has the records of all.
 *  3. Those that answer share by their weights.  One of weight 0 gets nothing,
 *  4. unless all that answer have weight 0: then they share alike.
 * False: every answer has the records of all.
 */
bool service_shares(const struct service_rule *rule, const struct pick *pick,
	const uint32_t weights[], size_t n, uint32_t shares[]) MUST_USE;

#endif
