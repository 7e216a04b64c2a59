#include "prober/check.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "prober/recipe.h"
#include "prober/schedule.h"
#include "probes/probe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { PULSE_MS = 10 };

enum check_state { CHECK_WAITING, CHECK_QUEUED, CHECK_ASKING, CHECK_TELLING };

struct check {
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
	mono_t home;          /* the last slot of an interval that was not `fast` */
	mono_t deadline;
	struct finding finding;
	struct watch *timer;          /* for `due`, then for `deadline` */
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
	line->n++;
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
	line->n--;
}

static uint32_t roll(struct crew *crew) /* xorshift32: jitter needs no more */
{
	uint32_t x = crew->dice;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return crew->dice = x;
}

static mono_t later(mono_t a, mono_t b) { return a.ns > b.ns ? a : b; }

static void wait_for_slot(struct check *check, mono_t slot, mono_t now)
{
	check->state = CHECK_WAITING;
	check->slot = slot;
	/* Lateness counts from when it could have begun: a slow attempt is no fault of ours. */
	check->due = later(now, schedule_due(slot, check->interval, roll(check->crew)));
	watch_again(check->timer, check->due);
}

/* `fast` while a row against the state goes on, `down` while it is DOWN, else `every`. */
static span_t pace(const struct check *check)
{
	return check->health.streak > 0             ? check->rule.fast
	       : check->health.known == HEALTH_DOWN ? check->rule.down
						    : check->rule.every;
}

static void go_on(struct check *check, mono_t now)
{
	const span_t was = check->interval;
	const bool fast = check->health.streak > 0;
	check->interval = pace(check);
	const mono_t next = fast || was.ns == check->interval.ns
				    ? schedule_next(check->slot, check->interval, now)
				    : schedule_home(check->home, check->interval, now);
	if (!fast)
		check->home = next;
	wait_for_slot(check, next, now);
}

static void on_pulse(void *cookie, mono_t now)
{
	struct crew *const crew = cookie;
	lateness_note(&crew->lateness, mono_between(crew->pulse_due, now), now);
	crew->pulse_due = (mono_t){0};
	if (crew->asking == 0)
		return;
	crew->pulse_due = mono_after(now, span_ms(PULSE_MS));
	watch_again(crew->pulse, crew->pulse_due);
}

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
	crew->asking++;
	if (crew->pulse_due.ns == 0) {
		crew->pulse_due = mono_after(now, span_ms(PULSE_MS));
		watch_again(crew->pulse, crew->pulse_due);
	}
	watch_again(check->timer, check->deadline);
	check->recipe->kind->start(check->probe, on_done, check);
}

/* An attempt is over: there is room for the one who waited longest. */
static void make_room(struct crew *crew)
{
	assert(crew->asking > 0);
	crew->asking--;
	while (crew->asking < crew->most && crew->queue.first != NULL) {
		struct check *const next = crew->queue.first;
		line_remove(&crew->queue, next);
		ask(next);
	}
}

static void end(struct check *check, const struct probe_report *report, mono_t now)
{
	check->report.ended = now;
	check->report.outcome = report->outcome;
	check->report.fault = report->fault;
	check->report.age = report->age;
	_Static_assert(sizeof check->report.why == sizeof report->why, "a reason fits");
	memcpy(check->report.why, report->why, sizeof report->why);
	_Static_assert(sizeof check->report.value == sizeof report->value, "a value fits");
	memcpy(check->report.value, report->value, sizeof report->value);
	const struct health_rule rule = {.rise = check->rule.rise, .fall = check->rule.fall};
	check->health = health_step(&rule, check->health, report->outcome, now);
	check->state = CHECK_TELLING;
	watch_pause(check->timer);
	line_add(&check->crew->telling, check);
	make_room(check->crew);
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

static void on_timer(void *cookie, mono_t now)
{
	struct check *const check = cookie;
	struct crew *const crew = check->crew;
	static const struct probe_report timed_out = {.outcome = PROBE_FAIL, .why = "timed out"};
	if (check->state == CHECK_ASKING) {
		lateness_note(&crew->lateness, mono_between(check->deadline, now), now);
		check->recipe->kind->cancel(check->probe);
		judge(check, &timed_out, ATTEMPT_TIMED_OUT, now);
		return;
	}
	assert(check->state == CHECK_WAITING);
	lateness_note(&crew->lateness, mono_between(check->due, now), now);
	if (schedule_overslept(check->due, check->interval, now))
		go_on(check, now);
	else if (crew->asking < crew->most)
		ask(check);
	else {
		check->state = CHECK_QUEUED;
		line_add(&crew->queue, check);
	}
}

void crew_begin(struct crew *crew, struct loop *loop, uint32_t dice, size_t most)
{
	*crew = (struct crew){.loop = loop, .most = most, .start = dice, .dice = dice | 1};
	crew->pulse = loop_at(loop, loop_now(loop), on_pulse, crew);
	watch_pause(crew->pulse);
}

void crew_end(struct crew *crew)
{
	assert(crew->asking == 0 && crew->queue.first == NULL && crew->telling.first == NULL);
	watch_free(crew->pulse);
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
	if (check->state != CHECK_WAITING || pace(check).ns == was.ns)
		return;
	check->interval = pace(check);
	check->home = schedule_change(check->slot, was, check->interval, now, check->phase);
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
	switch (check->state) {
	case CHECK_WAITING: break;
	case CHECK_QUEUED: line_remove(&check->crew->queue, check); break;
	case CHECK_ASKING:
		check->recipe->kind->cancel(check->probe);
		make_room(check->crew);
		break;
	case CHECK_TELLING: line_remove(&check->crew->telling, check); break;
	}
	check->recipe->kind->close(check->probe);
	watch_free(check->timer);
	free(check->host);
	free(check);
}

struct check **check_chain(struct check *check) { return &check->chain; }
