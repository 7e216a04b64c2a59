/*
 * The decision core: events in, effects out.  The engine owns every fact the
 * decisions rest on and performs none of their consequences, so a test can
 * drive hours of outages through it in microseconds.
 * Owner: control thread.
 */
#ifndef LOCUM_FAILOVER_ENGINE_H
#define LOCUM_FAILOVER_ENGINE_H

#include "failover/policy.h"

struct engine;

enum event_kind {
	EVENT_OUTCOME, /* an attempt of a check ended */
	EVENT_DEAF,    /* the prober is gone: nothing is heard of any check */
	EVENT_TIME,    /* engine_next() is reached */
};

struct event {
	enum event_kind kind;
	uint32_t check; /* EVENT_OUTCOME: its number in the policy */
	enum probe_outcome outcome;
};

enum effect_kind {
	EFFECT_HEALTH,  /* a check's state changed: say so */
	EFFECT_VERDICT, /* an endpoint's state changed: say so */
	EFFECT_SWITCH,  /* a service answers with other endpoints: move its records */
	EFFECT_STUCK,   /* rule none-left came into force without a change: say so, loudly */
};

struct effect {
	enum effect_kind kind;
	uint32_t subject;          /* check, endpoint or service number in the policy */
	enum health_state was, is; /* EFFECT_HEALTH, EFFECT_VERDICT */
	struct endpoint_set from;  /* EFFECT_SWITCH: who answered; empty: nobody, a first pick */
	struct pick pick; /* EFFECT_SWITCH, EFFECT_STUCK: who answers now, and by which rule */
};

struct effects { /* filled by the engine, emptied by the caller (n = 0), freed with free(list) */
	struct effect *list;
	size_t n, room;
};

/* Borrowed, valid until the next call that changes the engine; indexed as in the policy. */
struct engine_facts {
	const struct policy *policy;
	const struct health *checks;
	const struct verdict *endpoints;
	const struct pick *services;
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
/* When EVENT_TIME is due; 0: never.  Never too late; for staleness it may be too early, which does
 * no harm. */
mono_t engine_next(const struct engine *engine) MUST_USE;
struct engine_facts engine_facts(const struct engine *engine) MUST_USE;
void engine_free(struct engine *engine); /* NULL is fine */

#endif
