#include "probes/http_options.h"
#include "tests/unit/http_server.h"
#include "tests/unit/probe_once.h"

#include <dirent.h>
#include <stdio.h>

static const struct range usual[] = {{200, 399}};
static const struct http_options plain = {.status = {1, usual}, .tls = {.cover = TALK_CLEAR}};

static const char *unless_empty(const char *text) { return text[0] == '\0' ? NULL : text; }

static struct probe_report ask(
	struct server *server, const struct http_options *options, const char *host, int64_t ms)
{
	const struct probe_target target = {
		.address = server->address, .host = host, .timeout = span_ms(GUARD_MS)};
	return ask_within(server->loop, &probe_http, &target, options, ms);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"

struct row {
	const char *what;
	const char *say;
	enum then then;
	const char *more;
	const char *body;
	int method;
	enum probe_outcome outcome;
	const char *why;
};

static void answers(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"a whole answer passes, though the server keeps the connection",
			OK "Content-Length: 2\r\n\r\nok", HOLDS, "", "", METHOD_GET, PROBE_PASS,
			""},
		{"one that ends with the connection", OK "\r\nok", CLOSES, "", "", METHOD_GET,
			PROBE_PASS, ""},
		{"one without a body", "HTTP/1.1 204 None\r\n\r\n", HOLDS, "", "", METHOD_GET,
			PROBE_PASS, ""},
		{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok", CLOSES, "", "", METHOD_GET, PROBE_PASS,
			""},
		{"HEAD waits for no body", OK "Content-Length: 9\r\n\r\n", HOLDS, "", "",
			METHOD_HEAD, PROBE_PASS, ""},
		{"a redirect is an answer",
			"HTTP/1.1 302 F\r\nLocation: http://192.0.2.1/\r\n"
			"Content-Length: 0\r\n\r\n",
			HOLDS, "", "", METHOD_GET, PROBE_PASS, ""},
		{"a bad status fails", "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", HOLDS, "",
			"", METHOD_GET, PROBE_FAIL, "status 503"},
		{"without waiting for its body", "HTTP/1.1 500 No\r\nContent-Length: 99\r\n\r\nx",
			HOLDS, "", "", METHOD_GET, PROBE_FAIL, "status 500"},
		{"a bad one with the text", "HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nok", HOLDS,
			"", "ok", METHOD_GET, PROBE_FAIL, "status 404"},
		{"the text is there", OK "Content-Length: 4\r\n\r\n-ok-", HOLDS, "", "ok",
			METHOD_GET, PROBE_PASS, ""},
		{"it is not", OK "Content-Length: 4\r\n\r\n-OK-", HOLDS, "", "ok", METHOD_GET,
			PROBE_FAIL, "body lacks \"ok\""},
		{"nothing is", OK "Content-Length: 0\r\n\r\n", HOLDS, "", "ok", METHOD_GET,
			PROBE_FAIL, "body lacks \"ok\""},
		{"it came in two pieces", OK "Content-Length: 5\r\n\r\n-o", SAYS_MORE, "k--", "ok",
			METHOD_GET, PROBE_PASS, ""},
		{"in two chunks", CHUNKED "2\r\n-o\r\n2\r\nk-\r\n0\r\n\r\n", HOLDS, "", "ok",
			METHOD_GET, PROBE_PASS, ""},
		{"a text with quotes is quoted", OK "Content-Length: 0\r\n\r\n", HOLDS, "",
			"\"up\"\n", METHOD_GET, PROBE_FAIL, "body lacks \"\\\"up\\\"\\n\""},
		{"closed after the request", "", CLOSES, "", "", METHOD_GET, PROBE_FAIL,
			"closed before an answer"},
		{"half closed after it", "", HALF_CLOSES, "", "", METHOD_GET, PROBE_FAIL,
			"closed before an answer"},
		{"half closed within the first line", "HTTP/1.1 20", HALF_CLOSES, "", "",
			METHOD_GET, PROBE_FAIL, "closed before an answer"},
		{"half closed within the headers", OK "Content-Le", HALF_CLOSES, "", "", METHOD_GET,
			PROBE_FAIL, "closed before the end of the answer"},
		{"within the body", OK "Content-Length: 9\r\n\r\nok", HALF_CLOSES, "", "ok",
			METHOD_GET, PROBE_FAIL, "closed before the end of the answer"},
		{"within a chunk", CHUNKED "9\r\nok", CLOSES, "", "", METHOD_GET, PROBE_FAIL,
			"closed before the end of the answer"},
		{"reset", "", RESETS, "", "", METHOD_GET, PROBE_FAIL, "connection reset"},
		{"a greeting of something else", "SSH-2.0-OpenSSH\r\n", HOLDS, "", "", METHOD_GET,
			PROBE_FAIL, "not an HTTP answer"},
		{"a chunk of nonsense", CHUNKED "zz\r\nok\r\n", HOLDS, "", "", METHOD_GET,
			PROBE_FAIL, "malformed answer"},
		{"packed, which we did not ask for",
			OK "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08.",
			HOLDS, "", "ok", METHOD_GET, PROBE_FAIL, "body lacks \"ok\""},
		{"an upgrade is the last answer",
			"HTTP/1.1 101 Switch\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
			HALF_CLOSES, "", "", METHOD_GET, PROBE_FAIL, "status 101"},
		{"a silent server leaves it to the prober", "", HOLDS, "", "", METHOD_GET,
			PROBE_NO_VERDICT, "no report"},
		{"one that stops within the headers", OK "Content-", HOLDS, "", "", METHOD_GET,
			PROBE_NO_VERDICT, "no report"},
		{"or within the body", OK "Content-Length: 9\r\n\r\nok", HOLDS, "", "ok",
			METHOD_GET, PROBE_NO_VERDICT, "no report"},
		{"or only says: continue", "HTTP/1.1 100 Continue\r\n\r\n", HOLDS, "", "",
			METHOD_GET, PROBE_NO_VERDICT, "no report"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *const row = &rows[i];
		const int before = lowest_descriptor();
		struct server *const server = server_new("127.0.0.1", row->say, row->then);
		server->more = row->more;
		server->more_len = strlen(row->more);
		struct http_options options = plain;
		options.body = unless_empty(row->body);
		options.method = row->method;
		const bool silent = row->outcome == PROBE_NO_VERDICT;
		const struct probe_report got = ask(server, &options, "", silent ? 50 : GUARD_MS);
		expect_report(row->what, &got, row->outcome, row->why);
		if (server->accepted != 1)
			fail_msg("%s: %zu connections", row->what, server->accepted);
		server_free(server);
		assert_int_equal(lowest_descriptor(), before);
	}
}

static void closed_at_once(void **state)
{
	(void)state;
	struct server *const server = server_new("127.0.0.1", "", CLOSES_AT_ONCE);
	const struct probe_report got = ask(server, &plain, "", GUARD_MS);
	assert_int_equal(got.outcome, PROBE_FAIL);
	/* Whether our request was on its way already is chance. */
	if (strcmp(got.why, "closed before an answer") != 0)
		assert_string_equal(got.why, "connection reset");
	server_free(server);
}

/* What has no end is cut: by us, long before any timeout, and without being kept. */
static void endless_answers(void **state)
{
	(void)state;
	static char block[16384];
	memset(block, 'x', sizeof block - 1);
	static const struct row rows[] = {
		{"an endless body is judged by its first 64 KB", OK "\r\nok", REPEATS, block, "ok",
			METHOD_GET, PROBE_PASS, ""},
		{"also when nothing is looked for, if it has told its length",
			OK "Content-Length: 99999999\r\n\r\n", REPEATS, block, "", METHOD_GET,
			PROBE_PASS, ""},
		{"which has to end otherwise", OK "\r\n", REPEATS, block, "", METHOD_GET,
			PROBE_FAIL, "more than 1024 KB received"},
		{"in chunks as well", CHUNKED, REPEATS, "4\r\nxxxx\r\n", "", METHOD_GET, PROBE_FAIL,
			"more than 1024 KB received"},
		{"and fails without the text", OK "\r\n", REPEATS, block, "ok", METHOD_GET,
			PROBE_FAIL, "body lacks \"ok\""},
		{"an endless body with a bad status", "HTTP/1.1 500 No\r\n\r\n", REPEATS, block, "",
			METHOD_GET, PROBE_FAIL, "status 500"},
		{"endless chunks", CHUNKED, REPEATS, "4\r\nxxxx\r\n", "ok", METHOD_GET, PROBE_FAIL,
			"body lacks \"ok\""},
		{"headers without end", OK, REPEATS, "X-Header: value value value\r\n", "",
			METHOD_GET, PROBE_FAIL, "headers longer than 64 KB"},
		{"a header line without end", OK "X-Header: ", REPEATS, block, "", METHOD_GET,
			PROBE_FAIL, "headers longer than 64 KB"},
		{"a first line without end", "HTTP/1.1 200 ", REPEATS, block, "", METHOD_GET,
			PROBE_FAIL, "headers longer than 64 KB"},
		{"trailers without end", CHUNKED "2\r\nok\r\n0\r\n", REPEATS, "X-T: v\r\n", "ok",
			METHOD_GET, PROBE_FAIL, "headers longer than 64 KB"},
		{"continue, continue, ...", "", REPEATS, "HTTP/1.1 100 Continue\r\n\r\n", "",
			METHOD_GET, PROBE_FAIL, "interim answers without end"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server = server_new("127.0.0.1", rows[i].say, REPEATS);
		server->more = rows[i].more;
		server->more_len = strlen(rows[i].more);
		struct http_options options = plain;
		options.body = unless_empty(rows[i].body);
		const struct probe_report got = ask(server, &options, "", GUARD_MS);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		server_free(server);
	}
}

/* The text ends with octet `end` of the body. */
static struct probe_report ask_for_text_at(size_t end)
{
	char *const answer = malloc(end + 200);
	assert_non_null(answer);
	const int head = sprintf(answer, OK "Content-Length: %zu\r\n\r\n", end + 1);
	memset(answer + head, '.', end + 1);
	memcpy(answer + head + end - 4, "GOOD", 4);
	answer[(size_t)head + end + 1] = '\0';
	/* In two pieces: the server's socket may not take it at once. */
	struct server *const server = server_new("127.0.0.1", "", SAYS_MORE);
	server->more = answer;
	server->more_len = strlen(answer);
	server->then = REPEATS;
	struct http_options options = plain;
	options.body = "GOOD";
	const struct probe_report got = ask(server, &options, "", GUARD_MS);
	server_free(server);
	free(answer);
	return got;
}

static void the_text_counts_in_the_first_64_kb(void **state)
{
	(void)state;
	const size_t most = 65536;
	struct probe_report got = ask_for_text_at(most);
	expect_report("the last place", &got, PROBE_PASS, "");
	got = ask_for_text_at(most + 1);
	expect_report("one octet further", &got, PROBE_FAIL, "body lacks \"GOOD\"");
	for (size_t end = 4090; end < 4110; end++) { /* where a buffer may end */
		got = ask_for_text_at(end);
		expect_report("anywhere", &got, PROBE_PASS, "");
	}
}

static void status_ranges(void **state)
{
	(void)state;
	static const struct range ranges[] = {{200, 200}, {401, 403}};
	static const struct {
		const char *say, *why;
	} rows[] = {
		{"HTTP/1.1 200 Y\r\nContent-Length: 0\r\n\r\n", ""},
		{"HTTP/1.1 201 Y\r\nContent-Length: 0\r\n\r\n", "status 201"},
		{"HTTP/1.1 302 Y\r\nContent-Length: 0\r\nLocation: /x\r\n\r\n", "status 302"},
		{"HTTP/1.1 400 Y\r\nContent-Length: 0\r\n\r\n", "status 400"},
		{"HTTP/1.1 401 Y\r\nContent-Length: 0\r\nWWW-Authenticate: Basic\r\n\r\n", ""},
		{"HTTP/1.1 403 Y\r\nContent-Length: 0\r\n\r\n", ""},
		{"HTTP/1.1 404 Y\r\nContent-Length: 0\r\n\r\n", "status 404"},
	};
	struct http_options options = plain;
	options.status = (struct ranges){COUNT_OF(ranges), ranges};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server = server_new("127.0.0.1", rows[i].say, HOLDS);
		const struct probe_report got = ask(server, &options, "", GUARD_MS);
		expect_report(rows[i].say, &got, rows[i].why[0] == '\0' ? PROBE_PASS : PROBE_FAIL,
			rows[i].why);
		server_free(server);
	}
}

static void requests(void **state)
{
	(void)state;
	static const struct {
		const char *what, *ip, *path, *option, *host;
		int method;
		const char *first, *host_line; /* %u: the port */
	} rows[] = {
		{"the address and port when there is no host", "127.0.0.1", "/", "", "", METHOD_GET,
			"GET / HTTP/1.1", "Host: 127.0.0.1:%u"},
		{"IPv6", "::1", "/", "", "", METHOD_GET, "GET / HTTP/1.1", "Host: [::1]:%u"},
		{"the endpoint's host", "127.0.0.1", "/", "", "a.example", METHOD_GET,
			"GET / HTTP/1.1", "Host: a.example:%u"},
		{"the option as it is", "127.0.0.1", "/", "b.example", "a.example", METHOD_GET,
			"GET / HTTP/1.1", "Host: b.example"},
		{"method and query", "127.0.0.1", "/h?a=b&c=%20", "", "", METHOD_HEAD,
			"HEAD /h?a=b&c=%20 HTTP/1.1", "Host: 127.0.0.1:%u"},
		{"dots are left alone", "127.0.0.1", "/a/../b", "", "", METHOD_GET,
			"GET /a/../b HTTP/1.1", "Host: 127.0.0.1:%u"},
		{"a path without its slash", "127.0.0.1", "health", "", "", METHOD_GET,
			"GET /health HTTP/1.1", "Host: 127.0.0.1:%u"},
		{"no line can be smuggled in", "127.0.0.1", "/a b#\r\nX: y", "h\r\nX: y", "",
			METHOD_GET, "GET /a%20b%23%0D%0AX:%20y HTTP/1.1", "Host: h%%0D%%0AX:%%20y"},
		{"no other host either", "127.0.0.1", "@192.0.2.1/", "", "", METHOD_GET,
			"GET /@192.0.2.1/ HTTP/1.1", "Host: 127.0.0.1:%u"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server =
			server_new(rows[i].ip, OK "Content-Length: 0\r\n\r\n", HOLDS);
		struct http_options options = plain;
		options.path = rows[i].path;
		options.host = unless_empty(rows[i].option);
		options.method = rows[i].method;
		const struct probe_report got = ask(server, &options, rows[i].host, GUARD_MS);
		expect_report(rows[i].what, &got, PROBE_PASS, "");
		char want[1024], host[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(host, sizeof host, rows[i].host_line,
			(unsigned)address_port(&server->address));
#pragma GCC diagnostic pop
		(void)snprintf(want, sizeof want,
			"%s\r\n%s\r\nUser-Agent: locum\r\nAccept: */*\r\nConnection: close\r\n\r\n",
			rows[i].first, host);
		if (strcmp(server->request, want) != 0)
			fail_msg("%s: asked\n%s", rows[i].what, server->request);
		server_free(server);
	}
}

static void our_own_trouble(void **state)
{
	(void)state;
	struct server *const server =
		server_new("127.0.0.1", OK "Content-Length: 0\r\n\r\n", HOLDS);

	void *const shared = probe_http.begin(server->loop);
	struct probe_target target = {
		.address = server->address, .host = "", .timeout = span_ms(GUARD_MS)};
	void *const probe = probe_http.open(shared, &target, &plain);
	struct once once = {.loop = server->loop};
	probe_http.start(probe, once_done, &once);
	once.started = true;
	run_for(server->loop, GUARD_MS);
	expect_report("at first", &once.report, PROBE_PASS, "");

	once = (struct once){.loop = server->loop};
	const struct rlimit was = no_descriptors();
	probe_http.start(probe, once_done, &once);
	once.started = true;
	run_for(server->loop, GUARD_MS);
	descriptors_back(was);
	expect_report("no descriptor", &once.report, PROBE_NO_VERDICT, "out of descriptors");
	probe_http.close(probe);

	assert_true(address_parse("127.255.255.255", &target.address));
	target.address = address_with_port(target.address, 80);
	void *const lost = probe_http.open(shared, &target, &plain);
	once = (struct once){.loop = server->loop};
	probe_http.start(lost, once_done, &once);
	once.started = true;
	run_for(server->loop, GUARD_MS);
	expect_report("no route", &once.report, PROBE_NO_VERDICT, "network unreachable");
	probe_http.close(lost);

	const int fd = refuse_on("127.0.0.1", &target.address);
	void *const refused = probe_http.open(shared, &target, &plain);
	once = (struct once){.loop = server->loop};
	probe_http.start(refused, once_done, &once);
	once.started = true;
	run_for(server->loop, GUARD_MS);
	expect_report("refused is not ours", &once.report, PROBE_FAIL, "connection refused");
	probe_http.close(refused);
	(void)close(fd);

	/* The handle has served before: an old errno explains nothing new. */
	server->say = CHUNKED "zz\r\n";
	target.address = server->address;
	void *const odd = probe_http.open(shared, &target, &plain);
	once = (struct once){.loop = server->loop};
	probe_http.start(odd, once_done, &once);
	once.started = true;
	run_for(server->loop, GUARD_MS);
	expect_report("malformed", &once.report, PROBE_FAIL, "malformed answer");
	probe_http.close(odd);

	probe_http.end(shared);
	server_free(server);
}

static size_t threads(void)
{
	DIR *const dir = opendir("/proc/self/task");
	assert_non_null(dir);
	size_t n = 0;
	while (readdir(dir) != NULL)
		n++;
	(void)closedir(dir);
	return n;
}

struct many {
	struct loop *loop;
	size_t passed, left;
};

static void one_of_many(void *cookie, const struct probe_report *report)
{
	struct many *const many = cookie;
	many->passed += report->outcome == PROBE_PASS;
	if (--many->left == 0)
		loop_stop(many->loop);
}

/* More than one multi holds; no proxy of the environment; no resolver's thread. */
static void many_at_once(void **state)
{
	(void)state;
	enum { MANY = 300 };
	static void *probes[MANY];
	const size_t before = threads();
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	struct server *const server =
		server_new("127.0.0.1", OK "Content-Length: 2\r\n\r\nok", HOLDS);
	const struct probe_target target = {
		.address = server->address, .host = "", .timeout = span_ms(GUARD_MS)};
	struct http_options options = plain;
	options.body = "ok";
	struct many many = {.loop = server->loop};
	void *const shared = probe_http.begin(server->loop);
	for (size_t i = 0; i < MANY; i++)
		probes[i] = probe_http.open(shared, &target, &options);
	for (int round = 0; round < 3; round++) {
		many.passed = 0;
		many.left = MANY;
		for (size_t i = 0; i < MANY; i++)
			probe_http.start(probes[i], one_of_many, &many);
		run_for(server->loop, GUARD_MS);
		assert_int_equal(many.passed, MANY);
	}
	assert_int_equal(threads(), before);
	/* Given up in the middle, the other half goes on. */
	many.passed = 0;
	many.left = MANY / 2;
	for (size_t i = 0; i < MANY; i++)
		probe_http.start(probes[i], one_of_many, &many);
	for (size_t i = 0; i < MANY; i += 2)
		probe_http.cancel(probes[i]);
	run_for(server->loop, GUARD_MS);
	assert_int_equal(many.passed, MANY / 2);
	for (size_t i = 0; i < MANY; i++)
		probe_http.close(probes[i]);
	probe_http.end(shared);
	server_free(server);
	assert_int_equal(unsetenv("http_proxy"), 0);
	assert_int_equal(unsetenv("ALL_PROXY"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(answers),
		cmocka_unit_test(closed_at_once),
		cmocka_unit_test(endless_answers),
		cmocka_unit_test(the_text_counts_in_the_first_64_kb),
		cmocka_unit_test(status_ranges),
		cmocka_unit_test(requests),
		cmocka_unit_test(our_own_trouble),
		cmocka_unit_test(many_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
