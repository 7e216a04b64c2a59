#include "prober/trial.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "prober/check.h"
#include "prober/recipe.h"
#include "probes/probe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TRIALS_MAX = 64, STEPS_MAX = 200 }; /* at a time; of one attempt */

struct trial {
	struct trials *trials;
	struct trial *next, **link;
	uint32_t id;
	struct recipe *recipe;
	struct probe_target target;
	struct probe_trace trace;
	char *host;
	void *probe; /* the kind's */
	struct limits limits;
	struct finding finding;
	struct watch *timer;
	mono_t started, deadline;
	size_t steps;
};

struct trials {
	struct crew *crew;
	struct recipes *recipes;
	struct trial *first;
	size_t n;
	struct report *outbox; /* to be sent, in this order */
	size_t n_outbox, outbox_room;
};

static void post(struct trials *trials, const struct report *report)
{
	trials->outbox = mem_grow(
		trials->outbox, &trials->outbox_room, trials->n_outbox + 1, sizeof *trials->outbox);
	trials->outbox[trials->n_outbox++] = *report;
}

static void say(void *cookie, const char *line)
{
	struct trial *const trial = cookie;
	if (trial->steps++ >= STEPS_MAX)
		return;
	struct report report = {.kind = REPORT_STEP,
		.id = trial->id,
		.started = trial->started,
		.ended = clock_mono()};
	(void)snprintf(report.step, sizeof report.step, "%s",
		trial->steps == STEPS_MAX ? "more steps, which are left out" : line);
	post(trial->trials, &report);
}

static void trial_free(struct trial *trial) /* no attempt is under way */
{
	*trial->link = trial->next;
	if (trial->next != NULL)
		trial->next->link = trial->link;
	trial->trials->n--;
	trial->recipe->kind->close(trial->probe);
	recipe_drop(trial->trials->recipes, trial->recipe);
	watch_free(trial->timer);
	free(trial->host);
	free(trial);
}

/* As a check judges: what a late prober saw is worth nothing, values keep to their limits, and
 * while the vantage is in doubt no failure is the endpoint's. */
static void finish(struct trial *trial, const struct probe_report *said, enum attempt_end how)
{
	const mono_t now = clock_mono();
	struct report report = {.kind = REPORT_TRIAL,
		.id = trial->id,
		.outcome = said->outcome,
		.fault = said->fault,
		.started = trial->started,
		.ended = now,
		.age = said->age};
	memcpy(report.why, said->why, sizeof report.why);
	memcpy(report.value, said->value, sizeof report.value);
	if (said->outcome != PROBE_NO_VERDICT &&
		lateness_spoils(&trial->trials->crew->lateness, how, trial->started,
			trial->target.timeout, now)) {
		report.outcome = PROBE_NO_VERDICT;
		report.fault = FAULT_LATE;
		(void)snprintf(report.why, sizeof report.why, "prober was late");
	}
	if (said->value[0] != '\0')
		trial->finding = finding_step(trial->finding, said->value, said->age, now);
	if (report.outcome == PROBE_PASS &&
		!limits_kept(&trial->limits, said->value, &trial->finding, now, report.why,
			sizeof report.why))
		report.outcome = PROBE_FAIL;
	if (report.outcome == PROBE_FAIL && vantage_judge(&trial->trials->crew->vantage,
						    trial->started, now) == VANTAGE_DOUBTED) {
		say(trial, report.why);
		report.outcome = PROBE_NO_VERDICT;
		report.fault = FAULT_VANTAGE;
		(void)snprintf(
			report.why, sizeof report.why, "the references do not answer either");
	}
	post(trial->trials, &report);
	trial_free(trial);
}

static void on_done(void *cookie, const struct probe_report *report)
{
	finish(cookie, report, ATTEMPT_ANSWERED);
}

static void on_deadline(void *cookie, mono_t now)
{
	struct trial *const trial = cookie;
	static const struct probe_report timed_out = {.outcome = PROBE_FAIL, .why = "timed out"};
	lateness_note(&trial->trials->crew->lateness, mono_between(trial->deadline, now), now);
	trial->recipe->kind->cancel(trial->probe);
	finish(trial, &timed_out, ATTEMPT_TIMED_OUT);
}

struct trials *trials_new(struct crew *crew, struct recipes *recipes)
{
	struct trials *const trials = mem_new(sizeof *trials);
	trials->crew = crew;
	trials->recipes = recipes;
	return trials;
}

void trials_refuse(struct trials *trials, uint32_t id, const char *why)
{
	const mono_t now = clock_mono();
	struct report report = {.kind = REPORT_TRIAL,
		.id = id,
		.outcome = PROBE_NO_VERDICT,
		.fault = FAULT_TOOL,
		.started = now,
		.ended = now};
	(void)snprintf(report.why, sizeof report.why, "%s", why);
	post(trials, &report);
}

void trials_begin(struct trials *trials, uint32_t id, const struct check *check, void *shared)
{
	if (trials->n == TRIALS_MAX) {
		trials_refuse(trials, id, "too many are tried at once");
		return;
	}
	struct trial *const trial = mem_new(sizeof *trial);
	const struct probe_target *const like = check_target(check);
	trial->trials = trials;
	trial->id = id;
	trial->recipe = check_recipe(check);
	recipe_keep(trial->recipe);
	trial->host = mem_text(like->host);
	trial->trace = (struct probe_trace){say, trial};
	trial->target = *like;
	trial->target.host = trial->host;
	trial->target.trace = &trial->trace;
	trial->limits = *check_limits(check);
	trial->finding = *check_finding(check);
	trial->next = trials->first;
	trial->link = &trials->first;
	if (trial->next != NULL)
		trial->next->link = &trial->next;
	trials->first = trial;
	trials->n++;

	const struct probe_kind *const kind = trial->recipe->kind;
	trial->probe = kind->open(shared, &trial->target, trial->recipe->options);
	trial->started = clock_mono();
	trial->deadline = mono_after(trial->started, trial->target.timeout);
	trial->timer = loop_at(trials->crew->loop, trial->deadline, on_deadline, trial);
	kind->start(trial->probe, on_done, trial);
}

size_t trials_gather(const struct trials *trials, struct report *out, size_t room)
{
	const size_t n = trials->n_outbox < room ? trials->n_outbox : room;
	if (n > 0)
		memcpy(out, trials->outbox, n * sizeof *out);
	return n;
}

void trials_told(struct trials *trials, size_t n)
{
	assert(n <= trials->n_outbox);
	if (n == 0)
		return;
	trials->n_outbox -= n;
	memmove(trials->outbox, trials->outbox + n, trials->n_outbox * sizeof *trials->outbox);
}

void trials_free(struct trials *trials)
{
	for (struct trial *trial = trials->first, *next; trial != NULL; trial = next) {
		next = trial->next;
		trial->recipe->kind->cancel(trial->probe);
		trial_free(trial);
	}
	free(trials->outbox);
	free(trials);
}
