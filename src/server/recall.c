#include "server/recall.h"

#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "dns/name.h"
#include "net/clock.h"
#include "net/log.h"
#include "server/memory.h"

#include <stdlib.h>
#include <string.h>

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct policy_service *)element)->name);
}

/* What is past cannot be ahead, also when the clock was set back meanwhile. */
static mono_t past(mono_t t, mono_t now) { return t.ns > now.ns ? now : t; }

/* What is to come is as far behind the switch as it was, or it would last as long as the clock was
 * set back. */
static void set_back(struct pick *pick, mono_t now)
{
	mono_t *const ends[] = {&pick->stay, &pick->exposed, &pick->steady};
	const int64_t by = pick->switched.ns - now.ns;
	for (size_t i = 0; by > 0 && i < COUNT_OF(ends); i++)
		if (ends[i]->ns != 0)
			ends[i]->ns -= by;
	pick->switched = past(pick->switched, now);
}

static bool recall_service(struct engine *engine, const struct store_state *state, struct wall wall,
	mono_t now, struct effects *effects)
{
	const struct policy *const policy = engine_facts(engine).policy;
	const struct policy_service *const service = bsearch(state->service, policy->services,
		policy->n_services, sizeof *policy->services, by_name);
	struct memory memory = {0};
	if (service == NULL)
		return true; /* the configuration has it no more */
	const uint32_t number = (uint32_t)(service - policy->services);
	struct standing *const standings = mem_list(service->n, sizeof *standings);
	const bool good = memory_parse(state->json, policy, number, wall, &memory, standings);
	set_back(&memory.pick, now);
	for (size_t i = 0; i < MOVES_MAX; i++)
		memory.pick.moves[i] = past(memory.pick.moves[i], now);
	if (good)
		engine_recall(engine, number, &memory, now, effects);
	free(standings);
	return good;
}

size_t recall_states(struct engine *engine, const struct store_state states[], size_t n, mono_t now,
	struct effects *effects)
{
	const struct wall wall = wall_at(now, clock_wall_ns());
	size_t lost = 0;
	for (size_t i = 0; i < n; i++)
		lost += !recall_service(engine, &states[i], wall, now, effects);
	return lost;
}

/* False: it is no name. */
static bool read_apex(const struct store_serial *is, uint8_t apex[NAME_MAX_OCTETS])
{
	struct err err;
	const bool good = name_parse(apex, is->zone, strlen(is->zone), NULL, &err);
	if (good)
		name_lower(apex);
	return good;
}

static void recall_serial(struct serve *serve, const struct store_serial *is, bool sealed)
{
	uint8_t apex[NAME_MAX_OCTETS];
	if (read_apex(is, apex))
		serve_above(serve, apex, is->serial, sealed ? is->seal : NULL);
}

bool recall_serials(
	struct serve *serve, const struct store_serial serials[], size_t n, uint32_t unix_now)
{
	uint8_t apex[NAME_MAX_OCTETS];
	bool raised = false;
	for (size_t i = 0; i < n; i++)
		raised |= read_apex(&serials[i], apex) &&
			  serve_raise(serve, apex, serials[i].serial, unix_now);
	return raised;
}

void recall(struct store *store, struct engine *engine, struct serve *serve, mono_t now,
	struct effects *effects)
{
	struct arena *const arena = arena_new();
	const struct store_memory memory = store_memory(store, arena);
	const size_t lost = recall_states(engine, memory.states, memory.n_states, now, effects);
	bool sealed = false;
	for (size_t i = 0; i < memory.n_serials; i++)
		sealed |= memory.serials[i].seal != NULL;
	sealed = store_unseal(store) && sealed; /* also those that are too old to count */
	for (size_t i = 0; i < memory.n_serials; i++)
		recall_serial(serve, &memory.serials[i], sealed);
	if (memory.n_states > 0)
		log_line(LOG_LINE_INFO, "recalled services=%zu lost=%zu entries=%llu",
			memory.n_states - lost, lost, (unsigned long long)store_last(store));
	arena_free(arena);
}
