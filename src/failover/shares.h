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

enum share_rule { /* the numbered rule that decided; the manual has the same */
	SHARE_TRICKLE = 1,
	SHARE_ALL = 2,
	SHARE_WEIGHTS = 3,
	SHARE_ALIKE = 4,
};

/*
 * What of the answers each of `n` endpoints gets, in proportion; the first rule that applies:
 *  1. trickle  A standby has a trickle: it gets that, who answers the rest.
 *  2. all      No weights (NULL), or fewer than two answer: every answer has the records of all;
 *              `shares` is not touched.
 *  3. weights  Those that answer share by their weights.  One of weight 0 gets nothing,
 *  4. alike    unless all that answer have weight 0: then they share alike.
 */
enum share_rule service_shares(const struct service_rule *rule, const struct pick *pick,
	const uint32_t weights[], size_t n, uint32_t shares[]) MUST_USE;

const char *share_rule_text(enum share_rule rule); /* "weights", ... */

#endif
