#include "server/journal.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/loop.h"
#include "responder/publish.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct waiting { /* in the order of their tickets */
	uint64_t ticket;
	mono_t sent;
	struct view *view; /* to be published JOURNAL_WAIT_MS later at the latest; NULL: none */
	struct minutes minutes; /* said with the view */
	journal_then_fn *then;  /* of decrees */
	void *cookie;
};

struct journal {
	struct loop *loop;
	struct keeper *keeper;
	struct watch *timer; /* of the first view that waits */
	uint64_t ticket, last;
	uint64_t shown; /* generation of the view that was published last */
	uint32_t epoch;
	struct waiting *waiting;
	size_t n, room;
	bool late;            /* something was published before it was durable */
	bool broken;          /* something could not be written, and is held back */
	bool missed;          /* something happened since the whole went out */
	uint64_t whole;       /* the ticket of the whole that is to mend it; 0: none */
	struct keeping *held; /* what could not be written, the last first */
	size_t n_held;        /* entries in it, and with the whole that is on its way */
	size_t dropped;
	char trouble[256];
};

/* ---- publication ---- */

/* Behind what waits to be said. */
static void say_in_turn(struct journal *journal, struct minutes *minutes)
{
	struct waiting *const last = journal->n > 0 ? &journal->waiting[journal->n - 1] : NULL;
	if (last != NULL && last->minutes.n > 0)
		minutes_join(&last->minutes, minutes);
	else
		minutes_say(minutes);
}

/* Publishes what waits, and says what it shows. */
static void show(struct waiting *waiting)
{
	if (waiting->view != NULL)
		view_unref(publish_view(waiting->view));
	waiting->view = NULL;
	minutes_say(&waiting->minutes);
}

static void publish_first(struct journal *journal)
{
	struct waiting first = journal->waiting[0];
	journal->n--;
	memmove(journal->waiting, journal->waiting + 1, journal->n * sizeof first);
	show(&first);
}

static mono_t due_of(const struct waiting *waiting)
{
	return mono_after(waiting->sent, span_ms(JOURNAL_WAIT_MS));
}

static void set_timer(struct journal *journal)
{
	for (size_t i = 0; i < journal->n; i++)
		if (journal->waiting[i].view != NULL) {
			watch_again(journal->timer, due_of(&journal->waiting[i]));
			return;
		}
}

/* ---- behind, and well again ---- */

static void fall_behind(struct journal *journal, bool *how, const char *why)
{
	if (!journal->late && !journal->broken) {
		(void)snprintf(journal->trouble, sizeof journal->trouble, "%s", why);
		log_line(LOG_LINE_ERROR, "journal=behind why=\"%s\": answers go on", why);
	} else if (!*how) { /* it got worse */
		(void)snprintf(journal->trouble, sizeof journal->trouble, "%s", why);
		log_line(LOG_LINE_ERROR, "journal=behind why=\"%s\"", why);
	}
	*how = true;
}

static void say_if_well(struct journal *journal)
{
	if (journal->late || journal->broken)
		return;
	journal->trouble[0] = '\0';
	log_line(LOG_LINE_INFO, "journal=well: all is written");
}

/* A view waited as long as it may: it and those before it are published. */
static void time_is_up(void *cookie, mono_t now)
{
	struct journal *const journal = cookie;
	size_t last = 0;
	for (size_t i = 0; i < journal->n; i++)
		if (journal->waiting[i].view != NULL &&
			mono_reached(due_of(&journal->waiting[i]), now))
			last = i + 1;
	for (size_t i = 0; i < last; i++)
		show(&journal->waiting[i]);
	if (last > 0)
		fall_behind(journal, &journal->late, "the disk is slow");
	set_timer(journal);
}

struct journal *journal_new(struct loop *loop, struct keeper *keeper)
{
	struct journal *const journal = mem_new(sizeof *journal);
	journal->loop = loop;
	journal->keeper = keeper;
	journal->timer = loop_at(loop, loop_now(loop), time_is_up, journal);
	watch_pause(journal->timer);
	return journal;
}

void journal_free(struct journal *journal)
{
	if (journal == NULL)
		return;
	while (journal->n > 0)
		publish_first(journal);
	watch_free(journal->timer);
	keeping_free(journal->held);
	free(journal->waiting);
	free(journal);
}

struct view *journal_publish(struct journal *journal, const struct view *view)
{
	struct view *const was = publish_view(view_ref(view));
	journal->shown = view_generation(view);
	for (size_t i = 0; i < journal->n; i++) { /* `view` shows all that they did */
		view_unref(journal->waiting[i].view);
		journal->waiting[i].view = NULL;
		minutes_say(&journal->waiting[i].minutes);
	}
	return was;
}

/* ---- what is written ---- */

static struct waiting *hand_over(struct journal *journal, struct keeping *keeping)
{
	journal->waiting = mem_grow(
		journal->waiting, &journal->room, journal->n + 1, sizeof *journal->waiting);
	struct waiting *const last = &journal->waiting[journal->n++];
	keeping->ticket = ++journal->ticket;
	*last = (struct waiting){.ticket = keeping->ticket, .sent = loop_now(journal->loop)};
	keeper_keep(journal->keeper, keeping);
	return last;
}

/* The wall clock may have been set back since. */
static int64_t moment_of(const struct keeping *keeping)
{
	return keeping->at_ns - keeping->wall.ahead_ns;
}

/* After a reload, what is held back does not hold the configuration before it. */
static void let_go(struct journal *journal, const struct load *load)
{
	for (struct keeping *k = load != NULL ? journal->held : NULL;
		k != NULL && k->load != NULL && k->load != load; k = k->before)
		keeping_settle(k);
}

/* Until the store is well again.  The order is that of their times. */
static void hold_back(struct journal *journal, struct keeping *keeping)
{
	struct keeping **at = &journal->held, *first = keeping;
	const size_t n = keeping_count(keeping);
	let_go(journal, keeping->load);
	journal->missed = true;
	if (n == 0 || journal->n_held + n > JOURNAL_HELD_MAX) {
		journal->dropped += n;
		keeping_free(keeping);
		return;
	}
	while (*at != NULL && moment_of(*at) > moment_of(keeping))
		at = &(*at)->before;
	while (first->before != NULL)
		first = first->before;
	first->before = *at;
	*at = keeping;
	journal->n_held += n;
}

static bool is_large(const struct effects *effects) { return effects->n > JOURNAL_WAIT_FOR; }

/* Nothing waits for the disk. */
static bool at_once(const struct journal *journal, const struct effects *effects, bool urgent)
{
	return urgent || journal->keeper == NULL || journal->late || journal->broken ||
	       is_large(effects);
}

void journal_hurry(struct journal *journal, const struct view *view, const struct effects *effects,
	bool urgent)
{
	if (keeping_wants(effects) && at_once(journal, effects, urgent) &&
		view_generation(view) != journal->shown)
		view_unref(journal_publish(journal, view));
}

/* `minutes` NULL: it is published and will be said. */
static void keep_turn(struct journal *journal, const struct journal_now *now,
	const struct effects *effects, struct minutes *minutes)
{
	struct keeping *const keeping = keeping_new(now->load, loop_now(journal->loop));
	keeping_effects(keeping, now->facts, effects, now->view);
	if (journal->broken) {
		hold_back(journal, keeping);
		return;
	}
	struct waiting *const waiting = hand_over(journal, keeping);
	if (minutes != NULL) {
		waiting->view = view_ref(now->view);
		waiting->minutes = *minutes;
		*minutes = (struct minutes){0};
		set_timer(journal);
	} else if (is_large(effects)) {
		fall_behind(journal, &journal->late, "much happened at once");
	}
}

void journal_turn(struct journal *journal, const struct journal_now *now,
	const struct effects *effects, struct minutes *minutes, bool urgent)
{
	if (!keeping_wants(effects)) { /* no answer changed */
		say_in_turn(journal, minutes);
		return;
	}
	const bool hurried = at_once(journal, effects, urgent);
	journal_hurry(journal, now->view, effects, urgent);
	if (journal->keeper != NULL)
		keep_turn(journal, now, effects, hurried ? NULL : minutes);
	if (hurried)
		minutes_say(minutes);
}

void journal_decree(struct journal *journal, struct load *load, const struct engine *engine,
	const struct journal_decrees *decrees, journal_then_fn *then, void *cookie)
{
	const mono_t now = loop_now(journal->loop);
	if (journal->keeper == NULL || journal->broken) {
		then(cookie, journal->keeper == NULL ? "there is none" : journal->trouble);
		return;
	}
	struct keeping *const keeping = keeping_new(load, now);
	keeping_decrees(
		keeping, engine, now, decrees->list, decrees->n, decrees->author, decrees->reason);
	struct waiting *const waiting = hand_over(journal, keeping);
	waiting->then = then;
	waiting->cookie = cookie;
}

static struct keeping *whole(struct journal *journal, const struct journal_now *now,
	const char *kind, const char *detail, mono_t first)
{
	struct keeping *const keeping = keeping_new(now->load, loop_now(journal->loop));
	keeping_all(keeping, now->facts, now->view, kind, detail, first);
	return keeping;
}

void journal_after(struct journal *journal, const struct journal_now *now, const char *kind,
	const char *detail, journal_then_fn *then, void *cookie)
{
	if (journal->keeper == NULL || journal->broken) {
		journal->missed = true; /* by a whole that may be on its way */
		then(cookie, journal->keeper == NULL ? "there is none" : journal->trouble);
		return;
	}
	struct waiting *const last =
		hand_over(journal, whole(journal, now, kind, detail, (mono_t){0}));
	last->then = then;
	last->cookie = cookie;
}

void journal_whole(struct journal *journal, const struct journal_now *now, const char *kind,
	const char *detail, mono_t first)
{
	if (journal->keeper == NULL)
		return;
	struct keeping *const keeping = whole(journal, now, kind, detail, first);
	if (journal->broken)
		hold_back(journal, keeping);
	else
		(void)hand_over(journal, keeping);
}

void journal_runs(struct journal *journal, struct keeping *runs)
{
	if (journal->keeper == NULL || journal->late || journal->broken)
		keeping_free(runs); /* history may have holes */
	else
		(void)hand_over(journal, runs);
}

/* ---- what the keeper says ---- */

/* The answer to the whole that was to mend it. */
static void mended(struct journal *journal, bool good)
{
	journal->whole = 0;
	if (good)
		journal->n_held = keeping_count(journal->held);
	if (!good || journal->missed)
		return; /* once more, in a second */
	journal->broken = false;
	journal->dropped = 0;
	say_if_well(journal);
}

/* What was refused to whoever said it is no entry, nor is a mending that failed. */
static void take_back(struct journal *journal, struct kept *kept, bool decree)
{
	struct keeping *const keeping = kept->keeping;
	const bool mending = kept->ticket == journal->whole;
	kept->keeping = NULL;
	if (mending && keeping->before != NULL) { /* there is room for it, as it was counted */
		journal->n_held -= keeping_count(keeping->before);
		hold_back(journal, keeping->before);
	}
	if (mending)
		keeping->before = NULL;
	if (mending || decree)
		keeping_free(keeping);
	else
		hold_back(journal, keeping);
}

void journal_kept(struct journal *journal, struct kept *kept)
{
	assert(journal->n > 0 && journal->waiting[0].ticket == kept->ticket); /* in order */
	const struct waiting first = journal->waiting[0];
	const bool in_time = !mono_reached(due_of(&first), loop_now(journal->loop));
	publish_first(journal);
	journal->last = kept->last;
	journal->epoch = kept->epoch;
	if (!kept->good) {
		take_back(journal, kept, first.then != NULL);
		fall_behind(journal, &journal->broken, kept->err.text);
	}
	if (journal->whole == kept->ticket)
		mended(journal, kept->good);
	if (journal->late && kept->good && (journal->n == 0 || in_time)) {
		journal->late = false;
		say_if_well(journal);
	}
	set_timer(journal);
	if (first.then != NULL)
		first.then(first.cookie, kept->good ? NULL : kept->err.text);
}

void journal_suspect(struct journal *journal, const char *why)
{
	fall_behind(journal, &journal->broken, why);
}

void journal_tick(struct journal *journal, const struct journal_now *now)
{
	if (journal->keeper == NULL)
		return;
	if (journal->n > 0) {
		const span_t silent =
			mono_between(journal->waiting[0].sent, loop_now(journal->loop));
		if (span_at_least(silent, span_ms(JOURNAL_DEAD_MS)) && !journal->broken)
			fall_behind(journal, &journal->broken, "the disk does not answer");
		return;
	}
	if (!journal->broken)
		return;
	char detail[sizeof journal->trouble + 64];
	(void)snprintf(detail, sizeof detail, "%s; %zu %s lost", journal->trouble, journal->dropped,
		text_plural(journal->dropped, "entry was", "entries were"));
	struct keeping *const keeping = whole(journal, now, "caught-up",
		journal->dropped > 0 ? detail : journal->trouble, (mono_t){0});
	keeping->before = journal->held;
	journal->held = NULL;
	journal->missed = false;
	journal->whole = hand_over(journal, keeping)->ticket;
}

struct journal_facts journal_facts(const struct journal *journal)
{
	struct journal_facts facts = {.kept = journal->keeper != NULL,
		.behind = journal->late || journal->broken,
		.last = journal->last,
		.epoch = journal->epoch,
		.held = journal->n_held + journal->dropped};
	memcpy(facts.trouble, journal->trouble, sizeof facts.trouble);
	return facts;
}
