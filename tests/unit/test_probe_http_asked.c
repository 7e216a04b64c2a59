/* Probes of type http: what their options ask for, of the server and of its answer. */
#include "base/err.h"
#include "probes/http_options.h"
#include "tests/unit/http_server.h"

#include <stdio.h>

static const struct range usual[] = {{200, 399}};
static const struct http_options plain = {.status = {1, usual}, .tls = {.cover = TALK_CLEAR}};

static struct probe_report ask(struct server *server, const struct http_options *options)
{
	const struct probe_target target = {
		.address = server->address, .host = "fra.example", .timeout = span_ms(GUARD_MS)};
	return ask_within(server->loop, &probe_http, &target, options, GUARD_MS);
}

#define OK "HTTP/1.1 200 OK\r\n"
#define LENGTH(n) "Content-Length: " n "\r\n\r\n"
#define MOVED(to) "HTTP/1.1 302 Found\r\nLocation: " to "\r\nContent-Length: 0\r\n\r\n"

static void patterns(void **state)
{
	(void)state;
	static const struct {
		const char *what, *say, *body;
		uint32_t value;
		const char *why, *read;
	} rows[] = {
		{"a pattern", OK LENGTH("7") "lag: 12", "^lag: [0-9]+$", 0, "", ""},
		{"another", OK LENGTH("7") "lag: 1x", "^lag: [0-9]+$", 0,
			"body lacks \"^lag: [0-9]+$\"", ""},
		{"a group is the value", OK LENGTH("7") "lag: 12", "(lag): ([0-9]+)", 2, "", "12"},
		{"one that is not part of it", OK LENGTH("3") "lag", "(lag)(: [0-9]+)?", 2, "", ""},
		{"an octet 0 does not hide the rest",
			OK "Transfer-Encoding: chunked\r\n\r\n"
			   "5\r\n\x01.-ok\r\n0\r\n\r\n",
			"-(ok)$", 1, "", "ok"},
		{"the value is made printable", OK LENGTH("4") "[\x01\n]", "\\[(.*)\\]", 1, "",
			"\\001\\n"},
		{"nothing is read of a failure", "HTTP/1.1 500 No\r\n" LENGTH("2") "12", "(12)", 1,
			"status 500", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server = server_new("127.0.0.1", rows[i].say, HOLDS);
		struct http_options options = plain;
		options.body = rows[i].body;
		options.value = rows[i].value;
		const struct probe_report got = ask(server, &options);
		expect_report(rows[i].what, &got, rows[i].why[0] == '\0' ? PROBE_PASS : PROBE_FAIL,
			rows[i].why);
		assert_string_equal(got.value, rows[i].read);
		server_free(server);
	}
}

/* Only the first 64 KB count, and where they end is not where the body ends. */
static void the_end_that_is_none(void **state)
{
	(void)state;
	static char more[70000];
	memset(more, 'x', sizeof more - 1);
	struct server *const server = server_new("127.0.0.1", OK "\r\n", SAYS_MORE);
	server->more = more;
	server->more_len = sizeof more - 1;
	server->then = REPEATS;
	struct http_options options = plain;
	options.body = "x$";
	const struct probe_report got = ask(server, &options);
	expect_report("an end", &got, PROBE_FAIL, "body lacks \"x$\"");
	server_free(server);
}

static void requests(void **state)
{
	(void)state;
	static const struct text_at lines[] = {
		{.text = "Content-Type: text/plain"}, {.text = "user-agent: me"}};
	static const struct {
		const char *what;
		struct http_options options;
		const char *request; /* %u: the port */
	} rows[] = {
		{"a body and headers",
			{.method = METHOD_POST, .send = "ping", .headers = {2, lines}},
			"POST / HTTP/1.1\r\nHost: fra.example:%u\r\nAccept: */*\r\n"
			"Connection: close\r\nContent-Type: text/plain\r\nuser-agent: me\r\n"
			"Content-Length: 4\r\n\r\n"},
		{"the server as such", {.method = METHOD_OPTIONS, .path = "*", .host = "x"},
			"OPTIONS * HTTP/1.1\r\nHost: x\r\nUser-Agent: locum\r\nAccept: */*\r\n"
			"Connection: close\r\n\r\n"},
		{"a URL of the address", {.url = "http://{address}/a?b"},
			"GET /a?b HTTP/1.1\r\nHost: 127.0.0.1:%u\r\nUser-Agent: locum\r\n"
			"Accept: */*\r\nConnection: close\r\n\r\n"},
		{"of the host", {.url = "http://{host}:1234"},
			"GET / HTTP/1.1\r\nHost: fra.example:%u\r\nUser-Agent: locum\r\n"
			"Accept: */*\r\nConnection: close\r\n\r\n"},
		{"of a name", {.url = "http://www.example/"},
			"GET / HTTP/1.1\r\nHost: www.example:%u\r\nUser-Agent: locum\r\n"
			"Accept: */*\r\nConnection: close\r\n\r\n"},
		{"with another host", {.url = "http://{address}/", .host = "www.example"},
			"GET / HTTP/1.1\r\nHost: www.example\r\nUser-Agent: locum\r\n"
			"Accept: */*\r\nConnection: close\r\n\r\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server = server_new("127.0.0.1", OK LENGTH("0"), HOLDS);
		struct http_options options = rows[i].options;
		options.status = plain.status;
		options.tls = plain.tls;
		const struct probe_report got = ask(server, &options);
		expect_report(rows[i].what, &got, PROBE_PASS, "");
		char want[1024];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(want, sizeof want, rows[i].request,
			(unsigned)address_port(&server->address));
#pragma GCC diagnostic pop
		if (strncmp(server->request, want, strlen(want)) != 0)
			fail_msg("%s: asked\n%s", rows[i].what, server->request);
		assert_string_equal(
			server->request + strlen(want), options.send != NULL ? options.send : "");
		server_free(server);
	}
}

static void redirects(void **state)
{
	(void)state;
	static const struct {
		const char *what, *each[4];
		uint32_t redirects;
		const char *why, *last; /* how the last request begins */
		size_t asked;
	} rows[] = {
		{"are answers", {MOVED("/b")}, 0, "", "POST /a ", 1},
		{"are followed", {MOVED("/b"), MOVED("c?d"), OK LENGTH("0")}, 2, "", "GET /c?d ",
			3},
		{"the answer at the end counts", {MOVED("/b"), "HTTP/1.1 404 N\r\n\r\n"}, 2,
			"status 404", "GET /b ", 2},
		{"not for ever", {MOVED("/b"), MOVED("/c"), MOVED("/d")}, 2,
			"more than 2 redirects, the last to /d", "GET /c ", 3},
		{"not to another host", {MOVED("http://192.0.2.1/")}, 2,
			"redirected elsewhere, to http://192.0.2.1/", "POST /a ", 1},
		{"not to another scheme", {MOVED("file:///etc/passwd")}, 2,
			"redirected elsewhere, to file:///etc/passwd", "POST /a ", 1},
		{"nor to another port", {MOVED("http://fra.example:1/b")}, 2,
			"redirected elsewhere, to http://fra.example:1/b", "POST /a ", 1},
		{"one without a place is an answer", {"HTTP/1.1 302 F\r\n" LENGTH("0")}, 2, "",
			"POST /a ", 1},
		{"307 asks the same again",
			{"HTTP/1.1 307 T\r\nLocation: /b\r\n\r\n", OK LENGTH("0")}, 2, "",
			"POST /b ", 2},
		{"so does 308", {"HTTP/1.1 308 P\r\nLocation: /b\r\n\r\n", OK LENGTH("0")}, 2, "",
			"POST /b ", 2},
		{"303 does not", {"HTTP/1.1 303 S\r\nLocation: /b\r\n\r\n", OK LENGTH("0")}, 2, "",
			"GET /b ", 2},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct server *const server = server_new("127.0.0.1", "", HOLDS);
		server->each = rows[i].each;
		struct http_options options = plain;
		options.method = METHOD_POST;
		options.path = "/a";
		options.redirects = rows[i].redirects;
		const struct probe_report got = ask(server, &options);
		expect_report(rows[i].what, &got, rows[i].why[0] == '\0' ? PROBE_PASS : PROBE_FAIL,
			rows[i].why);
		if (strncmp(server->request, rows[i].last, strlen(rows[i].last)) != 0)
			fail_msg("%s: asked\n%s", rows[i].what, server->request);
		assert_int_equal(server->accepted, rows[i].asked);
		server_free(server);
	}
}

static void note(void *cookie, const char *line)
{
	char *const said = cookie;
	const size_t len = strlen(said);
	(void)snprintf(said + len, 1024 - len, "%s\n", line);
}

/* Steps are told as they are done. */
static void steps(void **state)
{
	(void)state;
	static const char *const each[] = {MOVED("/b"), OK LENGTH("2") "ok"};
	struct server *const server = server_new("127.0.0.1", "", HOLDS);
	server->each = each;
	char said[1024] = "";
	const struct probe_trace trace = {note, said};
	const struct probe_target target = {.address = server->address,
		.host = "",
		.timeout = span_ms(GUARD_MS),
		.trace = &trace};
	struct http_options options = plain;
	options.redirects = 1;
	const struct probe_report got =
		ask_within(server->loop, &probe_http, &target, &options, GUARD_MS);
	expect_report("two steps", &got, PROBE_PASS, "");
	assert_non_null(strstr(said, "connected\nGET /, HTTP/1.1\n"));
	assert_non_null(
		strstr(said, "\nstatus 302, redirected to /b\nconnected\nGET /b, HTTP/1.1"));
	assert_non_null(strstr(said, "\nstatus 200, 2 octets of body\n"));
	server_free(server);
}

static void options_are_checked(void **state)
{
	(void)state;
	static const struct text_at bad_line[] = {{.text = "no header"}};
	static const struct {
		const char *what;
		struct http_options options;
		enum talk_cover cover;
		const char *key, *why; /* NULL: fine */
	} rows[] = {
		{"the defaults", {0}, TALK_CLEAR, NULL, NULL},
		{"a pattern that is none", {.body = "("}, TALK_CLEAR, "body", "\"(\" is no"},
		{"a body of HEAD", {.body = "x", .method = METHOD_HEAD}, TALK_CLEAR, "body",
			"the answer to method HEAD has none; use GET, or take it out"},
		{"a group that is not there", {.body = "(x)", .value = 2}, TALK_CLEAR, "value",
			"group 2 is asked for, but body has 1; put what is to be read in "
			"parentheses"},
		{"a group of nothing", {.value = 1}, TALK_CLEAR, "value", "group 1 is asked for"},
		{"days without a certificate", {.value = HTTP_VALUE_DAYS}, TALK_CLEAR, "value",
			"days are those of a certificate; ask for tls"},
		{"days", {.value = HTTP_VALUE_DAYS}, TALK_TLS, NULL, NULL},
		{"days of a URL", {.value = HTTP_VALUE_DAYS, .url = "https://x/"}, TALK_CLEAR, NULL,
			NULL},
		{"HTTP/2 in the clear", {.version = VERSION_2}, TALK_CLEAR, "version",
			"2 is spoken through TLS only; ask for tls, or use 1.1"},
		{"HTTP/2", {.version = VERSION_2}, TALK_TLS, NULL, NULL},
		{"a URL and a path", {.url = "http://x/", .path = "/"}, TALK_CLEAR, "url",
			"has the path already; take out path"},
		{"a URL of something else", {.url = "ftp://x/"}, TALK_CLEAR, "url",
			"must begin with http:// or https://"},
		{"a URL in the clear, and TLS", {.url = "http://x/"}, TALK_TLS, "url",
			"begins with http://, but tls is asked for; write https://"},
		{"a header that is none", {.headers = {1, bad_line}}, TALK_CLEAR, "headers",
			"each must be \"Name: value\""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct http_options options = rows[i].options;
		options.tls.cover = (int)rows[i].cover;
		const char *key = "";
		struct err err = {""};
		const bool good = http_options_check(&options, &key, &err);
		if (good != (rows[i].why == NULL))
			fail_msg("%s: %s: %s", rows[i].what, key, err.text);
		if (good || rows[i].why == NULL)
			continue;
		assert_string_equal(key, rows[i].key);
		if (strncmp(err.text, rows[i].why, strlen(rows[i].why)) != 0)
			fail_msg("%s: %s", rows[i].what, err.text);
	}
}

static void ports(void **state)
{
	(void)state;
	static const struct {
		const char *url;
		enum talk_cover cover;
		uint32_t given, port;
		const char *why; /* NULL: fine */
	} rows[] = {
		{NULL, TALK_CLEAR, 0, 0, NULL},
		{NULL, TALK_TLS, 0, 443, NULL},
		{NULL, TALK_TLS, 80, 80, NULL},
		{"http://x", TALK_CLEAR, 0, 80, NULL},
		{"https://x", TALK_CLEAR, 0, 443, NULL},
		{"https://x:81", TALK_CLEAR, 81, 81, NULL},
		{"https://x", TALK_CLEAR, 81, 0, "is 81, but url says 443; take one out"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct http_options options = {
			.url = rows[i].url, .tls = {.cover = (int)rows[i].cover}};
		uint32_t port = rows[i].given;
		struct err err = {""};
		assert_int_equal(http_options_port(&options, &port, &err), rows[i].why == NULL);
		if (rows[i].why != NULL)
			assert_string_equal(err.text, rows[i].why);
		else
			assert_int_equal(port, rows[i].port);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(patterns),
		cmocka_unit_test(the_end_that_is_none),
		cmocka_unit_test(requests),
		cmocka_unit_test(redirects),
		cmocka_unit_test(steps),
		cmocka_unit_test(options_are_checked),
		cmocka_unit_test(ports),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
