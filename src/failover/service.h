/*
 * Which endpoints of a service answer.  Endpoints stand in order of preference:
 * number 0 is home, the rest are standbys.  Pure.
 */
#ifndef LOCUM_FAILOVER_SERVICE_H
#define LOCUM_FAILOVER_SERVICE_H

#include "failover/verdict.h"

enum { ENDPOINTS_MAX = 255 };

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
bool endpoint_same(const struct endpoint_set *a, const struct endpoint_set *b) MUST_USE;
size_t endpoint_count(const struct endpoint_set *set) MUST_USE;

enum service_mode { MODE_SINGLE, MODE_POOL };
enum failback { FAILBACK_AUTO, FAILBACK_MANUAL };
enum on_none { ON_NONE_KEEP, ON_NONE_ALL };

struct service_rule {
	enum service_mode mode;
	enum failback failback;
	enum on_none on_none;
	span_t hold; /* no failback within it: neither after a switch nor after the endpoint came up
		      */
};

enum pick_reason { /* the numbered rule that decided; the manual has the same numbers */
	PICK_FIRST = 1,
	PICK_UNKNOWN = 2,
	PICK_NONE_LEFT = 3,
	PICK_FAILOVER = 4,
	PICK_FAILBACK = 5,
	PICK_KEPT = 6,
};

struct pick {
	struct endpoint_set on; /* who answers: never empty once chosen */
	enum pick_reason reason;
	bool chosen;     /* false: nothing was ever picked */
	mono_t switched; /* when `on` last changed */
	mono_t review;   /* ask again then even if nothing happens; 0: never */
};

/*
 * Chooses among `n` endpoints (1 to ENDPOINTS_MAX), given the pick in force.
 *
 * mode single, one active endpoint:
 *  1. first     Nothing was picked yet: home answers.
 *  2. unknown   The active one is UNKNOWN: it stays.  Unknown never moves a record.
 *  3. none-left It is DOWN and no other is UP: on-none decides: keep it, or with `all` every
 * endpoint once all are DOWN.
 *  4. failover  It is DOWN (or all answered): the first that is UP takes over at once.
 *  5. failback  A better one was UP for `hold` and the last switch is `hold` ago: it takes over
 * (failback: auto).
 *  6. kept      Nothing changes.
 *
 * mode pool, all fit endpoints:
 *  1. first     Nothing was picked yet: all answer.
 *  2. unknown   An UNKNOWN endpoint stays in or out as it was.
 *  3. none-left No member would be left: on-none: keep those that answered last, or `all`.
 *  4. failover  A member that is DOWN is withdrawn at once.
 *  5. failback  One that was out comes in after it was UP for `hold`; at once when it is the only
 * one left.
 *  6. kept      Nothing changes.
 */
struct pick service_pick(const struct service_rule *rule, const struct verdict ends[], size_t n,
	const struct pick *was, mono_t now) MUST_USE;

const char *pick_reason_text(enum pick_reason reason); /* "failover", ... */

#endif
