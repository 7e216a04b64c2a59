#include "server/keeping.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "base/moment.h"
#include "conf/conf.h"
#include "dns/name.h"
#include "net/clock.h"
#include "server/load.h"
#include "zone/digest.h"

#include <stdlib.h>
#include <string.h>

struct keeping *keeping_new(struct load *load, mono_t now)
{
	struct keeping *const keeping = mem_new(sizeof *keeping);
	keeping->arena = arena_new();
	keeping->load = load_ref(load);
	keeping->at_ns = clock_wall_ns();
	keeping->wall = wall_at(now, keeping->at_ns);
	return keeping;
}

void keeping_free(struct keeping *keeping)
{
	for (struct keeping *before; keeping != NULL; keeping = before) {
		before = keeping->before;
		arena_free(keeping->arena);
		load_unref(keeping->load);
		free(keeping);
	}
}

/* ---- entries ---- */

/* Of a service: it left the memory that was added last. */
static struct store_entry *add_entry(
	struct keeping *keeping, const char *kind, const char *service, const struct view *view)
{
	keeping->states[keeping->n_entries] = service[0] != '\0' ? keeping->n_memories : 0;
	struct store_entry *const entry = &keeping->entries[keeping->n_entries++];
	*entry = (struct store_entry){.at_ns = keeping->at_ns,
		.kind = kind,
		.author = "",
		.service = service,
		.endpoint = "",
		.detail = "",
		.reason = "",
		.generation = view != NULL ? view_generation(view) : 0};
	return entry;
}

static const char *own(struct keeping *keeping, const char *text)
{
	return arena_text(keeping->arena, text, strlen(text));
}

static const char *names(struct arena *arena, const struct policy *policy,
	const struct policy_service *service, const struct endpoint_set *on)
{
	size_t room = 0;
	for (uint32_t e = 0; e < service->n; e++)
		if (endpoint_has(on, e))
			room += strlen(policy->endpoints[service->first + e].name) + 1;
	if (room == 0)
		return "-";
	char *const text = arena_alloc(arena, room), *at = text;
	for (uint32_t e = 0; e < service->n; e++)
		if (endpoint_has(on, e)) {
			at = stpcpy(at, policy->endpoints[service->first + e].name);
			*at++ = ',';
		}
	at[-1] = '\0';
	return text;
}

static const char *rule_text(struct arena *arena, enum pick_reason rule)
{
	return arena_format(arena, "rule %d %s", (int)rule, pick_reason_text(rule));
}

/* ---- memories and serials ---- */

static void add_memory(struct keeping *keeping, uint32_t service, const struct memory *memory)
{
	const struct policy *const policy = &keeping->load->conf->policy;
	struct kept_memory *const kept = &keeping->memories[keeping->n_memories++];
	*kept = (struct kept_memory){service, *memory};
	kept->memory.standings = arena_copy(keeping->arena, memory->standings,
		policy->services[service].n * sizeof *memory->standings);
}

static void add_fact(struct keeping *keeping, struct engine_facts facts, uint32_t service)
{
	const struct memory memory = memory_of(facts, service);
	add_memory(keeping, service, &memory);
}

/* Of the service's zone; services come in the order of their zones more often than not. */
static uint32_t add_serial(struct keeping *keeping, uint32_t service, const struct view *view)
{
	const uint8_t *const apex = keeping->load->conf->services[service].zone;
	const struct zone *const zone = view_zone(view, apex);
	if (zone == NULL)
		return 0;
	char text[NAME_TEXT_MAX];
	(void)name_text(apex, text);
	struct store_serial *const last = &keeping->serials[keeping->n_serials];
	if (keeping->n_serials == 0 || strcmp(last[-1].zone, text) != 0) {
		*last = (struct store_serial){
			.zone = own(keeping, text), .serial = zone_serial(zone)};
		keeping->n_serials++;
	}
	return zone_serial(zone);
}

static void make_room(struct keeping *keeping, size_t entries, size_t memories)
{
	keeping->entries = arena_list(keeping->arena, entries, sizeof *keeping->entries);
	keeping->states = arena_list(keeping->arena, entries, sizeof *keeping->states);
	keeping->memories = arena_list(keeping->arena, memories, sizeof *keeping->memories);
	keeping->serials = arena_list(keeping->arena, memories, sizeof *keeping->serials);
}

/* ---- what happened ---- */

bool keeping_wants(const struct effects *effects)
{
	for (size_t i = 0; i < effects->n; i++)
		if (effects->list[i].kind != EFFECT_HEALTH &&
			effects->list[i].kind != EFFECT_VERDICT)
			return true;
	return false;
}

struct turn {
	struct keeping *keeping;
	struct engine_facts facts;
	const struct view *view;
};

static struct store_entry *add_of_service(struct turn *t, const char *kind, uint32_t service)
{
	add_fact(t->keeping, t->facts, service);
	return add_entry(t->keeping, kind, t->facts.policy->services[service].name, t->view);
}

/* Behind the memory that it left. */
static void add_switch(struct turn *t, uint32_t number, const struct endpoint_set *from,
	const struct pick *pick, uint32_t serial)
{
	struct arena *const arena = t->keeping->arena;
	const struct policy *const policy = t->facts.policy;
	const struct policy_service *const service = &policy->services[number];
	struct store_entry *const entry = add_entry(t->keeping, "switch", service->name, t->view);
	entry->serial = serial;
	entry->author = rule_text(arena, pick->by);
	entry->detail = arena_format(arena, "from %s to %s", names(arena, policy, service, from),
		names(arena, policy, service, &pick->on));
}

static void add_trickle(struct turn *t, const struct effect *effect)
{
	const struct policy *const policy = t->facts.policy;
	struct store_entry *const entry = add_of_service(t, "trickle", effect->subject);
	entry->serial = add_serial(t->keeping, effect->subject, t->view);
	entry->detail = arena_format(t->keeping->arena, "to %s",
		names(t->keeping->arena, policy, &policy->services[effect->subject],
			&effect->pick.trickle));
}

static void add_role(struct turn *t, const struct effect *effect)
{
	struct arena *const arena = t->keeping->arena;
	const struct policy *const policy = t->facts.policy;
	const struct policy_service *const service = &policy->services[effect->subject];
	add_of_service(t, "role", effect->subject)->detail = arena_format(arena,
		"home %s deposed %s", policy->endpoints[service->first + effect->pick.home].name,
		names(arena, policy, service, &effect->pick.deposed));
}

static void add_over(struct turn *t, const struct effect *effect)
{
	const struct policy_endpoint *const end = &t->facts.policy->endpoints[effect->subject];
	if (effect->of_service)
		(void)add_of_service(t, "over", effect->subject);
	else
		add_of_service(t, "over", end->service)->endpoint = end->name;
}

static void add_effect(struct turn *t, const struct effect *effect)
{
	switch (effect->kind) {
	case EFFECT_HEALTH:
	case EFFECT_VERDICT: return; /* the history has them */
	case EFFECT_TTL: (void)add_serial(t->keeping, effect->subject, t->view); return;
	case EFFECT_SWITCH:
		add_fact(t->keeping, t->facts, effect->subject);
		add_switch(t, effect->subject, &effect->from, &effect->pick,
			add_serial(t->keeping, effect->subject, t->view));
		return;
	case EFFECT_TRICKLE: add_trickle(t, effect); return;
	case EFFECT_STUCK:
		add_of_service(t, "stuck", effect->subject)->author =
			rule_text(t->keeping->arena, effect->pick.reason);
		return;
	case EFFECT_ROLE: add_role(t, effect); return;
	case EFFECT_OVER: add_over(t, effect); return;
	}
}

void keeping_effects(struct keeping *keeping, struct engine_facts facts,
	const struct effects *effects, const struct view *view)
{
	struct turn turn = {keeping, facts, view};
	make_room(keeping, effects->n, effects->n);
	for (size_t i = 0; i < effects->n; i++)
		add_effect(&turn, &effects->list[i]);
}

void keeping_all(struct keeping *keeping, struct engine_facts facts, const struct view *view,
	const char *kind, const char *detail, mono_t first)
{
	const size_t n = facts.policy->n_services;
	const struct endpoint_set nobody = {0};
	struct turn turn = {keeping, facts, view};
	make_room(keeping, n + 1, n);
	add_entry(keeping, kind, "", view)->detail = own(keeping, detail);
	for (uint32_t i = 0; i < n; i++) {
		add_fact(keeping, facts, i);
		const uint32_t serial = add_serial(keeping, i, view);
		if (first.ns != 0 && facts.services[i].switched.ns == first.ns)
			add_switch(&turn, i, &nobody, &facts.services[i], serial);
	}
	keeping->whole = true;
}

/* ---- what was said ---- */

/* Of the first service that they are of. */
static void add_plan(struct keeping *keeping, const struct engine *engine, mono_t now,
	const struct decree decrees[], size_t most)
{
	size_t n = 1;
	while (n < most && decrees[n].service == decrees[0].service)
		n++;
	struct standing standings[ENDPOINTS_MAX];
	struct memory memory = {.standings = standings};
	memory.pick = engine_plan(
		engine, decrees[0].service, decrees, n, now, &memory.mandate, standings);
	add_memory(keeping, decrees[0].service, &memory);
}

/* " until 2026-11-22T11:00:00.000Z" for the word " until "; nothing when there is no such time. */
static const char *when(struct keeping *keeping, const char *word, mono_t at)
{
	char room[MOMENT_TEXT_MAX];
	return at.ns == 0 ? ""
			  : arena_format(keeping->arena, "%s%s", word,
				    moment_text(at.ns + keeping->wall.ahead_ns, room));
}

/* "maintenance from TIME until TIME, forced 5,6" */
static const char *words_of(struct keeping *keeping, const struct decree *decree, mono_t now)
{
	const mono_t from = mono_reached(decree->from, now) ? (mono_t){0} : decree->from;
	const char *text = arena_format(keeping->arena, "%s%s%s", decree_text(decree->verb),
		when(keeping, " from ", from), when(keeping, " until ", decree->until));
	const char *before = ", forced ";
	for (int number = 0; decree->force >> number != 0; number++)
		if ((decree->force >> number & 1) != 0) {
			text = arena_format(keeping->arena, "%s%s%d", text, before, number);
			before = ",";
		}
	return text;
}

void keeping_decrees(struct keeping *keeping, const struct engine *engine, mono_t now,
	const struct decree decrees[], size_t n, const char *author, const char *reason)
{
	const struct policy *const policy = &keeping->load->conf->policy;
	author = own(keeping, author);
	reason = own(keeping, reason);
	make_room(keeping, n, n);
	for (size_t i = 0; i < n; i++) {
		const struct policy_service *const service = &policy->services[decrees[i].service];
		const uint8_t end = decrees[i].endpoint;
		if (i == 0 || decrees[i - 1].service != decrees[i].service)
			add_plan(keeping, engine, now, &decrees[i], n - i);
		struct store_entry *const entry = add_entry(keeping, "decree", service->name, NULL);
		entry->author = author;
		entry->reason = reason;
		entry->detail = words_of(keeping, &decrees[i], now);
		if (end < service->n)
			entry->endpoint = policy->endpoints[service->first + end].name;
	}
}

void keeping_line(struct keeping *keeping, const char *kind, const char *author, const char *detail)
{
	make_room(keeping, 1, 0);
	struct store_entry *const entry = add_entry(keeping, own(keeping, kind), "", NULL);
	entry->author = own(keeping, author);
	entry->detail = own(keeping, detail);
}

void keeping_seal(struct keeping *keeping, const struct view *view)
{
	_Static_assert(
		(int)DIGEST_OCTETS == (int)STORE_DIGEST, "the store keeps what the zone makes");
	const struct records *const records = keeping->load->records;
	keeping->serials = arena_list(keeping->arena, records->n, sizeof *keeping->serials);
	for (size_t i = 0; i < records->n; i++) {
		const struct service_records *const is = &records->services[records->by_zone[i]];
		if (i > 0 &&
			is->zone_number == records->services[records->by_zone[i - 1]].zone_number)
			continue;
		uint8_t *const seal = arena_alloc(keeping->arena, DIGEST_OCTETS);
		digest_make(view_zone(view, is->zone), seal);
		(void)add_serial(keeping, records->by_zone[i], view);
		keeping->serials[keeping->n_serials - 1].seal = seal;
	}
}

/* ---- for the store ---- */

size_t keeping_count(const struct keeping *keeping)
{
	size_t n = 0;
	for (; keeping != NULL; keeping = keeping->before)
		n += keeping->n_entries;
	return n;
}

static const struct store_state *all_states(const struct keeping *keeping)
{
	const struct policy *const policy = &keeping->load->conf->policy;
	struct store_state *const all =
		arena_list(keeping->arena, keeping->n_memories, sizeof *all);
	for (size_t i = 0; i < keeping->n_memories; i++) {
		const struct kept_memory *const m = &keeping->memories[i];
		char *const json = memory_write(policy, m->service, &m->memory, keeping->wall);
		all[i] = (struct store_state){policy->services[m->service].name,
			arena_text(keeping->arena, json, strlen(json))};
		free(json);
	}
	return all;
}

static void own_texts(struct store_entry *entry, struct arena *arena)
{
	const char **const texts[] = {&entry->kind, &entry->author, &entry->service,
		&entry->endpoint, &entry->detail, &entry->reason};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		*texts[i] = arena_text(arena, *texts[i], strlen(*texts[i]));
}

/* What is tried every second is made text once, and no reload waits with it. */
void keeping_settle(struct keeping *keeping)
{
	if (keeping->load == NULL)
		return;
	const struct policy *const policy = &keeping->load->conf->policy;
	struct arena *const arena = arena_new();
	struct store_entry *const all =
		arena_copy(arena, keeping->entries, keeping->n_entries * sizeof *all);
	for (size_t i = 0; i < keeping->n_entries; i++) {
		own_texts(&all[i], arena);
		all[i].state = "";
		if (keeping->states[i] == 0)
			continue;
		const struct kept_memory *const m = &keeping->memories[keeping->states[i] - 1];
		char *const json = memory_write(policy, m->service, &m->memory, keeping->wall);
		all[i].state = arena_text(arena, json, strlen(json));
		free(json);
	}
	arena_free(keeping->arena);
	load_unref(keeping->load);
	*keeping = (struct keeping){.before = keeping->before,
		.arena = arena,
		.wall = keeping->wall,
		.at_ns = keeping->at_ns,
		.entries = all,
		.n_entries = keeping->n_entries,
		.ticket = keeping->ticket};
}

/* `states`: of this keeping; those before it are settled. */
static const struct store_entry *all_entries(
	const struct keeping *keeping, const struct store_state *states, size_t n)
{
	struct store_entry *const all = arena_list(keeping->arena, n, sizeof *all);
	for (const struct keeping *k = keeping; k != NULL; k = k->before) {
		n -= k->n_entries;
		for (size_t i = 0; i < k->n_entries; i++)
			all[n + i] = k->entries[i];
	}
	struct store_entry *const last = all + keeping_count(keeping->before);
	for (size_t i = 0; i < keeping->n_entries; i++)
		last[i].state = keeping->states[i] > 0 ? states[keeping->states[i] - 1].json : "";
	return all;
}

struct store_batch keeping_batch(struct keeping *keeping)
{
	const size_t n = keeping_count(keeping);
	for (struct keeping *k = keeping->before; k != NULL; k = k->before)
		keeping_settle(k);
	const struct store_state *const states = all_states(keeping);
	return (struct store_batch){.entries = all_entries(keeping, states, n),
		.states = states,
		.serials = keeping->serials,
		.runs = keeping->runs,
		.n_entries = n,
		.n_states = keeping->n_memories,
		.n_serials = keeping->n_serials,
		.n_runs = keeping->n_runs,
		.whole = keeping->whole};
}
