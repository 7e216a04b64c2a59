/*
 * Does a web server give a good answer?  One request on a connection of its own, by libcurl, to the
 * target's address: no name is resolved, no redirect followed, no proxy asked.
 *
 * A good answer is whole (or longer than 64 KB), has a listed status and, if asked for, the text in
 * its first 64 KB.
 */
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "probes/curl.h"
#include "probes/probe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	BODY_MAX = 64 * 1024,
	HEADERS_MAX = 64 * 1024, /* all of them together, those of "100 Continue" too */
	SLACK_MS =
		1000, /* libcurl's own time-outs stand behind the prober's, and must not meet it */
};

enum http_method { METHOD_GET, METHOD_HEAD };

struct http_options {
	const char *path, *host, *body;
	int method;
	struct ranges status;
};

static const struct word methods[] = {{"GET", METHOD_GET}, {"HEAD", METHOD_HEAD}, {.text = NULL}};

static const struct field http_fields[] = {
	{.key = "path",
		.type = FIELD_TEXT,
		.offset = offsetof(struct http_options, path),
		.otherwise = "/",
		.max = 2048,
		.help = "What is asked for, with its query if it has one."},
	{.key = "host",
		.type = FIELD_TEXT,
		.offset = offsetof(struct http_options, host),
		.otherwise = "",
		.max = 255,
		.help = "The Host header, sent as it stands here; otherwise the endpoint's host "
			"or address, with the port unless it is 80."},
	{.key = "method",
		.type = FIELD_WORD,
		.offset = offsetof(struct http_options, method),
		.otherwise = "GET",
		.words = methods,
		.help = "The method of the request; the answer to HEAD has no body to look into."},
	{.key = "status",
		.type = FIELD_RANGES,
		.offset = offsetof(struct http_options, status),
		.otherwise = "200-399",
		.min = 100,
		.max = 599,
		.help = "Status codes of a good answer; redirects are answers and never followed."},
	{.key = "body",
		.type = FIELD_TEXT,
		.offset = offsetof(struct http_options, body),
		.otherwise = "",
		.max = 4096,
		.help = "Text that must stand in the first 64 KB of the body, upper and lower "
			"case told apart."},
	{.key = "url", .type = FIELD_LATER, .help = "The whole URL in place of port and path."},
	{.key = "tls", .type = FIELD_LATER, .help = "HTTPS, and what to demand of it."},
	{.key = "headers", .type = FIELD_LATER, .help = "More headers of the request."},
	{.key = NULL},
};

struct http_probe {
	struct curl_pool *pool;
	struct loop *loop;
	const struct probe_target *target;
	const struct http_options *options;
	char *url;
	struct curl_slist *headers;

	struct curl_transfer transfer;
	struct watch *refused; /* libcurl did not even take it: to be said from the loop */
	enum { STOP_NOT, STOP_ENOUGH, STOP_HEADERS } stop; /* why we broke off */
	size_t n_headers, n_body;                          /* octets seen */
	char *body;                                        /* of them, until the text was found */
	size_t body_room;
	bool headed, found; /* headers whole, text seen */
	probe_done_fn *done;
	void *cookie;
};

struct http_shared {
	struct curl_pool *pool;
	struct loop *loop;
};

static size_t text_len(const char *text) { return text == NULL ? 0 : strlen(text); }

static long status(const struct http_probe *p)
{
	long code = 0;
	(void)curl_easy_getinfo(p->transfer.easy, CURLINFO_RESPONSE_CODE, &code);
	return code;
}

static bool status_listed(const struct http_probe *p)
{
	const long code = status(p);
	for (size_t i = 0; i < p->options->status.n; i++) {
		const struct range *const r = &p->options->status.list[i];
		if (code >= (long)r->low && code <= (long)r->high)
			return true;
	}
	return false;
}

/* Looks for the text in what is new, and in so much of the old as it may have begun in. */
static void look(struct http_probe *p, const char *data, size_t len)
{
	const char *const want = p->options->body;
	const size_t want_len = text_len(want);
	p->found = p->found || want_len == 0;
	if (!p->found) {
		p->body = mem_grow(p->body, &p->body_room, p->n_body + len, 1);
		memcpy(p->body + p->n_body, data, len);
		const size_t from = p->n_body >= want_len ? p->n_body - want_len + 1 : 0;
		p->found = memmem(p->body + from, p->n_body + len - from, want, want_len) != NULL;
	}
	p->n_body += len;
}

/* Returning less than `len` makes libcurl end the transfer. */
static size_t on_body(char *data, size_t one, size_t len, void *cookie)
{
	(void)one; /* is 1 */
	struct http_probe *const p = cookie;
	const size_t room = BODY_MAX - p->n_body;
	if (!status_listed(p) || len >= room)
		p->stop = STOP_ENOUGH;
	look(p, data, len < room ? len : room);
	return p->stop == STOP_NOT ? len : 0;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): libcurl's type */
static size_t on_header(char *data, size_t one, size_t len, void *cookie)
{
	(void)one;
	struct http_probe *const p = cookie;
	p->n_headers += len;
	p->headed = p->headed || ((data[0] == '\r' || data[0] == '\n') && status(p) >= 200);
	if (p->n_headers > HEADERS_MAX)
		p->stop = STOP_HEADERS;
	return p->stop == STOP_NOT ? len : 0;
}

static struct probe_report no_connection(const struct http_probe *p)
{
	if (p->transfer.socket_error != 0)
		return probe_errno(p->transfer.socket_error, PROBE_AT_ONCE);
	long error = 0;
	(void)curl_easy_getinfo(p->transfer.easy, CURLINFO_OS_ERRNO, &error);
	if (error == 0)
		return probe_says(PROBE_FAIL, "cannot connect");
	return probe_errno((int)error, p->transfer.waited ? PROBE_LATER : PROBE_AT_ONCE);
}

/* `otherwise`: it was not the network. */
static struct probe_report broken(const struct http_probe *p, const char *otherwise)
{
	long error = 0;
	(void)curl_easy_getinfo(p->transfer.easy, CURLINFO_OS_ERRNO, &error);
	if (error == 0)
		return probe_says(PROBE_FAIL, "%s", otherwise);
	return probe_errno((int)error, PROBE_LATER);
}

static struct probe_report no_answer(const struct http_probe *p, CURLcode code)
{
	switch ((int)code) { /* not all 99 of them */
	case CURLE_COULDNT_CONNECT: return no_connection(p);
	case CURLE_SEND_ERROR: return broken(p, "connection broken");
	case CURLE_RECV_ERROR: return broken(p, "malformed answer");
	case CURLE_OPERATION_TIMEDOUT: return probe_says(PROBE_FAIL, "timed out");
	case CURLE_GOT_NOTHING: return probe_says(PROBE_FAIL, "closed before an answer");
	case CURLE_PARTIAL_FILE:
		return probe_says(PROBE_FAIL, "closed before the end of the answer");
	case CURLE_UNSUPPORTED_PROTOCOL: /* HTTP/0.9 */
	case CURLE_WEIRD_SERVER_REPLY: return probe_says(PROBE_FAIL, "not an HTTP answer");
	case CURLE_OUT_OF_MEMORY: /* see curl.c */
		return probe_says(PROBE_FAIL, "header line too long");
	default:
		return probe_says(p->transfer.waited ? PROBE_FAIL : PROBE_NO_VERDICT, "%s",
			curl_easy_strerror(code));
	}
}

static struct probe_report judge(const struct http_probe *p, CURLcode code)
{
	/* 1. Headers without end are no answer. */
	if (p->stop == STOP_HEADERS)
		return probe_says(PROBE_FAIL, "headers longer than 64 KB");
	/* 2. Neither is half of one, unless it was we who had enough. */
	if (code != CURLE_OK && p->stop != STOP_ENOUGH)
		return no_answer(p, code);
	if (!p->headed) /* libcurl is content with less */
		return no_answer(p, CURLE_PARTIAL_FILE);
	/* 3. The status must be a good one. */
	if (!status_listed(p))
		return probe_says(PROBE_FAIL, "status %ld", status(p));
	/* 4. The text, if one is asked for, must be there. */
	if (!p->found && text_len(p->options->body) > 0) {
		char text[64];
		return probe_says(PROBE_FAIL, "body lacks \"%s\"",
			text_escape(p->options->body, strlen(p->options->body), text, sizeof text));
	}
	return (struct probe_report){.outcome = PROBE_PASS};
}

static void http_cancel(void *probe)
{
	struct http_probe *const p = probe;
	watch_free(p->refused);
	p->refused = NULL;
	curl_transfer_end(&p->transfer);
	free(p->body);
	p->body = NULL;
	p->body_room = 0;
}

static void on_ended(void *cookie, CURLcode code)
{
	struct http_probe *const p = cookie;
	const struct probe_report report = judge(p, code);
	http_cancel(p);
	p->done(p->cookie, &report);
}

static void on_refused(void *cookie, mono_t now)
{
	(void)now;
	on_ended(cookie, CURLE_FAILED_INIT);
}

static void http_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct http_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	p->stop = STOP_NOT;
	p->n_headers = p->n_body = 0;
	p->headed = p->found = false;
	curl_transfer_take(p->pool, &p->transfer, on_ended, p);
	CURL *const easy = p->transfer.easy;
	const long ms = (long)(p->target->timeout.ns / 1000000) + SLACK_MS;
	bool good = true;
#define SET(option, value) good = curl_easy_setopt(easy, option, value) == CURLE_OK && good
	SET(CURLOPT_URL, p->url);
	SET(CURLOPT_HTTPHEADER, p->headers);
	SET(CURLOPT_HTTPGET, 1L); /* undoes the last one's NOBODY */
	if (p->options->method == METHOD_HEAD)
		SET(CURLOPT_NOBODY, 1L);
	SET(CURLOPT_TIMEOUT_MS, ms);
	SET(CURLOPT_CONNECTTIMEOUT_MS, ms);
	SET(CURLOPT_WRITEDATA, p);
	SET(CURLOPT_HEADERDATA, p);
#undef SET
	if (!good || !curl_transfer_go(&p->transfer))
		p->refused = loop_at(p->loop, loop_now(p->loop), on_refused, p);
}

static void prepare(CURL *easy)
{
	bool good = true;
#define SET(option, value) good = curl_easy_setopt(easy, option, value) == CURLE_OK && good
	SET(CURLOPT_PROTOCOLS_STR, "http");
	SET(CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	SET(CURLOPT_HTTP09_ALLOWED, 0L);
	SET(CURLOPT_PATH_AS_IS, 1L);
	SET(CURLOPT_USERAGENT, "locum");
	SET(CURLOPT_WRITEFUNCTION, on_body);
	SET(CURLOPT_HEADERFUNCTION, on_header);
#undef SET
	assert(good);
	(void)good;
}

/* What may not stand in a request line or header becomes %XX: no line can be smuggled in. */
static char *harmless(const char *text)
{
	char *const out = mem_new(3 * text_len(text) + 1), *to = out;
	for (size_t i = 0; i < text_len(text); i++) {
		const unsigned char c = (unsigned char)text[i];
		if (c <= ' ' || c >= 0x7f || c == '#')
			to += sprintf(to, "%%%02X", c);
		else
			*to++ = (char)c;
	}
	return out;
}

/* "192.0.2.1" or "[2001:db8::1]", and the port unless it is 80. */
static char *authority(const char *host, const struct address *address)
{
	char text[ADDRESS_TEXT_MAX];
	const uint16_t port = address_port(address);
	const struct address bare = address_with_port(*address, 0);
	const bool brackets = host[0] == '\0' && address->any.sa_family == AF_INET6;
	if (host[0] == '\0')
		host = address_text(&bare, text);
	const char *const open = brackets ? "[" : "", *const shut = brackets ? "]" : "";
	if (port == 80)
		return mem_format("%s%s%s", open, host, shut);
	return mem_format("%s%s%s:%u", open, host, shut, (unsigned)port);
}

static struct curl_slist *add_header(struct curl_slist *list, const char *name, const char *value)
{
	char *const line = mem_format("%s: %s", name, value);
	struct curl_slist *const longer = curl_slist_append(list, line);
	free(line);
	assert(longer != NULL);
	return longer;
}

static void *http_open(void *shared, const struct probe_target *target, const void *options)
{
	const struct http_shared *const s = shared;
	struct http_probe *const p = mem_new(sizeof *p);
	p->pool = s->pool;
	p->loop = s->loop;
	p->target = target;
	p->options = options;

	char *const path = harmless(p->options->path);
	char *const where = authority("", &target->address);
	p->url = mem_format("http://%s%s%s", where, path[0] == '/' ? "" : "/", path);
	free(where);
	free(path);

	char *const given = harmless(p->options->host), *const named = harmless(target->host);
	char *const usual = authority(named, &target->address);
	p->headers = add_header(NULL, "Host", given[0] != '\0' ? given : usual);
	p->headers = add_header(p->headers, "Connection", "close");
	free(usual);
	free(named);
	free(given);
	return p;
}

static void http_close(void *probe)
{
	struct http_probe *const p = probe;
	curl_slist_free_all(p->headers);
	free(p->url);
	free(p);
}

static void *http_begin(struct loop *loop)
{
	struct http_shared *const s = mem_new(sizeof *s);
	s->loop = loop;
	s->pool = curl_pool_new(loop, prepare);
	return s;
}

static void http_end(void *shared)
{
	struct http_shared *const s = shared;
	curl_pool_free(s->pool);
	free(s);
}

const struct probe_kind probe_http = {
	.options = {.name = "http",
		.fields = http_fields,
		.size = sizeof(struct http_options),
		.port = 80,
		.watch = probe_watch},
	.begin = http_begin,
	.end = http_end,
	.open = http_open,
	.close = http_close,
	.start = http_start,
	.cancel = http_cancel,
};
