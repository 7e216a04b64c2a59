#include "server/replay.h"

#include "base/arena.h"
#include "base/mem.h"
#include "failover/engine.h"
#include "failover/timers.h"

#include <stdlib.h>
#include <string.h>

enum { BEGIN_S = 1000000 };

struct part { /* a run of a check of the policy */
	uint32_t check;
	const struct store_run *run;
};

struct cursor { /* of a check: which outcome comes next */
	size_t part, end;
	uint32_t k;
};

struct watched { /* a service */
	struct move {
		struct endpoint_set from, to;
		mono_t at; /* 0: never */
	} last, last_but_one;
	mono_t wrong_since; /* 0: it is not wrong */
	bool dirty;
};

struct show {
	struct arena *arena;
	struct policy policy;
	int64_t begin_ns; /* wall clock of the first outcome */
	mono_t now, end;
	struct engine *engine;
	struct effects effects;
	struct timers *timers; /* of the next outcome of each check */
	struct part *parts;
	size_t n_parts;
	struct cursor *cursors;
	struct health *last;                /* of checks: `state` is what the last outcome says */
	uint32_t *first_service, *services; /* of each check, those that look at it */
	struct watched *watched;
	uint32_t *dirty; /* services to be looked at */
	size_t n_dirty;
	struct replayed result;
};

/* ---- who looks at what ---- */

/* Values are not recorded: what no gate can know lets pass. */
static struct policy without_gates(const struct policy *policy, struct arena *arena)
{
	struct policy copy = *policy;
	struct policy_service *const services =
		arena_copy(arena, policy->services, policy->n_services * sizeof *services);
	for (size_t i = 0; i < policy->n_services; i++) {
		struct gate_rule *const gates =
			arena_copy(arena, services[i].gates, services[i].n_gates * sizeof *gates);
		for (size_t k = 0; k < services[i].n_gates; k++)
			gates[k].lenient = true;
		services[i].gates = gates;
	}
	copy.services = services;
	return copy;
}

static void index_services(struct show *show)
{
	const struct policy *const p = &show->policy;
	uint32_t *const first = arena_list(show->arena, p->n_checks + 2, sizeof *first);
	show->services = arena_list(show->arena, p->n_uses, sizeof *show->services);
	for (size_t i = 0; i < p->n_uses; i++)
		first[p->uses[i] + 2]++;
	for (size_t i = 2; i < p->n_checks + 2; i++)
		first[i] += first[i - 1];
	/* Now first[c + 1] is where the services of check c begin; then, where they end. */
	for (size_t e = 0; e < p->n_endpoints; e++)
		for (uint32_t u = 0; u < p->endpoints[e].n; u++)
			show->services[first[p->uses[p->endpoints[e].first + u] + 1]++] =
				p->endpoints[e].service;
	show->first_service = first;
}

/* ---- the outcomes ---- */

struct identity {
	const char *text;
	uint32_t check;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct identity *)a)->text, ((const struct identity *)b)->text);
}

static int by_check(const void *a, const void *b)
{
	const struct part *const x = a, *const y = b;
	if (x->check != y->check)
		return x->check < y->check ? -1 : 1;
	if (x->run->from_ns != y->run->from_ns)
		return x->run->from_ns < y->run->from_ns ? -1 : 1;
	return x->run->to_ns < y->run->to_ns ? -1 : x->run->to_ns > y->run->to_ns;
}

/* The runs of checks of the policy, by check and time. */
static void find_parts(struct show *show, const struct store_run runs[], size_t n)
{
	const struct policy *const p = &show->policy;
	struct identity *const known = mem_list(p->n_checks, sizeof *known);
	for (size_t i = 0; i < p->n_checks; i++)
		known[i] = (struct identity){p->checks[i].identity, (uint32_t)i};
	if (p->n_checks > 0)
		qsort(known, p->n_checks, sizeof *known, by_text);
	show->parts = mem_list(n, sizeof *show->parts);
	for (size_t i = 0; i < n; i++) {
		const struct identity like = {runs[i].check, 0};
		const struct identity *const same =
			bsearch(&like, known, p->n_checks, sizeof like, by_text);
		if (same == NULL || runs[i].n == 0)
			continue;
		show->parts[show->n_parts++] = (struct part){same->check, &runs[i]};
		show->result.outcomes += runs[i].n;
	}
	free(known);
	if (show->n_parts > 0)
		qsort(show->parts, show->n_parts, sizeof *show->parts, by_check);
}

static mono_t mono_of(const struct show *show, int64_t wall_ns)
{
	return (mono_t){wall_ns - show->begin_ns + BEGIN_S * INT64_C(1000000000)};
}

/* All runs, also those of other checks: two policies are played over the same time. */
static void find_times(struct show *show, const struct store_run runs[], size_t n, int64_t end)
{
	for (size_t i = 0; i < n; i++) {
		if (i == 0 || runs[i].from_ns < show->begin_ns)
			show->begin_ns = runs[i].from_ns;
		if (runs[i].to_ns > end)
			end = runs[i].to_ns;
	}
	if (n == 0)
		show->begin_ns = end;
	show->now = mono_of(show, show->begin_ns);
	show->end = mono_of(show, end);
}

static mono_t outcome_at(const struct show *show, const struct store_run *run, uint32_t k)
{
	const int64_t length = run->to_ns > run->from_ns ? run->to_ns - run->from_ns : 0;
	const int64_t each = run->n > 1 ? length / (run->n - 1) : 0;
	return mono_of(show, k + 1 == run->n ? run->from_ns + length : run->from_ns + each * k);
}

/*
 * The outcome after this one that may change anything: once so many agree as rise or fall ask for,
 * the others of a run only keep the state fresh.
 */
static uint32_t next_k(const struct health_rule *rule, const struct store_run *run, uint32_t k)
{
	const uint32_t enough = rule->rise > rule->fall ? rule->rise : rule->fall;
	if (k + 1 >= run->n || run->outcome == PROBE_NO_VERDICT) /* that changes nothing */
		return run->n;
	const int64_t each = (run->to_ns - run->from_ns) / (run->n - 1);
	if (k < enough || (each > 0 && each >= rule->stale.ns))
		return k + 1;
	const int64_t skip = each > 0 ? (rule->stale.ns - 1) / each : run->n;
	return skip > 1 && k + skip < run->n ? (uint32_t)(k + skip) : skip > 1 ? run->n - 1 : k + 1;
}

static void set_next(struct show *show, uint32_t check)
{
	const struct cursor *const c = &show->cursors[check];
	if (c->part == c->end)
		return;
	const mono_t due = outcome_at(show, show->parts[c->part].run, c->k);
	timers_set(show->timers, check, due.ns > show->now.ns ? due : show->now);
}

static void set_cursors(struct show *show)
{
	const size_t n = show->policy.n_checks;
	show->cursors = arena_list(show->arena, n, sizeof *show->cursors);
	for (size_t at = 0, end; at < show->n_parts; at = end) {
		const uint32_t check = show->parts[at].check;
		for (end = at; end < show->n_parts && show->parts[end].check == check;)
			end++;
		show->cursors[check] = (struct cursor){.part = at, .end = end};
	}
	for (uint32_t i = 0; i < n; i++) {
		show->result.silent += show->cursors[i].end == 0;
		set_next(show, i);
	}
}

/* ---- what is right ---- */

static enum health_state family_state(
	const struct show *show, const struct quorum *tree, uint32_t first, size_t n)
{
	const struct health **const checks = mem_list(n, sizeof(struct health *));
	for (size_t i = 0; i < n; i++)
		checks[i] = &show->last[show->policy.uses[first + i]];
	const enum health_state state = quorum_state(tree, checks);
	free(checks);
	return state;
}

enum side { SIDE_ACTIVE, SIDE_STANDBY };

/* What the last outcomes say of an endpoint, whatever rise and fall make of them. */
static enum health_state plain_state(const struct show *show, uint32_t end, enum side side)
{
	const struct policy_endpoint *const p = &show->policy.endpoints[end];
	const struct policy_service *const s = &show->policy.services[p->service];
	const bool ready = side == SIDE_STANDBY && s->rule.cold;
	const struct quorum *const tree = ready ? s->ready : s->health;
	const size_t n = ready ? s->n_ready : s->n_health;
	uint32_t first = p->first + (ready ? (uint32_t)(policy_families(p) * s->n_health) : 0);
	const bool nowhere = !p->has[FAMILY_V4] && !p->has[FAMILY_V6];
	const bool has[FAMILIES_MAX] = {p->has[FAMILY_V4] || nowhere, p->has[FAMILY_V6]};
	enum health_state family[FAMILIES_MAX] = {HEALTH_UNKNOWN, HEALTH_UNKNOWN};
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		if (has[f]) {
			family[f] = family_state(show, tree, first, n);
			first += (uint32_t)n;
		}
	return verdict_merge((struct verdict){0}, family, has, s->rule.all_families, show->now)
		.state;
}

static bool is_wrong(const struct show *show, uint32_t service, const struct pick *pick)
{
	const struct policy_service *const s = &show->policy.services[service];
	bool bad = endpoint_empty(&pick->on), good = false;
	for (uint32_t i = 0; i < s->n; i++) {
		const bool on = endpoint_has(&pick->on, i);
		const enum health_state state =
			plain_state(show, s->first + i, on ? SIDE_ACTIVE : SIDE_STANDBY);
		bad |= on && state == HEALTH_DOWN;
		good |= state == HEALTH_UP;
	}
	return bad && good;
}

static void mark(struct show *show, uint32_t service)
{
	if (!show->watched[service].dirty)
		show->dirty[show->n_dirty++] = service;
	show->watched[service].dirty = true;
}

static void set_last(struct show *show, uint32_t check, enum health_state state)
{
	if (show->last[check].state == state)
		return;
	show->last[check].state = state;
	for (uint32_t i = show->first_service[check]; i < show->first_service[check + 1]; i++)
		mark(show, show->services[i]);
}

static void end_wrong(struct show *show, uint32_t service)
{
	struct watched *const w = &show->watched[service];
	if (w->wrong_since.ns != 0)
		show->result.services[service].wrong.ns +=
			mono_between(w->wrong_since, show->now).ns;
	w->wrong_since = (mono_t){0};
}

static void look(struct show *show)
{
	const struct engine_facts facts = engine_facts(show->engine);
	for (size_t i = 0; i < show->n_dirty; i++) {
		const uint32_t service = show->dirty[i];
		struct watched *const w = &show->watched[service];
		w->dirty = false;
		if (!is_wrong(show, service, &facts.services[service]))
			end_wrong(show, service);
		else if (w->wrong_since.ns == 0)
			w->wrong_since = show->now;
	}
	show->n_dirty = 0;
}

/* ---- the engine ---- */

static void count_switch(struct show *show, const struct effect *effect)
{
	struct replayed_service *const result = &show->result.services[effect->subject];
	struct watched *const w = &show->watched[effect->subject];
	mark(show, effect->subject);
	if (effect->pick.by == PICK_FIRST)
		return;
	const struct move is = {effect->from, effect->pick.on, show->now}, *const was =
										   &w->last_but_one;
	result->switches++;
	if (was->at.ns != 0 && endpoint_same(&was->from, &is.from) &&
		endpoint_same(&was->to, &is.to) &&
		mono_between(was->at, is.at).ns <= REPLAY_FLAP_S * INT64_C(1000000000))
		result->flaps++;
	w->last_but_one = w->last;
	w->last = is;
}

static void take_effects(struct show *show)
{
	for (size_t i = 0; i < show->effects.n; i++) {
		const struct effect *const effect = &show->effects.list[i];
		if (effect->kind == EFFECT_SWITCH)
			count_switch(show, effect);
		else if (effect->kind == EFFECT_HEALTH && effect->is == HEALTH_UNKNOWN)
			set_last(show, effect->subject, HEALTH_UNKNOWN);
	}
	show->effects.n = 0;
}

static void take_outcome(struct show *show, uint32_t check)
{
	struct cursor *const c = &show->cursors[check];
	const struct store_run *const run = show->parts[c->part].run;
	const struct event event = {
		.kind = EVENT_OUTCOME, .check = check, .outcome = (enum probe_outcome)run->outcome};
	if (run->outcome == PROBE_PASS || run->outcome == PROBE_FAIL) {
		engine_step(show->engine, &event, show->now, &show->effects);
		take_effects(show); /* it may have been silent before */
		set_last(show, check, run->outcome == PROBE_PASS ? HEALTH_UP : HEALTH_DOWN);
	}
	c->k = next_k(&show->policy.checks[check].rule, run, c->k);
	if (c->k == run->n) {
		c->part++;
		c->k = 0;
	}
	set_next(show, check);
}

static void take_time(struct show *show)
{
	const struct event event = {.kind = EVENT_TIME};
	engine_step(show->engine, &event, show->now, &show->effects);
	take_effects(show);
}

static void run(struct show *show)
{
	for (;;) {
		const mono_t outcome = timers_next(show->timers), due = engine_next(show->engine);
		mono_t next = outcome;
		if (next.ns == 0 || (due.ns != 0 && due.ns < next.ns))
			next = due;
		if (next.ns == 0 || next.ns > show->end.ns)
			break;
		if (next.ns > show->now.ns)
			show->now = next;
		if (due.ns != 0 && mono_reached(due, show->now))
			take_time(show);
		for (uint32_t check; timers_take(show->timers, show->now, &check);)
			take_outcome(show, check);
		look(show);
	}
	show->now = show->end;
}

struct replayed replay(
	const struct policy *policy, const struct store_run runs[], size_t n, int64_t end_ns)
{
	struct show show = {.arena = arena_new()};
	show.policy = without_gates(policy, show.arena);
	show.result.services = mem_list(policy->n_services, sizeof *show.result.services);
	show.last = arena_list(show.arena, policy->n_checks, sizeof *show.last);
	show.watched = arena_list(show.arena, policy->n_services, sizeof *show.watched);
	show.dirty = arena_list(show.arena, policy->n_services, sizeof *show.dirty);
	show.timers = timers_new(policy->n_checks);
	find_times(&show, runs, n, end_ns);
	index_services(&show);
	find_parts(&show, runs, n);
	set_cursors(&show);
	show.engine = engine_new(&show.policy, show.now, &show.effects);
	take_effects(&show);
	run(&show);
	for (uint32_t i = 0; i < policy->n_services; i++)
		end_wrong(&show, i);

	engine_free(show.engine);
	free(show.effects.list);
	timers_free(show.timers);
	free(show.parts);
	arena_free(show.arena);
	return show.result;
}
