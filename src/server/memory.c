#include "server/memory.h"

#include "server/jtext.h"

#include <string.h>

struct wall wall_at(mono_t now, int64_t wall_ns) { return (struct wall){wall_ns - now.ns}; }

int64_t wall_of(struct wall wall, mono_t t) { return t.ns == 0 ? 0 : t.ns + wall.ahead_ns; }

mono_t wall_mono(struct wall wall, int64_t wall_ns)
{
	if (wall_ns == 0)
		return (mono_t){0};
	const int64_t ns = wall_ns - wall.ahead_ns;
	return (mono_t){ns == 0 ? 1 : ns}; /* 0 is never */
}

/* ---- writing ---- */

struct writer {
	const struct policy *policy;
	const struct policy_service *service;
	struct wall wall;
};

static json_t *time_json(const struct writer *w, mono_t t)
{
	return json_integer(wall_of(w->wall, t));
}

static json_t *name_json(const struct writer *w, size_t end)
{
	return end < w->service->n ? jtext(w->policy->endpoints[w->service->first + end].name)
				   : json_null();
}

static json_t *set_json(const struct writer *w, const struct endpoint_set *set)
{
	json_t *const list = json_array();
	for (size_t i = 0; i < w->service->n; i++)
		if (endpoint_has(set, i))
			(void)json_array_append_new(list, name_json(w, i));
	return list;
}

static json_t *moves_json(const struct writer *w, const struct pick *pick)
{
	json_t *const list = json_array();
	for (size_t i = 0; i < MOVES_MAX && pick->moves[i].ns != 0; i++)
		(void)json_array_append_new(list, time_json(w, pick->moves[i]));
	return list;
}

static bool said_nothing(const struct standing *s)
{
	return s->admin == ADMIN_ONLINE && s->planned_from.ns == 0 && s->drill_until.ns == 0;
}

static json_t *standings_json(const struct writer *w, const struct standing standings[])
{
	json_t *const all = json_object();
	for (size_t i = 0; i < w->service->n; i++) {
		const struct standing *const s = &standings[i];
		if (said_nothing(s))
			continue;
		(void)json_object_set_new(all, w->policy->endpoints[w->service->first + i].name,
			json_pack("{s:i, s:o, s:o, s:o, s:o}", "admin", (int)s->admin,
				"admin_until", time_json(w, s->admin_until), "planned_from",
				time_json(w, s->planned_from), "planned_until",
				time_json(w, s->planned_until), "drill_until",
				time_json(w, s->drill_until)));
	}
	return all;
}

struct memory memory_of(struct engine_facts facts, uint32_t service)
{
	return (struct memory){.pick = facts.services[service],
		.mandate = facts.mandates[service],
		.standings = &facts.standings[facts.policy->services[service].first]};
}

char *memory_write(const struct policy *policy, uint32_t service, const struct memory *memory,
	struct wall wall)
{
	const struct pick *const pick = &memory->pick;
	const struct mandate *const mandate = &memory->mandate;
	const struct writer w = {policy, &policy->services[service], wall};
	json_t *const json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:i, s:i, s:i, s:o, s:o, s:o, "
				       "s:o, s:o, s:b, s:o, s:o, s:o, s:o, s:o, s:i}",
		"on", set_json(&w, &pick->on), "home",
		pick->home == 0 ? json_null() : name_json(&w, pick->home), "withdrawn",
		set_json(&w, &pick->withdrawn), "deposed", set_json(&w, &pick->deposed), "dark6",
		set_json(&w, &pick->dark[FAMILY_V6]), "by", (int)pick->by, "reason",
		(int)pick->reason, "strikes", (int)pick->strikes, "switched",
		time_json(&w, pick->switched), "stay", time_json(&w, pick->stay), "moves",
		moves_json(&w, pick), "dark4", set_json(&w, &pick->dark[FAMILY_V4]), "pinned",
		name_json(&w, mandate->pinned), "frozen", (int)mandate->frozen, "until",
		json_pack("[o, o]", time_json(&w, mandate->pinned_until),
			time_json(&w, mandate->frozen_until)),
		"exposed", time_json(&w, pick->exposed), "steady", time_json(&w, pick->steady),
		"endpoints", standings_json(&w, memory->standings), "trickle",
		set_json(&w, &pick->trickle), "trickle_by", (int)pick->trickle_by);
	char *const text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

/* ---- reading ---- */

static size_t find_end(const struct writer *w, const json_t *name)
{
	const char *const text = json_string_value(name);
	for (size_t i = 0; text != NULL && i < w->service->n; i++)
		if (strcmp(w->policy->endpoints[w->service->first + i].name, text) == 0)
			return i;
	return ENDPOINT_NONE;
}

static struct endpoint_set read_set(const struct writer *w, const json_t *list)
{
	struct endpoint_set set = {0};
	for (size_t i = 0; i < json_array_size(list); i++) {
		const size_t end = find_end(w, json_array_get(list, i));
		if (end != ENDPOINT_NONE)
			endpoint_add(&set, end);
	}
	return set;
}

static mono_t read_time(const struct writer *w, const json_t *time)
{
	return wall_mono(w->wall, json_integer_value(time));
}

static int read_between(const json_t *number, int low, int high)
{
	const json_int_t is = json_integer_value(number);
	return is < low || is > high ? low : (int)is;
}

static void read_standings(const struct writer *w, const json_t *all, struct standing standings[])
{
	for (size_t i = 0; i < w->service->n; i++) {
		const json_t *const s =
			json_object_get(all, w->policy->endpoints[w->service->first + i].name);
		standings[i] = (struct standing){
			.admin = (enum admin)read_between(
				json_object_get(s, "admin"), ADMIN_ONLINE, ADMIN_OUT),
			.admin_until = read_time(w, json_object_get(s, "admin_until")),
			.planned_from = read_time(w, json_object_get(s, "planned_from")),
			.planned_until = read_time(w, json_object_get(s, "planned_until")),
			.drill_until = read_time(w, json_object_get(s, "drill_until")),
		};
	}
}

static struct pick read_pick(const struct writer *w, const json_t *json)
{
	const size_t home = find_end(w, json_object_get(json, "home"));
	const json_t *const moves = json_object_get(json, "moves");
	struct pick pick = {.on = read_set(w, json_object_get(json, "on")),
		.withdrawn = read_set(w, json_object_get(json, "withdrawn")),
		.deposed = read_set(w, json_object_get(json, "deposed")),
		.trickle = read_set(w, json_object_get(json, "trickle")),
		.trickle_by = (enum trickle_rule)read_between(
			json_object_get(json, "trickle_by"), 0, TRICKLE_BEST),
		.dark = {read_set(w, json_object_get(json, "dark4")),
			read_set(w, json_object_get(json, "dark6"))},
		.by = (enum pick_reason)read_between(
			json_object_get(json, "by"), PICK_FIRST, PICK_ORDERED),
		.reason = (enum pick_reason)read_between(
			json_object_get(json, "reason"), PICK_FIRST, PICK_ORDERED),
		.chosen = true,
		.home = (uint8_t)(home == ENDPOINT_NONE ? 0 : home),
		.strikes = (uint8_t)read_between(json_object_get(json, "strikes"), 0, 5),
		.switched = read_time(w, json_object_get(json, "switched")),
		.stay = read_time(w, json_object_get(json, "stay")),
		.exposed = read_time(w, json_object_get(json, "exposed")),
		.steady = read_time(w, json_object_get(json, "steady"))};
	for (size_t i = 0; i < MOVES_MAX && i < json_array_size(moves); i++)
		pick.moves[i] = read_time(w, json_array_get(moves, i));
	return pick;
}

bool memory_parse(const char *json, const struct policy *policy, uint32_t service, struct wall wall,
	struct memory *memory, struct standing standings[])
{
	const struct writer w = {policy, &policy->services[service], wall};
	json_error_t error;
	json_t *const root = json_loads(json, JSON_REJECT_DUPLICATES, &error);
	const json_t *const on = json_object_get(root, "on"), *const until = json_object_get(
								      root, "until");
	const bool good = json_is_array(on);
	if (good) {
		memory->pick = read_pick(&w, root);
		/* Nobody answered on purpose, or somebody who did is still there.  Else it is a new
		 * start, as with a reload, but not for who was deposed. */
		if (endpoint_empty(&memory->pick.on) &&
			(json_array_size(on) > 0 || !on_none_is_empty(w.service->rule.on_none)))
			memory->pick = (struct pick){
				.home = memory->pick.home, .deposed = memory->pick.deposed};
		memory->mandate = (struct mandate){
			.pinned = (uint8_t)find_end(&w, json_object_get(root, "pinned")),
			.frozen = json_is_true(json_object_get(root, "frozen")),
			.pinned_until = read_time(&w, json_array_get(until, 0)),
			.frozen_until = read_time(&w, json_array_get(until, 1))};
		read_standings(&w, json_object_get(root, "endpoints"), standings);
		memory->standings = standings;
	}
	json_decref(root);
	return good;
}
