#include "server/status.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/octets.h"
#include "net/thread.h"
#include "responder/responder.h"
#include "server/http.h"
#include "server/inquiry.h"
#include "server/jtext.h"
#include "server/letter.h"
#include "server/mailbox.h"
#include "server/render.h"

#include <stdlib.h>
#include <string.h>

enum {
	FRESH_MS = 100,     /* a snapshot this young serves another request */
	PATIENCE_MS = 1000, /* no snapshot for so long: the control thread does not answer */
	WAITING_MAX = 32,   /* as many as there can be connections */
};

enum page { PAGE_STATUS, PAGE_METRICS, PAGE_HEALTH, PAGE_READY, PAGE_EXPLAIN };

struct waiting {
	struct http_request *request; /* NULL: free */
	enum page page;
	mono_t since;
};

struct status {
	struct mailbox *control, *mailbox;
	const struct responders *responders;
	struct loop *loop;
	struct http *http;
	struct http_rule rule;
	struct watch *patience, *expiry;
	struct inquiries *inquiries;
	struct snapshot *snapshot; /* the last one; NULL: none that is young */
	bool asked;                /* a LETTER_WANTED is on its way */
	struct waiting waiting[WAITING_MAX];
	pthread_t thread;
	bool stopping; /* atomic */
};

static const char type_text[] = "text/plain; charset=utf-8";
static const char type_json[] = "application/json";
static const char type_metrics[] = "text/plain; version=0.0.4; charset=utf-8";

static void reply_text(struct http_request *request, int code, const char *text)
{
	http_reply(request, code, type_text, text, strlen(text));
}

/* Without a young snapshot: only that much can be said. */
static void reply_late(const struct waiting *w)
{
	reply_text(w->request, 503, "the control thread does not answer\n");
}

static int hex(char c)
{
	const char *const digits = "0123456789abcdef", *const at = strchr(digits, c | ' ');
	return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

/* A field of a query, decoded (RFC 3986 2.1); the caller frees.  NULL: it is not there, or bad. */
static char *field(const char *query, const char *name)
{
	const size_t len = strlen(name);
	while (strncmp(query, name, len) != 0 || query[len] != '=') {
		query = strchr(query, '&');
		if (query++ == NULL)
			return NULL;
	}
	query += len + 1;
	char *const text = mem_new(strcspn(query, "&") + 1), *to = text;
	for (; *query != '\0' && *query != '&'; query++) {
		*to = *query;
		if (*query == '%') {
			const int high = hex(query[1]), low = high < 0 ? -1 : hex(query[2]);
			*to = (char)(16 * high + low);
			query += 2;
			if (low < 0 || *to == '\0') {
				free(text);
				return NULL;
			}
		}
		to++;
	}
	return text;
}

static void reply_explain(const struct status *status, struct http_request *request)
{
	char *const name = field(http_query(request), "name");
	char *const type = field(http_query(request), "type");
	char *const at = field(http_query(request), "at");
	inquire(status->inquiries, status->snapshot, (struct asker){.request = request}, name,
		type != NULL ? type : "A", at);
	free(name);
	free(type);
	free(at);
}

static void reply(const struct status *status, const struct waiting *w)
{
	const struct counters counters = responders_counters(status->responders);
	struct octets out = {0};
	size_t len = 0;
	char *text = NULL;
	switch (w->page) {
	case PAGE_STATUS:
		if (render_status(&out, status->snapshot, &counters, NULL)) /* always */
			http_reply(w->request, 200, type_json, out.at, out.len);
		octets_free(&out);
		break;
	case PAGE_METRICS:
		text = render_metrics(status->snapshot, &counters, &len);
		http_reply(w->request, 200, type_metrics, text, len);
		break;
	case PAGE_EXPLAIN: reply_explain(status, w->request); break;
	case PAGE_HEALTH: reply_text(w->request, 200, "ok\n"); break;
	case PAGE_READY:
		if (view_zones(status->snapshot->view) > 0)
			reply_text(w->request, 200, "ready\n");
		else
			reply_text(w->request, 503, "no zone is served\n");
		break;
	}
	free(text);
}

static void reply_all(struct status *status)
{
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (status->waiting[i].request != NULL) {
			reply(status, &status->waiting[i]);
			status->waiting[i].request = NULL;
		}
}

static void ask(struct status *status)
{
	if (!status->asked)
		mailbox_post(status->control, letter_new(LETTER_WANTED));
	status->asked = true;
}

static void lose_patience(void *cookie, mono_t now)
{
	struct status *const status = cookie;
	mono_t next = {0};
	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct waiting *const w = &status->waiting[i];
		if (w->request == NULL)
			continue;
		const mono_t due = mono_after(w->since, span_ms(PATIENCE_MS));
		if (mono_reached(due, now)) {
			reply_late(w);
			w->request = NULL;
		} else if (next.ns == 0 || due.ns < next.ns) {
			next = due;
		}
	}
	if (next.ns != 0)
		watch_again(status->patience, next);
}

static void wait_for_snapshot(struct status *status, struct http_request *request, enum page page)
{
	const mono_t now = loop_now(status->loop);
	for (size_t i = 0; i < WAITING_MAX; i++) {
		struct waiting *const w = &status->waiting[i];
		if (w->request != NULL)
			continue;
		*w = (struct waiting){request, page, now};
		lose_patience(status, now); /* sets the timer */
		ask(status);
		return;
	}
	reply_text(request, 503, "too many requests at once\n");
}

static void get(void *cookie, struct http_request *request)
{
	static const struct {
		const char *path;
		enum page page;
	} pages[] = {{"/status", PAGE_STATUS}, {"/metrics", PAGE_METRICS},
		{"/healthz", PAGE_HEALTH}, {"/readyz", PAGE_READY}, {"/explain", PAGE_EXPLAIN}};
	struct status *const status = cookie;
	const char *const path = http_path(request);
	size_t i = 0;
	while (i < COUNT_OF(pages) && strcmp(path, pages[i].path) != 0)
		i++;
	if (i == COUNT_OF(pages)) {
		reply_text(request, 404, "there are /status /metrics /explain /healthz /readyz\n");
		return;
	}
	const bool fresh =
		status->snapshot != NULL &&
		!span_at_least(mono_between(status->snapshot->now, loop_now(status->loop)),
			span_ms(FRESH_MS));
	if (fresh)
		reply(status, &(struct waiting){.request = request, .page = pages[i].page});
	else
		wait_for_snapshot(status, request, pages[i].page);
}

/* It holds the zones as they were: after a reload nobody else needs them. */
static void expire(void *cookie, mono_t now)
{
	struct status *const status = cookie;
	(void)now;
	snapshot_free(status->snapshot);
	status->snapshot = NULL;
}

static void gone(void *cookie, struct http_request *request)
{
	struct status *const status = cookie;
	for (size_t i = 0; i < WAITING_MAX; i++)
		if (status->waiting[i].request == request)
			status->waiting[i].request = NULL;
	inquiries_gone(status->inquiries, request);
}

static char *failed(const char *error)
{
	json_t *const json = json_pack("{s:b, s:o}", "ok", 0, "error", jtext(error));
	char *const text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return text;
}

static char *no_service(const struct snapshot *snapshot, const char *name)
{
	const struct policy *const policy = snapshot->facts.policy;
	const char **const names = mem_list(policy->n_services, sizeof *names);
	for (size_t i = 0; i < policy->n_services; i++)
		names[i] = policy->services[i].name;
	const char *const near = text_nearest(name, names, policy->n_services);
	char *const error =
		near != NULL ? mem_format("there is no such service; did you mean \"%s\"?", near)
			     : mem_text("there is no such service; locumctl status lists them");
	char *const reply = failed(error);
	free(error);
	free(names);
	return reply;
}

/* {"ok":true,"status":{...}} */
static void state(const struct status *status, const struct letter *asked, struct letter *answer)
{
	static const char head[] = "{\"ok\":true,\"status\":";
	const struct counters counters = responders_counters(status->responders);
	struct octets out = {0};
	octets_add(&out, head, sizeof head - 1);
	if (render_status(&out, asked->snapshot, &counters, asked->text)) {
		octets_add(&out, "}", 1);
		answer->text = (char *)out.at;
		answer->len = out.len;
	} else {
		octets_free(&out);
		answer->text = no_service(asked->snapshot, asked->text);
		answer->len = strlen(answer->text);
	}
}

/* For the session that waits in the control thread. */
static void render_for_session(const struct status *status, const struct letter *letter)
{
	if (letter->type != NULL) {
		inquire(status->inquiries, letter->snapshot,
			(struct asker){.session = letter->session}, letter->text, letter->type,
			letter->at);
		return;
	}
	struct letter *const answer = letter_new(LETTER_RENDERED);
	answer->session = letter->session;
	state(status, letter, answer);
	mailbox_post(status->control, answer);
}

static void take(void *cookie, void *object)
{
	struct status *const status = cookie;
	struct letter *const letter = object;
	if (letter->kind == LETTER_EXPLAINED) {
		inquiries_hear(status->inquiries, letter);
	} else if (letter->session != NULL) {
		render_for_session(status, letter);
	} else if (letter->snapshot != NULL) {
		status->asked = false;
		snapshot_free(status->snapshot);
		status->snapshot = letter->snapshot;
		letter->snapshot = NULL;
		reply_all(status);
		watch_again(status->expiry, mono_after(loop_now(status->loop), span_ms(FRESH_MS)));
	}
	letter_free(letter);
	if (__atomic_load_n(&status->stopping, __ATOMIC_RELAXED))
		loop_stop(status->loop);
}

static void *run_thread(void *cookie)
{
	struct status *const status = cookie;
	loop_run(status->loop);
	return NULL;
}

struct status *status_start(int fd, const struct address *address, struct mailbox *control,
	const struct responders *responders)
{
	struct status *const status = mem_new(sizeof *status);
	status->control = control;
	status->responders = responders;
	status->loop = loop_new();
	status->mailbox = mailbox_new(status->loop, take, status);
	status->inquiries = inquiries_new(status->loop, control);
	status->patience = loop_at(status->loop, loop_now(status->loop), lose_patience, status);
	status->expiry = loop_at(status->loop, loop_now(status->loop), expire, status);
	if (fd >= 0) {
		status->rule = (struct http_rule){
			.address = *address, .get = get, .gone = gone, .cookie = status};
		status->http = http_new(status->loop, fd, &status->rule);
	}
	thread_start(&status->thread, "status", run_thread, status);
	return status;
}

void status_post(struct status *status, struct letter *letter)
{
	mailbox_post(status->mailbox, letter);
}

void status_stop(struct status *status)
{
	if (status == NULL)
		return;
	__atomic_store_n(&status->stopping, true, __ATOMIC_RELAXED);
	mailbox_post(status->mailbox, letter_new(LETTER_DISCARD)); /* to wake it */
	(void)pthread_join(status->thread, NULL);
	http_free(status->http);
	inquiries_free(status->inquiries);
	mailbox_free(status->mailbox, letter_free);
	watch_free(status->patience);
	watch_free(status->expiry);
	loop_free(status->loop);
	snapshot_free(status->snapshot);
	free(status);
}
