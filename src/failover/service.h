/*
 * Which endpoints of a service answer.  Endpoints stand in order of preference: number 0 is home
 * until a promotion makes another one home, which then comes before the rest.  Pure.
 */
#ifndef LOCUM_FAILOVER_SERVICE_H
#define LOCUM_FAILOVER_SERVICE_H

#include "failover/endpoints.h"
#include "failover/gate.h"
#include "failover/verdict.h"

enum { MOVES_MAX = 10 }; /* limit: at most so many switches per window */

enum service_mode { MODE_SINGLE, MODE_POOL };
enum failover { FAILOVER_AUTO, FAILOVER_MANUAL, FAILOVER_OFF };
enum on_failover { ON_FAILOVER_ACTIVATE, ON_FAILOVER_PROMOTE };
enum failback { FAILBACK_AUTO, FAILBACK_MANUAL, FAILBACK_NEVER };
enum on_none { ON_NONE_KEEP, ON_NONE_ALL, ON_NONE_HOME, ON_NONE_NONE, ON_NONE_SERVFAIL };
enum comeback { COMEBACK_UP, COMEBACK_CLEAR }; /* what ends being deposed */

struct service_rule {
	enum service_mode mode;
	enum failover failover;
	enum on_failover on_failover;
	enum failback failback;
	enum on_none on_none;
	enum comeback comeback;
	bool cold;         /* standbys are judged by checks of their own: a switch starts one */
	bool follows;      /* no TTL is above the time left until the next change that is due */
	bool brief;        /* there is a shorter TTL for when a change may be near */
	bool all_families; /* an endpoint needs all of its addresses; else any of them */
	uint16_t least;    /* pool: fewer than so many UP are too few to answer by themselves */
	uint16_t most;     /* pool: at most so many answer; 0: no limit */
	uint16_t trickle;  /* single: so much of the answers, in 10,000ths, goes to a standby */
	uint16_t limit;    /* switches by themselves in `limit_per`, at most MOVES_MAX; 0: any */
	span_t limit_per;
	span_t wait;      /* how long an active endpoint must be DOWN */
	span_t start;     /* cold: how long one that was made active may take to come UP */
	span_t hold;      /* how long an endpoint must be UP, and (single) the last switch be past,
			     before it is failed back to; 0: not at all */
	span_t ttl;       /* of the records in quiet times: see pick.suspect */
	span_t brief_ttl; /* of the records while a change may be near */
};

enum admin { /* the operator's word on an endpoint */
	ADMIN_ONLINE,
	ADMIN_OFFLINE, /* the last resort: only when no other one fits */
	ADMIN_OUT,     /* never */
};

struct contender { /* an endpoint as a decision sees it */
	struct verdict health;
	struct verdict ready; /* as a standby; the same as health unless the service is cold */
	enum admin admin;
	enum gate_state gate; /* of all gates: the worst */
	mono_t shuts;         /* when time alone will have shut the first of them; 0: never */
	bool has[FAMILIES_MAX];
	bool shaky;     /* an outcome speaks against its state */
	mono_t planned; /* when maintenance will begin; 0: none is planned */
	mono_t over;    /* when a word on it ends, and it may come back; 0: never */
};

struct about {          /* what a decision sees beside its endpoints */
	uint8_t pinned; /* an operator's word: who answers; ENDPOINT_NONE: nobody said */
	bool frozen;    /* an operator's word: nothing moves by itself */
	bool unsettled; /* a service that this one comes after is not settled */
	mono_t over;    /* when a word on the service ends, and it may move; 0: never */
	mono_t failover_at, failback_at; /* when the breaker lets one more move; 0 or past: now */
};

enum pick_reason { /* the numbered rule that decided; the manual has the same numbers */
	PICK_FIRST = 1,
	PICK_PINNED = 2,
	PICK_FROZEN = 3,
	PICK_DRAINED = 4,
	PICK_UNKNOWN = 5,
	PICK_STARTING = 6,
	PICK_NONE_LEFT = 7,
	PICK_MANUAL = 8,
	PICK_WAITING = 9,
	PICK_AFTER = 10,
	PICK_LIMITED = 11,
	PICK_BREAKER = 12,
	PICK_FAILOVER = 13,
	PICK_FAILBACK = 14,
	PICK_KEPT = 15,
	PICK_ORDERED = 16, /* no rule: an operator switched */
};

enum trickle_rule { /* the numbered rule of the trickle that decided; the manual has the same */
	TRICKLE_NONE = 1,
	TRICKLE_KEPT = 2,
	TRICKLE_BETTER = 3,
	TRICKLE_BEST = 4,
};

struct pick {
	struct endpoint_set on; /* who answers; empty once chosen only by on-none: none, servfail */
	struct endpoint_set
		withdrawn; /* pool: who lost its place by rule 13 and has not got it back */
	struct endpoint_set deposed; /* who lost *active* by rule 13 and was not cleared since */
	struct endpoint_set dark[FAMILIES_MAX]; /* pool: whose address of this family is left out */
	struct endpoint_set trickle;  /* single: the standby that gets a share to prove itself */
	enum trickle_rule trickle_by; /* by which rule, when last asked; 0: the policy has none */
	enum pick_reason reason;      /* the rule that decided when last asked */
	enum pick_reason by;          /* the rule that made `on` what it is */
	bool chosen; /* false: nothing was ever picked, all else but `home` and `deposed` is zero */
	bool suspect;      /* a change may be near: the short TTL */
	bool bounded;      /* no TTL is above `ttl_most` */
	uint32_t ttl_most; /* seconds */
	uint8_t home;      /* its number */
	uint8_t strikes;   /* relapses in a row: each doubles the hold */
	mono_t switched;   /* when `on` last changed; the first pick is a change */
	mono_t stay;       /* an operator's switch: no failback by itself before; 0: none */
	/*
	 * Kept by the engine: until when clients may hold an answer from before the last switch, or
	 * one with the TTL of quiet times from before `suspect`; 0: none that was given.
	 */
	mono_t exposed, steady;
	mono_t moves[MOVES_MAX]; /* when it last switched by itself, newest first; 0: never */
	mono_t review; /* ask again then even if nothing happens, always ahead; 0: never */
};

/*
 * Chooses among `n` endpoints (1 to ENDPOINTS_MAX), given the pick in force.  The first rule that
 * applies decides.  Whatever turns UNKNOWN, and nothing else, changes no answer: only UP, DOWN, an
 * operator's word, a time that ends or another policy does.
 *
 * An endpoint *fits* when it is online, not deposed, UP (`ready`, where the service is cold) and
 * its gates are open; when none such is there (pool: fewer than `least`), those that are only
 * offline fit, too.  An active one that is DOWN does not.
 *
 * mode single, one active endpoint:
 *   1. first     Nothing was picked yet: home is taken as active, the next where it is out or
 *                deposed.  (After a reload more may answer
 *                than one active, as of a pool: the first of them is.)  Rules 2 to 15 then apply to
 *                it, so that a home known to be DOWN never answers while another fits.
 *   2. pinned    An operator named who answers, whatever its state.
 *   3. frozen    An operator froze it: nothing moves.
 *   4. drained   The active one is out, or offline while an online one fits: the first that fits
 *                takes over.  One that is DOWN by then is deposed.
 *   5. unknown   The active one is UNKNOWN: it stays, even if a better one is UP.
 *   6. starting  It is DOWN, cold, and was made active less than `start` ago: it may still come up.
 *   7. none-left It is DOWN and no other fits: on-none decides: `keep` it, or, once all are DOWN
 *                (and none is ready), `home`, `all` of them or `none` (`servfail`: none, and
 * queries fail).  Then these stay until one fits.
 *   8. manual    It is DOWN, and failover is not automatic: it stays, an operator decides.
 *   9. waiting   It is DOWN for less than `wait`: it stays.
 *  10. after     It is DOWN, and a service that this one comes after is not settled: it stays.
 *  11. limited   It is DOWN, but this service switched by itself too often: it stays until the
 *                window has room.
 *  12. breaker   It is DOWN, but too many services switched by themselves: it stays until the
 *                window has room.
 *  13. failover  It is DOWN (or those of rule 7 answer): the first that fits takes over at once,
 * and becomes home where failover promotes.  Who lost its place is deposed until an operator clears
 * it or, with comeback `up`, until it is UP (cold: ready, and the last switch past, for `hold`).
 *  14. failback  It is UP, and a better one fits, was UP for `hold`, the last switch is `hold` ago,
 *                and breaker and limit let it: the best such takes over (failback: auto).  From an
 *                online one never to one that is offline.
 *  15. kept      Nothing changes.
 *
 * mode pool, all fit endpoints (`most`: the first so many of them):
 *   1. first     Nothing was picked yet: all that are not out are taken as members.  Rules 2 to 15
 *                then apply.
 *   2. pinned    The one that an operator named answers alone.
 *   3. frozen    As above.
 *   4. drained   Members that are out leave as long as another is UP, those offline too, as long as
 *                `least` online ones are.
 *   5. unknown   An UNKNOWN endpoint stays in or out as it was.
 *   7. none-left Fewer than `least` would answer: on-none decides: `keep` those that answered last,
 *                or, once all are DOWN, `home`, `all` that are not out, `none` or `servfail`.
 *   8. to 12.    A member that is DOWN would be withdrawn, but these rules keep it; rule 9 looks at
 *                each member by itself.  The other rules go on for the others.
 *  13. failover  A member that is DOWN is withdrawn at once, the next that fits takes its place,
 * all that fit where fewer than `least` would answer; if rule 7 was in force, exactly those that
 * fit answer, at once.
 *  14. failback  One that was withdrawn comes in after it was UP for `hold` (failback: auto); one
 *                that never answered, new after a reload, as soon as it fits.
 *  15. kept      Nothing changes.
 *
 * A relapse, a failover within the hold of a failback (mode single), doubles the hold, up to 32
 * times; a failover later than that ends it.
 *
 * In a pool an address family that is DOWN at a member that is UP by the other one is left out, and
 * comes back when it is UP, or the member DOWN; the last one of a family stays.
 *
 * In mode single with a trickle, after these rules, a share of the answers goes to one standby:
 *   1. none   None while an operator pinned, or anybody but home alone answers: a switch ends it.
 *   2. kept   Who has the share keeps it until something is known that makes it unfit: what turns
 *             UNKNOWN ends nothing.
 *   3. better A better one that fits, is online and was UP for `hold` takes it over: it is the one
 *             that a failover would choose.  While home is UP and nothing is frozen, as with
 * rule 4.
 *   4. best   Nobody has it: the best that fits and is online gets it.
 *
 * `reason` is 1 for a first pick, except when one of 7 to 12 applies: that has to be heard.
 * The first pick may set `switched` without delaying any failback: whoever is better than it, or
 * was left out of it, was not UP then and came up later.
 */
struct pick service_pick(const struct service_rule *rule, const struct contender ends[], size_t n,
	const struct about *about, const struct pick *was, mono_t now) MUST_USE;

/* The TTL in force, of a service with this rule. */
span_t pick_ttl(const struct service_rule *rule, const struct pick *pick) MUST_USE;

/* Whether the service would move, if it were let: an operator or the time has to do something. */
bool pick_is_held(enum pick_reason reason) MUST_USE;  /* rules 7 to 12, without 9 */
bool on_none_is_empty(enum on_none on_none) MUST_USE; /* rule 7 may leave nobody to answer */
/* Whether `by` was a rule that counts as a switch of the service by itself (13, 14). */
bool pick_is_move(enum pick_reason reason) MUST_USE;

/* Why an endpoint is no candidate; the first reason that applies. */
enum unfit {
	UNFIT_NOT,
	UNFIT_OUT,
	UNFIT_DEPOSED,
	UNFIT_DOWN,
	UNFIT_UNKNOWN,
	UNFIT_GATE_SHUT,
	UNFIT_GATE_UNKNOWN,
	UNFIT_OFFLINE, /* fits as the last resort */
};
enum unfit contender_unfit(const struct contender *end, const struct pick *pick, size_t i) MUST_USE;

const char *pick_reason_text(enum pick_reason reason); /* "failover", ... */
const char *trickle_rule_text(enum trickle_rule rule); /* "kept", ...; not of 0 */

#endif
