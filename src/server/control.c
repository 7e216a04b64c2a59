#include "server/control.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "responder/publish.h"
#include "server/beats.h"
#include "server/commands.h"
#include "server/facts.h"
#include "server/recall.h"
#include "server/serve.h"
#include "server/tryouts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CATCH_UP_MS = 1000, VERDICT_LINES_MAX = 20, NAMES_ROOM = 512 };

struct control {
	struct loop *loop;
	mono_t started;
	struct load *load;
	struct engine *engine;
	struct effects effects; /* of this loop turn */
	struct serve *serve;
	struct journal *journal;
	bool urgent; /* what this turn changes is durable already */
	struct watch *catch_up;
	struct child *child;
	struct child_events child_events;
	struct tryouts *tryouts;
	struct beats *beats;
	struct beats_events beats_events;
	struct watch *timer; /* engine_next() */
	struct outcomes *outcomes;
	uint64_t switches, reloads, reloads_refused;
};

static uint32_t unix_now(void) { return (uint32_t)(clock_wall_ns() / 1000000000); }

/* ---- saying what happened ---- */

static const char *names(const struct policy *policy, const struct policy_service *service,
	const struct endpoint_set *on, char room[NAMES_ROOM])
{
	size_t used = 0;
	room[0] = '\0';
	for (uint32_t e = 0; e < service->n && used + 64 < NAMES_ROOM; e++)
		if (endpoint_has(on, e))
			used += (size_t)snprintf(room + used, NAMES_ROOM - used, "%s%.48s",
				used > 0 ? "," : "", policy->endpoints[service->first + e].name);
	return used > 0 ? room : "-";
}

/* The first check of an endpoint that is in `state`; -1: none. */
static int64_t check_in(
	const struct engine_facts *facts, uint32_t endpoint, enum health_state state)
{
	const struct policy_endpoint *const e = &facts->policy->endpoints[endpoint];
	for (uint32_t i = e->first; i < e->first + e->n; i++)
		if (facts->checks[facts->policy->uses[i]].state == state)
			return facts->policy->uses[i];
	return -1;
}

/* Why nothing is known of a check: never what its endpoint said before. */
static const char *why_unknown(const struct control *control, const struct last_outcome *last)
{
	if (control->child == NULL || child_facts(control->child).state != CHILD_RUNNING)
		return "no prober";
	return last->outcome == PROBE_NO_VERDICT && last->why[0] != '\0' ? last->why
									 : "nothing heard of it";
}

/* ` probe=web why="status 503"` of the check that made an endpoint what it is, or nothing. */
static const char *cause(const struct control *control, const struct engine_facts *facts,
	uint32_t endpoint, char *room, size_t size)
{
	const enum health_state state = facts->endpoints[endpoint].state;
	const int64_t check = state == HEALTH_UP ? -1 : check_in(facts, endpoint, state);
	room[0] = '\0';
	if (check >= 0) {
		char why[2 * REPORT_WHY_MAX];
		const struct last_outcome *const last = &outcomes_last(control->outcomes)[check];
		const char *const text =
			state == HEALTH_UNKNOWN ? why_unknown(control, last) : last->why;
		(void)snprintf(room, size, " probe=%s why=\"%s\"",
			facts->policy->checks[check].probe,
			text_escape(text, strlen(text), why, sizeof why));
	}
	return room;
}

static void say_verdict(struct minutes *minutes, const struct control *control,
	const struct engine_facts *facts, const struct effect *effect)
{
	const struct policy_endpoint *const endpoint = &facts->policy->endpoints[effect->subject];
	char room[3 * REPORT_WHY_MAX];
	minutes_add(minutes, effect->is == HEALTH_DOWN ? LOG_LINE_WARNING : LOG_LINE_INFO,
		"service=%s endpoint=%s state=%s was=%s%s",
		facts->policy->services[endpoint->service].name, endpoint->name,
		fact_health(effect->is), fact_health(effect->was),
		cause(control, facts, effect->subject, room, sizeof room));
}

static void say_switch(struct minutes *minutes, const struct control *control,
	const struct engine_facts *facts, const struct effect *effect)
{
	const struct policy_service *const service = &facts->policy->services[effect->subject];
	char from[NAMES_ROOM], to[NAMES_ROOM], why[3 * REPORT_WHY_MAX] = "";
	for (uint32_t e = 0; e < service->n && why[0] == '\0'; e++)
		if (endpoint_has(&effect->from, e) && !endpoint_has(&effect->pick.on, e))
			(void)cause(control, facts, service->first + e, why, sizeof why);
	const enum log_level level = effect->pick.by == PICK_NONE_LEFT  ? LOG_LINE_ERROR
				     : effect->pick.by == PICK_FAILOVER ? LOG_LINE_WARNING
									: LOG_LINE_INFO;
	minutes_add(minutes, level,
		"service=%s from=%s to=%s rule=%s number=%d%s ttl=%lld generation=%llu",
		service->name, names(facts->policy, service, &effect->from, from),
		names(facts->policy, service, &effect->pick.on, to),
		pick_reason_text(effect->pick.by), (int)effect->pick.by, why,
		(long long)(pick_ttl(&service->rule, &effect->pick).ns / 1000000000),
		(unsigned long long)view_generation(serve_view(control->serve)));
}

static void say_stuck(
	struct minutes *minutes, const struct engine_facts *facts, const struct effect *effect)
{
	const struct policy_service *const service = &facts->policy->services[effect->subject];
	char on[NAMES_ROOM];
	minutes_add(minutes, LOG_LINE_ERROR, "service=%s rule=%s number=%d answers=%s why=\"%s\"",
		service->name, pick_reason_text(effect->pick.reason), (int)effect->pick.reason,
		names(facts->policy, service, &effect->pick.on, on),
		fact_rule(effect->pick.reason));
}

static void say_trickle(const struct engine_facts *facts, const struct effect *effect)
{
	const struct policy_service *const service = &facts->policy->services[effect->subject];
	char to[NAMES_ROOM];
	log_line(LOG_LINE_INFO, "service=%s trickle=%s", service->name,
		names(facts->policy, service, &effect->pick.trickle, to));
}

static void say_over(
	struct minutes *minutes, const struct engine_facts *facts, const struct effect *effect)
{
	const struct policy *const policy = facts->policy;
	if (effect->of_service)
		minutes_add(minutes, LOG_LINE_INFO, "service=%s decree=over",
			policy->services[effect->subject].name);
	else
		minutes_add(minutes, LOG_LINE_INFO, "service=%s endpoint=%s decree=over",
			policy->services[policy->endpoints[effect->subject].service].name,
			policy->endpoints[effect->subject].name);
}

/* ... and counts it. */
static struct minutes say_effects(struct control *control, const struct engine_facts *facts)
{
	struct minutes all = {0}, *const minutes = &all;
	size_t verdicts = 0;
	for (size_t i = 0; i < control->effects.n; i++) {
		const struct effect *const effect = &control->effects.list[i];
		switch (effect->kind) {
		case EFFECT_VERDICT:
			if (verdicts++ < VERDICT_LINES_MAX)
				say_verdict(minutes, control, facts, effect);
			break;
		case EFFECT_SWITCH:
			control->switches++;
			say_switch(minutes, control, facts, effect);
			break;
		case EFFECT_STUCK: say_stuck(minutes, facts, effect); break;
		case EFFECT_TRICKLE: say_trickle(facts, effect); break;
		case EFFECT_OVER: say_over(minutes, facts, effect); break;
		case EFFECT_HEALTH: /* the verdict it leads to is said */
		case EFFECT_TTL:
		case EFFECT_ROLE: break; /* and so is the switch or decree it comes with */
		}
	}
	if (verdicts > VERDICT_LINES_MAX)
		minutes_add(minutes, LOG_LINE_INFO,
			"endpoints=%zu: more changed state at once; the status has them",
			verdicts - VERDICT_LINES_MAX);
	return all;
}

/* ---- doing it ---- */

/* Moves the records of every service that was switched in this turn. */
static void move_records(struct control *control, struct engine_facts facts)
{
	uint32_t *const services = mem_list(control->effects.n, sizeof *services);
	size_t n = 0;
	for (size_t i = 0; i < control->effects.n; i++)
		if (control->effects.list[i].kind == EFFECT_SWITCH ||
			control->effects.list[i].kind == EFFECT_TRICKLE ||
			control->effects.list[i].kind == EFFECT_TTL)
			services[n++] = control->effects.list[i].subject;
	if (n > 0)
		(void)serve_switch(control->serve, services, n, facts, unix_now());
	free(services);
}

static void set_timer(struct control *control)
{
	const mono_t next = engine_next(control->engine);
	if (next.ns != 0)
		watch_again(control->timer, next);
}

static void settle(void *cookie, mono_t now)
{
	struct control *const control = cookie;
	(void)now;
	if (control->effects.n > 0) {
		const struct engine_facts facts = engine_facts(control->engine);
		move_records(control, facts);
		struct minutes minutes = say_effects(control, &facts);
		journal_turn(control->journal, control->load->conf, facts, &control->effects,
			serve_view(control->serve), &minutes, control->urgent);
		control->effects.n = 0;
		control->urgent = false;
	}
	set_timer(control);
}

static void step(struct control *control, struct event event, mono_t now)
{
	engine_step(control->engine, &event, now, &control->effects);
}

static void time_came(void *cookie, mono_t now)
{
	step(cookie, (struct event){.kind = EVENT_TIME}, now);
}

static void outcome_came(void *cookie, uint32_t check, const struct report *report)
{
	struct control *const control = cookie;
	struct value value = {.read = report->ended, .age = report->age};
	_Static_assert(sizeof value.text == sizeof report->value, "a value fits");
	memcpy(value.text, report->value, sizeof value.text);
	outcomes_note(control->outcomes, check, report);
	step(control,
		(struct event){.kind = EVENT_OUTCOME,
			.check = check,
			.outcome = report->outcome,
			.value = value.text[0] != '\0' ? &value : NULL},
		loop_now(control->loop));
}

static void trial_came(void *cookie, const struct report *report)
{
	const struct control *const control = cookie;
	tryouts_hear(control->tryouts, report);
}

static void went_deaf(void *cookie)
{
	struct control *const control = cookie;
	tryouts_deaf(control->tryouts);
	step(control, (struct event){.kind = EVENT_DEAF}, loop_now(control->loop));
	beats_again(control->beats); /* those are not the prober's */
}

struct control *control_new(struct loop *loop, struct load *first, struct store *store)
{
	struct control *const control = mem_new(sizeof *control);
	const mono_t now = loop_now(loop);
	control->loop = loop;
	control->started = now;
	control->load = first;
	control->outcomes = outcomes_new(&first->conf->policy);
	control->engine = engine_new(&first->conf->policy, now, &control->effects);
	control->serve = serve_new();
	if (store != NULL)
		recall(store, control->engine, control->serve, now, &control->effects);
	(void)serve_adopt(control->serve, first->base, first->records,
		engine_facts(control->engine), unix_now());
	control->effects.n = 0; /* the first picks are what was just taken on */
	control->journal = journal_new(loop, NULL);
	view_unref(journal_publish(control->journal, serve_view(control->serve)));

	control->timer = loop_at(loop, mono_after(now, span_ms(0)), time_came, control);
	loop_after_turn(loop, settle, control);
	return control;
}

void control_watch(struct control *control, int beats_fd)
{
	control->beats_events = (struct beats_events){control, outcome_came};
	control->beats = beats_new(control->loop, beats_fd, &control->beats_events);
	beats_adopt(control->beats, control->load);
	control->child_events = (struct child_events){
		.cookie = control, .outcome = outcome_came, .trial = trial_came, .deaf = went_deaf};
	control->tryouts = tryouts_new();
	control->child = child_new(control->loop, &control->child_events);
	child_adopt(control->child, control->load->conf);
}

void control_try(struct control *control, struct session *session, const struct tryout_names *names)
{
	tryouts_begin(control->tryouts, control->child, control->load->conf, session, names);
}

/* ---- the journal ---- */

static void catch_up(void *cookie, mono_t now)
{
	struct control *const control = cookie;
	journal_catch_up(control->journal, control->load->conf, engine_facts(control->engine),
		serve_view(control->serve));
	watch_again(control->catch_up, mono_after(now, span_ms(CATCH_UP_MS)));
}

void control_keep(struct control *control, struct keeper *keeper)
{
	journal_free(control->journal);
	control->journal = journal_new(control->loop, keeper);
	control->catch_up = loop_at(control->loop,
		mono_after(loop_now(control->loop), span_ms(CATCH_UP_MS)), catch_up, control);
	journal_say(control->journal, "start", "", LOCUM_VERSION);
}

void control_kept(struct control *control, const struct kept *kept)
{
	journal_kept(control->journal, kept);
}

size_t control_beat(struct control *control, const char *name, const char *value)
{
	return beats_take(control->beats, name, value);
}

struct load *control_load(const struct control *control) { return control->load; }

/* ---- reload ---- */

struct leavings control_adopt(struct control *control, struct load *next)
{
	settle(control, loop_now(control->loop)); /* what is pending speaks of the old policy */
	struct leavings leavings = {.load = control->load};
	outcomes_adopt(control->outcomes, &control->load->conf->policy, &next->conf->policy);
	engine_adopt(
		control->engine, &next->conf->policy, loop_now(control->loop), &control->effects);
	control->load = next;
	control->reloads++;
	if (serve_adopt(control->serve, next->base, next->records, engine_facts(control->engine),
		    unix_now()))
		leavings.view = journal_publish(control->journal, serve_view(control->serve));
	child_adopt(control->child, next->conf);
	beats_adopt(control->beats, next);

	const struct engine_facts facts = engine_facts(control->engine);
	struct minutes minutes = say_effects(control, &facts);
	journal_turn(control->journal, next->conf, facts, &control->effects,
		serve_view(control->serve), &minutes, true);
	journal_say(control->journal, "reload", "", next->conf->path);
	control->effects.n = 0;
	return leavings;
}

void control_refused(struct control *control) { control->reloads_refused++; }

/* ---- the operator's word ---- */

void control_decree(struct control *control, const struct decreed *decreed)
{
	for (size_t i = 0; i < decreed->n; i++)
		step(control, (struct event){.kind = EVENT_DECREE, .decree = &decreed->list[i]},
			loop_now(control->loop));
	control->urgent = true; /* what the answer says is true when it comes */
	settle(control, loop_now(control->loop));
	session_reply(decreed->session, decreed->answer, strlen(decreed->answer));
}

/* ---- looking at it ---- */

const struct engine *control_engine(const struct control *control) { return control->engine; }

const struct serve *control_serve(const struct control *control) { return control->serve; }

struct snapshot control_glance(const struct control *control)
{
	struct snapshot s = {.now = loop_now(control->loop),
		.wall_ns = clock_wall_ns(),
		.started = control->started,
		.load = control->load,
		.view = serve_view(control->serve),
		.facts = engine_facts(control->engine),
		.last = outcomes_last(control->outcomes),
		.switches = control->switches,
		.reloads = control->reloads,
		.reloads_refused = control->reloads_refused};
	memcpy(s.no_verdicts, outcomes_no_verdicts(control->outcomes), sizeof s.no_verdicts);
	if (control->child != NULL)
		s.child = child_facts(control->child);
	return s;
}

struct snapshot *control_snapshot(const struct control *control)
{
	const struct snapshot glance = control_glance(control);
	struct snapshot *const s = mem_copy(&glance, sizeof glance);
	(void)load_ref(control->load);
	(void)view_ref(s->view);
	s->facts = engine_facts_copy(glance.facts);
	s->last = mem_copy(glance.last, glance.facts.policy->n_checks * sizeof *s->last);
	return s;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	engine_facts_free(&snapshot->facts);
	// NOLINTNEXTLINE(performance-no-int-to-ptr): it is const for those who look, and was copied
	free((void *)(uintptr_t)snapshot->last);
	view_unref(snapshot->view);
	load_unref(snapshot->load);
	free(snapshot);
}

void control_free(struct control *control)
{
	if (control == NULL)
		return;
	child_free(control->child);
	tryouts_free(control->tryouts);
	journal_free(control->journal);
	watch_free(control->catch_up);
	beats_free(control->beats);
	watch_free(control->timer);
	engine_free(control->engine);
	free(control->effects.list);
	view_unref(publish_view(NULL));
	serve_free(control->serve);
	load_unref(control->load);
	outcomes_free(control->outcomes);
	free(control);
}
