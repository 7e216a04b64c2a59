#include "failover/engine.h"

#include "base/mem.h"
#include "failover/carry.h"
#include "failover/timers.h"

#include <assert.h>
#include <stdlib.h>

enum cause {               /* why a service is asked again */
	CAUSE_UNKNOWN = 1, /* an endpoint of it turned UNKNOWN */
	CAUSE_KNOWN = 2,   /* one turned UP or DOWN */
	CAUSE_REVIEW = 4,  /* its review is due */
	CAUSE_POLICY = 8,  /* the policy is new */
};

/* Numbers to look at in this step, each once. */
struct todo {
	uint32_t *list;
	size_t n;
	uint8_t *causes; /* of each number; 0: not in the list */
};

struct engine {
	const struct policy *policy;
	struct health *checks;
	struct verdict *endpoints;
	struct pick *services;
	/* Which endpoints use check i: users[first_user[i]] .. users[first_user[i + 1] - 1]. */
	uint32_t *first_user, *users;
	/*
	 * Checks by number, services after them.  A service stands at its review.  A check stands
	 * no later than when it goes stale: a verdict does not move it, its time looks again.
	 */
	struct timers *timers;
	struct todo ends, picks;
	const struct health **merge; /* room for the checks of any endpoint */
};

static struct todo todo_new(size_t n)
{
	return (struct todo){.list = mem_list(n, sizeof(uint32_t)), .causes = mem_list(n, 1)};
}

static void todo_add(struct todo *todo, uint32_t number, enum cause cause)
{
	if (todo->causes[number] == 0)
		todo->list[todo->n++] = number;
	todo->causes[number] |= (uint8_t)cause;
}

static struct effect *emit(struct effects *out, enum effect_kind kind, uint32_t subject)
{
	out->list = mem_grow(out->list, &out->room, out->n + 1, sizeof(*out->list));
	struct effect *effect = &out->list[out->n++];
	*effect = (struct effect){.kind = kind, .subject = subject};
	return effect;
}

static void emit_state(struct effects *out, enum effect_kind kind, uint32_t subject,
	enum health_state was, enum health_state is)
{
	struct effect *effect = emit(out, kind, subject);
	effect->was = was;
	effect->is = is;
}

/* Whether silence would change it. */
static bool can_fade(const struct health *h) { return h->state != HEALTH_UNKNOWN || h->streak > 0; }

static void set_health(struct engine *e, uint32_t check, struct health is, struct effects *out)
{
	const enum health_state was = e->checks[check].state;
	e->checks[check] = is;
	if (is.state == was)
		return;
	emit_state(out, EFFECT_HEALTH, check, was, is.state);
	for (uint32_t u = e->first_user[check]; u < e->first_user[check + 1]; u++)
		todo_add(&e->ends, e->users[u], CAUSE_KNOWN);
}

static void age_check(struct engine *e, uint32_t check, mono_t now, struct effects *out)
{
	const struct health_rule *rule = &e->policy->checks[check].rule;
	const struct health was = e->checks[check];
	if (!can_fade(&was))
		return;
	set_health(e, check, health_age(rule, was, now), out);
	if (can_fade(&e->checks[check]))
		timers_set(e->timers, check, health_fades(rule, was));
}

/* Ages the checks whose time has come, and notes the services to review. */
static void run_due(struct engine *e, mono_t now, struct effects *out)
{
	uint32_t subject;
	while (timers_take(e->timers, now, &subject)) {
		if (subject < e->policy->n_checks)
			age_check(e, subject, now, out);
		else
			todo_add(&e->picks, subject - (uint32_t)e->policy->n_checks, CAUSE_REVIEW);
	}
}

static void settle_endpoint(struct engine *e, uint32_t end, mono_t now, struct effects *out)
{
	const struct policy_endpoint *p = &e->policy->endpoints[end];
	for (uint32_t i = 0; i < p->n; i++)
		e->merge[i] = &e->checks[e->policy->uses[p->first + i]];

	const struct verdict was = e->endpoints[end];
	const struct verdict is = verdict_merge(was, e->merge, p->n, now);
	e->endpoints[end] = is;
	if (is.state == was.state)
		return;
	emit_state(out, EFFECT_VERDICT, end, was.state, is.state);
	todo_add(&e->picks, p->service, is.state == HEALTH_UNKNOWN ? CAUSE_UNKNOWN : CAUSE_KNOWN);
}

static void settle_endpoints(struct engine *e, mono_t now, struct effects *out)
{
	for (size_t i = 0; i < e->ends.n; i++) {
		const uint32_t end = e->ends.list[i];
		e->ends.causes[end] = 0;
		settle_endpoint(e, end, now, out);
	}
	e->ends.n = 0;
}

static void settle_service(
	struct engine *e, uint32_t service, uint8_t causes, mono_t now, struct effects *out)
{
	const struct policy_service *p = &e->policy->services[service];
	const struct pick was = e->services[service];
	const struct pick is = service_pick(&p->rule, &e->endpoints[p->first], p->n, &was, now);
	e->services[service] = is;

	const uint32_t subject = (uint32_t)e->policy->n_checks + service;
	if (is.review.ns != 0)
		timers_set(e->timers, subject, is.review);
	else
		timers_drop(e->timers, subject);

	if (!endpoint_same(&was.on, &is.on)) {
		/* Unknown never moves a record. */
		assert(causes != CAUSE_UNKNOWN);
		struct effect *effect = emit(out, EFFECT_SWITCH, service);
		effect->from = was.on;
		effect->pick = is;
	} else if (is.reason == PICK_NONE_LEFT && was.reason != PICK_NONE_LEFT) {
		emit(out, EFFECT_STUCK, service)->pick = is;
	}
}

static void settle_services(struct engine *e, mono_t now, struct effects *out)
{
	for (size_t i = 0; i < e->picks.n; i++) {
		const uint32_t service = e->picks.list[i];
		const uint8_t causes = e->picks.causes[service];
		e->picks.causes[service] = 0;
		settle_service(e, service, causes, now, out);
	}
	e->picks.n = 0;
}

static void take_outcome(struct engine *e, uint32_t check, enum probe_outcome outcome, mono_t now,
	struct effects *out)
{
	assert(check < e->policy->n_checks);
	const struct health_rule *rule = &e->policy->checks[check].rule;
	const struct health is = health_step(rule, e->checks[check], outcome, now);
	set_health(e, check, is, out);
	if (can_fade(&is) && !timers_has(e->timers, check))
		timers_set(e->timers, check, health_fades(rule, is));
}

void engine_step(struct engine *engine, const struct event *event, mono_t now, struct effects *out)
{
	/* Verdicts are taken before the event too: a silence counts, even one that it ends. */
	run_due(engine, now, out);
	settle_endpoints(engine, now, out);

	switch (event->kind) {
	case EVENT_OUTCOME: take_outcome(engine, event->check, event->outcome, now, out); break;
	case EVENT_DEAF:
		for (uint32_t i = 0; i < engine->policy->n_checks; i++)
			set_health(engine, i, health_lost(engine->checks[i], now), out);
		break;
	case EVENT_TIME:
	default: break;
	}
	settle_endpoints(engine, now, out);
	settle_services(engine, now, out);
}

/* From uses (endpoint to checks) to users (check to endpoints). */
static void index_users(struct engine *e, const struct policy *policy)
{
	e->first_user = mem_list(policy->n_checks + 1, sizeof(*e->first_user));
	e->users = mem_list(policy->n_uses, sizeof(*e->users));
	for (size_t i = 0; i < policy->n_uses; i++)
		e->first_user[policy->uses[i]]++;
	for (size_t i = 0; i < policy->n_checks; i++)
		e->first_user[i + 1] += e->first_user[i];
	/* Now each is the end of its run; filling from the back makes it the beginning. */
	for (uint32_t end = (uint32_t)policy->n_endpoints; end-- > 0;) {
		const struct policy_endpoint *p = &policy->endpoints[end];
		for (uint32_t i = 0; i < p->n; i++)
			e->users[--e->first_user[policy->uses[p->first + i]]] = end;
	}
}

static size_t most_checks(const struct policy *policy)
{
	size_t most = 0;
	for (size_t i = 0; i < policy->n_endpoints; i++)
		if (policy->endpoints[i].n > most)
			most = policy->endpoints[i].n;
	return most;
}

/* The pick in the new numbers, without the endpoints that are gone; not chosen if none is left. */
static struct pick carry_pick(const struct pick *was, const struct policy_service *before,
	const struct policy_service *after, const uint32_t *from)
{
	struct pick is = *was;
	is.on = is.withdrawn = (struct endpoint_set){0};
	for (uint32_t i = 0; i < after->n; i++) {
		const uint32_t old = from[after->first + i];
		if (old == CARRY_NEW)
			continue;
		if (endpoint_has(&was->on, old - before->first))
			endpoint_add(&is.on, i);
		if (endpoint_has(&was->withdrawn, old - before->first))
			endpoint_add(&is.withdrawn, i);
	}
	const struct pick nobody = {0};
	return endpoint_count(&is.on) > 0 ? is : nobody;
}

/* The facts of `was` under the numbers of `next`. */
static void carry_facts(
	struct engine *is, const struct engine *was, const struct policy *next, mono_t now)
{
	struct carry from = carry_new(was->policy, next);
	const struct health never_judged = {.since = now};
	const struct verdict unknown = {.since = now};
	for (size_t i = 0; i < next->n_checks; i++) {
		const uint32_t old = from.checks[i];
		is->checks[i] = old == CARRY_NEW ? never_judged : was->checks[old];
	}
	for (size_t i = 0; i < next->n_endpoints; i++) {
		const uint32_t old = from.endpoints[i];
		is->endpoints[i] = old == CARRY_NEW ? unknown : was->endpoints[old];
	}
	for (size_t i = 0; i < next->n_services; i++) {
		const uint32_t old = from.services[i];
		if (old != CARRY_NEW)
			is->services[i] = carry_pick(&was->services[old],
				&was->policy->services[old], &next->services[i], from.endpoints);
	}
	carry_free(&from);
}

static void release(struct engine *e)
{
	free(e->checks);
	free(e->endpoints);
	free(e->services);
	free(e->first_user);
	free(e->users);
	timers_free(e->timers);
	free(e->ends.list);
	free(e->ends.causes);
	free(e->picks.list);
	free(e->picks.causes);
	free(e->merge);
}

void engine_adopt(struct engine *engine, const struct policy *next, mono_t now, struct effects *out)
{
	struct engine is = {
		.policy = next,
		.checks = mem_list(next->n_checks, sizeof(*is.checks)),
		.endpoints = mem_list(next->n_endpoints, sizeof(*is.endpoints)),
		.services = mem_list(next->n_services, sizeof(*is.services)),
		.timers = timers_new(next->n_checks + next->n_services),
		.ends = todo_new(next->n_endpoints),
		.picks = todo_new(next->n_services),
		.merge = mem_list(most_checks(next), sizeof(struct health *)),
	};
	index_users(&is, next);
	carry_facts(&is, engine, next, now);
	release(engine);
	*engine = is;

	for (uint32_t i = 0; i < next->n_checks; i++)
		age_check(engine, i, now, out);
	for (uint32_t i = 0; i < next->n_endpoints; i++)
		todo_add(&engine->ends, i, CAUSE_POLICY);
	for (uint32_t i = 0; i < next->n_services; i++)
		todo_add(&engine->picks, i, CAUSE_POLICY);
	settle_endpoints(engine, now, out);
	settle_services(engine, now, out);
}

struct engine *engine_new(const struct policy *policy, mono_t now, struct effects *out)
{
	static const struct policy nothing;
	struct engine *engine = mem_new(sizeof(*engine));
	engine->policy = &nothing;
	engine_adopt(engine, policy, now, out);
	return engine;
}

mono_t engine_next(const struct engine *engine) { return timers_next(engine->timers); }

struct engine_facts engine_facts(const struct engine *engine)
{
	return (struct engine_facts){.policy = engine->policy,
		.checks = engine->checks,
		.endpoints = engine->endpoints,
		.services = engine->services};
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	release(engine);
	free(engine);
}
