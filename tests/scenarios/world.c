#include "world.h"

#include "answers.h"
#include "base/mem.h"
#include "dns/serial.h"
#include "loaded.h"
#include "server/serve.h"

#include <stdlib.h>
#include <string.h>

enum { BEGIN_S = 1000000, WALL_S = 1700000000 };

struct asked { /* what becomes of one check of the policy */
	enum finds finds, before;
	uint32_t times;     /* how often `finds` is found before it is `before` again; 0: always */
	mono_t next;        /* when the next attempt begins */
	mono_t ends;        /* when the one under way does; 0: none is */
	enum finds outcome; /* of that one */
};

struct world {
	mono_t now;
	bool deaf;
	enum finds normal; /* of checks that are new: what was last said of all */
	uint32_t changes;
	struct loaded loaded;
	struct asked *asked; /* by number of the check */
	struct engine *engine;
	struct effects effects;
	struct serve *serve;
};

struct world *world_new(void)
{
	struct world *const world = mem_new(sizeof *world);
	world->now.ns = BEGIN_S * INT64_C(1000000000);
	world->normal = FINDS_SILENCE;
	world->serve = serve_new();
	return world;
}

void world_free(struct world *world)
{
	engine_free(world->engine);
	free(world->effects.list);
	serve_free(world->serve);
	loaded_free(&world->loaded);
	free(world->asked);
	free(world);
}

mono_t world_now(const struct world *world) { return world->now; }
uint32_t world_changes(const struct world *world) { return world->changes; }

static uint32_t wall(const struct world *world)
{
	return (uint32_t)(WALL_S + world->now.ns / 1000000000 - BEGIN_S);
}

/* ---- loading ---- */

/* Findings and schedules stay with what is asked of whom. */
static struct asked *carry_asked(const struct world *world, const struct policy *next)
{
	struct asked *const asked = mem_list(next->n_checks, sizeof *asked);
	const struct conf *const was = world->loaded.conf;
	for (size_t i = 0; i < next->n_checks; i++) {
		asked[i] = (struct asked){.finds = world->normal, .next = world->now};
		for (size_t k = 0; was != NULL && k < was->policy.n_checks; k++)
			if (strcmp(was->policy.checks[k].identity, next->checks[i].identity) == 0)
				asked[i] = world->asked[k];
	}
	return asked;
}

static const struct zone *served_zone(const struct world *world)
{
	return view_zone(serve_view(world->serve), world->loaded.conf->zones[0].apex);
}

/* What the control thread does with the effects of one turn. */
static bool move_records(struct world *world, struct err *err)
{
	uint32_t *const services = mem_list(world->effects.n, sizeof *services);
	size_t n = 0;
	for (size_t i = 0; i < world->effects.n; i++)
		if (world->effects.list[i].kind == EFFECT_SWITCH)
			services[n++] = world->effects.list[i].subject;
	world->effects.n = 0;

	const uint32_t was = zone_serial(served_zone(world));
	bool ok = true;
	if (n > 0 &&
		serve_switch(world->serve, services, n, engine_facts(world->engine), wall(world))) {
		world->changes++;
		if (!serial_newer(zone_serial(served_zone(world)), was))
			ok = err_set(err, "the answers changed, the serial went from %u to %u", was,
				zone_serial(served_zone(world)));
	}
	free(services);
	return ok;
}

bool world_load(struct world *world, const char *path, const char *policy, struct err *err)
{
	struct loaded next;
	if (!loaded_read(&next, &world->loaded, path, policy, err))
		return false;
	const bool first = world->engine == NULL;
	if (!first && !move_records(world, err)) {
		loaded_free(&next);
		return false;
	}
	struct asked *const asked = carry_asked(world, &next.conf->policy);
	if (first)
		world->engine = engine_new(&next.conf->policy, world->now, &world->effects);
	else
		engine_adopt(world->engine, &next.conf->policy, world->now, &world->effects);
	world->effects.n = 0; /* their records move with the new ones */
	if (serve_adopt(world->serve, next.base, next.records, engine_facts(world->engine),
		    wall(world)) &&
		!first)
		world->changes++;
	loaded_free(&world->loaded);
	free(world->asked);
	world->loaded = next;
	world->asked = asked;
	return true;
}

/* ---- what the probes find ---- */

static bool matches(
	const char *target, const char *service, const char *endpoint, const char *probe)
{
	const char *const names[] = {service, endpoint, probe};
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const size_t len = strlen(names[i]);
		if (strncmp(target, names[i], len) != 0)
			return false;
		if (target[len] == '\0')
			return true;
		if (target[len] != '/')
			return false;
		target += len + 1;
	}
	return false;
}

static void set_finds(struct asked *asked, enum finds finds, uint32_t times)
{
	if (asked->times == 0)
		asked->before = asked->finds;
	asked->finds = finds;
	asked->times = times;
}

bool world_set(
	struct world *world, const char *target, enum finds finds, uint32_t times, struct err *err)
{
	const struct policy *const p = &world->loaded.conf->policy;
	bool found = false;
	const bool all = strcmp(target, "all") == 0;
	if (all)
		world->normal = finds;
	for (size_t e = 0; e < p->n_endpoints; e++) {
		const struct policy_endpoint *const end = &p->endpoints[e];
		for (uint32_t u = end->first; u < end->first + end->n; u++) {
			const uint32_t check = p->uses[u];
			if (!all && !matches(target, p->services[end->service].name, end->name,
					    p->checks[check].probe))
				continue;
			set_finds(&world->asked[check], finds, times);
			found = true;
		}
	}
	return found || err_set(err, "nothing is called %s", target);
}

void world_deaf(struct world *world)
{
	world->deaf = true;
	for (size_t i = 0; i < world->loaded.conf->policy.n_checks; i++)
		world->asked[i].ends = (mono_t){0};
	const struct event event = {.kind = EVENT_DEAF};
	engine_step(world->engine, &event, world->now, &world->effects);
}

void world_hear(struct world *world)
{
	world->deaf = false;
	for (size_t i = 0; i < world->loaded.conf->policy.n_checks; i++)
		world->asked[i].next = world->now;
}

/* ---- time ---- */

static mono_t earlier(mono_t a, mono_t b)
{
	return a.ns == 0 || (b.ns != 0 && b.ns < a.ns) ? b : a;
}

mono_t world_next(const struct world *world)
{
	mono_t next = engine_next(world->engine);
	for (size_t i = 0; !world->deaf && i < world->loaded.conf->policy.n_checks; i++) {
		const struct asked *const asked = &world->asked[i];
		next = earlier(next, asked->ends.ns != 0 ? asked->ends : asked->next);
	}
	return next;
}

static void begin_attempt(struct world *world, uint32_t check)
{
	struct asked *const asked = &world->asked[check];
	const struct conf_probe *const probe = world->loaded.conf->checks[check].probe;
	asked->outcome = asked->finds;
	asked->next = mono_after(world->now, probe->every);
	asked->ends = world->now;
	if (asked->finds == FINDS_HANG)
		asked->ends = mono_after(world->now, probe->timeout);
	if (asked->times > 0 && --asked->times == 0)
		asked->finds = asked->before;
}

static void end_attempt(struct world *world, uint32_t check)
{
	struct asked *const asked = &world->asked[check];
	asked->ends = (mono_t){0};
	if (asked->next.ns < world->now.ns)
		asked->next = world->now;
	if (asked->outcome == FINDS_SILENCE)
		return;
	const struct event event = {.kind = EVENT_OUTCOME,
		.check = check,
		.outcome = asked->outcome == FINDS_PASS      ? PROBE_PASS
			   : asked->outcome == FINDS_NOTHING ? PROBE_NO_VERDICT
							     : PROBE_FAIL};
	engine_step(world->engine, &event, world->now, &world->effects);
}

static void probe(struct world *world)
{
	for (uint32_t i = 0; !world->deaf && i < world->loaded.conf->policy.n_checks; i++) {
		struct asked *const asked = &world->asked[i];
		if (asked->ends.ns == 0 && mono_reached(asked->next, world->now))
			begin_attempt(world, i);
		if (asked->ends.ns != 0 && mono_reached(asked->ends, world->now))
			end_attempt(world, i);
	}
}

static struct answers answers(const struct world *world)
{
	return (struct answers){.zone = served_zone(world),
		.records = world->loaded.records,
		.facts = engine_facts(world->engine)};
}

void world_wait(struct world *world, mono_t then) { world->now = then; }

bool world_go(struct world *world, mono_t then, struct err *err)
{
	world->now = then;
	probe(world);
	const mono_t due = engine_next(world->engine);
	if (due.ns != 0 && mono_reached(due, then)) {
		const struct event event = {.kind = EVENT_TIME};
		engine_step(world->engine, &event, then, &world->effects);
	}
	return move_records(world, err) && answers_are_picked(answers(world), err);
}

bool world_answers(const struct world *world, const char *records, struct err *err)
{
	return answers_are(answers(world), records, err);
}

bool world_rule(const struct world *world, const char *service, const char *rule, struct err *err)
{
	const struct engine_facts facts = engine_facts(world->engine);
	for (size_t i = 0; i < facts.policy->n_services; i++) {
		if (strcmp(facts.policy->services[i].name, service) != 0)
			continue;
		const struct pick *const pick = &facts.services[i];
		if (strcmp(rule, "stuck") == 0)
			return pick->reason == PICK_NONE_LEFT ||
			       err_set(err, "the rule in force is %s",
				       pick_reason_text(pick->reason));
		return strcmp(pick_reason_text(pick->by), rule) == 0 ||
		       err_set(err, "it answers by %s", pick_reason_text(pick->by));
	}
	return err_set(err, "there is no service %s", service);
}

bool world_state(const struct world *world, const char *target, const char *state, struct err *err)
{
	static const char *const states[] = {
		[HEALTH_UNKNOWN] = "unknown", [HEALTH_UP] = "up", [HEALTH_DOWN] = "down"};
	const struct engine_facts facts = engine_facts(world->engine);
	for (size_t i = 0; i < facts.policy->n_endpoints; i++) {
		const struct policy_endpoint *const end = &facts.policy->endpoints[i];
		const char *const service = facts.policy->services[end->service].name;
		if (strchr(target, '/') == NULL || !matches(target, service, end->name, ""))
			continue;
		const char *const is = states[facts.endpoints[i].state];
		return strcmp(is, state) == 0 || err_set(err, "%s is %s", target, is);
	}
	return err_set(err, "there is no endpoint %s", target);
}
