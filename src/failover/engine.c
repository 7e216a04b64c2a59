#include "base/mem.h"
#include "failover/engine_state.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Whether silence would change it. */
static bool can_fade(const struct health *h) { return h->state != HEALTH_UNKNOWN || h->streak > 0; }

static void set_health(struct engine *e, uint32_t check, struct health is, struct effects *out)
{
	const struct health was = e->checks[check];
	e->checks[check] = is;
	if (is.state != was.state)
		emit_state(out, EFFECT_HEALTH, check, was.state, is.state);
	else if ((is.streak > 0) == (was.streak > 0))
		return;
	for (uint32_t u = e->first_user[check]; u < e->first_user[check + 1]; u++)
		todo_add(&e->ends, e->users[u], CAUSE_KNOWN);
}

void age_check(struct engine *e, uint32_t check, mono_t now, struct effects *out)
{
	const struct health_rule *rule = &e->policy->checks[check].rule;
	const struct health was = e->checks[check];
	if (!can_fade(&was))
		return;
	set_health(e, check, health_age(rule, was, now), out);
	if (can_fade(&e->checks[check]))
		timers_set(e->timers, check, health_fades(rule, was));
}

/* A word on an endpoint began, or is over. */
void look_at_standing(struct engine *e, uint32_t end, mono_t now, struct effects *out)
{
	const uint32_t service = e->policy->endpoints[end].service;
	struct standing *const standing = &e->standings[end];
	if (standing_expire(standing, now))
		emit(out, EFFECT_OVER, end);
	set_timer(e, endpoint_timer(e, end),
		standing_next(standing, e->policy->services[service].rule.ttl, now));
	todo_add(&e->ends, end, CAUSE_DECREE);
	todo_add(&e->picks, service, CAUSE_DECREE);
}

void look_at_mandate(struct engine *e, uint32_t service, mono_t now, struct effects *out)
{
	if (mandate_expire(&e->mandates[service], now))
		emit(out, EFFECT_OVER, service)->of_service = true;
	todo_add(&e->picks, service, CAUSE_REVIEW);
}

/* Ages the checks whose time has come, and notes the services to review. */
static void run_due(struct engine *e, mono_t now, struct effects *out)
{
	const size_t checks = e->policy->n_checks, services = e->policy->n_services;
	uint32_t subject;
	while (timers_take(e->timers, now, &subject)) {
		if (subject < checks)
			age_check(e, subject, now, out);
		else if (subject < checks + services)
			look_at_mandate(e, subject - (uint32_t)checks, now, out);
		else
			look_at_standing(e, subject - (uint32_t)(checks + services), now, out);
	}
}

/* ---- decrees ---- */

static void apply(struct engine *e, const struct decree *decree, mono_t now)
{
	const uint32_t service = decree->service;
	const struct policy_service *const p = &e->policy->services[service];
	const struct pick before = e->services[service];
	const size_t active = endpoint_first(&before.on);
	const bool was_down =
		active != ENDPOINT_NONE && e->endpoints[p->first + active].state == HEALTH_DOWN;
	decree_apply(decree, p, was_down, &e->standings[p->first], &e->mandates[service],
		&e->services[service], now);
	expose(&p->rule, &before, &e->services[service], now);
}

/* The service's pick is changed by a word: what it was is told from. */
static void changing(struct engine *e, uint32_t service)
{
	e->before = e->services[service];
	e->changed = service;
	todo_add(&e->picks, service, CAUSE_DECREE);
}

static void take_decree(
	struct engine *e, const struct decree *decree, mono_t now, struct effects *out)
{
	const uint32_t service = decree->service;
	changing(e, service);
	apply(e, decree, now);
	if (decree->endpoint != ENDPOINT_NONE)
		look_at_standing(
			e, e->policy->services[service].first + decree->endpoint, now, out);
}

enum refusal engine_refused(const struct engine *engine, const struct decree *decree, mono_t now)
{
	const struct policy_service *const p = &engine->policy->services[decree->service];
	(void)!see(engine, decree->service, now).pinned;
	return decree_refused(decree, p, engine->contenders, &engine->mandates[decree->service],
		&engine->services[decree->service]);
}

/* The verdicts of a service, kept while it is asked what would be. */
struct kept_verdicts {
	struct verdict *endpoints, *ready;
	bool *shaky;
};

static struct kept_verdicts keep_verdicts(const struct engine *e, const struct policy_service *p)
{
	return (struct kept_verdicts){
		mem_copy(&e->endpoints[p->first], p->n * sizeof *e->endpoints),
		mem_copy(&e->ready[p->first], p->n * sizeof *e->ready),
		mem_copy(&e->shaky[p->first], p->n * sizeof *e->shaky)};
}

static void put_back(
	const struct engine *e, const struct policy_service *p, struct kept_verdicts *kept)
{
	memcpy(&e->endpoints[p->first], kept->endpoints, p->n * sizeof *e->endpoints);
	memcpy(&e->ready[p->first], kept->ready, p->n * sizeof *e->ready);
	memcpy(&e->shaky[p->first], kept->shaky, p->n * sizeof *e->shaky);
	free(kept->endpoints);
	free(kept->ready);
	free(kept->shaky);
}

/* Does what a step would do, to the facts themselves, and puts them back. */
struct pick engine_plan(const struct engine *engine, uint32_t service,
	const struct decree decrees[], size_t n, mono_t now, struct mandate *mandate,
	struct standing standings[])
{
	struct engine e = *engine; /* the same lists */
	const struct policy_service *const p = &e.policy->services[service];
	const struct pick was = e.services[service];
	const struct mandate was_said = e.mandates[service];
	struct standing *const stood = mem_copy(&e.standings[p->first], p->n * sizeof *stood);
	struct kept_verdicts verdicts = keep_verdicts(engine, p);
	for (size_t i = 0; i < n; i++)
		apply(&e, &decrees[i], now);
	for (uint32_t i = p->first; i < p->first + p->n; i++) {
		(void)standing_expire(&e.standings[i], now);
		judge_endpoint(&e, i, now);
	}
	const struct pick pick = asked(&e, service, now);
	if (mandate != NULL)
		*mandate = e.mandates[service];
	if (standings != NULL)
		memcpy(standings, &e.standings[p->first], p->n * sizeof *standings);
	e.services[service] = was;
	e.mandates[service] = was_said;
	memcpy(&e.standings[p->first], stood, p->n * sizeof *stood);
	put_back(engine, p, &verdicts);
	free(stood);
	return pick;
}

void engine_recall(struct engine *engine, uint32_t service, const struct memory *memory, mono_t now,
	struct effects *out)
{
	const struct policy_service *const p = &engine->policy->services[service];
	const struct pick *const pick = &memory->pick;
	changing(engine, service);
	engine->services[service] = *pick;
	engine->mandates[service] = memory->mandate;
	if (pick->by == PICK_FAILOVER)
		budget_spend(&engine->failovers, pick->switched);
	if (pick->by == PICK_FAILBACK)
		budget_spend(&engine->failbacks, pick->switched);
	for (uint32_t i = 0; i < p->n; i++) {
		engine->standings[p->first + i] = memory->standings[i];
		look_at_standing(engine, p->first + i, now, out);
	}
	look_at_mandate(engine, service, now, out);
	settle_endpoints(engine, now, out);
	settle_services(engine, now, out);
}

/* ---- events ---- */

/* Nobody waits for a gate: home answers alone, or all do, and nothing else is to be. */
static bool at_rest(const struct engine *e, uint32_t service)
{
	const struct policy_service *const p = &e->policy->services[service];
	const struct pick *const pick = &e->services[service];
	if (p->rule.mode == MODE_POOL)
		return endpoint_count(&pick->on) == p->n && !pick_is_held(pick->reason);
	const struct standing *const home = &e->standings[p->first + pick->home];
	return p->rule.trickle == 0 && endpoint_first(&pick->on) == pick->home &&
	       !pick_is_held(pick->reason) && home->admin == ADMIN_ONLINE &&
	       home->planned_from.ns == 0;
}

/* A gate may open, or shut, by what was read. */
static void take_value(struct engine *e, uint32_t check, const struct value *value)
{
	e->values[check] = *value;
	for (uint32_t u = e->first_user[check]; u < e->first_user[check + 1]; u++) {
		const uint32_t service = e->policy->endpoints[e->users[u]].service;
		if (e->policy->services[service].n_gates > 0 && !at_rest(e, service))
			todo_add(&e->picks, service, CAUSE_VALUE);
	}
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
	case EVENT_OUTCOME:
		take_outcome(engine, event->check, event->outcome, now, out);
		if (event->value != NULL)
			take_value(engine, event->check, event->value);
		break;
	case EVENT_DEAF:
		for (size_t i = 0; i < event->n_deaf; i++)
			set_health(engine, event->deaf[i],
				health_lost(engine->checks[event->deaf[i]], now), out);
		break;
	case EVENT_DECREE: take_decree(engine, event->decree, now, out); break;
	case EVENT_TIME:
	default: break;
	}
	settle_endpoints(engine, now, out);
	settle_services(engine, now, out);
}

mono_t engine_next(const struct engine *engine) { return timers_next(engine->timers); }
