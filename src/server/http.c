#include "server/http.h"

#include "base/address.h"
#include "base/mem.h"
#include "net/clock.h"
#include "server/http_head.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum {
	HEAD_MAX = 8192,
	REQUESTS_MAX = 100, /* on one connection */
};

struct http {
	const struct http_rule *rule;
	struct acceptor *acceptor;
};

struct client { /* the word of a stream, from its first request on */
	unsigned requests;
	struct http_request *waiting; /* being answered */
};

struct http_request {
	struct stream *stream;
	char *path, *query;
	enum http_method method;
	bool keep;
};

static const struct {
	int status;
	const char *words;
} statuses[] = {
	{200, "OK"},
	{400, "Bad Request"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{421, "Misdirected Request"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{503, "Service Unavailable"},
	{505, "HTTP Version Not Supported"},
};

static const char *words_of(int status)
{
	for (size_t i = 0; i < COUNT_OF(statuses); i++)
		if (statuses[i].status == status)
			return statuses[i].words;
	return "Status";
}

struct reply {
	int status;
	const char *type;
	const void *body;
	size_t len;
	bool keep, body_left_out;
};

static void send_reply(struct stream *stream, struct reply reply)
{
	const time_t seconds = (time_t)(clock_wall_ns() / 1000000000);
	struct tm at;
	char date[64], head[512];
	(void)strftime(date, sizeof date, "%a, %d %b %Y %H:%M:%S GMT", gmtime_r(&seconds, &at));
	const int n = snprintf(head, sizeof head,
		"HTTP/1.1 %d %s\r\n"
		"Date: %s\r\n"
		"Content-Type: %s\r\n"
		"Content-Length: %zu\r\n"
		"Cache-Control: no-store\r\n"
		"X-Content-Type-Options: nosniff\r\n"
		"%s%s\r\n",
		reply.status, words_of(reply.status), date, reply.type, reply.len,
		reply.status == 405 ? "Allow: GET, HEAD\r\n" : "",
		reply.keep ? "" : "Connection: close\r\n");
	assert(n > 0 && (size_t)n < sizeof head);
	stream_send(stream, head, (size_t)n);
	if (!reply.body_left_out && reply.len > 0)
		stream_send(stream, reply.body, reply.len);
	if (!reply.keep)
		stream_finish(stream);
}

static void refuse(struct stream *stream, int status)
{
	char text[64];
	const int n = snprintf(text, sizeof text, "%s\n", words_of(status));
	send_reply(stream, (struct reply){.status = status,
				   .type = "text/plain; charset=utf-8",
				   .body = text,
				   .len = (size_t)n});
}

/* Without the port: false when what follows the name is not one. */
static bool cut_port(struct http_piece *host)
{
	const char *const end = host->at + host->len;
	const char *at = host->at;
	if (host->at[0] == '[') {
		at = memchr(host->at, ']', host->len);
		if (at++ == NULL)
			return false;
	} else {
		while (at < end && *at != ':')
			at++;
	}
	host->len = (size_t)(at - host->at);
	if (at == end)
		return true;
	const size_t digits = (size_t)(end - at) - 1;
	for (size_t i = 1; i <= digits; i++)
		if (at[i] < '0' || at[i] > '9')
			return false;
	return *at == ':' && digits >= 1 && digits <= 5;
}

static bool same(struct http_piece piece, const char *text)
{
	return piece.len == strlen(text) && strncasecmp(piece.at, text, piece.len) == 0;
}

static bool is_wildcard(const struct address *address)
{
	return address->any.sa_family == AF_INET ? address->v4.sin_addr.s_addr == htonl(INADDR_ANY)
						 : IN6_IS_ADDR_UNSPECIFIED(&address->v6.sin6_addr);
}

/* An address cannot be rebound: what a browser reaches by it is what its page came from. */
static bool is_ours(struct http_piece host, const struct address *address)
{
	char text[INET6_ADDRSTRLEN + 2];
	struct address named;
	if (host.len >= sizeof text)
		return false;
	const bool brackets = host.at[0] == '[';
	const size_t len = brackets ? host.len - 2 : host.len;
	memcpy(text, host.at + brackets, len);
	text[len] = '\0';
	const sa_family_t family = brackets ? AF_INET6 : AF_INET;
	if (address->any.sa_family != family || !address_parse(text, &named))
		return false;
	const struct address ours = address_with_port(*address, 0);
	return is_wildcard(address) || address_equal(&ours, &named);
}

static bool is_welcome(const struct http_rule *rule, struct http_piece host)
{
	static const char *const always[] = {"localhost", "127.0.0.1", "[::1]"};
	if (!cut_port(&host) || host.len == 0)
		return false;
	for (size_t i = 0; i < COUNT_OF(always); i++)
		if (same(host, always[i]))
			return true;
	for (size_t i = 0; i < rule->n_hosts; i++)
		if (same(host, rule->hosts[i]))
			return true;
	return is_ours(host, &rule->address);
}

static char *text_of(struct http_piece piece)
{
	char *const text = mem_new(piece.len + 1);
	if (piece.len > 0)
		memcpy(text, piece.at, piece.len);
	return text;
}

static struct client *client_of(struct stream *stream)
{
	if (stream_cookie(stream) == NULL)
		stream_set_cookie(stream, mem_new(sizeof(struct client)));
	return stream_cookie(stream);
}

static size_t take(void *cookie, struct stream *stream, const uint8_t *data, size_t len)
{
	const struct http *const http = cookie;
	const struct http_head head = http_head_read(data, len, HEAD_MAX);
	if (head.status == 0)
		return 0;
	int status = head.status;
	if (status == 200 && !is_welcome(http->rule, head.host))
		status = 421;
	if (status == 200 && head.method == HTTP_OTHER)
		status = 405;
	if (status != 200) {
		refuse(stream, status);
		return len; /* nothing more is wanted from this one */
	}
	struct client *const client = client_of(stream);
	struct http_request *const request = mem_new(sizeof *request);
	request->stream = stream;
	request->path = text_of(head.path);
	request->query = text_of(head.query);
	request->method = head.method;
	request->keep = head.keep && ++client->requests < REQUESTS_MAX;
	client->waiting = request;
	stream_hold(stream);
	http->rule->get(http->rule->cookie, request);
	return head.len;
}

static void request_free(struct http_request *request)
{
	free(request->path);
	free(request->query);
	free(request);
}

static void gone(void *cookie, struct stream *stream)
{
	const struct http *const http = cookie;
	struct client *const client = stream_cookie(stream);
	if (client != NULL && client->waiting != NULL) {
		assert(http->rule->gone != NULL);
		http->rule->gone(http->rule->cookie, client->waiting);
		request_free(client->waiting);
	}
	free(client);
}

/*
 * A request has 5 s in all: 1 s to arrive, 2.2 s to be answered, 1.8 s to be taken.  The longest
 * reply is the status of some 10,000 services.
 */
static const struct stream_rule stream_rule = {
	.connections = 32,
	.in_max = HEAD_MAX + 1,
	.out_max = (size_t)64 << 20,
	.idle = {5000 * INT64_C(1000000)},
	.message = {1000 * INT64_C(1000000)},
	.hold = {2200 * INT64_C(1000000)},
	.drain = {1800 * INT64_C(1000000)},
	.take = take,
	.gone = gone,
};

struct http *http_new(struct loop *loop, int fd, const struct http_rule *rule)
{
	struct http *const http = mem_new(sizeof *http);
	http->rule = rule;
	http->acceptor = acceptor_new(loop, fd, &stream_rule, http);
	return http;
}

struct stream_counts http_counts(const struct http *http)
{
	return acceptor_counts(http->acceptor);
}

void http_free(struct http *http)
{
	if (http == NULL)
		return;
	acceptor_free(http->acceptor);
	free(http);
}

const char *http_path(const struct http_request *request) { return request->path; }

const char *http_query(const struct http_request *request) { return request->query; }

void http_reply(struct http_request *request, int status, const char *content_type,
	const void *body, size_t len)
{
	struct stream *const stream = request->stream;
	struct client *const client = stream_cookie(stream);
	client->waiting = NULL;
	send_reply(stream, (struct reply){.status = status,
				   .type = content_type,
				   .body = body,
				   .len = len,
				   .keep = request->keep,
				   .body_left_out = request->method == HTTP_HEAD});
	stream_release(stream);
	request_free(request);
}
