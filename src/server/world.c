#include "server/world.h"

#include "base/mem.h"
#include "dns/serial.h"
#include "server/answers.h"
#include "server/load.h"
#include "server/serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BEGIN_S = 1000000, WALL_S = 1700000000 };

struct asked { /* what becomes of one check of the policy */
	enum finds finds, before;
	uint32_t times;     /* how often `finds` is found before it is `before` again; 0: always */
	mono_t next;        /* when the next attempt begins */
	mono_t ends;        /* when the one under way does; 0: none is */
	enum finds outcome; /* of that one */
	struct value value; /* that it reads */
};

struct world {
	mono_t now;
	bool deaf;
	enum finds normal; /* of checks that are new: what was last said of all */
	uint32_t changes;
	uint64_t work;
	struct load *load;
	struct asked *asked; /* by number of the check */
	struct engine *engine;
	struct effects effects;
	struct serve *serve;
};

struct world *world_new(enum finds normal)
{
	struct world *const world = mem_new(sizeof *world);
	world->now.ns = BEGIN_S * INT64_C(1000000000);
	world->normal = normal;
	world->serve = serve_new();
	return world;
}

void world_free(struct world *world)
{
	if (world == NULL)
		return;
	engine_free(world->engine);
	free(world->effects.list);
	serve_free(world->serve);
	load_unref(world->load);
	free(world->asked);
	free(world);
}

mono_t world_now(const struct world *world) { return world->now; }
uint32_t world_changes(const struct world *world) { return world->changes; }
uint64_t world_work(const struct world *world) { return world->work; }

static uint32_t wall(const struct world *world)
{
	return (uint32_t)(WALL_S + world->now.ns / 1000000000 - BEGIN_S);
}

/* ---- loading ---- */

/* Findings and schedules stay with what is asked of whom. */
static struct asked *carry_asked(const struct world *world, const struct policy *next)
{
	struct asked *const asked = mem_list(next->n_checks, sizeof *asked);
	const struct policy *const was = world->load != NULL ? &world->load->conf->policy : NULL;
	for (size_t i = 0; i < next->n_checks; i++) {
		asked[i] = (struct asked){.finds = world->normal, .next = world->now};
		for (size_t k = 0; was != NULL && k < was->n_checks; k++)
			if (strcmp(was->checks[k].identity, next->checks[i].identity) == 0)
				asked[i] = world->asked[k];
	}
	return asked;
}

static bool serial_rises(void *cookie, const struct zone *is)
{
	const struct view *const before = *(const struct view **)cookie;
	const struct zone *const was = view_zone(before, zone_apex(is));
	if (was == NULL || was == is || serial_newer(zone_serial(is), zone_serial(was)))
		return true;
	*(const struct view **)cookie = NULL;
	return false;
}

/* What the control thread does with the effects of one turn. */
static bool move_records(struct world *world, struct err *err)
{
	uint32_t *const services = mem_list(world->effects.n, sizeof *services);
	size_t n = 0;
	bool any = false;
	for (size_t i = 0; i < world->effects.n; i++) {
		const struct effect *const effect = &world->effects.list[i];
		any |= effect->kind == EFFECT_SWITCH;
		if (effect->kind == EFFECT_SWITCH || effect->kind == EFFECT_TTL ||
			effect->kind == EFFECT_TRICKLE)
			services[n++] = effect->subject;
	}
	world->effects.n = 0;

	struct view *const was = view_ref(serve_view(world->serve));
	const struct view *rises = was;
	if (n > 0 &&
		serve_switch(world->serve, services, n, engine_facts(world->engine), wall(world))) {
		world->changes += any;
		view_each(serve_view(world->serve), serial_rises, &rises);
	}
	view_unref(was);
	free(services);
	return rises != NULL || err_set(err, "the answers changed and the serial did not rise");
}

bool world_load(struct world *world, struct load *load, struct err *err)
{
	const struct policy *const policy = &load->conf->policy;
	const bool first = world->engine == NULL;
	if (!first && !move_records(world, err))
		return false;
	struct asked *const asked = carry_asked(world, policy);
	if (first)
		world->engine = engine_new(policy, world->now, &world->effects);
	else
		engine_adopt(world->engine, policy, world->now, &world->effects);
	world->effects.n = 0; /* their records move with the new ones */
	if (serve_adopt(world->serve, load->base, load->records, engine_facts(world->engine),
		    wall(world)) &&
		!first)
		world->changes++;
	load_unref(world->load);
	free(world->asked);
	world->load = load_ref(load);
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

static void set_finding(struct asked *asked, enum finds finding, uint32_t times)
{
	if (asked->times == 0)
		asked->before = asked->finds;
	asked->finds = finding;
	asked->times = times;
}

typedef void change_fn(struct asked *asked, const void *what);

/* All checks that are called so. */
static bool change(struct world *world, const char *target, change_fn *change_one, const void *what,
	struct err *err)
{
	const struct policy *const p = &world->load->conf->policy;
	const bool all = strcmp(target, "all") == 0;
	bool *const found = mem_list(p->n_checks, sizeof *found);
	bool any = all;
	for (size_t e = 0; e < p->n_endpoints; e++) {
		const struct policy_endpoint *const end = &p->endpoints[e];
		for (uint32_t u = end->first; u < end->first + end->n; u++) {
			const uint32_t check = p->uses[u];
			if (found[check] || !(all || matches(target, p->services[end->service].name,
							     end->name, p->checks[check].probe)))
				continue;
			change_one(&world->asked[check], what);
			any = found[check] = true;
		}
	}
	free(found);
	return any || err_set(err, "no service, endpoint or probe is called %s", target);
}

struct found {
	enum finds finding;
	uint32_t times;
};

static void find(struct asked *asked, const void *what)
{
	const struct found *const found = what;
	set_finding(asked, found->finding, found->times);
}

bool world_set(struct world *world, const char *target, enum finds finding, uint32_t times,
	struct err *err)
{
	const struct found found = {finding, times};
	if (strcmp(target, "all") == 0)
		world->normal = finding;
	return change(world, target, find, &found, err);
}

static void read_value(struct asked *asked, const void *what)
{
	(void)snprintf(asked->value.text, sizeof asked->value.text, "%s", (const char *)what);
}

bool world_reads(struct world *world, const char *target, const char *value, struct err *err)
{
	if (strlen(value) >= VALUE_TEXT_MAX)
		return err_set(err, "a value has at most %d octets", VALUE_TEXT_MAX - 1);
	return change(world, target, read_value, value, err);
}

void world_deaf(struct world *world)
{
	world->deaf = true;
	const size_t n = world->load->conf->policy.n_checks;
	uint32_t *const all = mem_list(n, sizeof *all);
	for (uint32_t i = 0; i < n; i++) {
		world->asked[i].ends = (mono_t){0};
		all[i] = i;
	}
	const struct event event = {.kind = EVENT_DEAF, .deaf = all, .n_deaf = n};
	engine_step(world->engine, &event, world->now, &world->effects);
	free(all);
}

void world_hear(struct world *world)
{
	world->deaf = false;
	for (size_t i = 0; i < world->load->conf->policy.n_checks; i++)
		world->asked[i].next = world->now;
}

/* ---- what an operator says ---- */

static bool find_service(
	const struct policy *policy, const char *name, size_t len, uint32_t *service)
{
	for (size_t i = 0; i < policy->n_services; i++)
		if (strlen(policy->services[i].name) == len &&
			strncmp(policy->services[i].name, name, len) == 0) {
			*service = (uint32_t)i;
			return true;
		}
	return false;
}

/* SERVICE/ENDPOINT; SERVICE: endpoint becomes ENDPOINT_NONE. */
static bool find_target(const struct world *world, const char *target, uint32_t *service,
	uint32_t *endpoint, struct err *err)
{
	const struct policy *const policy = &world->load->conf->policy;
	const size_t len = strcspn(target, "/");
	if (!find_service(policy, target, len, service))
		return err_set(err, "there is no service %.*s", (int)len, target);
	*endpoint = ENDPOINT_NONE;
	if (target[len] == '\0')
		return true;
	const struct policy_service *const s = &policy->services[*service];
	for (uint32_t i = 0; i < s->n; i++)
		if (strcmp(policy->endpoints[s->first + i].name, target + len + 1) == 0) {
			*endpoint = i;
			return true;
		}
	return err_set(err, "service %s has no endpoint %s", s->name, target + len + 1);
}

static bool needs_endpoint(enum decree_verb verb)
{
	return verb != DECREE_FAILBACK && verb != DECREE_UNPIN && verb != DECREE_FREEZE &&
	       verb != DECREE_THAW;
}

bool world_decree(struct world *world, const char *target, enum decree_verb verb, span_t lasts,
	struct err *err)
{
	uint32_t service = 0, endpoint = ENDPOINT_NONE;
	if (!find_target(world, target, &service, &endpoint, err))
		return false;
	if (needs_endpoint(verb) != (endpoint != ENDPOINT_NONE))
		return err_set(err, "%s is said of %s", decree_text(verb),
			needs_endpoint(verb) ? "an endpoint, SERVICE/ENDPOINT" : "a service alone");
	const struct decree decree = {.verb = verb,
		.service = service,
		.endpoint = (uint8_t)endpoint,
		.from = world->now,
		.until = lasts.ns > 0 ? mono_after(world->now, lasts) : (mono_t){0}};
	const enum refusal refusal = engine_refused(world->engine, &decree, world->now);
	if (refusal != REFUSAL_NOT)
		return err_set(err, "refused by rule %d: %s", (int)refusal, refusal_text(refusal));
	const struct event event = {.kind = EVENT_DECREE, .decree = &decree};
	engine_step(world->engine, &event, world->now, &world->effects);
	return move_records(world, err);
}

/* ---- time ---- */

static mono_t earlier(mono_t a, mono_t b)
{
	return a.ns == 0 || (b.ns != 0 && b.ns < a.ns) ? b : a;
}

mono_t world_next(const struct world *world)
{
	mono_t next = engine_next(world->engine);
	for (size_t i = 0; !world->deaf && i < world->load->conf->policy.n_checks; i++) {
		const struct asked *const asked = &world->asked[i];
		next = earlier(next, asked->ends.ns != 0 ? asked->ends : asked->next);
	}
	return next;
}

static void begin_attempt(struct world *world, uint32_t check)
{
	struct asked *const asked = &world->asked[check];
	const struct conf_probe *const probe = world->load->conf->checks[check].probe;
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
	struct event event = {.kind = EVENT_OUTCOME,
		.check = check,
		.outcome = asked->outcome == FINDS_PASS      ? PROBE_PASS
			   : asked->outcome == FINDS_NOTHING ? PROBE_NO_VERDICT
							     : PROBE_FAIL};
	if (asked->outcome == FINDS_PASS && asked->value.text[0] != '\0') {
		asked->value.read = world->now;
		event.value = &asked->value;
	}
	engine_step(world->engine, &event, world->now, &world->effects);
}

static void probe(struct world *world)
{
	for (uint32_t i = 0; !world->deaf && i < world->load->conf->policy.n_checks; i++) {
		struct asked *const asked = &world->asked[i];
		if (asked->ends.ns == 0 && mono_reached(asked->next, world->now))
			begin_attempt(world, i);
		if (asked->ends.ns != 0 && mono_reached(asked->ends, world->now))
			end_attempt(world, i);
	}
}

static struct answers answers(const struct world *world)
{
	return (struct answers){.view = serve_view(world->serve),
		.records = world->load->records,
		.facts = engine_facts(world->engine)};
}

bool world_is_sound(const struct world *world, struct err *err)
{
	return answers_are_picked(answers(world), err);
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
	world->work += 10 + world->load->conf->policy.n_checks;
	return move_records(world, err);
}

bool world_answers(const struct world *world, const char *records, struct err *err)
{
	return answers_are(answers(world), records, err);
}

bool world_rule(const struct world *world, const char *service, const char *rule, struct err *err)
{
	const struct engine_facts facts = engine_facts(world->engine);
	uint32_t i;
	if (!find_service(facts.policy, service, strlen(service), &i))
		return err_set(err, "there is no service %s", service);
	const struct pick *const pick = &facts.services[i];
	if (strcmp(rule, "stuck") == 0)
		return pick_is_held(pick->reason) ||
		       err_set(err, "the rule in force is %s", pick_reason_text(pick->reason));
	return strcmp(pick_reason_text(pick->by), rule) == 0 ||
	       err_set(err, "it answers by %s", pick_reason_text(pick->by));
}

bool world_state(const struct world *world, const char *target, const char *state, struct err *err)
{
	static const char *const states[] = {
		[HEALTH_UNKNOWN] = "unknown", [HEALTH_UP] = "up", [HEALTH_DOWN] = "down"};
	const struct engine_facts facts = engine_facts(world->engine);
	uint32_t service = 0, endpoint = ENDPOINT_NONE;
	if (!find_target(world, target, &service, &endpoint, err))
		return false;
	if (endpoint == ENDPOINT_NONE)
		return err_set(err, "name an endpoint, SERVICE/ENDPOINT");
	const uint32_t number = facts.policy->services[service].first + endpoint;
	const char *const is = states[facts.endpoints[number].state];
	return strcmp(is, state) == 0 || err_set(err, "%s is %s", target, is);
}
