#include "base/arena.h"
#include "base/mem.h"
#include "failover/carry.h"
#include "failover/engine_state.h"

#include <stdlib.h>

static struct todo todo_new(size_t n)
{
	return (struct todo){
		.list = mem_list(n, sizeof(uint32_t)), .room = n, .causes = mem_list(n, 1)};
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

/* Which services follow or wait for which. */
static void index_heirs(struct engine *e, const struct policy *policy)
{
	const size_t n = policy->n_services;
	e->first_heir = mem_list(n + 1, sizeof(*e->first_heir));
	e->heirs = mem_list(2 * n, sizeof(*e->heirs));
	for (size_t pass = 0; pass < 2; pass++) {
		for (uint32_t i = 0; i < n; i++) {
			const uint32_t of[] = {policy->services[i].with, policy->services[i].after};
			for (size_t j = 0; j < COUNT_OF(of); j++) {
				if (of[j] == POLICY_NONE)
					continue;
				if (pass == 0)
					e->first_heir[of[j]]++;
				else
					e->heirs[--e->first_heir[of[j]]] = i;
			}
		}
		for (size_t i = 0; i < n && pass == 0; i++)
			e->first_heir[i + 1] += e->first_heir[i];
	}
}

static size_t most_endpoints(const struct policy *policy)
{
	size_t most = 0;
	for (size_t i = 0; i < policy->n_services; i++)
		if (policy->services[i].n > most)
			most = policy->services[i].n;
	return most;
}

static size_t most_checks(const struct policy *policy)
{
	size_t most = 0;
	for (size_t i = 0; i < policy->n_endpoints; i++)
		if (policy->endpoints[i].n > most)
			most = policy->endpoints[i].n;
	return most;
}

static struct endpoint_set carry_set(const struct endpoint_set *was,
	const struct policy_service *before, const struct policy_service *after,
	const uint32_t *from)
{
	struct endpoint_set is = {0};
	for (uint32_t i = 0; i < after->n; i++) {
		const uint32_t old = from[after->first + i];
		if (old != CARRY_NEW && endpoint_has(was, old - before->first))
			endpoint_add(&is, i);
	}
	return is;
}

static uint8_t carry_one(uint8_t was, const struct policy_service *before,
	const struct policy_service *after, const uint32_t *from, uint8_t otherwise)
{
	const struct endpoint_set one =
		was == ENDPOINT_NONE ? (struct endpoint_set){0} : endpoint_only(was);
	const struct endpoint_set is = carry_set(&one, before, after, from);
	const size_t i = endpoint_first(&is);
	return i == ENDPOINT_NONE ? otherwise : (uint8_t)i;
}

/* The pick in the new numbers, without the endpoints that are gone; not chosen if none is left. */
static struct pick carry_pick(const struct pick *was, const struct policy_service *before,
	const struct policy_service *after, const uint32_t *from)
{
	struct pick is = *was;
	is.on = carry_set(&was->on, before, after, from);
	is.withdrawn = carry_set(&was->withdrawn, before, after, from);
	is.deposed = carry_set(&was->deposed, before, after, from);
	is.trickle = carry_set(&was->trickle, before, after, from);
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		is.dark[f] = carry_set(&was->dark[f], before, after, from);
	/* The first of the list is home unless somebody was promoted; who was stays. */
	is.home = was->home == 0 ? 0 : carry_one(was->home, before, after, from, 0);
	/* Nobody is left of those who answered: a new start, but not for who was deposed. */
	const struct pick anew = {.home = is.home, .deposed = is.deposed};
	const bool kept = !endpoint_empty(&is.on) || endpoint_empty(&was->on);
	return kept ? is : anew;
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
		if (old != CARRY_NEW)
			is->values[i] = was->values[old];
	}
	for (size_t i = 0; i < next->n_endpoints; i++) {
		const uint32_t old = from.endpoints[i];
		is->endpoints[i] = old == CARRY_NEW ? unknown : was->endpoints[old];
		is->ready[i] = old == CARRY_NEW ? unknown : was->ready[old];
		if (old != CARRY_NEW)
			is->standings[i] = was->standings[old];
	}
	for (size_t i = 0; i < next->n_services; i++) {
		const uint32_t old = from.services[i];
		is->mandates[i].pinned = ENDPOINT_NONE;
		if (old == CARRY_NEW)
			continue;
		const struct policy_service *const before = &was->policy->services[old];
		const struct policy_service *const after = &next->services[i];
		is->services[i] = carry_pick(&was->services[old], before, after, from.endpoints);
		is->mandates[i] = was->mandates[old];
		is->mandates[i].pinned = carry_one(
			was->mandates[old].pinned, before, after, from.endpoints, ENDPOINT_NONE);
		if (is->mandates[i].pinned == ENDPOINT_NONE)
			is->mandates[i].pinned_until = (mono_t){0};
	}
	budget_carry(&is->failovers, &was->failovers);
	budget_carry(&is->failbacks, &was->failbacks);
	carry_free(&from);
}

static void release(struct engine *e)
{
	free(e->checks);
	free(e->values);
	free(e->endpoints);
	free(e->ready);
	free(e->shaky);
	free(e->standings);
	free(e->services);
	free(e->mandates);
	free(e->settled);
	free(e->first_heir);
	free(e->heirs);
	budget_free(&e->failovers);
	budget_free(&e->failbacks);
	free(e->contenders);
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
		.values = mem_list(next->n_checks, sizeof(*is.values)),
		.endpoints = mem_list(next->n_endpoints, sizeof(*is.endpoints)),
		.ready = mem_list(next->n_endpoints, sizeof(*is.ready)),
		.shaky = mem_list(next->n_endpoints, sizeof(*is.shaky)),
		.standings = mem_list(next->n_endpoints, sizeof(*is.standings)),
		.services = mem_list(next->n_services, sizeof(*is.services)),
		.mandates = mem_list(next->n_services, sizeof(*is.mandates)),
		.settled = mem_list(next->n_services, sizeof(*is.settled)),
		.failovers = budget_new(next->breaker.switches, next->breaker.per),
		.failbacks = budget_new(next->breaker.failbacks, next->breaker.failbacks_per),
		.contenders = mem_list(most_endpoints(next), sizeof(struct contender)),
		.timers = timers_new(next->n_checks + next->n_services + next->n_endpoints),
		.ends = todo_new(next->n_endpoints),
		.picks = todo_new(next->n_services),
		.changed = POLICY_NONE,
		.merge = mem_list(most_checks(next), sizeof(struct health *)),
	};
	index_users(&is, next);
	index_heirs(&is, next);
	carry_facts(&is, engine, next, now);
	release(engine);
	*engine = is;

	for (uint32_t i = 0; i < next->n_checks; i++)
		age_check(engine, i, now, out);
	for (uint32_t i = 0; i < next->n_endpoints; i++)
		look_at_standing(engine, i, now, out);
	for (uint32_t i = 0; i < next->n_services; i++) {
		look_at_mandate(engine, i, now, out);
		todo_add(&engine->picks, i, CAUSE_POLICY);
	}
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

struct engine_facts engine_facts(const struct engine *engine)
{
	return (struct engine_facts){.policy = engine->policy,
		.checks = engine->checks,
		.endpoints = engine->endpoints,
		.ready = engine->ready,
		.standings = engine->standings,
		.services = engine->services,
		.mandates = engine->mandates,
		.values = engine->values};
}

void engine_free(struct engine *engine)
{
	if (engine == NULL)
		return;
	release(engine);
	free(engine);
}

struct engine_facts engine_facts_copy(struct engine_facts facts, struct arena *arena)
{
	const struct policy *const p = facts.policy;
	return (struct engine_facts){.policy = p,
		.checks = arena_copy(arena, facts.checks, p->n_checks * sizeof *facts.checks),
		.endpoints = arena_copy(
			arena, facts.endpoints, p->n_endpoints * sizeof *facts.endpoints),
		.ready = arena_copy(arena, facts.ready, p->n_endpoints * sizeof *facts.ready),
		.standings = arena_copy(
			arena, facts.standings, p->n_endpoints * sizeof *facts.standings),
		.services =
			arena_copy(arena, facts.services, p->n_services * sizeof *facts.services),
		.mandates =
			arena_copy(arena, facts.mandates, p->n_services * sizeof *facts.mandates),
		.values = arena_copy(arena, facts.values, p->n_checks * sizeof *facts.values)};
}
