#include "server/recall.h"

#include "base/arena.h"
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
	memory.pick.switched = past(memory.pick.switched, now);
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

void recall(struct store *store, struct engine *engine, struct serve *serve, mono_t now,
	struct effects *effects)
{
	struct arena *const arena = arena_new();
	const struct store_state *states = NULL;
	const struct store_serial *serials = NULL;
	size_t n = 0, n_serials = 0;
	(void)store_states(store, arena, &states, &n);
	(void)store_serials(store, arena, &serials, &n_serials);
	const size_t lost = recall_states(engine, states, n, now, effects);
	bool sealed = false;
	for (size_t i = 0; i < n_serials; i++)
		sealed |= serials[i].seal != NULL;
	sealed = sealed && store_unseal(store);
	for (size_t i = 0; i < n_serials; i++) {
		uint8_t apex[NAME_MAX_OCTETS];
		struct err err;
		if (!name_parse(apex, serials[i].zone, strlen(serials[i].zone), NULL, &err))
			continue;
		name_lower(apex);
		serve_above(serve, apex, serials[i].serial, sealed ? serials[i].seal : NULL);
	}
	if (n > 0)
		log_line(LOG_LINE_INFO, "recalled services=%zu lost=%zu entries=%llu", n - lost,
			lost, (unsigned long long)store_last(store));
	arena_free(arena);
}
