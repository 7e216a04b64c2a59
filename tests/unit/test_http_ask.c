/* Requests as they are written, where redirects lead, URLs. */
#include "probes/http_ask.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define HEAD(first) first " HTTP/1.1\r\nHost: a.example\r\n"
#define OURS "User-Agent: locum\r\nAccept: */*\r\nConnection: close\r\n"

static void requests(void **state)
{
	(void)state;
	static const struct text_at lines[] = {{.text = "X-Token: a b"}, {.text = "user-agent:me"},
		{.text = "Empty:"}, {.text = "Connection: Upgrade"}, {.text = "X: y\r\nHost: z"}};
	static const struct texts none = {0}, all = {COUNT_OF(lines), lines};
	static const struct {
		const char *what;
		struct http_ask ask;
		const char *text;
	} rows[] = {
		{"the plainest", {"GET", SCHEME_HTTP, "a.example", 80, "/", &none, NULL},
			HEAD("GET /") OURS "\r\n"},
		{"with headers, which may stand instead of ours",
			{"GET", SCHEME_HTTP, "a.example", 80, "/", &all, NULL},
			HEAD("GET /") "Accept: */*\r\nX-Token: a b\r\nuser-agent: me\r\nEmpty: \r\n"
				      "Connection: Upgrade\r\n\r\n"},
		{"with a body", {"POST", SCHEME_HTTP, "a.example", 80, "/x", &none, "a=1\r\n"},
			HEAD("POST /x") OURS "Content-Length: 5\r\n\r\na=1\r\n"},
		{"with none where one is expected",
			{"PUT", SCHEME_HTTP, "a.example", 80, "/x", NULL, NULL},
			HEAD("PUT /x") OURS "Content-Length: 0\r\n\r\n"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct octets got = {0};
		http_ask_write(&rows[i].ask, &got);
		octets_add(&got, "", 1);
		if (strcmp((char *)got.at, rows[i].text) != 0)
			fail_msg("%s: asked\n%s", rows[i].what, (char *)got.at);
		octets_free(&got);
	}
}

static void headers(void **state)
{
	(void)state;
	static const struct {
		const char *line, *why; /* NULL: fine */
	} rows[] = {
		{"X-Token: a", NULL},
		{"x:", NULL},
		{"X: \xc3\xa9\t.", "X: a value cannot have control characters"},
		{"X: \xc3\xa9.", NULL},
		{"X", "each must be \"Name: value\""},
		{"", "each must be \"Name: value\""},
		{": x", "each must be \"Name: value\""},
		{"X Y: z", "each must be \"Name: value\""},
		{"X : z", "each must be \"Name: value\""},
		{"X: a\r\nY: b", "X: a value cannot have control characters"},
		{"host: x", "host cannot be set here; use the option host"},
		{"Content-Length: 1", "Content-Length cannot be set here; it follows from send"},
		{"Transfer-Encoding: x", "Transfer-Encoding cannot be set here; take it out"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err = {""};
		if (http_ask_check(rows[i].line, &err) != (rows[i].why == NULL) ||
			(rows[i].why != NULL && strcmp(err.text, rows[i].why) != 0))
			fail_msg("%s: %s", rows[i].line, err.text);
	}
}

static void next(void **state)
{
	(void)state;
	static const struct {
		enum http_scheme scheme;
		const char *authority, *target, *location, *leads; /* NULL: nowhere */
	} rows[] = {
		{SCHEME_HTTP, "a.example", "/x/y?z", "/b", "/b"},
		{SCHEME_HTTP, "a.example", "/x/y?z", "b?c#d", "/x/b?c"},
		{SCHEME_HTTP, "a.example", "/x/y?z=/q", "b", "/x/b"},
		{SCHEME_HTTP, "a.example", "/x/y?z", "?c", "/x/y?c"},
		{SCHEME_HTTP, "a.example", "/x/y?z", "#c", "/x/y?z"},
		{SCHEME_HTTP, "a.example", "/x", "b:c", NULL},
		{SCHEME_HTTP, "a.example", "/x", "./b:c", "/./b:c"},
		{SCHEME_HTTP, "a.example", "/x", "/b c\x01", "/b%20c%01"},
		{SCHEME_HTTP, "a.example", "*", "b", "/b"},
		{SCHEME_HTTP, "a.example", "/x", "http://a.example", "/"},
		{SCHEME_HTTP, "a.example", "/x", "HTTP://A.Example:80?q", "/?q"},
		{SCHEME_HTTP, "a.example", "/x", "//a.example/b", "/b"},
		{SCHEME_HTTP, "a.example:8080", "/x", "http://a.example:8080/b", "/b"},
		{SCHEME_HTTP, "a.example:8080", "/x", "http://a.example/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "https://a.example/b", NULL},
		{SCHEME_HTTPS, "a.example", "/x", "https://a.example:443/b", "/b"},
		{SCHEME_HTTP, "a.example", "/x", "http://b.example/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "http://a.example.org/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "http://a.example@b.example/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "//b.example/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "file:///etc/passwd", NULL},
		{SCHEME_HTTP, "a.example", "/x", "http:///b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "http://a.example:99999/b", NULL},
		{SCHEME_HTTP, "a.example", "/x", "http://a.example:7777/b", "/b"},
		{SCHEME_HTTP, "[::1]:81", "/x", "http://[::1]:81/b", "/b"},
		{SCHEME_HTTP, "[::1]", "/x", "http://[::1/b", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct http_ask ask = {.method = "GET",
			.scheme = rows[i].scheme,
			.authority = rows[i].authority,
			.port = 7777,
			.target = rows[i].target};
		char *const got = http_ask_next(&ask, rows[i].location);
		if ((got == NULL) != (rows[i].leads == NULL) ||
			(got != NULL && strcmp(got, rows[i].leads) != 0))
			fail_msg("%s: to %s", rows[i].location, got != NULL ? got : "nowhere");
		free(got);
	}
}

static void urls(void **state)
{
	(void)state;
	/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order that one reads */
	static const struct {
		const char *url;
		enum http_scheme scheme;
		const char *host; /* NULL: no URL */
		uint16_t port;
		const char *path;
	} rows[] = {
		{"http://{address}:80/health", SCHEME_HTTP, "{address}", 80, "/health"},
		{"https://{host}", SCHEME_HTTPS, "{host}", 443, ""},
		{"http://a.example?b", SCHEME_HTTP, "a.example", 80, "?b"},
		{"HTTPS://[2001:db8::1]:8443/x", SCHEME_HTTPS, "2001:db8::1", 8443, "/x"},
		{"http://[2001:db8::1]x/", 0, NULL, 0, ""},
		{"ftp://a.example/", 0, NULL, 0, ""},
		{"a.example/", 0, NULL, 0, ""},
		{"http://", 0, NULL, 0, ""},
		{"http:///x", 0, NULL, 0, ""},
		{"http://:80/x", 0, NULL, 0, ""},
		{"http://a.example:0/x", 0, NULL, 0, ""},
		{"http://a.example:65536/x", 0, NULL, 0, ""},
		{"http://a.example:8o/x", 0, NULL, 0, ""},
		{"http://user@a.example/x", 0, NULL, 0, ""},
		{"http://a.example/x#y", 0, NULL, 0, ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct http_url url;
		struct err err;
		if (http_url_read(rows[i].url, &url, &err) != (rows[i].host != NULL))
			fail_msg("%s", rows[i].url);
		if (rows[i].host == NULL)
			continue;
		assert_int_equal(url.scheme, rows[i].scheme);
		assert_int_equal(url.host_len, strlen(rows[i].host));
		assert_memory_equal(url.host, rows[i].host, url.host_len);
		assert_int_equal(url.port, rows[i].port);
		assert_string_equal(url.path, rows[i].path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),
		cmocka_unit_test(headers),
		cmocka_unit_test(next),
		cmocka_unit_test(urls),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
