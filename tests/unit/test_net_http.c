/* The status endpoint's HTTP: hostile heads against the parser, then against real sockets. */
#include "base/address.h"
#include "base/err.h"
#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/socket.h"
#include "server/http.h"
#include "server/http_head.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST "Host: localhost\r\n"

static const struct {
	const char *what, *head;
	int status;
	enum http_method method;
	bool keep;
} heads[] = {
	{"an ordinary one", "GET /status HTTP/1.1\r\n" HOST "\r\n", 200, HTTP_GET, true},
	{"HEAD", "HEAD / HTTP/1.1\r\n" HOST "\r\n", 200, HTTP_HEAD, true},
	{"a browser's", "GET /?a=b HTTP/1.1\r\n" HOST "Accept: */*\r\nX:\r\nY: \t z \t\r\n\r\n",
		200, HTTP_GET, true},
	{"methods are case-sensitive", "get / HTTP/1.1\r\n" HOST "\r\n", 200, HTTP_OTHER, true},
	{"another method", "POST / HTTP/1.1\r\n" HOST "Content-Length: 0\r\n\r\n", 200, HTTP_OTHER,
		true},
	{"Connection: close", "GET / HTTP/1.1\r\nConnection: x , Close\r\n" HOST "\r\n", 200,
		HTTP_GET, false},
	{"Connection: closed is another word",
		"GET / HTTP/1.1\r\nConnection: closed\r\n" HOST "\r\n", 200, HTTP_GET, true},
	{"HTTP/1.0 closes", "GET / HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n", 200,
		HTTP_GET, false},
	{"octets past ASCII in a value", "GET / HTTP/1.1\r\n" HOST "X: \xc3\xa9\r\n\r\n", 200,
		HTTP_GET, true},
	{"nothing", "", 0, 0, false},
	{"the empty line is still to come", "GET / HTTP/1.1\r\n" HOST, 0, 0, false},
	{"half of the empty line", "GET / HTTP/1.1\r\n" HOST "\r", 0, 0, false},
	{"HTTP/2", "PRI * HTTP/2.0\r\n\r\n", 400, 0, false},
	{"HTTP/2 with a path", "GET / HTTP/2.0\r\n" HOST "\r\n", 505, 0, false},
	{"HTTP/0.9", "GET /\r\n\r\n", 400, 0, false},
	{"a version with more to it", "GET / HTTP/1.1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a version without sense", "GET / HTTP/1.x\r\n" HOST "\r\n", 400, 0, false},
	{"a lower-case version", "GET / http/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"two spaces", "GET  / HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a space at the end", "GET / HTTP/1.1 \r\n" HOST "\r\n", 400, 0, false},
	{"a space in the path", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a tab for a space", "GET\t/\tHTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a space before everything", " GET / HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"no method", " / HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"an empty line first", "\r\nGET / HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"an absolute URI", "GET http://localhost/ HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"an asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"CONNECT", "CONNECT evil.example:443 HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a path without its slash", "GET status HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a fragment", "GET /#x HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"octets past ASCII in the path", "GET /\xc3\xa9 HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"a method with a colon", "GE:T / HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"no Host", "GET / HTTP/1.1\r\n\r\n", 400, 0, false},
	{"no Host in HTTP/1.0", "GET / HTTP/1.0\r\n\r\n", 400, 0, false},
	{"two Hosts", "GET / HTTP/1.1\r\n" HOST HOST "\r\n", 400, 0, false},
	{"an empty Host", "GET / HTTP/1.1\r\nHost: \r\n\r\n", 400, 0, false},
	{"an empty Host, then one", "GET / HTTP/1.1\r\nHost:\r\n" HOST "\r\n", 400, 0, false},
	{"a body", "GET / HTTP/1.1\r\n" HOST "Content-Length: 1\r\n\r\n", 400, 0, false},
	{"a large body", "GET / HTTP/1.1\r\n" HOST "Content-Length: 9663676416\r\n\r\n", 400, 0,
		false},
	{"a length with a sign", "GET / HTTP/1.1\r\n" HOST "Content-Length: +0\r\n\r\n", 400, 0,
		false},
	{"a length twice",
		"GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\nContent-Length: 0\r\n\r\n", 400, 0,
		false},
	{"a list of lengths", "GET / HTTP/1.1\r\n" HOST "Content-Length: 0, 0\r\n\r\n", 400, 0,
		false},
	{"chunks", "GET / HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n", 400, 0, false},
	{"both", "GET / HTTP/1.1\r\n" HOST "Content-Length: 0\r\ntransfer-encoding:x\r\n\r\n", 400,
		0, false},
	{"a space before the colon", "GET / HTTP/1.1\r\n" HOST "Content-Length : 5\r\n\r\n", 400, 0,
		false},
	{"a folded field", "GET / HTTP/1.1\r\n" HOST "X: a\r\n b\r\n\r\n", 400, 0, false},
	{"a folded first field", "GET / HTTP/1.1\r\n X: a\r\n" HOST "\r\n", 400, 0, false},
	{"a field without a colon", "GET / HTTP/1.1\r\n" HOST "X\r\n\r\n", 400, 0, false},
	{"a field without a name", "GET / HTTP/1.1\r\n" HOST ": x\r\n\r\n", 400, 0, false},
	{"bare line feeds", "GET / HTTP/1.1\nHost: localhost\n\n", 400, 0, false},
	{"one bare line feed", "GET / HTTP/1.1\r\n" HOST "X: a\nb: c\r\n\r\n", 400, 0, false},
	{"a bare carriage return", "GET / HTTP/1.1\r\n" HOST "X: a\rb\r\n\r\n", 400, 0, false},
	{"a doubled carriage return", "GET / HTTP/1.1\r\r\n" HOST "\r\n", 400, 0, false},
	{"a control character", "GET / HTTP/1.1\r\n" HOST "X: \x1b[31m\r\n\r\n", 400, 0, false},
	{"a DEL", "GET /\x7f HTTP/1.1\r\n" HOST "\r\n", 400, 0, false},
	{"TLS, before it is whole", "\x16\x03\x01", 400, 0, false},
};

static void heads_are_read_strictly(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(heads); i++) {
		const size_t len = strlen(heads[i].head);
		char *const exact = mem_copy(heads[i].head, len); /* ASan sees one octet too far */
		const struct http_head head = http_head_read(exact, len, 8192);
		if (head.status != heads[i].status)
			fail_msg("%s: %d", heads[i].what, head.status);
		if (head.status == 200 && (head.len != len || head.method != heads[i].method ||
						  head.keep != heads[i].keep))
			fail_msg("%s: read otherwise", heads[i].what);
		/* Every beginning of a good head is unfinished, not bad. */
		for (size_t cut = 0; head.status == 200 && cut < len; cut++)
			if (http_head_read(exact, cut, 8192).status != 0)
				fail_msg("%s: judged after %zu octets", heads[i].what, cut);
		free(exact);
	}
}

static void a_nul_is_bad_and_what_follows_a_head_is_left(void **state)
{
	(void)state;
	static const char nul[] = "GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n";
	assert_int_equal(http_head_read(nul, sizeof nul - 1, 8192).status, 400);
	static const char two[] = "GET /a?b?c HTTP/1.1\r\n" HOST "\r\nGET /b";
	const struct http_head head = http_head_read(two, sizeof two - 1, 8192);
	assert_int_equal(head.len, sizeof two - 1 - 6);
	assert_int_equal(head.path.len, 2);
	assert_memory_equal(head.path.at, "/a", 2);
	assert_int_equal(head.query.len, 3);
	assert_memory_equal(head.query.at, "b?c", 3);
}

static void put(char *at, const char *text)
{
	for (; *text != '\0'; text++)
		*at++ = *text;
}

static void a_head_has_at_most_8_kb(void **state)
{
	(void)state;
	char text[9000] = "GET / HTTP/1.1\r\n" HOST "X: ";
	size_t len = strlen(text);
	memset(text + len, 'x', sizeof text - len);
	assert_int_equal(http_head_read(text, 8191, 8192).status, 0);
	assert_int_equal(http_head_read(text, 8192, 8192).status, 431);
	put(text + 8188, "\r\n\r\n");
	assert_int_equal(http_head_read(text, 8192, 8192).status, 200);
	put(text + 8188, "x\r\n\r\n");
	assert_int_equal(http_head_read(text, 8193, 8192).status, 431);
}

/* --- real sockets: the loop ticks every millisecond while something is awaited --- */

enum { CLIENTS = 40 };

struct bench {
	struct loop *loop;
	struct http *http;
	struct http_rule rule;
	struct address at;
	int client[CLIENTS];
	struct watch *tick, *guard;
	bool (*done)(struct bench *bench);
	unsigned gets, given_up;
	struct http_request *later[4]; /* answered when the test says so */
	size_t n_later;
	char *got; /* by client 0 */
	size_t got_len, got_room;
	uint64_t awaited;
	mono_t next_drop;
	bool got_end;
};

static void get(void *cookie, struct http_request *request)
{
	struct bench *const bench = cookie;
	bench->gets++;
	if (strcmp(http_path(request), "/later") == 0) {
		bench->later[bench->n_later++] = request;
		return;
	}
	char body[256];
	const int n =
		snprintf(body, sizeof body, "<%s|%s>", http_path(request), http_query(request));
	http_reply(request, strcmp(http_path(request), "/none") == 0 ? 404 : 200, "text/plain",
		body, (size_t)n);
}

static void given_up(void *cookie, struct http_request *request)
{
	struct bench *const bench = cookie;
	assert_ptr_equal(request, bench->later[bench->n_later - 1]);
	bench->n_later--;
	bench->given_up++;
}

static void turn(void *cookie, mono_t now)
{
	(void)now;
	struct bench *const bench = cookie;
	if (bench->done != NULL && bench->done(bench))
		loop_stop(bench->loop);
}

static void tick(void *cookie, mono_t now)
{
	struct bench *const bench = cookie;
	watch_again(bench->tick, mono_after(now, span_ms(1)));
}

static void too_long(void *cookie, mono_t now)
{
	(void)cookie;
	(void)now;
	fail_msg("waited for 20 s in vain");
}

static struct bench *begin(void)
{
	static const char *const hosts[] = {"status.example.com"};
	struct bench *const bench = mem_new(sizeof *bench);
	bench->loop = loop_new();
	bench->rule = (struct http_rule){
		.hosts = hosts, .n_hosts = 1, .get = get, .gone = given_up, .cookie = bench};
	struct err err;
	assert_true(address_parse("127.0.0.5", &bench->at));
	const int fd = socket_tcp(&bench->at, &err);
	if (fd == -1)
		fail_msg("%s", err.text);
	assert_int_equal(getsockname(fd, &bench->at.any, &bench->at.len), 0);
	bench->rule.address = bench->at;
	bench->http = http_new(bench->loop, fd, &bench->rule);
	bench->tick = loop_at(bench->loop, clock_mono(), tick, bench);
	bench->guard =
		loop_at(bench->loop, mono_after(clock_mono(), span_ms(20000)), too_long, bench);
	loop_after_turn(bench->loop, turn, bench);
	for (size_t i = 0; i < CLIENTS; i++)
		bench->client[i] = -1;
	return bench;
}

static void end(struct bench *bench)
{
	http_free(bench->http);
	assert_int_equal(bench->n_later, 0); /* whoever waited was told */
	for (size_t i = 0; i < CLIENTS; i++)
		if (bench->client[i] != -1)
			(void)close(bench->client[i]);
	watch_free(bench->tick);
	watch_free(bench->guard);
	loop_free(bench->loop);
	free(bench->got);
	free(bench);
}

static void until(struct bench *bench, bool (*done)(struct bench *bench))
{
	bench->done = done;
	loop_run(bench->loop);
	bench->done = NULL;
}

static void dial(struct bench *bench, size_t i)
{
	if (bench->client[i] != -1)
		(void)close(bench->client[i]);
	bench->client[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(connect(bench->client[i], &bench->at.any, bench->at.len), 0);
	assert_int_equal(fcntl(bench->client[i], F_SETFL, O_NONBLOCK), 0);
	bench->got_len = 0;
	bench->got_end = false;
}

static void say(struct bench *bench, size_t i, const char *text)
{
	assert_int_equal(send(bench->client[i], text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

static bool got_end(struct bench *bench)
{
	for (;;) {
		bench->got = mem_grow(bench->got, &bench->got_room, bench->got_len + 65536, 1);
		const ssize_t n = recv(bench->client[0], bench->got + bench->got_len, 65535, 0);
		if (n <= 0) {
			bench->got_end = n == 0;
			bench->got[bench->got_len] = '\0';
			if (n < 0 && errno != EAGAIN)
				fail_msg("reset");
			return bench->got_end;
		}
		bench->got_len += (size_t)n;
	}
}

static bool two_later(struct bench *bench) { return bench->n_later == 2; }
static bool one_later(struct bench *bench) { return bench->n_later == 1; }

static bool accepted(struct bench *bench)
{
	return http_counts(bench->http).accepted == bench->awaited;
}

/* Everything that is answered to `text`, after which the client says no more. */
static const char *answers(struct bench *bench, const char *text)
{
	dial(bench, 0);
	say(bench, 0, text);
	assert_int_equal(shutdown(bench->client[0], SHUT_WR), 0);
	until(bench, got_end);
	return bench->got;
}

static size_t occurrences(const char *text, const char *word)
{
	size_t n = 0;
	for (const char *at = text; (at = strstr(at, word)) != NULL; at++)
		n++;
	return n;
}

static void replies_carry_what_protects_and_nothing_else(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	const char *got = answers(bench, "GET /a?b=c HTTP/1.1\r\n" HOST "Origin: http://x\r\n\r\n");
	assert_memory_equal(got, "HTTP/1.1 200 OK\r\nDate: ", 23);
	assert_non_null(strstr(got, "\r\nContent-Type: text/plain\r\nContent-Length: 8\r\n"
				    "Cache-Control: no-store\r\n"
				    "X-Content-Type-Options: nosniff\r\n\r\n</a|b=c>"));
	assert_null(strcasestr(got, "access-control"));
	assert_null(strcasestr(got, "server:"));
	assert_null(strcasestr(got, "locum"));

	got = answers(bench, "HEAD /a?b=c HTTP/1.1\r\n" HOST "\r\n");
	assert_non_null(strstr(got, "\r\nContent-Length: 8\r\n"));
	assert_string_equal(strstr(got, "nosniff"), "nosniff\r\n\r\n");

	got = answers(bench, "DELETE / HTTP/1.1\r\n" HOST "\r\n");
	assert_memory_equal(got, "HTTP/1.1 405 ", 13);
	assert_non_null(strstr(got, "\r\nAllow: GET, HEAD\r\n"));
	assert_non_null(strstr(got, "\r\nConnection: close\r\n"));
	got = answers(bench, "GET /none HTTP/1.1\r\n" HOST "\r\n");
	assert_memory_equal(got, "HTTP/1.1 404 Not Found\r\n", 24);
	assert_int_equal(bench->gets, 3);
	end(bench);
}

static void hosts_are_ours_or_refused(void **state)
{
	(void)state;
	static const struct {
		const char *host;
		int status;
	} rows[] = {
		{"localhost", 200},
		{"LocalHost:8053", 200},
		{"127.0.0.1", 200},
		{"127.0.0.1:1", 200},
		{"[::1]", 200},
		{"[::1]:8053", 200},
		{"127.0.0.5", 200}, /* the address that was reached */
		{"127.0.0.5:80", 200},
		{"status.example.com", 200},
		{"STATUS.example.com:443", 200},
		{"127.0.0.6", 421},
		{"evil.example", 421},
		{"localhost.evil.example", 421},
		{"evil.example:80", 421},
		{"localhost:", 421},
		{"localhost:x", 421},
		{"localhost:80:80", 421},
		{"localhost:123456", 421},
		{"::1", 421},
		{"[::1", 421},
		{"[]", 421},
		{"[::1]x", 421},
		{":80", 421},
		{"127.0.0.5@80", 421},
		{"user@localhost", 421},
		{"localhost/", 421},
		{"[127.0.0.5]", 421},
		{"status.example.com.", 421},
		{"xlocalhost", 421},
		{"localhos", 421},
	};
	struct bench *const bench = begin();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[256], expected[32];
		(void)snprintf(
			text, sizeof text, "GET / HTTP/1.1\r\nHost: %s\r\n\r\n", rows[i].host);
		(void)snprintf(expected, sizeof expected, "HTTP/1.1 %d ", rows[i].status);
		if (strncmp(answers(bench, text), expected, strlen(expected)) != 0)
			fail_msg("Host: %s: %.20s", rows[i].host, bench->got);
	}
	end(bench);
}

static void a_bad_request_is_the_last_of_its_connection(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	dial(bench, 0);
	/* The smuggled one is not read; the client gets its answer, not a reset. */
	say(bench, 0,
		"GET /1 HTTP/1.1\r\n" HOST "\r\n"
		"POST /2 HTTP/1.1\r\n" HOST "Content-Length: 30\r\n\r\n"
		"GET /3 HTTP/1.1\r\n" HOST "\r\n");
	until(bench, got_end);
	assert_int_equal(bench->gets, 1);
	assert_int_equal(occurrences(bench->got, "HTTP/1.1 "), 2);
	assert_non_null(strstr(bench->got, "</1|>HTTP/1.1 400 Bad Request\r\n"));
	end(bench);
}

static void a_pipeline_is_answered_in_order_also_later(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	dial(bench, 0);
	say(bench, 0,
		"GET /later HTTP/1.1\r\n" HOST "\r\nGET /2 HTTP/1.1\r\n" HOST
		"\r\nHEAD /later HTTP/1.1\r\n" HOST
		"Connection: close\r\n\r\nGET /4 HTTP/1.1\r\n" HOST "\r\n");
	until(bench, one_later);
	assert_int_equal(bench->gets, 1);
	http_reply(bench->later[0], 200, "text/plain", "first", 5);
	until(bench, two_later);
	http_reply(bench->later[1], 503, "text/plain", "third", 5);
	bench->n_later = 0;
	until(bench, got_end);
	assert_int_equal(bench->gets, 3);
	assert_int_equal(occurrences(bench->got, "HTTP/1.1 "), 3);
	const char *const second = strstr(bench->got, "firstHTTP/1.1 200");
	assert_non_null(second);
	const char *const third = strstr(second, "</2|>HTTP/1.1 503");
	assert_non_null(third);
	assert_null(strstr(third, "\r\n\r\nthird"));
	end(bench);
}

static void a_connection_has_100_requests(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	char text[8000] = "";
	static const char one[] = "GET /x HTTP/1.1\r\n" HOST "\r\n";
	for (size_t i = 0; i < 150; i++)
		put(text + i * (sizeof one - 1), one);
	dial(bench, 0);
	say(bench, 0, text);
	until(bench, got_end);
	assert_int_equal(bench->gets, 100);
	assert_int_equal(occurrences(bench->got, "HTTP/1.1 200"), 100);
	assert_int_equal(occurrences(bench->got, "Connection: close"), 1);
	end(bench);
}

static void endless_headers_get_431(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	dial(bench, 0);
	say(bench, 0, "GET / HTTP/1.1\r\n" HOST);
	for (int i = 0; i < 1000; i++)
		say(bench, 0, "X-Filler: 0123456789abcdef\r\n");
	until(bench, got_end);
	assert_memory_equal(bench->got, "HTTP/1.1 431 ", 13);
	end(bench);
}

/* An octet whenever 10 ms have passed. */
static bool dripped(struct bench *bench)
{
	if (mono_reached(bench->next_drop, clock_mono())) {
		bench->next_drop = mono_after(clock_mono(), span_ms(10));
		(void)!send(bench->client[0], "x", 1, MSG_NOSIGNAL);
	}
	return http_counts(bench->http).timed_out == 1;
}

static void a_drip_is_cut_in_time(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	bench->awaited = 1;
	dial(bench, 0);
	say(bench, 0, "GET /");
	until(bench, accepted);
	const mono_t start = clock_mono();
	until(bench, dripped); /* the deadline itself: a second */
	assert_true(mono_between(start, clock_mono()).ns < span_ms(5000).ns);
	end(bench);
}

static bool client_is_gone(struct bench *bench) { return http_counts(bench->http).open == 0; }

static void who_does_not_wait_for_the_answer_does_no_harm(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	dial(bench, 0);
	say(bench, 0, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	until(bench, one_later);
	const struct linger reset = {.l_onoff = 1};
	(void)setsockopt(bench->client[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	(void)close(bench->client[0]);
	bench->client[0] = -1;
	http_reply(bench->later[0], 200, "text/plain", "x", 1);
	bench->n_later = 0;
	until(bench, client_is_gone);
	end(bench);
}

static void at_most_32_connections(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	for (size_t i = 0; i < CLIENTS; i++)
		dial(bench, i);
	bench->awaited = CLIENTS;
	until(bench, accepted);
	assert_int_equal(http_counts(bench->http).open, 32);
	assert_int_equal(http_counts(bench->http).crowded_out, CLIENTS - 32);
	end(bench);
}

static bool one_given_up(struct bench *bench) { return bench->given_up == 1; }

static void a_request_that_nobody_answers_is_given_up(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	dial(bench, 0);
	say(bench, 0, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	const mono_t start = clock_mono();
	until(bench, one_given_up); /* the deadline itself: two seconds and a bit */
	assert_true(span_at_least(mono_between(start, clock_mono()), span_ms(2000)));
	until(bench, got_end);
	dial(bench, 0);
	say(bench, 0, "GET /later HTTP/1.1\r\n" HOST "\r\n");
	until(bench, one_later);
	end(bench); /* http_free() tells, too */
}

static void on_a_wildcard_any_address_will_do_but_no_name(void **state)
{
	(void)state;
	struct bench *const bench = begin();
	assert_true(address_parse("0.0.0.0", &bench->rule.address));
	assert_non_null(
		strstr(answers(bench, "GET / HTTP/1.1\r\nHost: 192.0.2.7:80\r\n\r\n"), " 200 "));
	assert_non_null(
		strstr(answers(bench, "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"), " 421 "));
	assert_non_null(
		strstr(answers(bench, "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n"), " 421 "));
	assert_true(address_parse("::", &bench->rule.address));
	assert_non_null(
		strstr(answers(bench, "GET / HTTP/1.1\r\nHost: [2001:db8::1]\r\n\r\n"), " 200 "));
	end(bench);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read_strictly),
		cmocka_unit_test(a_nul_is_bad_and_what_follows_a_head_is_left),
		cmocka_unit_test(a_head_has_at_most_8_kb),
		cmocka_unit_test(replies_carry_what_protects_and_nothing_else),
		cmocka_unit_test(hosts_are_ours_or_refused),
		cmocka_unit_test(a_bad_request_is_the_last_of_its_connection),
		cmocka_unit_test(a_pipeline_is_answered_in_order_also_later),
		cmocka_unit_test(a_connection_has_100_requests),
		cmocka_unit_test(endless_headers_get_431),
		cmocka_unit_test(a_drip_is_cut_in_time),
		cmocka_unit_test(who_does_not_wait_for_the_answer_does_no_harm),
		cmocka_unit_test(at_most_32_connections),
		cmocka_unit_test(a_request_that_nobody_answers_is_given_up),
		cmocka_unit_test(on_a_wildcard_any_address_will_do_but_no_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
