#include "server/heard.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

static void consider(void *cookie, const struct store_run *run)
{
	struct heard *const heard = cookie;
	const bool is_before = run->from_ns <= heard->at_ns;
	struct store_run *const so_far = is_before ? &heard->before : &heard->after;
	const bool nearer =
		is_before ? run->from_ns >= so_far->from_ns : run->from_ns < so_far->from_ns;
	if (so_far->n == 0 || nearer)
		*so_far = *run;
}

bool heard_at(struct heard *heard, struct store *store, const struct store_run recent[], size_t n)
{
	const char *const check = heard->check;
	const int64_t at_ns = heard->at_ns;
	for (size_t i = 0; i < n; i++)
		if (strcmp(recent[i].check, check) == 0)
			consider(heard, &recent[i]);
	return store_run_near(store, check, at_ns, STORE_BEFORE, consider, heard) &&
	       store_run_near(store, check, at_ns, STORE_AFTER, consider, heard);
}

struct list {
	struct store_run *runs;
	size_t n, room;
};

static void add(struct list *list, const struct stretch *s, struct wall wall)
{
	list->runs = mem_grow(list->runs, &list->room, list->n + 1, sizeof *list->runs);
	list->runs[list->n++] = (struct store_run){.check = s->check,
		.from_ns = s->from.ns + wall.ahead_ns,
		.to_ns = s->to.ns + wall.ahead_ns,
		.outcome = (int)s->outcome,
		.n = s->n};
}

size_t heard_recently(const struct recorded *recorded, const struct policy *policy,
	const bool used[], struct wall wall, struct arena *arena, const struct store_run **list)
{
	struct list all = {0};
	for (uint32_t c = 0; c < policy->n_checks; c++) {
		for (size_t i = 0; used[c] && i < recorded->n_ended; i++)
			if (strcmp(recorded->ended[i].check, policy->checks[c].identity) == 0)
				add(&all, &recorded->ended[i], wall);
		if (used[c] && recorded->open[c].n > 0)
			add(&all, &recorded->open[c], wall);
	}
	*list = arena_copy(arena, all.runs, all.n * sizeof *all.runs);
	free(all.runs);
	return all.n;
}
