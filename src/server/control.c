#include "server/control.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "responder/publish.h"
#include "server/beats.h"
#include "server/commands.h"
#include "server/probers.h"
#include "server/recall.h"
#include "server/recorder.h"
#include "server/serve.h"
#include "server/snapshot.h"
#include "server/tryouts.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TICK_MS = 1000 };

struct on_its_way { /* decrees that the journal does not have yet */
	struct decree *list;
	size_t n;
	struct load *load; /* whose services they name; NULL: there are none */
	struct session *session;
	char *answer;
	bool overtaken; /* another state was written meanwhile, in the place of theirs */
};

struct control {
	struct loop *loop;
	mono_t started;
	struct load *load;
	struct engine *engine;
	struct effects effects; /* of this loop turn */
	struct serve *serve;
	struct journal *journal;
	struct on_its_way on_its_way;
	bool urgent; /* what this turn changes is durable already */
	struct watch *tick;
	struct probers *probers;
	struct child_events child_events;
	struct tryouts *tryouts;
	struct beats *beats;
	struct beats_events beats_events;
	struct watch *timer; /* engine_next() */
	struct outcomes *outcomes;
	struct recorder *recorder;
	uint64_t switches, reloads;
	struct refused_reloads refused;
};

static uint32_t unix_now(void) { return (uint32_t)(clock_wall_ns() / 1000000000); }

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

static struct journal_now now_of(const struct control *control)
{
	return (struct journal_now){.load = control->load,
		.facts = engine_facts(control->engine),
		.view = serve_view(control->serve)};
}

/* The lines for the log, before the effects are done with; counts switches. */
static struct minutes take_minutes(struct control *control)
{
	const struct snapshot glance = control_glance(control);
	for (size_t i = 0; i < control->effects.n; i++)
		control->switches += control->effects.list[i].kind == EFFECT_SWITCH;
	return minutes_of(&glance, &control->effects);
}

static void settle(void *cookie, mono_t now)
{
	struct control *const control = cookie;
	(void)now;
	if (control->effects.n > 0) {
		move_records(control, engine_facts(control->engine));
		journal_hurry(control->journal, serve_view(control->serve), &control->effects,
			control->urgent);
		struct minutes minutes = take_minutes(control);
		const struct journal_now is = now_of(control);
		control->on_its_way.overtaken |= keeping_wants(&control->effects);
		journal_turn(control->journal, &is, &control->effects, &minutes, control->urgent);
		control->effects.n = 0;
	}
	control->urgent = false;
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
	recorder_note(control->recorder, check, report->outcome, report->ended);
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

static void went_deaf(void *cookie, const uint32_t checks[], size_t n)
{
	struct control *const control = cookie;
	tryouts_deaf(control->tryouts);
	step(control, (struct event){.kind = EVENT_DEAF, .deaf = checks, .n_deaf = n},
		loop_now(control->loop));
}

struct control *control_new(struct loop *loop, struct load *first, struct store *store)
{
	struct control *const control = mem_new(sizeof *control);
	const mono_t now = loop_now(loop);
	control->loop = loop;
	control->started = now;
	control->load = first;
	control->outcomes = outcomes_new(&first->conf->policy);
	control->recorder = recorder_new(&first->conf->policy);
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
	control->probers = probers_new(control->loop, &control->child_events);
	probers_adopt(control->probers, control->load->conf);
}

void control_try(struct control *control, struct session *session, const struct tryout_names *names)
{
	tryouts_begin(control->tryouts, control->probers, control->load->conf, session, names);
}

/* ---- the journal ---- */

static void give_runs(struct control *control, enum recorder_part part, const char *line)
{
	struct keeping *const keeping = keeping_new(control->load, loop_now(control->loop));
	keeping->n_runs = recorder_take(
		control->recorder, part, keeping->wall, keeping->arena, &keeping->runs);
	if (line != NULL) {
		keeping_line(keeping, line, "", LOCUM_VERSION);
		keeping_seal(keeping, serve_view(control->serve));
	}
	if (line != NULL || keeping->n_runs > 0)
		journal_runs(control->journal, keeping);
	else
		keeping_free(keeping);
}

void control_record(struct control *control) { give_runs(control, RECORDER_ALL, NULL); }

static void tick(void *cookie, mono_t now)
{
	struct control *const control = cookie;
	const struct journal_now is = now_of(control);
	journal_tick(control->journal, &is);
	if (recorder_is_due(control->recorder, now))
		give_runs(control, RECORDER_SOME, NULL);
	watch_again(control->tick, mono_after(now, span_ms(TICK_MS)));
}

void control_keep(struct control *control, struct keeper *keeper)
{
	journal_free(control->journal);
	control->journal = journal_new(control->loop, keeper);
	control->tick = loop_at(control->loop,
		mono_after(loop_now(control->loop), span_ms(TICK_MS)), tick, control);
	const struct journal_now is = now_of(control);
	journal_whole(control->journal, &is, "start", LOCUM_VERSION, control->started);
}

void control_kept(struct control *control, struct kept *kept)
{
	journal_kept(control->journal, kept);
}

void control_suspect(struct control *control, const char *why)
{
	journal_suspect(control->journal, why);
}

static void restore_kept(void *cookie, const char *error)
{
	if (cookie != NULL && error != NULL)
		session_fail(cookie,
			"restored, but the journal could not keep it: %s. A crash now may undo it",
			error);
	else if (cookie != NULL)
		session_done(cookie, "restored: the services are as they were then");
}

void control_restore(struct control *control, const struct store_memory *memory, const char *from,
	struct session *session)
{
	settle(control, loop_now(control->loop));
	if (recall_serials(control->serve, memory->serials, memory->n_serials, unix_now()))
		view_unref(journal_publish(control->journal, serve_view(control->serve)));
	(void)recall_states(control->engine, memory->states, memory->n_states,
		loop_now(control->loop), &control->effects);
	control->urgent = true;
	settle(control, loop_now(control->loop));
	control->on_its_way.overtaken = true; /* the whole state is, also where nothing switched */
	const struct journal_now is = now_of(control);
	log_line(LOG_LINE_WARNING, "restored services=%zu", memory->n_states);
	journal_after(control->journal, &is, "restore", from, restore_kept, session);
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
	recorder_adopt(control->recorder, &next->conf->policy);
	give_runs(control, RECORDER_ENDED, NULL);
	outcomes_adopt(control->outcomes, &control->load->conf->policy, &next->conf->policy);
	engine_adopt(
		control->engine, &next->conf->policy, loop_now(control->loop), &control->effects);
	control->load = next;
	control->reloads++;
	control->refused.errors = 0;
	if (serve_adopt(control->serve, next->base, next->records, engine_facts(control->engine),
		    unix_now()))
		leavings.view = journal_publish(control->journal, serve_view(control->serve));
	if (probers_adopt(control->probers, next->conf))
		tryouts_deaf(control->tryouts);
	beats_adopt(control->beats, next);

	struct minutes minutes = take_minutes(control);
	const struct journal_now is = now_of(control);
	journal_turn(control->journal, &is, &control->effects, &minutes, true);
	journal_whole(control->journal, &is, "reload", next->conf->path, (mono_t){0});
	control->effects.n = 0;
	return leavings;
}

void control_refused(struct control *control, size_t errors)
{
	control->refused.n++;
	control->refused.errors = errors;
	control->refused.at = loop_now(control->loop);
}

/* ---- the operator's word ---- */

static void drop_decrees(struct on_its_way *decrees)
{
	free(decrees->list);
	free(decrees->answer);
	load_unref(decrees->load);
}

/* It is done, and so is the state that it led to. */
static void decree_done(void *cookie, const char *error)
{
	struct control *const control = cookie;
	struct on_its_way said = control->on_its_way;
	control->on_its_way = (struct on_its_way){0};
	if (error != NULL)
		session_fail(said.session,
			"it is done, but the journal could not keep it: %s. A crash now would "
			"undo it",
			error);
	else
		session_reply(said.session, said.answer, strlen(said.answer));
	drop_decrees(&said);
}

/* It is durable, or cannot be. */
static void decree_kept(void *cookie, const char *error)
{
	struct control *const control = cookie;
	struct on_its_way said = control->on_its_way;
	control->on_its_way = (struct on_its_way){0};
	if (error != NULL) {
		session_fail(said.session,
			"nothing was done: the journal cannot keep it: %s. locumctl status shows "
			"when it is well again",
			error);
	} else if (said.load != control->load) {
		session_fail(said.session,
			"nothing was done: the configuration was reloaded meanwhile; ask again");
	} else {
		for (size_t i = 0; i < said.n; i++)
			step(control, (struct event){.kind = EVENT_DECREE, .decree = &said.list[i]},
				loop_now(control->loop));
		control->urgent = true; /* what the answer says is true when it comes */
		settle(control, loop_now(control->loop));
		if (said.overtaken) {
			/* What was written with the decree is not what is on the disk now. */
			const struct journal_now is = now_of(control);
			control->on_its_way = said;
			journal_after(control->journal, &is, "done",
				"another change came in between", decree_done, control);
			return;
		}
		session_reply(said.session, said.answer, strlen(said.answer));
	}
	drop_decrees(&said);
}

void control_decree(struct control *control, const struct decreed *decreed)
{
	assert(!control_is_busy(control));
	control->on_its_way = (struct on_its_way){
		.list = mem_copy(decreed->list, decreed->n * sizeof *decreed->list),
		.n = decreed->n,
		.load = load_ref(control->load),
		.session = decreed->session,
		.answer = mem_text(decreed->answer)};
	const struct journal_decrees decrees = {.list = decreed->list,
		.n = decreed->n,
		.author = session_author(decreed->session),
		.reason = decreed->reason};
	journal_decree(
		control->journal, control->load, control->engine, &decrees, decree_kept, control);
}

bool control_is_busy(const struct control *control) { return control->on_its_way.load != NULL; }

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
		.recorded = recorder_facts(control->recorder),
		.journal = journal_facts(control->journal),
		.switches = control->switches,
		.reloads = control->reloads,
		.refused = control->refused};
	memcpy(s.no_verdicts, outcomes_no_verdicts(control->outcomes), sizeof s.no_verdicts);
	if (control->probers != NULL)
		s.probers = probers_facts(control->probers);
	return s;
}

struct snapshot *control_snapshot(const struct control *control)
{
	const struct snapshot glance = control_glance(control);
	struct snapshot *const s = mem_copy(&glance, sizeof glance);
	(void)load_ref(control->load);
	(void)view_ref(s->view);
	s->arena = arena_new();
	s->facts = engine_facts_copy(glance.facts, s->arena);
	s->last =
		arena_copy(s->arena, glance.last, glance.facts.policy->n_checks * sizeof *s->last);
	s->recorded.open = arena_copy(s->arena, glance.recorded.open,
		glance.facts.policy->n_checks * sizeof *s->recorded.open);
	s->recorded.ended = arena_copy(
		s->arena, glance.recorded.ended, s->recorded.n_ended * sizeof *s->recorded.ended);
	s->probers.each =
		arena_copy(s->arena, glance.probers.each, s->probers.n * sizeof *s->probers.each);
	return s;
}

void snapshot_free(struct snapshot *snapshot)
{
	if (snapshot == NULL)
		return;
	arena_free(snapshot->arena);
	view_unref(snapshot->view);
	load_unref(snapshot->load);
	free(snapshot);
}

void control_end(struct control *control) { give_runs(control, RECORDER_ALL, "stop"); }

void control_free(struct control *control)
{
	if (control == NULL)
		return;
	probers_free(control->probers);
	tryouts_free(control->tryouts);
	journal_free(control->journal);
	drop_decrees(&control->on_its_way);
	watch_free(control->tick);
	beats_free(control->beats);
	watch_free(control->timer);
	engine_free(control->engine);
	free(control->effects.list);
	view_unref(publish_view(NULL));
	serve_free(control->serve);
	load_unref(control->load);
	outcomes_free(control->outcomes);
	recorder_free(control->recorder);
	free(control);
}
