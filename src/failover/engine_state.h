/* What the engine is made of, between its parts: engine.c (events), settle.c (what follows from
 * them), adopt.c (a policy taken on). */
#ifndef LOCUM_FAILOVER_ENGINE_STATE_H
#define LOCUM_FAILOVER_ENGINE_STATE_H

#include "failover/budget.h"
#include "failover/engine.h"
#include "failover/timers.h"

enum cause {                /* why a service is asked again */
	CAUSE_UNKNOWN = 1,  /* an endpoint of it turned UNKNOWN */
	CAUSE_KNOWN = 2,    /* one turned UP or DOWN */
	CAUSE_REVIEW = 4,   /* its review is due, or a word is over */
	CAUSE_POLICY = 8,   /* the policy is new */
	CAUSE_SHAKY = 16,   /* an outcome spoke against the state of one, or no longer does */
	CAUSE_VALUE = 32,   /* a gate may see another value */
	CAUSE_AFTER = 64,   /* the service that it comes after is settled, or no longer is */
	CAUSE_DECREE = 128, /* an operator said something */
};

/* Numbers to look at in this step, each once at a time: a queue in a ring of as many places. */
struct todo {
	uint32_t *list;
	size_t room, first, n;
	uint8_t *causes; /* of each number; 0: not in the list */
};

struct engine {
	const struct policy *policy;
	struct health *checks;
	struct value *values;
	struct verdict *endpoints, *ready;
	bool *shaky; /* of endpoints */
	struct standing *standings;
	struct pick *services;
	struct mandate *mandates;
	bool *settled; /* of services */
	/* Which endpoints use check i: users[first_user[i]] .. users[first_user[i + 1] - 1]. */
	uint32_t *first_user, *users;
	/* Which services move with service i, or come after it: likewise. */
	uint32_t *first_heir, *heirs;
	/*
	 * Checks by number, then services, then endpoints.  A service stands at its review, or when
	 * a word on it is over; an endpoint when a word on it begins or is over.  A check stands no
	 * later than when it goes stale: a verdict does not move it, its time looks again.
	 */
	struct timers *timers;
	struct todo ends, picks;
	/* In a step that changed a service's pick by itself, a decree or a memory: as it was
	 * before. */
	struct pick before;
	uint32_t changed; /* which service; POLICY_NONE */
	struct budget failovers, failbacks;
	const struct health **merge;  /* room for the checks of any endpoint */
	struct contender *contenders; /* room for the endpoints of any service */
};

void todo_add(struct todo *todo, uint32_t number, uint8_t causes);
uint32_t todo_take(struct todo *todo, uint8_t *causes) MUST_USE; /* there is one */
/* Notes until when clients may hold what was answered before `is`. */
void expose(const struct service_rule *rule, const struct pick *was, struct pick *is, mono_t now);
struct effect *emit(struct effects *out, enum effect_kind kind, uint32_t subject);
void emit_state(struct effects *out, enum effect_kind kind, uint32_t subject, enum health_state was,
	enum health_state is);
uint32_t service_timer(const struct engine *e, uint32_t service) MUST_USE;
uint32_t endpoint_timer(const struct engine *e, uint32_t end) MUST_USE;
void set_timer(struct engine *e, uint32_t subject, mono_t due); /* 0: it has none */

/* A check is looked at because time went by; what was said likewise, or because it is new. */
void age_check(struct engine *e, uint32_t check, mono_t now, struct effects *out);
void look_at_standing(struct engine *e, uint32_t end, mono_t now, struct effects *out);
void look_at_mandate(struct engine *e, uint32_t service, mono_t now, struct effects *out);

/* An endpoint's verdicts, by its checks and what was said of it. */
void judge_endpoint(struct engine *e, uint32_t end, mono_t now);
/* What the service's decision sees: fills e->contenders. */
struct about see(const struct engine *e, uint32_t service, mono_t now) MUST_USE;
/* The pick of a service that is asked. */
struct pick asked(const struct engine *e, uint32_t service, mono_t now) MUST_USE;
/* All that is to be done. */
void settle_endpoints(struct engine *e, mono_t now, struct effects *out);
void settle_services(struct engine *e, mono_t now, struct effects *out);

#endif
