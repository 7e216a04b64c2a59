/* Hostile heads of HTTP requests, against the parser. */
#include "base/mem.h"
#include "server/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(heads_are_read_strictly),
		cmocka_unit_test(a_nul_is_bad_and_what_follows_a_head_is_left),
		cmocka_unit_test(a_head_has_at_most_8_kb),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
