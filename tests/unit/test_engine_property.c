/*
 * A random driver.  Beside the engine runs a model that recomputes everything
 * from all facts after each event, and a shadow that knows only the effects.
 */
#include "failover/engine.h"
#include "policy_text.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { STEPS = 200000, NAMES = 6, CHECKS = 12, SERVICES = 8, POLICY_MAX = 4096 };

struct model { /* indexed as in `policy` */
	const struct policy *policy;
	struct health checks[TEXT_CHECKS_MAX];
	struct verdict endpoints[TEXT_ENDPOINTS_MAX];
	struct pick services[TEXT_SERVICES_MAX];
	/* What the effects said. */
	enum health_state said_checks[TEXT_CHECKS_MAX], said_endpoints[TEXT_ENDPOINTS_MAX];
	struct endpoint_set said_services[TEXT_SERVICES_MAX];
	mono_t said_switched[TEXT_SERVICES_MAX];
};

struct driver {
	uint64_t dice;
	uint64_t step;
	mono_t now;
	bool up[CHECKS]; /* what a probe of the check would find */
	struct engine *engine;
	struct effects effects;
	struct arena *arena; /* of the policy in force */
	struct model model;
	size_t switches, failbacks, stuck, reloads; /* so that we know that something happened */
};

#define MUST(d, condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("step %" PRIu64 ": not " #condition, (d)->step);                  \
	} while (0)

/* splitmix64 */
static uint32_t roll(struct driver *d, uint32_t sides)
{
	uint64_t z = d->dice += 0x9e3779b97f4a7c15U;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return (uint32_t)((z ^ z >> 31) >> 32) % sides;
}

static const struct policy *random_policy(struct driver *d, struct arena *arena)
{
	static const char *const holds[] = {"0", "1", "5", "20"};
	char text[POLICY_MAX];
	size_t n = (size_t)snprintf(text, sizeof(text), "rise %u fall %u stale %u\n",
		1 + roll(d, 3), 1 + roll(d, 3), 2 + roll(d, 6));
	for (uint32_t s = 0; s < SERVICES; s++) {
		if (roll(d, 4) == 0)
			continue;
		n += (size_t)snprintf(text + n, sizeof(text) - n, "s%u %s %s %s %s", s,
			roll(d, 2) == 0 ? "single" : "pool", roll(d, 3) == 0 ? "manual" : "auto",
			roll(d, 2) == 0 ? "keep" : "all", holds[roll(d, 4)]);
		const uint32_t first = roll(d, NAMES), count = 1 + roll(d, 4);
		const bool bare = roll(d, 10) == 0;
		const uint32_t stride = roll(d, 2) == 0 ? 1 : 5; /* forwards or backwards */
		for (uint32_t e = 0; e < count; e++) {
			const uint32_t name = (first + e * stride) % NAMES;
			n += (size_t)snprintf(text + n, sizeof(text) - n, " e%u=", name);
			/* Mostly its own check; sometimes another address, two checks or none. */
			const uint32_t kind = bare ? 0 : 1 + roll(d, 9);
			if (kind > 0)
				n += (size_t)snprintf(text + n, sizeof(text) - n, "c%u",
					kind == 1 ? roll(d, CHECKS) : (name + s) % CHECKS);
			if (kind == 2)
				n += (size_t)snprintf(text + n, sizeof(text) - n, ",c%u",
					(name + s + 1) % CHECKS);
		}
		n += (size_t)snprintf(text + n, sizeof(text) - n, "\n");
	}
	return policy_text(arena, text);
}

static uint32_t old_service(const struct policy *was, const char *name)
{
	for (uint32_t i = 0; was != NULL && i < was->n_services; i++)
		if (strcmp(was->services[i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

/* The place of `name` within the old service. */
static uint32_t old_endpoint(const struct policy *was, uint32_t service, const char *name)
{
	const struct policy_service *p = &was->services[service];
	for (uint32_t i = 0; i < p->n; i++)
		if (strcmp(was->endpoints[p->first + i].name, name) == 0)
			return i;
	return UINT32_MAX;
}

static void model_service(struct model *is, const struct model *was, uint32_t s, mono_t now)
{
	const struct policy_service *p = &is->policy->services[s];
	const uint32_t old = old_service(was->policy, p->name);
	for (uint32_t i = 0; i < p->n; i++)
		is->endpoints[p->first + i].since = now;
	if (old == UINT32_MAX)
		return;
	const uint32_t old_first = was->policy->services[old].first;
	struct pick pick = was->services[old];
	pick.on = pick.withdrawn = pick.deposed = (struct endpoint_set){0};
	for (uint32_t i = 0; i < p->n; i++) {
		const uint32_t e =
			old_endpoint(was->policy, old, is->policy->endpoints[p->first + i].name);
		if (e == UINT32_MAX)
			continue;
		is->endpoints[p->first + i] = was->endpoints[old_first + e];
		is->said_endpoints[p->first + i] = was->said_endpoints[old_first + e];
		if (endpoint_has(&was->services[old].on, e))
			endpoint_add(&pick.on, i);
		if (endpoint_has(&was->services[old].withdrawn, e))
			endpoint_add(&pick.withdrawn, i);
		if (endpoint_has(&was->services[old].deposed, e))
			endpoint_add(&pick.deposed, i);
		if (endpoint_has(&was->said_services[old], e))
			endpoint_add(&is->said_services[s], i);
	}
	is->said_switched[s] = was->said_switched[old];
	if (endpoint_count(&pick.on) == 0)
		pick = (struct pick){.deposed = pick.deposed};
	is->services[s] = pick;
}

static void model_adopt(struct model *model, const struct policy *next, mono_t now)
{
	const struct model was = *model;
	*model = (struct model){.policy = next};
	for (size_t i = 0; i < next->n_checks; i++) {
		model->checks[i].since = now;
		for (size_t k = 0; was.policy != NULL && k < was.policy->n_checks; k++) {
			if (strcmp(next->checks[i].identity, was.policy->checks[k].identity) != 0)
				continue;
			model->checks[i] = was.checks[k];
			model->said_checks[i] = was.said_checks[k];
		}
	}
	for (uint32_t s = 0; s < next->n_services; s++)
		model_service(model, &was, s, now);
}

static void model_age(struct model *m, mono_t now)
{
	for (size_t i = 0; i < m->policy->n_checks; i++)
		m->checks[i] = health_age(&m->policy->checks[i].rule, m->checks[i], now);
}

static void model_merge(struct model *m, mono_t now)
{
	for (size_t i = 0; i < m->policy->n_endpoints; i++) {
		const struct policy_endpoint *end = &m->policy->endpoints[i];
		const struct health *checks[TEXT_CHECKS_MAX];
		for (uint32_t k = 0; k < end->n; k++)
			checks[k] = &m->checks[m->policy->uses[end->first + k]];
		const enum health_state states[] = {
			quorum_state(m->policy->services[end->service].health, checks),
			HEALTH_UNKNOWN};
		m->endpoints[i] = verdict_merge(m->endpoints[i], states, end->has, false, now);
	}
}

static void model_pick(struct model *m, mono_t now)
{
	for (size_t s = 0; s < m->policy->n_services; s++) {
		const struct policy_service *p = &m->policy->services[s];
		static const struct about nobody_said = {.pinned = ENDPOINT_NONE};
		struct contender ends[TEXT_ENDPOINTS_MAX];
		for (uint32_t i = 0; i < p->n; i++) {
			const struct policy_endpoint *const end =
				&m->policy->endpoints[p->first + i];
			ends[i] = (struct contender){.health = m->endpoints[p->first + i],
				.ready = m->endpoints[p->first + i]};
			for (uint32_t k = 0; k < end->n; k++)
				ends[i].shaky |=
					m->checks[m->policy->uses[end->first + k]].streak > 0;
		}
		m->services[s] =
			service_pick(&p->rule, ends, p->n, &nobody_said, &m->services[s], now);
	}
}

static void model_step(struct model *m, const struct event *event, mono_t now)
{
	model_age(m, now);
	model_merge(m, now);
	if (event->kind == EVENT_OUTCOME)
		m->checks[event->check] = health_step(&m->policy->checks[event->check].rule,
			m->checks[event->check], event->outcome, now);
	if (event->kind == EVENT_DEAF)
		for (size_t i = 0; i < event->n_deaf; i++)
			m->checks[event->deaf[i]] = health_lost(m->checks[event->deaf[i]], now);
	model_merge(m, now);
	model_pick(m, now);
}

/* Asked again though nothing happened, the model forgets which rule once acted; the engine does
 * not ask. */
static bool reasons_agree(enum pick_reason engine, enum pick_reason model)
{
	const bool acted =
		engine == PICK_FIRST || engine == PICK_FAILOVER || engine == PICK_FAILBACK;
	return engine == model || (acted && (model == PICK_KEPT || model == PICK_UNKNOWN));
}

static void engine_is_model(struct driver *d)
{
	const struct model *m = &d->model;
	const struct engine_facts facts = engine_facts(d->engine);
	MUST(d, facts.policy == m->policy);
	mono_t next = {INT64_MAX};
	for (size_t i = 0; i < m->policy->n_checks; i++) {
		const struct health *a = &facts.checks[i], *b = &m->checks[i];
		MUST(d, a->state == b->state && a->known == b->known && a->streak == b->streak);
		MUST(d, a->since.ns == b->since.ns && a->heard.ns == b->heard.ns);
		const mono_t fades = health_fades(&m->policy->checks[i].rule, *a);
		if ((a->state != HEALTH_UNKNOWN || a->streak > 0) && fades.ns < next.ns)
			next = fades;
	}
	for (size_t i = 0; i < m->policy->n_endpoints; i++) {
		const struct verdict *a = &facts.endpoints[i], *b = &m->endpoints[i];
		MUST(d, a->state == b->state && a->since.ns == b->since.ns);
	}
	for (size_t i = 0; i < m->policy->n_services; i++) {
		const struct pick *a = &facts.services[i], *b = &m->services[i];
		MUST(d, endpoint_same(&a->on, &b->on));
		MUST(d, endpoint_same(&a->withdrawn, &b->withdrawn));
		MUST(d, endpoint_same(&a->deposed, &b->deposed));
		MUST(d, a->chosen && b->chosen && a->by == b->by);
		MUST(d, a->switched.ns == b->switched.ns && a->review.ns == b->review.ns);
		MUST(d, reasons_agree(a->reason, b->reason));
		if (a->review.ns != 0 && a->review.ns < next.ns)
			next = a->review;
	}
	/* The engine wakes in time. */
	const mono_t wakes = engine_next(d->engine);
	MUST(d, wakes.ns == 0 || wakes.ns > d->now.ns);
	MUST(d, next.ns == INT64_MAX || (wakes.ns != 0 && wakes.ns <= next.ns));
}

/* I1: somebody answers, and only somebody who is configured; one alone in mode single, unless all.
 */
static void answers_are_sound(struct driver *d)
{
	const struct engine_facts facts = engine_facts(d->engine);
	for (size_t s = 0; s < facts.policy->n_services; s++) {
		const struct policy_service *p = &facts.policy->services[s];
		const struct endpoint_set *on = &facts.services[s].on;
		const size_t count = endpoint_count(on);
		MUST(d, count >= 1);
		for (size_t i = p->n; i < 256; i++)
			MUST(d, !endpoint_has(on, i));
		MUST(d, p->rule.mode == MODE_POOL || count == 1 || p->rule.on_none == ON_NONE_ALL);
	}
}

static void failback_held(struct driver *d, const struct effect *e)
{
	const struct policy_service *p = &d->model.policy->services[e->subject];
	const struct verdict *ends = &d->model.endpoints[p->first];
	const struct pick *was = &d->model.services[e->subject];
	if (p->rule.mode == MODE_SINGLE)
		MUST(d, span_at_least(mono_between(d->model.said_switched[e->subject], d->now),
				p->rule.hold));
	for (size_t i = 0; i < p->n; i++) {
		if (!endpoint_has(&e->pick.on, i) || endpoint_has(&e->from, i))
			continue;
		MUST(d, ends[i].state == HEALTH_UP);
		if (p->rule.mode == MODE_SINGLE || endpoint_has(&was->withdrawn, i)) {
			MUST(d, p->rule.failback == FAILBACK_AUTO);
			MUST(d, span_at_least(mono_between(ends[i].since, d->now), p->rule.hold));
		}
	}
}

static void hear_switch(struct driver *d, const struct effect *e)
{
	struct model *m = &d->model;
	MUST(d, endpoint_same(&e->from, &m->said_services[e->subject]));
	MUST(d, !endpoint_same(&e->from, &e->pick.on));
	MUST(d, e->pick.switched.ns == d->now.ns);
	m->said_services[e->subject] = e->pick.on;
	m->said_switched[e->subject] = d->now;
	d->switches++;
}

/* The shadow learns from the effects alone. */
static void shadow_is_engine(struct driver *d)
{
	struct model *m = &d->model;
	const struct engine_facts facts = engine_facts(d->engine);
	for (size_t i = 0; i < d->effects.n; i++) {
		const struct effect *e = &d->effects.list[i];
		switch (e->kind) {
		case EFFECT_HEALTH:
			MUST(d, e->was == m->said_checks[e->subject] && e->was != e->is);
			m->said_checks[e->subject] = e->is;
			break;
		case EFFECT_VERDICT:
			MUST(d, e->was == m->said_endpoints[e->subject] && e->was != e->is);
			m->said_endpoints[e->subject] = e->is;
			break;
		case EFFECT_SWITCH: hear_switch(d, e); break;
		case EFFECT_STUCK:
			MUST(d, e->pick.reason == PICK_NONE_LEFT);
			d->stuck++;
			break;
		case EFFECT_TRICKLE:
		case EFFECT_TTL:
		case EFFECT_ROLE: break;
		case EFFECT_OVER: MUST(d, false); break;
		}
	}
	for (size_t i = 0; i < m->policy->n_checks; i++)
		MUST(d, m->said_checks[i] == facts.checks[i].state);
	for (size_t i = 0; i < m->policy->n_endpoints; i++)
		MUST(d, m->said_endpoints[i] == facts.endpoints[i].state);
	for (size_t i = 0; i < m->policy->n_services; i++)
		MUST(d, endpoint_same(&m->said_services[i], &facts.services[i].on));
	d->effects.n = 0;
}

/*
 * Judges the effects before the model learns of the event.  I3: a service moves only if an endpoint
 * of it turned UP or DOWN, or its review is due.  Stuck is said only on the way into none-left.
 */
static void switches_have_causes(struct driver *d)
{
	const struct model *m = &d->model;
	bool known[TEXT_SERVICES_MAX] = {false};
	for (size_t i = 0; i < d->effects.n; i++) {
		const struct effect *e = &d->effects.list[i];
		if (e->kind == EFFECT_VERDICT && e->is != HEALTH_UNKNOWN)
			known[m->policy->endpoints[e->subject].service] = true;
		if (e->kind == EFFECT_STUCK)
			MUST(d, m->services[e->subject].reason != PICK_NONE_LEFT);
		if (e->kind != EFFECT_SWITCH)
			continue;
		const mono_t review = m->services[e->subject].review;
		MUST(d, known[e->subject] || (review.ns != 0 && mono_reached(review, d->now)));
		if (e->pick.reason != PICK_FAILBACK)
			continue;
		failback_held(d, e);
		d->failbacks++;
	}
}

static void reload(struct driver *d)
{
	struct arena *arena = arena_new();
	const struct policy *next = random_policy(d, arena);
	engine_adopt(d->engine, next, d->now, &d->effects);
	model_adopt(&d->model, next, d->now);
	arena_free(d->arena);
	d->arena = arena;
	model_age(&d->model, d->now);
	model_merge(&d->model, d->now);
	model_pick(&d->model, d->now);
	d->reloads++;
}

/* Of all checks, or of some, as their prober has them. */
static struct event random_silence(struct driver *d)
{
	const size_t n = d->model.policy->n_checks;
	const uint32_t probers = 1 + roll(d, 3), lost = roll(d, probers);
	uint32_t *const list = arena_list(d->arena, n, sizeof *list);
	struct event event = {.kind = EVENT_DEAF, .deaf = list};
	for (uint32_t i = 0; i < n; i++)
		if (i % probers == lost)
			list[event.n_deaf++] = i;
	return event;
}

static struct event random_event(struct driver *d)
{
	const size_t n = d->model.policy->n_checks;
	const uint32_t kind = roll(d, 1000);
	if (n == 0 || kind < 80)
		return (struct event){.kind = EVENT_TIME};
	if (kind < 85)
		return random_silence(d);
	const uint32_t check = roll(d, (uint32_t)n);
	const char *identity = d->model.policy->checks[check].identity;
	bool *up = &d->up[strtol(identity + 1, NULL, 10)];
	if (roll(d, 30) == 0)
		*up = !*up;
	/* Now and then the probe errs. */
	const bool pass = roll(d, 20) == 0 ? !*up : *up;
	return (struct event){.kind = EVENT_OUTCOME,
		.check = check,
		.outcome = roll(d, 15) == 0 ? PROBE_NO_VERDICT
			   : pass           ? PROBE_PASS
					    : PROBE_FAIL};
}

static void pass_time(struct driver *d, const struct event *event)
{
	const mono_t next = engine_next(d->engine);
	if (event->kind == EVENT_TIME && next.ns != 0 && roll(d, 4) > 0)
		d->now = next; /* punctual */
	else
		d->now = mono_after(
			d->now, span_ms(roll(d, 100) == 0 ? roll(d, 30000) : roll(d, 120)));
}

static void drive(struct driver *d)
{
	d->now = mono_after((mono_t){0}, span_ms(1));
	d->arena = arena_new();
	const struct policy *policy = random_policy(d, d->arena);
	d->engine = engine_new(policy, d->now, &d->effects);
	model_adopt(&d->model, policy, d->now);
	model_merge(&d->model, d->now);
	model_pick(&d->model, d->now);
	shadow_is_engine(d);
	engine_is_model(d);

	for (d->step = 1; d->step <= STEPS; d->step++) {
		if (roll(d, 400) == 0) {
			reload(d);
		} else {
			const struct event event = random_event(d);
			pass_time(d, &event);
			engine_step(d->engine, &event, d->now, &d->effects);
			/* Holds are judged by verdicts of now, everything else by what was. */
			struct pick was[TEXT_SERVICES_MAX];
			memcpy(was, d->model.services, sizeof(was));
			model_step(&d->model, &event, d->now);
			struct pick is[TEXT_SERVICES_MAX];
			memcpy(is, d->model.services, sizeof(is));
			memcpy(d->model.services, was, sizeof(was));
			switches_have_causes(d);
			memcpy(d->model.services, is, sizeof(is));
		}
		shadow_is_engine(d);
		engine_is_model(d);
		answers_are_sound(d);
	}
	engine_free(d->engine);
	arena_free(d->arena);
	free(d->effects.list);
}

static void the_engine_is_what_the_rules_say(void **state)
{
	(void)state;
	const char *seed = getenv("SEED");
	static struct driver d;
	d.dice = seed == NULL ? 20240607 : strtoull(seed, NULL, 10);
	print_message("SEED=%" PRIu64 "\n", d.dice);
	drive(&d);
	print_message("%zu switches, %zu failbacks, %zu stuck, %zu reloads\n", d.switches,
		d.failbacks, d.stuck, d.reloads);
	assert_true(d.switches > 1000 && d.failbacks > 100 && d.stuck > 100 && d.reloads > 100);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_engine_is_what_the_rules_say)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
