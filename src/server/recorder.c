#include "server/recorder.h"

#include "base/arena.h"
#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TAKE_AFTER_MS = 60000 };

struct recorder {
	const struct policy *policy;
	struct stretch *open; /* by number of the check */
	struct stretch *ended;
	size_t n_ended, room;
	mono_t first; /* when the first of `ended` did */
};

struct recorder *recorder_new(const struct policy *policy)
{
	struct recorder *const recorder = mem_new(sizeof *recorder);
	recorder_adopt(recorder, policy);
	return recorder;
}

static void end(struct recorder *recorder, const struct stretch *stretch, mono_t now)
{
	if (recorder->n_ended == RECORDER_ENDED_MAX)
		return;
	if (recorder->n_ended == 0)
		recorder->first = now;
	recorder->ended =
		mem_grow(recorder->ended, &recorder->room, recorder->n_ended + 1, sizeof *stretch);
	recorder->ended[recorder->n_ended++] = *stretch;
}

static bool goes_on(const struct stretch *open, const struct health_rule *rule,
	enum probe_outcome outcome, mono_t now)
{
	return open->n > 0 && open->outcome == outcome &&
	       mono_between(open->to, now).ns < rule->stale.ns &&
	       mono_between(open->from, now).ns < RECORDER_HOUR_S * INT64_C(1000000000);
}

void recorder_note(
	struct recorder *recorder, uint32_t check, enum probe_outcome outcome, mono_t now)
{
	struct stretch *const open = &recorder->open[check];
	const struct policy_check *const is = &recorder->policy->checks[check];
	if (!goes_on(open, &is->rule, outcome, now)) {
		if (open->n > 0)
			end(recorder, open, now);
		*open = (struct stretch){.check = is->identity, .from = now, .outcome = outcome};
	}
	open->to = now;
	open->n++;
}

struct recorded recorder_facts(const struct recorder *recorder)
{
	return (struct recorded){recorder->open, recorder->ended, recorder->n_ended};
}

bool recorder_is_due(const struct recorder *recorder, mono_t now)
{
	return recorder->n_ended >= RECORDER_SOME_MAX ||
	       (recorder->n_ended > 0 &&
		       mono_reached(mono_after(recorder->first, span_ms(TAKE_AFTER_MS)), now));
}

size_t recorder_take(struct recorder *recorder, enum recorder_part part, struct wall wall,
	struct arena *arena, struct store_run **runs)
{
	for (size_t i = 0; part == RECORDER_ALL && i < recorder->policy->n_checks; i++) {
		if (recorder->open[i].n > 0)
			end(recorder, &recorder->open[i], recorder->open[i].to);
		recorder->open[i].n = 0;
	}
	const size_t n = part == RECORDER_SOME && recorder->n_ended > RECORDER_SOME_MAX
				 ? RECORDER_SOME_MAX
				 : recorder->n_ended;
	*runs = arena_list(arena, n, sizeof **runs);
	for (size_t i = 0; i < n; i++) {
		const struct stretch *const s = &recorder->ended[i];
		(*runs)[i] = (struct store_run){.check = s->check,
			.from_ns = s->from.ns + wall.ahead_ns,
			.to_ns = s->to.ns + wall.ahead_ns,
			.outcome = (int)s->outcome,
			.n = s->n};
	}
	recorder->n_ended -= n;
	if (recorder->n_ended > 0)
		memmove(recorder->ended, recorder->ended + n,
			recorder->n_ended * sizeof *recorder->ended);
	return n;
}

static int by_identity(const void *a, const void *b)
{
	return strcmp(((const struct stretch *)a)->check, ((const struct stretch *)b)->check);
}

void recorder_adopt(struct recorder *recorder, const struct policy *policy)
{
	struct stretch *const was = recorder->open;
	const size_t n = recorder->policy != NULL ? recorder->policy->n_checks : 0;
	size_t n_was = 0;
	for (size_t i = 0; i < n; i++)
		if (was[i].n > 0)
			was[n_was++] = was[i];
	if (n_was > 0)
		qsort(was, n_was, sizeof *was, by_identity);
	recorder->open = mem_list(policy->n_checks, sizeof *recorder->open);
	for (size_t i = 0; i < policy->n_checks; i++) {
		const struct stretch like = {.check = policy->checks[i].identity};
		struct stretch *const same =
			n_was > 0 ? bsearch(&like, was, n_was, sizeof like, by_identity) : NULL;
		if (same == NULL)
			continue;
		recorder->open[i] = *same;
		recorder->open[i].check = like.check;
		same->n = 0;
	}
	for (size_t i = 0; i < n_was; i++)
		if (was[i].n > 0)
			end(recorder, &was[i], was[i].to);
	free(was);
	recorder->policy = policy;
}

void recorder_free(struct recorder *recorder)
{
	if (recorder == NULL)
		return;
	free(recorder->open);
	free(recorder->ended);
	free(recorder);
}
