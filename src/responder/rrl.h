/*
 * Response rate limiting: how much goes to one client over UDP.  Clients are counted by
 * address and by the block around it, whatever they ask: a flood of different names at one victim
 * is the same flood.  A table of fixed size, so strangers cannot make it grow.
 * Owner: one query thread.
 */
#ifndef LOCUM_RESPONDER_RRL_H
#define LOCUM_RESPONDER_RRL_H

#include "base/mono.h"
#include "zone/terms.h"

struct rrl;

enum rrl_verdict { RRL_ANSWER, RRL_SLIP, RRL_DROP };

/* One of `sharers` tables: each gives a client that part of the rate.  `seed` is two random
 * numbers. */
struct rrl *rrl_new(unsigned sharers, const uint64_t seed[2]) MUST_USE;
void rrl_free(struct rrl *rrl); /* NULL is fine */

/* Rules 2 and 3 of rrl_judge(). */
enum rrl_verdict rrl_count(
	struct rrl *rrl, const struct rate_rule *rule, struct address_bits client, mono_t now);

/*
 * One response to `client`, now:
 *  1. No limit is set, or the client is exempt: answered.
 *  2. It and the block around it are within their rates: answered, and counted for both.
 *  3. Otherwise every slip-th goes out truncated, the others are dropped; none is counted.
 */
static inline enum rrl_verdict rrl_judge(
	struct rrl *rrl, const struct rate_rule *rule, const struct address *client, mono_t now)
{
	if (rule->rate == 0)
		return RRL_ANSWER;
	const struct address_bits bits = address_bits(client);
	if (rate_exempts(rule, bits))
		return RRL_ANSWER;
	return rrl_count(rrl, rule, bits, now);
}

#endif
