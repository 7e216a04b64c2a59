/*
 * Does a web server give a good answer?  One request, on a connection of its own to the target's
 * address, through TLS if asked for; by HTTP/1.1 or HTTP/2.  No name is resolved, no proxy asked,
 * and a redirect is followed, if at all, at the same address.
 */
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "probes/http_answer.h"
#include "probes/http_ask.h"
#include "probes/http_one.h"
#include "probes/http_options.h"
#include "probes/http_two.h"
#include "probes/pattern.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct http_shared {
	struct talks *talks;
	struct sought *sought;
};

struct sought { /* a pattern, compiled once for all who look for it */
	char *text;
	struct pattern *pattern;
	size_t users;
	struct sought *next;
};

struct http_probe {
	struct http_shared *shared;
	const struct probe_target *target;
	const struct http_options *options;
	struct sought *sought; /* NULL: nothing is looked for */
	struct talk_tls tls;
	struct talk *talk;
	struct http_ask ask;
	char *authority, *path, *name;
	struct http_try *try; /* the attempt that is under way */
	probe_done_fn *done;
	void *cookie;
};

struct http_try {
	struct http_ask ask;
	char *path;         /* where a redirect led; NULL: it has not */
	uint32_t redirects; /* followed */
	struct http_wants wants;
	struct http_answer answer;
	struct http_one one;
	struct http_two *two; /* NULL: it is HTTP/1.1 */
};

/* ---- what is looked for ---- */

static struct sought *sought_take(struct http_shared *shared, const char *text)
{
	if (text == NULL)
		return NULL;
	struct sought *s = shared->sought;
	while (s != NULL && strcmp(s->text, text) != 0)
		s = s->next;
	if (s == NULL) {
		s = mem_new(sizeof *s);
		s->text = mem_text(text);
		s->pattern = pattern_new(text);
		s->next = shared->sought;
		shared->sought = s;
	}
	s->users++;
	return s;
}

static void sought_drop(struct http_shared *shared, struct sought *sought)
{
	if (sought == NULL || --sought->users > 0)
		return;
	struct sought **at = &shared->sought;
	while (*at != sought)
		at = &(*at)->next;
	*at = sought->next;
	pattern_free(sought->pattern);
	free(sought->text);
	free(sought);
}

/* ---- judgement ---- */

/* Looks for the text; with the value that is read from it, if one is. */
static bool find(const struct http_probe *p, struct probe_report *report)
{
	const struct http_answer *const answer = &p->try->answer;
	const char *const body = answer->kept > 0 ? (const char *)answer->body : "";
	const uint32_t group = p->options->value <= PATTERN_GROUPS_MAX ? p->options->value : 0;
	struct found found;
	if (p->sought == NULL)
		return true;
	if (!pattern_group(p->sought->pattern, body, answer->kept,
		    answer->cut ? PATTERN_MORE : PATTERN_WHOLE, group, &found))
		return false;
	if (group != 0)
		probe_value(report, body + found.from, found.len);
	return true;
}

static struct probe_report judge(const struct http_probe *p)
{
	const struct http_answer *const answer = &p->try->answer;
	const char *const want = p->options->body;
	/* 1. What is no answer, or only half of one, fails. */
	if (answer->wrong != NULL)
		return probe_says(PROBE_FAIL, "%s", answer->wrong);
	/* 2. The status must be a good one. */
	if (!http_answer_is_good(answer))
		return probe_says(PROBE_FAIL, "status %u", answer->status);
	/* 3. The text, if one is asked for, must be there. */
	struct probe_report report = {.outcome = PROBE_PASS};
	if (!find(p, &report)) {
		char text[64];
		return probe_says(PROBE_FAIL, "body lacks \"%s\"",
			text_escape(want, strlen(want), text, sizeof text));
	}
	return report;
}

/* ---- an attempt ---- */

static void begin_answer(struct http_probe *p)
{
	struct http_try *const t = p->try;
	http_two_free(t->two);
	t->two = NULL;
	http_answer_end(&t->answer);
	t->wants = (struct http_wants){
		.good = &p->options->status,
		.body = p->sought != NULL,
		.head_only = strcmp(t->ask.method, "HEAD") == 0,
		.follow = p->options->redirects > 0,
	};
	http_answer_begin(&t->answer, &t->wants);
	t->one = (struct http_one){.answer = &t->answer};
}

static void http_cancel(void *probe)
{
	struct http_probe *const p = probe;
	talk_stop(p->talk);
	if (p->try == NULL)
		return;
	http_two_free(p->try->two);
	http_answer_end(&p->try->answer);
	free(p->try->path);
	free(p->try);
	p->try = NULL;
}

static void finish(struct http_probe *p, struct probe_report report)
{
	if (p->options->value == HTTP_VALUE_DAYS && talk_certified(p->talk)) {
		char days[16];
		const int len = snprintf(days, sizeof days, "%d", (int)talk_days(p->talk));
		probe_value(&report, days, (size_t)len);
	}
	http_cancel(p);
	p->done(p->cookie, &report);
}

static void send_octets(struct http_probe *p, const struct octets *octets)
{
	if (octets->len > 0)
		talk_send(p->talk, octets->at + octets->begin, octets->len);
}

static enum talk_next on_ready(void *cookie)
{
	struct http_probe *const p = cookie;
	struct http_try *const t = p->try;
	struct octets octets = {0};
	if (strcmp(talk_alpn(p->talk), "h2") == 0) {
		t->two = http_two_new(&t->answer, &t->ask, &octets);
	} else if (p->options->version == VERSION_2) {
		(void)http_answer_broken(&t->answer, "the server does not agree on HTTP/2");
		return TALK_ENOUGH;
	} else {
		http_ask_write(&t->ask, &octets);
	}
	probe_step(p->target, "%s %s, HTTP/%s", t->ask.method, t->ask.target,
		t->two != NULL ? "2" : "1.1");
	send_octets(p, &octets);
	octets_free(&octets);
	return TALK_ON;
}

static enum talk_next on_heard(void *cookie, const uint8_t *data, size_t len)
{
	struct http_probe *const p = cookie;
	struct http_try *const t = p->try;
	if (len == 0) {
		if (t->two != NULL)
			http_two_close(t->two);
		else
			http_one_close(&t->one);
		return TALK_ENOUGH;
	}
	struct octets octets = {0};
	const enum http_ready ready = t->two != NULL ? http_two_take(t->two, data, len, &octets)
						     : http_one_take(&t->one, data, len);
	if (ready == HTTP_MORE)
		send_octets(p, &octets);
	octets_free(&octets);
	return ready == HTTP_MORE ? TALK_ON : TALK_ENOUGH;
}

/* What browsers do: 303 asks with GET, and so do the older two after POST.  RFC 9110 15.4. */
static void change_method(struct http_try *t, unsigned status)
{
	const bool post = strcmp(t->ask.method, "POST") == 0;
	if ((status == 303 && !t->wants.head_only) || ((status == 301 || status == 302) && post)) {
		t->ask.method = "GET";
		t->ask.body = NULL;
	}
}

/* False, and why: it is not to be followed. */
static bool follow(struct http_probe *p, struct probe_report *why)
{
	struct http_try *const t = p->try;
	char text[64];
	const char *const location = t->answer.location;
	(void)text_escape(location, strlen(location), text, sizeof text);
	probe_step(p->target, "status %u, redirected to %s", t->answer.status, text);
	if (t->redirects == p->options->redirects) {
		*why = probe_says(PROBE_FAIL, "more than %u %s, the last to %s", t->redirects,
			text_plural(t->redirects, "redirect", "redirects"), text);
		return false;
	}
	char *const path = http_ask_next(&t->ask, location);
	if (path == NULL) {
		*why = probe_says(PROBE_FAIL, "redirected elsewhere, to %s", text);
		return false;
	}
	free(t->path);
	t->ask.target = t->path = path;
	t->redirects++;
	change_method(t, t->answer.status);
	return true;
}

static void on_over(void *cookie, const struct probe_report *broken)
{
	struct http_probe *const p = cookie;
	const struct http_answer *const answer = &p->try->answer;
	if (broken != NULL) {
		finish(p, *broken);
		return;
	}
	struct probe_report why;
	if (answer->wrong == NULL && http_answer_leads(answer)) {
		if (!follow(p, &why)) {
			finish(p, why);
			return;
		}
		begin_answer(p);
		talk_start(p->talk);
		return;
	}
	if (answer->headed)
		probe_step(p->target, "status %u, %llu %s of body", answer->status,
			(unsigned long long)answer->n_body,
			text_plural(answer->n_body, "octet", "octets"));
	finish(p, judge(p));
}

static void http_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct http_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	p->try = mem_new(sizeof *p->try);
	p->try->ask = p->ask;
	begin_answer(p);
	talk_start(p->talk);
}

/* ---- a target ---- */

/* The name in a Host header, for SNI and the certificate; NULL for an address. */
static char *name_of(const char *authority)
{
	struct address address;
	char *const name = mem_text(authority);
	name[strcspn(name, ":")] = '\0';
	if (authority[0] != '[' && !address_parse(name, &address))
		return name;
	free(name);
	return NULL;
}

/* Whom the URL names: "" is the address itself, NULL the endpoint as it is otherwise. */
static char *url_host(const struct http_url *url, const struct probe_target *target)
{
	char *const host = mem_new(url->host_len + 1);
	memcpy(host, url->host, url->host_len);
	const bool address = strcmp(host, "{address}") == 0;
	if (!address && strcmp(host, "{host}") != 0)
		return host;
	free(host);
	return mem_text(address ? "" : target->host);
}

static void make_ask(struct http_probe *p)
{
	const struct http_options *const o = p->options;
	struct http_url url = {0};
	struct err err;
	char *named = NULL;
	if (o->url != NULL && http_url_read(o->url, &url, &err)) {
		named = url_host(&url, p->target);
		if (url.scheme == SCHEME_HTTPS)
			p->tls.cover = TALK_TLS;
	}
	const enum http_scheme scheme = p->tls.cover == TALK_TLS ? SCHEME_HTTPS : SCHEME_HTTP;
	char *const whole = http_ask_authority(
		named != NULL ? named : p->target->host, &p->target->address, scheme);
	p->authority = http_ask_harmless(o->host != NULL ? o->host : whole);
	p->path = http_ask_target(o->url != NULL ? url.path : o->path != NULL ? o->path : "/");
	if (p->tls.name == NULL && (o->host != NULL || (named != NULL && named[0] != '\0')))
		p->tls.name = p->name = name_of(p->authority);
	free(whole);
	free(named);
	p->ask = (struct http_ask){.method = http_method_text((enum http_method)o->method),
		.scheme = scheme,
		.authority = p->authority,
		.port = address_port(&p->target->address),
		.target = p->path,
		.headers = &o->headers,
		.body = o->send};
}

static void *http_open(void *shared, const struct probe_target *target, const void *options)
{
	static const struct talk_part part = {on_ready, on_heard, on_over};
	static const char *const alpn[] = {
		[VERSION_AUTO] = "h2,http/1.1", [VERSION_1_1] = "http/1.1", [VERSION_2] = "h2"};
	struct http_probe *const p = mem_new(sizeof *p);
	p->shared = shared;
	p->target = target;
	p->options = options;
	p->tls = p->options->tls;
	p->sought = sought_take(p->shared, p->options->body);
	make_ask(p);
	p->talk = talk_new(p->shared->talks, &(struct talk_plan){.target = target,
						     .tls = &p->tls,
						     .alpn = alpn[p->options->version],
						     .first = TALK_WE_BEGIN,
						     .part = &part,
						     .cookie = p});
	return p;
}

static void http_close(void *probe)
{
	struct http_probe *const p = probe;
	talk_free(p->talk);
	sought_drop(p->shared, p->sought);
	free(p->authority);
	free(p->path);
	free(p->name);
	free(p);
}

static void *http_begin(struct loop *loop)
{
	struct http_shared *const s = mem_new(sizeof *s);
	s->talks = talks_new(loop);
	return s;
}

static void http_end(void *shared)
{
	struct http_shared *const s = shared;
	assert(s->sought == NULL);
	talks_free(s->talks);
	free(s);
}

const struct probe_kind probe_http = {
	.options = {.name = "http",
		.fields = http_fields,
		.size = sizeof(struct http_options),
		.port = 80,
		.watch = probe_watch,
		.valueless = http_options_valueless,
		.check = http_options_check,
		.port_of = http_options_port},
	.begin = http_begin,
	.end = http_end,
	.open = http_open,
	.close = http_close,
	.start = http_start,
	.cancel = http_cancel,
};
