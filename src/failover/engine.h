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
	struct endpoint_set from;  /* EFFECT_SWITCH: who answered */
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

/* Borrows `policy` until the next adopt.  The first picks come out as EFFECT_SWITCH (rule first).
 */
struct engine *engine_new(const struct policy *policy, mono_t now, struct effects *out) MUST_USE;
/*
 * A new policy.  Checks keep their health by identity; services keep their pick by name, its
 * members by endpoint name.  A service whose members are all gone starts anew.  A switch that this
 * makes comes out as effects; services that are as they were make none.
 */
void engine_adopt(
	struct engine *engine, const struct policy *next, mono_t now, struct effects *out);
void engine_step(struct engine *engine, const struct event *event, mono_t now, struct effects *out);
mono_t engine_next(const struct engine *engine) MUST_USE; /* when EVENT_TIME is due; 0: never */
struct engine_facts engine_facts(const struct engine *engine) MUST_USE;
void engine_free(struct engine *engine); /* NULL is fine */

#endif
