#include "server/runs.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct list {
	struct store_run *runs;
	size_t n, room;
};

static void gather(void *cookie, const struct store_run *run)
{
	struct list *const list = cookie;
	list->runs = mem_grow(list->runs, &list->room, list->n + 1, sizeof *list->runs);
	list->runs[list->n++] = *run;
}

/* Of one that is in the store by now, too, what is known best goes last. */
static int by_begin(const void *a, const void *b)
{
	const struct store_run *const x = a, *const y = b;
	if (x->from_ns != y->from_ns)
		return x->from_ns < y->from_ns ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* In the order of their beginning, each once. */
static void sort(struct list *list)
{
	size_t n = 0;
	if (list->n > 0)
		qsort(list->runs, list->n, sizeof *list->runs, by_begin);
	for (size_t i = 0; i < list->n; i++) {
		n -= n > 0 && list->runs[n - 1].from_ns == list->runs[i].from_ns;
		list->runs[n++] = list->runs[i];
	}
	list->n = n;
}

/* Whether `b`, which began later, is a piece of the same run. */
static bool follows(const struct runs *runs, const struct store_run *a, const struct store_run *b)
{
	return a->outcome == b->outcome && b->from_ns - a->to_ns < runs->stale.ns;
}

static void join(struct store_run *run, const struct store_run *piece)
{
	run->from_ns = piece->from_ns < run->from_ns ? piece->from_ns : run->from_ns;
	run->to_ns = piece->to_ns > run->to_ns ? piece->to_ns : run->to_ns;
	run->n += piece->n;
}

static void find(struct runs *runs, const struct list *list)
{
	size_t next = 0;
	while (next < list->n && list->runs[next].from_ns <= runs->at_ns)
		next++;
	if (next > 0)
		runs->before = list->runs[next - 1];
	for (size_t i = next; i-- > 1 && follows(runs, &list->runs[i - 1], &list->runs[i]);)
		join(&runs->before, &list->runs[i - 1]);
	for (; next > 0 && next < list->n && follows(runs, &runs->before, &list->runs[next]);
		next++)
		join(&runs->before, &list->runs[next]);
	if (next < list->n)
		runs->after = list->runs[next];
	for (; next + 1 < list->n && follows(runs, &runs->after, &list->runs[next + 1]); next++)
		join(&runs->after, &list->runs[next + 1]);
}

bool runs_at(struct runs *runs, struct store *store, const struct store_run recent[], size_t n)
{
	struct list list = {0};
	bool read = true;
	for (int side = STORE_BEFORE; side <= STORE_AFTER; side++)
		read = store_runs_near(store, runs->check, runs->at_ns, (enum store_side)side,
			       RUNS_PIECES_MAX, gather, &list) &&
		       read;
	for (size_t i = 0; i < n; i++)
		if (strcmp(recent[i].check, runs->check) == 0)
			gather(&list, &recent[i]);
	sort(&list);
	find(runs, &list);
	free(list.runs);
	return read;
}

static void add(struct list *list, const struct stretch *s, struct wall wall)
{
	list->runs = mem_grow(list->runs, &list->room, list->n + 1, sizeof *list->runs);
	list->runs[list->n++] = (struct store_run){.check = s->check,
		.from_ns = s->from.ns + wall.ahead_ns,
		.to_ns = s->to.ns + wall.ahead_ns,
		.outcome = (int)s->outcome,
		.n = s->n};
}

size_t runs_recent(const struct recorded *recorded, const struct policy *policy, const bool used[],
	struct wall wall, struct arena *arena, const struct store_run **list)
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
