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
	span_t hold; /* how long an endpoint must be UP, and (single) the last switch be past,
			before it is failed back to; 0: not at all */
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
	struct endpoint_set on;        /* who answers: never empty once chosen */
	struct endpoint_set withdrawn; /* who lost its place by rule 4 and has not got it back */
	enum pick_reason reason;       /* the rule that decided when last asked */
	enum pick_reason by;           /* the rule that made `on` what it is */
	bool chosen;                   /* false: nothing was ever picked, all else is zero */
	mono_t switched;               /* when `on` last changed; the first pick is a change */
	mono_t review; /* ask again then even if nothing happens, always ahead; 0: never */
};

/*
 * Chooses among `n` endpoints (1 to ENDPOINTS_MAX), given the pick in force.  The first rule that
 * applies decides.  Whatever turns UNKNOWN, and nothing else, changes no answer: only UP, DOWN, a
 * hold that ends or another policy does.
 *
 * mode single, one active endpoint:
 *  1. first     Nothing was picked yet: home is taken as active.  (After a reload more may answer
 *               than one active, as of a pool: the first of them is.)  Rules 2 to 6 then apply to
 *               it, so that a home known to be DOWN never answers while another is UP.
 *  2. unknown   The active one is UNKNOWN: it stays, even if a better one is UP.
 *  3. none-left It is DOWN and no other is UP: on-none decides: `keep` it, or with `all` every
 *               endpoint once all are DOWN.  Then all stay until one is UP.
 *  4. failover  It is DOWN (or all answer by rule 3): the first that is UP takes over at once.
 *  5. failback  It is UP, and a better one was UP for `hold` and the last switch is `hold` ago: the
 *               best such takes over (failback: auto).
 *  6. kept      Nothing changes.
 *
 * mode pool, all fit endpoints:
 *  1. first     Nothing was picked yet: all are taken as members.  Rules 2 to 6 then apply.
 *  2. unknown   An UNKNOWN endpoint stays in or out as it was.
 *  3. none-left All members are DOWN (or were, and none was UP since) and no other is UP: on-none
 *               decides: `keep` those that answered last, or with `all` every endpoint once all are
 *               DOWN.
 *  4. failover  A member that is DOWN is withdrawn at once.  If that would leave none, or none was
 *               left, exactly those that are UP answer, at once.
 *  5. failback  One that was withdrawn comes in after it was UP for `hold` (failback: auto); one
 *               that never answered, new after a reload, as soon as it is UP.
 *  6. kept      Nothing changes.
 *
 * `reason` is 1 for a first pick, except when it is 3: that has to be heard.
 * The first pick may set `switched` without delaying any failback: whoever is better than it, or
 * was left out of it, was not UP then and came up later.
 */
struct pick service_pick(const struct service_rule *rule, const struct verdict ends[], size_t n,
	const struct pick *was, mono_t now) MUST_USE;

const char *pick_reason_text(enum pick_reason reason); /* "failover", ... */

#endif
