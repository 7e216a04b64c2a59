/*
 * The decision core: events in, effects out.  The engine owns every fact the
 * decisions rest on and performs none of their consequences, so a test can
 * drive hours of outages through it in microseconds.
 * Owner: control thread.
 */
#ifndef LOCUM_FAILOVER_ENGINE_H
#define LOCUM_FAILOVER_ENGINE_H

#include "failover/decree.h"

struct arena;
struct engine;

enum event_kind {
	EVENT_OUTCOME, /* an attempt of a check ended */
	EVENT_DEAF,    /* a prober is gone: nothing is heard of its checks */
	EVENT_TIME,    /* engine_next() is reached */
	EVENT_DECREE,  /* an operator said something, and engine_refused() does not refuse it */
};

struct event {
	enum event_kind kind;
	uint32_t check; /* EVENT_OUTCOME: its number in the policy */
	enum probe_outcome outcome;
	const struct value *value;   /* EVENT_OUTCOME: what was read; NULL: nothing */
	const struct decree *decree; /* EVENT_DECREE */
	const uint32_t *deaf;        /* EVENT_DEAF: the numbers of the checks */
	size_t n_deaf;
};

enum effect_kind {
	EFFECT_HEALTH,  /* a check's state changed: say so */
	EFFECT_VERDICT, /* an endpoint's state changed: say so */
	EFFECT_SWITCH,  /* a service answers with other endpoints: move its records */
	EFFECT_STUCK, /* it would move, but a rule (7 to 12) came into force that keeps it: say so,
			 loudly */
	EFFECT_TTL,   /* the same endpoints answer, with the other TTL (pick_ttl()) */
	EFFECT_TRICKLE, /* the same endpoint answers, and another standby, or none, gets a share */
	EFFECT_ROLE,    /* who is home or deposed changed, and nothing else */
	EFFECT_OVER,    /* what an operator said of an endpoint, or of a service (`of_service`), is
			   over */
};

struct effect {
	enum effect_kind kind;
	uint32_t subject;          /* check, endpoint or service number in the policy */
	bool of_service;           /* EFFECT_OVER */
	enum health_state was, is; /* EFFECT_HEALTH, EFFECT_VERDICT */
	struct endpoint_set from;  /* EFFECT_SWITCH: who answered; empty: nobody, a first pick */
	struct pick pick;          /* of a service: who answers now, and by which rule */
};

struct effects { /* filled by the engine, emptied by the caller (n = 0), freed with free(list) */
	struct effect *list;
	size_t n, room;
};

/* Borrowed, valid until the next call that changes the engine; indexed as in the policy. */
struct engine_facts {
	const struct policy *policy;
	const struct health *checks;
	const struct verdict *endpoints, *ready; /* `ready`: as standbys */
	const struct standing *standings;        /* of endpoints */
	const struct pick *services;
	const struct mandate *mandates; /* of services */
	const struct value *values;     /* of checks */
};

struct gate_seen { /* what a gate saw of an endpoint, and of the active one; borrowed */
	enum gate_state state;
	const struct value *mine, *its;
};

struct memory { /* of a service, as it was when the last process ended */
	struct pick pick;
	struct mandate mandate;
	const struct standing *standings; /* of its endpoints */
};

/*
 * Borrows `policy` until the next adopt has returned.  The first picks come out as EFFECT_SWITCH
 * (rule first), endpoints without checks as EFFECT_VERDICT: they are UP from the start.
 */
struct engine *engine_new(const struct policy *policy, mono_t now, struct effects *out) MUST_USE;
/*
 * A new policy.  Checks keep their health by identity, services their pick by name, endpoints their
 * verdict and their place in the pick by name within the service.  A service whose members are all
 * gone starts anew.  Then every service is asked again by the new rules.  A switch that this makes
 * comes out as an effect, its sets in the new numbers; services that are as they were make none.
 * That a member is gone, has another address or another number is no switch: the caller renders
 * the records of a new policy anyway.
 */
void engine_adopt(
	struct engine *engine, const struct policy *next, mono_t now, struct effects *out);
/*
 * Appends to `out`, in this order: checks, endpoints, services.  Every step first does what was due
 * before its event: a late EVENT_TIME is as good as a punctual one.  (An outcome that ends a
 * silence nobody had noticed yet gives two changes of its check, each with that of its endpoints.)
 * An outcome that changes nothing takes constant time.
 */
void engine_step(struct engine *engine, const struct event *event, mono_t now, struct effects *out);
/* Whether `decree` is refused now. */
enum refusal engine_refused(
	const struct engine *engine, const struct decree *decree, mono_t now) MUST_USE;
/*
 * The pick that `n` decrees on the service, one after the other, would lead to, refused or not; 0:
 * the one in force, asked again.  Changes nothing.  `mandate` and `standings` (room for the
 * endpoints of the service) become what they would be; NULL: nobody wants to know.
 */
struct pick engine_plan(const struct engine *engine, uint32_t service,
	const struct decree decrees[], size_t n, mono_t now, struct mandate *mandate,
	struct standing standings[]) MUST_USE;

/*
 * Takes on what was remembered of a service, before anything was heard of its checks.  Its answers
 * are then as they were, whatever rule would apply at a first start.
 */
void engine_recall(struct engine *engine, uint32_t service, const struct memory *memory, mono_t now,
	struct effects *out);

/* When EVENT_TIME is due; 0: never.  Never too late; for staleness it may be too early, which does
 * no harm. */
mono_t engine_next(const struct engine *engine) MUST_USE;
struct engine_facts engine_facts(const struct engine *engine) MUST_USE;
/* What a decision sees of an endpoint (its number in the policy), by the facts alone. */
struct contender facts_contender(
	const struct engine_facts *facts, uint32_t endpoint, mono_t now) MUST_USE;
struct gate_seen facts_gate(
	const struct engine_facts *facts, uint32_t endpoint, uint16_t gate, mono_t now) MUST_USE;
bool facts_shaky(const struct engine_facts *facts, uint32_t endpoint) MUST_USE;

/* Lists of its own, in `arena`, of the same policy. */
struct engine_facts engine_facts_copy(struct engine_facts facts, struct arena *arena) MUST_USE;
void engine_free(struct engine *engine); /* NULL is fine */

#endif
