#include "server/inquiry.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/moment.h"
#include "net/loop.h"
#include "server/archive.h"
#include "server/explain.h"
#include "server/hindsight.h"
#include "server/http.h"
#include "server/jtext.h"
#include "server/letter.h"
#include "server/loader.h"
#include "server/mailbox.h"
#include "server/places.h"
#include "server/status.h"

#include <stdlib.h>
#include <string.h>

enum {
	UNDER_WAY_MAX = 64,
	HTTP_OUT_MAX = 4,  /* on their way when HTTP asks: keeper and loader have other work */
	HTTP_MS = 1000,    /* how long they wait; */
	SESSION_MS = 4000, /* less than locumctl does */
};

struct inquiry {
	uint64_t ticket; /* 0: free */
	struct asker asker;
	mono_t due;
	json_t *instead; /* what is said when nobody answers; NULL: that */
};

struct inquiries {
	struct loop *loop;
	struct mailbox *control;
	struct watch *patience;
	uint64_t ticket;
	size_t out; /* letters that did not come back yet, also those that nobody waits for */
	struct inquiry list[UNDER_WAY_MAX];
};

/* ---- answers ---- */

/* Takes `reply`. */
static void deliver(const struct inquiries *inquiries, struct asker asker, int code, json_t *reply)
{
	char *const text = json_dumps(reply, JSON_COMPACT);
	json_decref(reply);
	if (asker.request != NULL) {
		http_reply(asker.request, code, "application/json", text, strlen(text));
		free(text);
		return;
	}
	struct letter *const letter = letter_new(LETTER_RENDERED);
	letter->session = asker.session;
	letter->text = text;
	letter->len = strlen(text);
	mailbox_post(inquiries->control, letter);
}

/* Takes `explain`. */
static void answer(const struct inquiries *inquiries, struct asker asker, json_t *explain)
{
	deliver(inquiries, asker, 200,
		asker.request != NULL ? explain
				      : json_pack("{s:b, s:o}", "ok", 1, "explain", explain));
}

static void refuse(const struct inquiries *inquiries, struct asker asker, int code, const char *why)
{
	if (asker.request != NULL)
		http_reply(asker.request, code, "text/plain; charset=utf-8", why, strlen(why));
	else
		deliver(inquiries, asker, code,
			json_pack("{s:b, s:o}", "ok", 0, "error", jtext(why)));
}

/* ---- those under way ---- */

static void end(struct inquiry *inquiry)
{
	json_decref(inquiry->instead);
	*inquiry = (struct inquiry){0};
}

static void give_up(const struct inquiries *inquiries, struct inquiry *inquiry)
{
	if (inquiry->instead != NULL)
		answer(inquiries, inquiry->asker, json_incref(inquiry->instead));
	else
		refuse(inquiries, inquiry->asker, 503,
			"no answer in time: a disk is slow, or a reload reads; ask again");
	end(inquiry);
}

static void lose_patience(void *cookie, mono_t now)
{
	struct inquiries *const inquiries = cookie;
	mono_t next = {0};
	for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
		struct inquiry *const one = &inquiries->list[i];
		if (one->ticket == 0)
			continue;
		if (mono_reached(one->due, now))
			give_up(inquiries, one);
		else if (next.ns == 0 || one->due.ns < next.ns)
			next = one->due;
	}
	if (next.ns != 0)
		watch_again(inquiries->patience, next);
}

/* NULL: there are too many. */
static struct inquiry *begin(struct inquiries *inquiries, struct asker asker)
{
	struct inquiry *place = NULL;
	for (size_t i = 0; i < UNDER_WAY_MAX; i++)
		if (inquiries->list[i].ticket == 0)
			place = &inquiries->list[i];
	if (place == NULL || (asker.request != NULL && inquiries->out >= HTTP_OUT_MAX))
		return NULL;
	const mono_t now = loop_now(inquiries->loop);
	*place = (struct inquiry){.ticket = ++inquiries->ticket,
		.asker = asker,
		.due = mono_after(now, span_ms(asker.request != NULL ? HTTP_MS : SESSION_MS))};
	return place;
}

/* Takes `explain`. */
static void ask(struct inquiries *inquiries, const struct snapshot *s, struct asker asker,
	int64_t at_ns, json_t *explain)
{
	struct inquiry *const inquiry = begin(inquiries, asker);
	if (inquiry == NULL && at_ns == 0) {
		answer(inquiries, asker, explain);
		return;
	}
	if (inquiry == NULL) {
		json_decref(explain);
		refuse(inquiries, asker, 503, "too many ask at once; ask again");
		return;
	}
	struct letter *const letter = letter_new(LETTER_EXPLAIN);
	letter->ticket = inquiry->ticket;
	letter->explain = explain;
	letter->load = load_ref(s->load);
	if (at_ns != 0) {
		letter->arena = arena_new();
		letter->hindsight = hindsight_of(s, explain, at_ns, letter->arena);
	} else {
		inquiry->instead = json_deep_copy(explain);
	}
	inquiries->out++;
	mailbox_post(inquiries->control, letter);
	lose_patience(inquiries, loop_now(inquiries->loop)); /* sets the timer */
}

void inquiries_hear(struct inquiries *inquiries, struct letter *letter)
{
	inquiries->out--;
	for (size_t i = 0; i < UNDER_WAY_MAX; i++) {
		struct inquiry *const one = &inquiries->list[i];
		if (one->ticket != letter->ticket)
			continue;
		if (letter->explain != NULL)
			answer(inquiries, one->asker, letter->explain);
		else
			refuse(inquiries, one->asker, 503, "the journal cannot be read");
		letter->explain = NULL;
		end(one);
		return;
	}
}

/* ---- questions ---- */

static bool read_at(const struct snapshot *s, const char *at, int64_t *at_ns, struct err *err)
{
	if (!moment_parse(at, s->wall_ns, MOMENT_AGO, at_ns))
		return err_set(err,
			"explain: at: expected 2026-11-22T22:00Z, or 30m for half an hour ago");
	if (*at_ns == 0)
		*at_ns = 1; /* 0 is for now */
	return *at_ns <= s->wall_ns || err_set(err, "explain: at: that is still to come");
}

void inquire(struct inquiries *inquiries, const struct snapshot *s, struct asker asker,
	const char *name, const char *type, const char *at)
{
	struct err err;
	int64_t at_ns = 0;
	json_t *told = NULL;
	if (name == NULL)
		(void)err_set(&err, "expected /explain?name=www.example.com&type=A");
	else if (at == NULL || read_at(s, at, &at_ns, &err))
		told = explain(s, name, type, &err);
	if (told == NULL)
		refuse(inquiries, asker, 400, err.text);
	else if (at_ns != 0 || places_wanted(told))
		ask(inquiries, s, asker, at_ns, told);
	else
		answer(inquiries, asker, told);
}

void inquiry_pass(struct letter *letter, const struct inquired *inquired)
{
	const bool past = letter->hindsight.at_ns != 0, asked = letter->kind == LETTER_EXPLAIN;
	if (asked && past) {
		archive_explain(inquired->keeper, inquired->results, letter);
	} else if (asked || (past && places_wanted(letter->explain))) {
		letter->kind = LETTER_EXPLAIN;
		letter->hindsight.at_ns = 0;
		loader_explain(inquired->loader, letter);
	} else {
		status_post(inquired->status, letter);
	}
}

/* ---- the whole ---- */

struct inquiries *inquiries_new(struct loop *loop, struct mailbox *control)
{
	struct inquiries *const inquiries = mem_new(sizeof *inquiries);
	inquiries->loop = loop;
	inquiries->control = control;
	inquiries->patience = loop_at(loop, loop_now(loop), lose_patience, inquiries);
	return inquiries;
}

void inquiries_gone(struct inquiries *inquiries, const struct http_request *request)
{
	for (size_t i = 0; i < UNDER_WAY_MAX; i++)
		if (inquiries->list[i].ticket != 0 && inquiries->list[i].asker.request == request)
			end(&inquiries->list[i]);
}

void inquiries_free(struct inquiries *inquiries)
{
	if (inquiries == NULL)
		return;
	for (size_t i = 0; i < UNDER_WAY_MAX; i++)
		end(&inquiries->list[i]);
	watch_free(inquiries->patience);
	free(inquiries);
}
