#include "server/journal.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "dns/name.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "responder/publish.h"
#include "server/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DETAIL_ROOM = 512 };

struct waiting { /* in the order of their tickets */
	uint64_t ticket;
	struct view *view;      /* to be published; NULL: a decree */
	mono_t due;             /* of the view: at the latest */
	struct minutes minutes; /* said with the view */
	journal_then_fn *then;
	void *cookie;
};

struct journal {
	struct loop *loop;
	struct keeper *keeper;
	struct watch *timer; /* of the first view that waits */
	uint64_t ticket, entries;
	struct waiting *waiting;
	size_t n, room;
	bool behind, trying;
	char trouble[256];
};

/* ---- publication ---- */

void minutes_add(struct minutes *minutes, enum log_level level, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
	const int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	minutes->list =
		mem_grow(minutes->list, &minutes->room, minutes->n + 1, sizeof *minutes->list);
	minutes->list[minutes->n++] = (struct minute){level, text};
}

static void say(struct minutes *minutes)
{
	for (size_t i = 0; i < minutes->n; i++) {
		log_line(minutes->list[i].level, "%s", minutes->list[i].text);
		free(minutes->list[i].text);
	}
	free(minutes->list);
	*minutes = (struct minutes){0};
}

/* Publishes what waits, and says what it shows. */
static void show(struct waiting *waiting)
{
	if (waiting->view != NULL)
		view_unref(publish_view(waiting->view));
	waiting->view = NULL;
	say(&waiting->minutes);
}

static void publish_first(struct journal *journal)
{
	struct waiting first = journal->waiting[0];
	journal->n--;
	memmove(journal->waiting, journal->waiting + 1, journal->n * sizeof first);
	show(&first);
}

static void set_timer(struct journal *journal)
{
	for (size_t i = 0; i < journal->n; i++)
		if (journal->waiting[i].view != NULL) {
			watch_again(journal->timer, journal->waiting[i].due);
			return;
		}
}

static void fall_behind(struct journal *journal, const char *why)
{
	(void)snprintf(journal->trouble, sizeof journal->trouble, "%s", why);
	if (!journal->behind)
		log_line(LOG_LINE_ERROR,
			"journal=behind why=\"%s\": answers go on, operators' commands are refused",
			why);
	journal->behind = true;
}

/* A view waited as long as it may: it and those before it are published. */
static void time_is_up(void *cookie, mono_t now)
{
	struct journal *const journal = cookie;
	size_t last = 0;
	for (size_t i = 0; i < journal->n; i++)
		if (journal->waiting[i].view != NULL && mono_reached(journal->waiting[i].due, now))
			last = i + 1;
	if (last > 0)
		fall_behind(journal, "the disk is slow");
	for (size_t i = 0; i < last; i++)
		show(&journal->waiting[i]);
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
	free(journal->waiting);
	free(journal);
}

struct view *journal_publish(struct journal *journal, const struct view *view)
{
	struct view *const was = publish_view(view_ref(view));
	for (size_t i = 0; i < journal->n; i++) { /* `view` shows all that they did */
		view_unref(journal->waiting[i].view);
		journal->waiting[i].view = NULL;
		say(&journal->waiting[i].minutes);
	}
	return was;
}

/* ---- what is written ---- */

static struct waiting *wait_for(struct journal *journal, uint64_t ticket)
{
	journal->waiting = mem_grow(
		journal->waiting, &journal->room, journal->n + 1, sizeof *journal->waiting);
	struct waiting *const last = &journal->waiting[journal->n++];
	*last = (struct waiting){.ticket = ticket};
	return last;
}

static const char *names(struct arena *arena, const struct policy *policy,
	const struct policy_service *service, const struct endpoint_set *on)
{
	const char *text = NULL;
	for (uint32_t e = 0; e < service->n; e++)
		if (endpoint_has(on, e)) {
			const char *const name = policy->endpoints[service->first + e].name;
			text = text == NULL ? name : arena_format(arena, "%s,%s", text, name);
		}
	return text != NULL ? text : "-";
}

static const char *rule_text(struct arena *arena, enum pick_reason rule)
{
	return arena_format(arena, "rule %d %s", (int)rule, pick_reason_text(rule));
}

struct turn {
	struct keeping *keeping;
	const struct conf *conf;
	struct engine_facts facts;
	const struct view *view;
	struct store_entry *entries;
	struct store_state *states;
	struct store_serial *serials;
	int64_t wall_ns;
	struct wall wall;
};

static void add_state(struct turn *t, uint32_t service)
{
	struct store_batch *const batch = &t->keeping->batch;
	const struct memory memory = memory_of(t->facts, service);
	char *const json = memory_write(t->facts.policy, service, &memory, t->wall);
	t->states[batch->n_states++] = (struct store_state){t->facts.policy->services[service].name,
		arena_text(t->keeping->arena, json, strlen(json))};
	free(json);
}

static uint32_t add_serial(struct turn *t, uint32_t service)
{
	const uint8_t *const apex = t->conf->services[service].zone;
	const struct zone *const zone = view_zone(t->view, apex);
	char text[NAME_TEXT_MAX];
	if (zone == NULL)
		return 0;
	(void)name_text(apex, text);
	t->serials[t->keeping->batch.n_serials++] = (struct store_serial){
		arena_text(t->keeping->arena, text, strlen(text)), zone_serial(zone)};
	return zone_serial(zone);
}

static struct store_entry *add_entry(struct turn *t, const char *kind, uint32_t service)
{
	struct store_entry *const entry = &t->entries[t->keeping->batch.n_entries++];
	*entry = (struct store_entry){.at_ns = t->wall_ns,
		.kind = kind,
		.author = "",
		.service = t->facts.policy->services[service].name,
		.endpoint = "",
		.detail = "",
		.reason = "",
		.generation = view_generation(t->view)};
	return entry;
}

static void add_effect(struct turn *t, const struct effect *effect)
{
	struct arena *const arena = t->keeping->arena;
	const struct policy *const policy = t->facts.policy;
	const struct policy_service *service;
	struct store_entry *entry;
	switch (effect->kind) {
	case EFFECT_HEALTH:
	case EFFECT_VERDICT: return; /* the history has them */
	case EFFECT_TTL: (void)add_serial(t, effect->subject); return;
	case EFFECT_SWITCH:
		service = &policy->services[effect->subject];
		entry = add_entry(t, "switch", effect->subject);
		entry->serial = add_serial(t, effect->subject);
		entry->author = rule_text(arena, effect->pick.by);
		entry->detail = arena_format(arena, "from %s to %s",
			names(arena, policy, service, &effect->from),
			names(arena, policy, service, &effect->pick.on));
		add_state(t, effect->subject);
		return;
	case EFFECT_TRICKLE:
		service = &policy->services[effect->subject];
		entry = add_entry(t, "trickle", effect->subject);
		entry->serial = add_serial(t, effect->subject);
		entry->detail = arena_format(
			arena, "to %s", names(arena, policy, service, &effect->pick.trickle));
		add_state(t, effect->subject);
		return;
	case EFFECT_STUCK:
		entry = add_entry(t, "stuck", effect->subject);
		entry->author = rule_text(arena, effect->pick.reason);
		add_state(t, effect->subject);
		return;
	case EFFECT_ROLE:
		service = &policy->services[effect->subject];
		entry = add_entry(t, "role", effect->subject);
		entry->detail = arena_format(arena, "home %s deposed %s",
			policy->endpoints[service->first + effect->pick.home].name,
			names(arena, policy, service, &effect->pick.deposed));
		add_state(t, effect->subject);
		return;
	case EFFECT_OVER:
		if (effect->of_service) {
			(void)add_entry(t, "over", effect->subject);
			add_state(t, effect->subject);
		} else {
			const struct policy_endpoint *const end =
				&policy->endpoints[effect->subject];
			add_entry(t, "over", end->service)->endpoint = end->name;
			add_state(t, end->service);
		}
		return;
	}
}

/* An entry's texts are its policy's, which a reload may free: they are copied. */
static void own_texts(struct keeping *keeping, struct store_entry *entries)
{
	struct arena *const arena = keeping->arena;
	for (size_t i = 0; i < keeping->batch.n_entries; i++) {
		struct store_entry *const e = &entries[i];
		e->kind = arena_text(arena, e->kind, strlen(e->kind));
		e->author = arena_text(arena, e->author, strlen(e->author));
		e->service = arena_text(arena, e->service, strlen(e->service));
		e->endpoint = arena_text(arena, e->endpoint, strlen(e->endpoint));
		e->detail = arena_text(arena, e->detail, strlen(e->detail));
		e->reason = arena_text(arena, e->reason, strlen(e->reason));
	}
}

static void own_states(struct keeping *keeping, struct store_state *states)
{
	for (size_t i = 0; i < keeping->batch.n_states; i++)
		states[i].service =
			arena_text(keeping->arena, states[i].service, strlen(states[i].service));
}

static struct turn turn_new(
	struct journal *journal, struct keeping *keeping, size_t entries, size_t states)
{
	*keeping = keeping_new(++journal->ticket);
	struct turn turn = {.keeping = keeping, .wall_ns = clock_wall_ns()};
	turn.wall = wall_at(loop_now(journal->loop), turn.wall_ns);
	turn.entries = arena_list(keeping->arena, entries, sizeof *turn.entries);
	turn.states = arena_list(keeping->arena, states, sizeof *turn.states);
	turn.serials = arena_list(keeping->arena, states, sizeof *turn.serials);
	keeping->batch.entries = turn.entries;
	keeping->batch.states = turn.states;
	keeping->batch.serials = turn.serials;
	return turn;
}

static void hand_over(struct journal *journal, struct turn *turn)
{
	own_texts(turn->keeping, turn->entries);
	own_states(turn->keeping, turn->states);
	journal->entries += turn->keeping->batch.n_entries;
	keeper_keep(journal->keeper, turn->keeping);
}

/* Whether the store is to hear of them. */
static bool matters(const struct effects *effects)
{
	for (size_t i = 0; i < effects->n; i++)
		if (effects->list[i].kind != EFFECT_HEALTH &&
			effects->list[i].kind != EFFECT_VERDICT)
			return true;
	return false;
}

void journal_turn(struct journal *journal, const struct conf *conf, struct engine_facts facts,
	const struct effects *effects, const struct view *view, struct minutes *minutes,
	bool urgent)
{
	const bool keeps = journal->keeper != NULL && matters(effects) && !journal->behind;
	if (!keeps || urgent)
		view_unref(journal_publish(journal, view));
	if (!keeps || urgent)
		say(minutes);
	if (!keeps)
		return;
	struct keeping keeping;
	struct turn turn = turn_new(journal, &keeping, effects->n, effects->n);
	turn.conf = conf;
	turn.facts = facts;
	turn.view = view;
	for (size_t i = 0; i < effects->n; i++)
		add_effect(&turn, &effects->list[i]);
	struct waiting *const waiting = wait_for(journal, keeping.ticket);
	hand_over(journal, &turn);
	if (urgent)
		return;
	waiting->view = view_ref(view);
	waiting->minutes = *minutes;
	waiting->due = mono_after(loop_now(journal->loop), span_ms(JOURNAL_WAIT_MS));
	set_timer(journal);
}

void journal_say(struct journal *journal, const char *kind, const char *author, const char *detail)
{
	struct keeping keeping;
	if (journal->keeper == NULL || journal->behind)
		return;
	struct turn turn = turn_new(journal, &keeping, 1, 0);
	turn.entries[keeping.batch.n_entries++] = (struct store_entry){.at_ns = turn.wall_ns,
		.kind = kind,
		.author = author,
		.service = "",
		.endpoint = "",
		.detail = detail,
		.reason = ""};
	(void)wait_for(journal, keeping.ticket);
	hand_over(journal, &turn);
}

void journal_decree(struct journal *journal, const struct policy *policy,
	const struct journal_decree *decree, journal_then_fn *then, void *cookie)
{
	struct keeping keeping;
	if (journal->keeper == NULL || journal->behind) {
		then(cookie, journal->keeper == NULL ? "there is no journal" : journal->trouble);
		return;
	}
	struct turn turn = turn_new(journal, &keeping, 1, 1);
	const uint32_t service = decree->decree->service;
	const struct policy_service *const s = &policy->services[service];
	const uint8_t end = decree->decree->endpoint;
	char *const json = memory_write(policy, service, &decree->plan, turn.wall);
	turn.entries[keeping.batch.n_entries++] = (struct store_entry){.at_ns = turn.wall_ns,
		.kind = "decree",
		.author = decree->author,
		.service = s->name,
		.endpoint = end < s->n ? policy->endpoints[s->first + end].name : "",
		.detail = decree_text(decree->decree->verb),
		.reason = decree->reason != NULL ? decree->reason : ""};
	turn.states[keeping.batch.n_states++] =
		(struct store_state){s->name, arena_text(keeping.arena, json, strlen(json))};
	free(json);
	struct waiting *const waiting = wait_for(journal, keeping.ticket);
	waiting->then = then;
	waiting->cookie = cookie;
	hand_over(journal, &turn);
}

/* ---- what the keeper says ---- */

static void catch_up_done(struct journal *journal)
{
	journal->behind = false;
	journal->trouble[0] = '\0';
	log_line(LOG_LINE_INFO, "journal=well: the whole state is written");
}

void journal_kept(struct journal *journal, const struct kept *kept)
{
	while (journal->n > 0 && journal->waiting[0].ticket <= kept->ticket) {
		const struct waiting first = journal->waiting[0];
		publish_first(journal);
		if (first.then != NULL)
			first.then(first.cookie, kept->good ? NULL : kept->err.text);
	}
	set_timer(journal);
	if (!kept->good)
		fall_behind(journal, kept->err.text);
	else if (journal->trying && kept->ticket == journal->ticket)
		catch_up_done(journal);
	journal->trying = journal->trying && kept->ticket < journal->ticket;
}

void journal_catch_up(struct journal *journal, const struct conf *conf, struct engine_facts facts,
	const struct view *view)
{
	struct keeping keeping;
	const size_t n = facts.policy->n_services;
	if (journal->keeper == NULL || !journal->behind || journal->trying || journal->n > 0)
		return;
	struct turn turn = turn_new(journal, &keeping, 1, n);
	turn.conf = conf;
	turn.facts = facts;
	turn.view = view;
	for (uint32_t i = 0; i < n; i++) {
		add_state(&turn, i);
		(void)add_serial(&turn, i);
	}
	turn.entries[keeping.batch.n_entries++] = (struct store_entry){.at_ns = turn.wall_ns,
		.kind = "caught-up",
		.author = "",
		.service = "",
		.endpoint = "",
		.detail = journal->trouble,
		.reason = "",
		.generation = view_generation(view)};
	keeping.batch.whole = true;
	journal->trying = true;
	(void)wait_for(journal, keeping.ticket);
	hand_over(journal, &turn);
}

struct journal_facts journal_facts(const struct journal *journal)
{
	struct journal_facts facts = {.behind = journal->behind, .entries = journal->entries};
	memcpy(facts.trouble, journal->trouble, sizeof facts.trouble);
	return facts;
}
