#include "server/runs.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "server/load.h"

#include <stdlib.h>

struct run {
	uint32_t check, n; /* n == 0: none yet */
	enum probe_outcome outcome;
	mono_t from, to;
};

struct runs {
	size_t n_checks;
	struct run *open; /* by check */
	struct run *ended;
	size_t n_ended, room;
};

struct runs *runs_new(size_t n_checks)
{
	struct runs *const runs = mem_new(sizeof *runs);
	runs->n_checks = n_checks;
	runs->open = mem_list(n_checks, sizeof *runs->open);
	return runs;
}

void runs_free(struct runs *runs)
{
	if (runs == NULL)
		return;
	free(runs->open);
	free(runs->ended);
	free(runs);
}

static void end(struct runs *runs, struct run *run)
{
	if (run->n > 0 && runs->n_ended < RUNS_HELD_MAX) {
		runs->ended =
			mem_grow(runs->ended, &runs->room, runs->n_ended + 1, sizeof *runs->ended);
		runs->ended[runs->n_ended++] = *run;
	}
	run->n = 0;
}

void runs_take(struct runs *runs, uint32_t check, enum probe_outcome outcome, mono_t at)
{
	struct run *const run = &runs->open[check];
	if (run->n > 0 &&
		(run->outcome != outcome || span_at_least(mono_between(run->from, at),
						    span_ms((int64_t)RUN_LONGEST_S * 1000))))
		end(runs, run);
	if (run->n == 0)
		*run = (struct run){.check = check, .outcome = outcome, .from = at};
	run->to = at;
	run->n++;
}

void runs_give(struct runs *runs, enum runs_which which, struct keeping *keeping)
{
	const struct policy_check *const checks = keeping->load->conf->policy.checks;
	for (size_t i = 0; which == RUNS_ALL && i < runs->n_checks; i++)
		end(runs, &runs->open[i]);
	keeping->runs = arena_list(keeping->arena, runs->n_ended, sizeof *keeping->runs);
	for (size_t i = 0; i < runs->n_ended; i++) {
		const struct run *const run = &runs->ended[i];
		keeping->runs[keeping->n_runs++] =
			(struct store_run){.check = checks[run->check].identity,
				.from_ns = wall_of(keeping->wall, run->from),
				.to_ns = wall_of(keeping->wall, run->to),
				.outcome = (int)run->outcome,
				.n = run->n};
	}
	runs->n_ended = 0;
}

bool runs_any(const struct runs *runs) { return runs->n_ended > 0; }
