/*
 * The operator's word: what may be said of a service and its endpoints, when it is refused, and
 * what it changes.  Pure.
 */
#ifndef LOCUM_FAILOVER_DECREE_H
#define LOCUM_FAILOVER_DECREE_H

#include "failover/policy.h"

enum decree_verb {
	DECREE_SWITCH,   /* this endpoint is to be active; it stays until `until` */
	DECREE_PROMOTE,  /* ... and home from now on */
	DECREE_FAILBACK, /* home is to be active */
	DECREE_CLEAR,    /* what made this one deposed, or withdrawn, was dealt with */
	DECREE_ONLINE,   /* takes back offline, out and maintenance */
	DECREE_OFFLINE,  /* the last resort */
	DECREE_OUT,      /* never */
	DECREE_PIN,      /* this one answers whatever happens, until `until` */
	DECREE_UNPIN,
	DECREE_FREEZE,      /* nothing moves by itself, until `until` */
	DECREE_THAW,        /* ... and forgets how often it switched */
	DECREE_MAINTENANCE, /* offline from `from` to `until`, with the short TTL before */
	DECREE_DRILL,       /* taken for DOWN until `until` */
	DECREE_CALM,        /* ends a drill */
	DECREES_MAX,
};

struct decree {
	enum decree_verb verb;
	uint32_t service;   /* its number in the policy */
	uint8_t endpoint;   /* its place in the service; ENDPOINT_NONE where the verb needs none */
	mono_t from, until; /* 0: without end */
	uint32_t force;     /* of these refusals, by 1 << number, none counts */
};

struct standing { /* of an endpoint, by the operator's word; zero: nothing was said */
	enum admin admin;
	mono_t admin_until;                 /* 0: without end */
	mono_t planned_from, planned_until; /* maintenance; 0: none */
	mono_t drill_until;                 /* 0: no drill */
};

struct mandate {        /* of a service */
	uint8_t pinned; /* ENDPOINT_NONE: nobody */
	bool frozen;
	mono_t pinned_until, frozen_until; /* 0: without end */
};

enum refusal { /* the numbered rule that refused; `--force` names it */
	REFUSAL_NOT,
	REFUSAL_MODE = 1,    /* the verb is for mode single; cannot be forced */
	REFUSAL_ALREADY = 2, /* it is so already; cannot be forced */
	REFUSAL_FROZEN = 3,  /* the service is frozen, or pinned to another one */
	REFUSAL_OUT = 4,     /* the endpoint is out */
	REFUSAL_DEPOSED = 5, /* it lost active by failover and was not cleared */
	REFUSAL_DOWN = 6,    /* it is not UP (`ready`, where the service is cold) */
	REFUSAL_GATE = 7,    /* a gate is not open */
	REFUSAL_NEVER = 8,   /* failback: never */
	REFUSAL_LAST = 9,    /* nobody else fits */
	REFUSAL_WITH = 10,   /* the service moves with another one; cannot be forced */
};

/*
 * Whether `decree` is refused; the lowest number that is not forced.
 *   switch, promote   1 2 3 4 5 6 7
 *   failback          1 2 3 4 5 6 7 8
 *   pin               4 6
 *   offline, out, maintenance, drill   9 of an endpoint that answers
 *   clear, unpin      2
 *   all               10: what was said of a service that moves with another would do nothing
 */
enum refusal decree_refused(const struct decree *decree, const struct policy_service *service,
	const struct contender ends[], const struct mandate *mandate,
	const struct pick *pick) MUST_USE;
const char *refusal_name(enum refusal refusal); /* "down", ... */
const char *refusal_text(enum refusal refusal); /* "the endpoint is not up", ... */
bool refusal_can_force(enum refusal refusal) MUST_USE;

/*
 * What it changes.  `was_down`: the active endpoint is DOWN; to switch away from it is a failover,
 * only by hand: it is deposed.  A switch that failback would undo lasts until `until`.
 */
void decree_apply(const struct decree *decree, const struct policy_service *service, bool was_down,
	struct standing standings[], struct mandate *mandate, struct pick *pick, mono_t now);

/* What was said, as it stands at `now`; whatever is over is taken out.  True: something was. */
bool standing_expire(struct standing *standing, mono_t now);
bool mandate_expire(struct mandate *mandate, mono_t now);
enum admin standing_admin(const struct standing *standing, mono_t now) MUST_USE;
mono_t standing_planned(
	const struct standing *standing, mono_t now) MUST_USE; /* 0: begun, or none */
/* When it is to be looked at again; 0: never.  `ttl`: so long before maintenance, too. */
mono_t standing_next(const struct standing *standing, span_t ttl, mono_t now) MUST_USE;
mono_t mandate_next(const struct mandate *mandate) MUST_USE;

const char *decree_text(enum decree_verb verb); /* "switch", ... */

#endif
