#include "prober/check.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "prober/burst.h"
#include "prober/process.h"
#include "prober/recipe.h"
#include "prober/schedule.h"
#include "probes/probe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	HOLD_MS = 5000,        /* the references have so long to say something */
	REFERENCE_GAP_MS = 10, /* and are asked no more often */
};

enum check_state { CHECK_WAITING, CHECK_QUEUED, CHECK_ASKING, CHECK_HELD, CHECK_TELLING };

struct check {
	struct turn turn; /* first: who has the one has the other */
	struct crew *crew;
	struct recipe *recipe;
	struct probe_target target;
	char *host;
	void *probe; /* the kind's */
	uint32_t id, phase;
	enum check_state state;
	struct check_rule rule;
	struct health health; /* where it stands as we saw it: it chooses the interval, no more */
	span_t interval;      /* one of the rule's */
	mono_t slot, due;     /* of the attempt that is waited for or under way */
	mono_t home;          /* the last slot that was one of a steady interval */
	bool astray;          /* `slot` is not */
	mono_t deadline;
	struct finding finding;
	struct watch *timer;   /* for `due`, then for `deadline`, then for the end of a hold */
	struct sentry *sentry; /* NULL: none is wanted */
	struct burst burst;
	size_t reference;             /* its number in the vantage; REFERENCES_MAX: it is none */
	struct check *before, *after; /* in a line */
	struct check *chain;
	struct report report;
};

static void line_add(struct check_line *line, struct check *check)
{
	check->before = line->last;
	check->after = NULL;
	if (line->last != NULL)
		line->last->after = check;
	else
		line->first = check;
	line->last = check;
}

static void line_remove(struct check_line *line, struct check *check)
{
	if (check->before != NULL)
		check->before->after = check->after;
	else
		line->first = check->after;
	if (check->after != NULL)
		check->after->before = check->before;
	else
		line->last = check->before;
	check->before = check->after = NULL;
}

static mono_t later(mono_t a, mono_t b) { return a.ns > b.ns ? a : b; }

static void wait_for_slot(struct check *check, mono_t slot, mono_t now)
{
	check->state = CHECK_WAITING;
	check->slot = slot;
	/* Lateness counts from when it could have begun: a slow attempt is no fault of ours. */
	check->due = later(now, schedule_due(slot, check->interval, crew_roll(check->crew)));
	watch_again(check->timer, check->due);
}

/* ---- when ---- */

/* `fast` while a row against the state goes on, `down` while it is DOWN, else `every`. */
static span_t pace(const struct check *check)
{
	return check->health.streak > 0             ? check->rule.fast
	       : check->health.known == HEALTH_DOWN ? check->rule.down
						    : check->rule.every;
}

/* Out of its slots. */
static void hurry(struct check *check, mono_t due, mono_t now)
{
	check->state = CHECK_WAITING;
	check->astray = true;
	check->slot = check->due = later(now, due);
	watch_again(check->timer, check->due);
}

/* Whether it is a reference that somebody waits for. */
static bool awaited(const struct check *check)
{
	const struct check *const held = check->crew->held.last;
	return check->reference < REFERENCES_MAX && held != NULL &&
	       vantage_awaits(&check->crew->vantage, check->reference, held->report.ended);
}

static mono_t soon(const struct check *reference)
{
	return mono_after(reference->report.started, span_ms(REFERENCE_GAP_MS));
}

static void go_on(struct check *check, mono_t now)
{
	const span_t was = check->interval;
	check->interval = pace(check);
	if (check->burst.on) {
		hurry(check, mono_after(now, burst_gap(&check->burst)), now);
		return;
	}
	if (awaited(check)) {
		hurry(check, soon(check), now);
		return;
	}
	mono_t next = schedule_next(check->slot, check->interval, now);
	if (check->health.streak > 0) {
		check->astray = true;
	} else {
		if (check->astray || was.ns != check->interval.ns)
			next = schedule_home(check->home, check->interval, now);
		check->astray = false;
		check->home = next;
	}
	wait_for_slot(check, next, now);
}

/* ---- what is told ---- */

static void tell(struct check *check)
{
	check->state = CHECK_TELLING; /* the timer may go off meanwhile, for nothing */
	line_add(&check->crew->telling, check);
}

/* What the outcome means for the connection that stands beside the attempts. */
static void post(struct check *check, mono_t now)
{
	if (check->burst.on)
		switch (burst_step(&check->burst, check->report.outcome, check->report.started,
			check->health.known)) {
		case BURST_GOES_ON: break;
		case BURST_EXCUSED: sentry_excuse(check->sentry, now); break;
		case BURST_CONFIRMED:
		case BURST_OPEN: sentry_dismiss(check->sentry); break;
		}
	if (check->sentry == NULL)
		return;
	if (check->health.known == HEALTH_DOWN)
		sentry_dismiss(check->sentry);
	else if (check->report.outcome == PROBE_PASS)
		sentry_post(check->sentry, check->rule.timeout, now);
}

/* The outcome stands. */
static void settle(struct check *check, mono_t now)
{
	const struct health_rule rule = {.rise = check->rule.rise, .fall = check->rule.fall};
	check->health = health_step(&rule, check->health, check->report.outcome, now);
	post(check, now);
	tell(check);
}

/* ---- failures that wait for the references ---- */

/* `word`: as it was decided; VANTAGE_ASK: it was not, and there is no more time. */
static void decide(struct check *check, enum vantage_word word, mono_t now)
{
	if (word != VANTAGE_GOOD) {
		check->report.outcome = PROBE_NO_VERDICT;
		check->report.fault = FAULT_VANTAGE;
		(void)snprintf(check->report.why, sizeof check->report.why,
			word == VANTAGE_DOUBTED ? "the references do not answer either"
						: "the references have not answered in time");
	}
	settle(check, now);
}

static void release(struct check *check, enum vantage_word word, mono_t now)
{
	line_remove(&check->crew->held, check);
	decide(check, word, now);
}

static void review(struct crew *crew, mono_t now)
{
	for (struct check *c = crew->held.first, *after; c != NULL; c = after) {
		after = c->after;
		const enum vantage_word word =
			vantage_judge(&crew->vantage, c->report.started, c->report.ended);
		if (word != VANTAGE_ASK)
			release(c, word, now);
	}
	const bool doubted = vantage_doubted(&crew->vantage);
	crew->news |= doubted != crew->doubted;
	crew->doubted = doubted;
}

/* A failure that speaks against the state is told when the references have answered since. */
static void vouch(struct check *check, mono_t now)
{
	struct crew *const crew = check->crew;
	const enum vantage_word word =
		vantage_judge(&crew->vantage, check->report.started, check->report.ended);
	const bool agrees = check->health.known == HEALTH_DOWN;
	if (word != VANTAGE_ASK || agrees) {
		decide(check, word == VANTAGE_ASK ? VANTAGE_GOOD : word, now);
		return;
	}
	check->state = CHECK_HELD;
	line_add(&crew->held, check);
	watch_again(check->timer, mono_after(now, span_ms(HOLD_MS)));
	for (size_t i = 0; i < REFERENCES_MAX; i++) {
		struct check *const r = crew->references[i];
		if (r != NULL && r->state == CHECK_WAITING && awaited(r))
			hurry(r, soon(r), now);
	}
}

/* ---- asking ---- */

static void on_done(void *cookie, const struct probe_report *report);

static void ask(struct check *check)
{
	struct crew *const crew = check->crew;
	const mono_t now = clock_mono(); /* many may have begun since the loop woke up */
	const span_t late = mono_between(check->due, now);
	lateness_began(&crew->lateness, late);
	check->state = CHECK_ASKING;
	check->report = (struct report){.kind = REPORT_OUTCOME,
		.id = check->id,
		.started = now,
		.late_us = lateness_us(late)};
	check->deadline = mono_after(now, check->target.timeout);
	crew->attempts++;
	crew_pulse(crew, now);
	watch_again(check->timer, check->deadline);
	check->recipe->kind->start(check->probe, on_done, check);
	if (!lateness_presses(&crew->lateness, now))
		process_give_way();
}

/* Whoever waited for room may ask. */
static void next_turns(struct crew *crew)
{
	crew_count(crew);
	for (struct turn *turn; (turn = turns_next(&crew->turns)) != NULL;)
		ask((struct check *)turn);
}

static void end(struct check *check, const struct probe_report *report, mono_t now)
{
	struct crew *const crew = check->crew;
	check->report.ended = now;
	check->report.outcome = report->outcome;
	check->report.fault = report->fault;
	check->report.age = report->age;
	_Static_assert(sizeof check->report.why == sizeof report->why, "a reason fits");
	memcpy(check->report.why, report->why, sizeof report->why);
	_Static_assert(sizeof check->report.value == sizeof report->value, "a value fits");
	memcpy(check->report.value, report->value, sizeof report->value);
	turns_over(&crew->turns, &check->turn);
	if (check->reference < REFERENCES_MAX) {
		vantage_note(&crew->vantage, check->reference, check->report.started,
			report->outcome, report->fault, now);
		settle(check, now);
		review(crew, now);
	} else if (report->outcome == PROBE_FAIL) {
		vouch(check, now);
	} else {
		settle(check, now);
	}
	next_turns(crew);
}

/* What was read is kept, and an attempt that passed may fail by it. */
static void end_by_value(struct check *check, const struct probe_report *said, mono_t now)
{
	struct probe_report judged = *said;
	if (said->value[0] != '\0')
		check->finding = finding_step(check->finding, said->value, said->age, now);
	if (said->outcome == PROBE_PASS &&
		!limits_kept(&check->rule.limits, said->value, &check->finding, now, judged.why,
			sizeof judged.why))
		judged.outcome = PROBE_FAIL;
	end(check, &judged, now);
}

/* What a late prober has seen is worth nothing; see lateness_spoils(). */
static void judge(
	struct check *check, const struct probe_report *said, enum attempt_end how, mono_t now)
{
	static const struct probe_report late = {
		.outcome = PROBE_NO_VERDICT, .fault = FAULT_LATE, .why = "prober was late"};
	const span_t timeout = mono_between(check->report.started, check->deadline);
	crew_wake(check->crew);
	const bool spoilt =
		lateness_spoils(&check->crew->lateness, how, check->report.started, timeout, now);
	if (spoilt && said->outcome != PROBE_NO_VERDICT)
		end(check, &late, now);
	else
		end_by_value(check, said, now);
}

static void on_done(void *cookie, const struct probe_report *report)
{
	struct check *const check = cookie;
	judge(check, report, ATTEMPT_ANSWERED, loop_now(check->crew->loop));
}

static void time_is_up(struct check *check, mono_t now)
{
	static const struct probe_report timed_out = {.outcome = PROBE_FAIL, .why = "timed out"};
	lateness_note(&check->crew->lateness, mono_between(check->deadline, now), now);
	check->recipe->kind->cancel(check->probe);
	judge(check, &timed_out, ATTEMPT_TIMED_OUT, now);
}

static void take_turn(struct check *check, mono_t now)
{
	struct crew *const crew = check->crew;
	lateness_note(&crew->lateness, mono_between(check->due, now), now);
	crew_count(crew);
	if (schedule_overslept(check->due, check->interval, now))
		go_on(check, now);
	else if (turns_take(&crew->turns, &check->turn))
		ask(check);
	else
		check->state = CHECK_QUEUED;
}

static void on_timer(void *cookie, mono_t now)
{
	struct check *const check = cookie;
	switch (check->state) {
	case CHECK_WAITING: take_turn(check, now); return;
	case CHECK_ASKING: time_is_up(check, now); return;
	case CHECK_HELD: release(check, VANTAGE_ASK, now); return;
	case CHECK_QUEUED: /* as in CHECK_TELLING, the one it was set for is over */
	case CHECK_TELLING: return;
	}
}

/* The connection that stood to it has ended: it is asked at once, whatever its slot. */
static void on_sentry(void *cookie, mono_t now)
{
	struct check *const check = cookie;
	check->burst = burst_begin(now);
	if (check->state == CHECK_WAITING)
		hurry(check, now, now);
}

/* ---- coming and going ---- */

/* What of the rule has things of its own. */
static void equip(struct check *check)
{
	struct crew *const crew = check->crew;
	if (check->rule.watch && check->sentry == NULL)
		check->sentry = sentry_new(
			crew->loop, &crew->sentries, &check->target.address, on_sentry, check);
	if (!check->rule.watch && check->sentry != NULL) {
		sentry_free(check->sentry);
		check->sentry = NULL;
		check->burst = (struct burst){.on = false};
	}
	if (check->rule.reference && check->reference == REFERENCES_MAX) {
		check->reference = vantage_join(&crew->vantage);
		if (check->reference < REFERENCES_MAX)
			crew->references[check->reference] = check;
	}
}

static void unequip(struct check *check)
{
	struct crew *const crew = check->crew;
	sentry_free(check->sentry);
	if (check->reference == REFERENCES_MAX)
		return;
	crew->references[check->reference] = NULL;
	vantage_leave(&crew->vantage, check->reference);
	review(crew, loop_now(crew->loop));
}

struct check *check_new(struct crew *crew, uint32_t id, struct recipe *recipe, void *shared,
	const struct address *address, const char *host, size_t host_len,
	const struct check_rule *rule)
{
	struct check *const check = mem_new(sizeof *check);
	const mono_t now = loop_now(crew->loop);
	check->crew = crew;
	check->recipe = recipe;
	check->host = mem_new(host_len + 1);
	memcpy(check->host, host, host_len);
	check->target = (struct probe_target){
		.address = *address, .host = check->host, .timeout = rule->timeout};
	check->id = id;
	check->rule = *rule;
	check->interval = rule->every;
	check->phase = schedule_phase(crew->start, crew->begun++);
	check->probe = recipe->kind->open(shared, &check->target, recipe->options);
	check->timer = loop_at(crew->loop, now, on_timer, check);
	check->reference = REFERENCES_MAX;
	turns_join(&crew->turns, &check->turn, address);
	equip(check);
	check->home = schedule_first(now, check->interval, check->phase);
	wait_for_slot(check, check->home, now);
	return check;
}

uint32_t check_id(const struct check *check) { return check->id; }

struct recipe *check_recipe(const struct check *check) { return check->recipe; }

const struct probe_target *check_target(const struct check *check) { return &check->target; }

const struct limits *check_limits(const struct check *check) { return &check->rule.limits; }

const struct finding *check_finding(const struct check *check) { return &check->finding; }

void check_change(struct check *check, const struct check_rule *rule)
{
	const mono_t now = loop_now(check->crew->loop);
	const span_t was = check->interval;
	check->rule = *rule;
	check->target.timeout = rule->timeout; /* from the next attempt on */
	equip(check);
	if (check->state != CHECK_WAITING || pace(check).ns == was.ns)
		return;
	check->interval = pace(check);
	check->home = schedule_change(check->slot, was, check->interval, now, check->phase);
	check->astray = false;
	wait_for_slot(check, check->home, now);
}

const struct report *check_report(const struct check *check) { return &check->report; }

struct check *check_after(const struct check *check) { return check->after; }

void check_told(struct check *check)
{
	assert(check->state == CHECK_TELLING);
	line_remove(&check->crew->telling, check);
	const mono_t now = loop_now(check->crew->loop);
	go_on(check, now);
}

void check_free(struct check *check)
{
	if (check == NULL)
		return;
	struct crew *const crew = check->crew;
	switch (check->state) {
	case CHECK_WAITING: break;
	case CHECK_QUEUED: turns_cancel(&crew->turns, &check->turn); break;
	case CHECK_ASKING:
		check->recipe->kind->cancel(check->probe);
		turns_over(&crew->turns, &check->turn);
		break;
	case CHECK_HELD: line_remove(&crew->held, check); break;
	case CHECK_TELLING: line_remove(&crew->telling, check); break;
	}
	turns_leave(&crew->turns, &check->turn);
	unequip(check);
	check->recipe->kind->close(check->probe);
	watch_free(check->timer);
	free(check->host);
	free(check);
	next_turns(crew);
}

struct check **check_chain(struct check *check) { return &check->chain; }
