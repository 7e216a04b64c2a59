/* HTTP/1.1 responses as they come, good and hostile: each row whole, octet by octet, and in two. */
#include "base/mem.h"
#include "probes/http_one.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define OK "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK "Transfer-Encoding: chunked\r\n\r\n"
#define CONTINUE "HTTP/1.1 100 Continue\r\n\r\n"
#define CLOSED "closed before the end of the answer"

static const struct range usual[] = {{200, 399}};
static const struct ranges good = {1, usual};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order that one reads */
struct row {
	const char *what, *octets;
	bool closes;       /* afterwards */
	const char *wrong; /* NULL: none; "...": there is more to come */
	unsigned status;
	const char *body;
	bool head_only, follow;
};

static const struct row rows[] = {
	{"a length", OK "Content-Length: 2\r\n\r\nok", false, NULL, 200, "ok", 0, 0},
	{"and what comes behind it", OK "Content-Length: 2\r\n\r\nokay", false, NULL, 200, "ok", 0,
		0},
	{"no octets at all", OK "Content-Length: 0\r\n\r\n", false, NULL, 200, "", 0, 0},
	{"until the connection closes", OK "\r\nok", true, NULL, 200, "ok", 0, 0},
	{"which it has not yet", OK "\r\nok", false, "...", 200, "ok", 0, 0},
	{"HTTP/1.0", "HTTP/1.0 200 OK\r\n\r\nok", true, NULL, 200, "ok", 0, 0},
	{"a version to come", "HTTP/1.7 204 OK\r\n\r\n", false, NULL, 204, "", 0, 0},
	{"no reason", "HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", false, NULL, 200, "", 0, 0},
	{"lines with LF alone", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", false, NULL, 200, "ok",
		0, 0},
	{"names in any case, values with blanks", OK "cONTENT-lENGTH \t : \t2\t \r\nX:\r\n\r\nok",
		false, NULL, 200, "ok", 0, 0},
	{"the same length twice", OK "Content-Length: 2\r\nContent-Length: 2, 2\r\n\r\nok", false,
		NULL, 200, "ok", 0, 0},
	{"two lengths", OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\nok", false,
		"malformed answer", 0, "", 0, 0},
	{"two in a line", OK "Content-Length: 2, 3\r\n\r\nok", false, "malformed answer", 0, "", 0,
		0},
	{"an empty length", OK "Content-Length:\r\n\r\n", false, "malformed answer", 0, "", 0, 0},
	{"a negative one", OK "Content-Length: -1\r\n\r\n", false, "malformed answer", 0, "", 0, 0},
	{"a length with a unit", OK "Content-Length: 2KB\r\n\r\n", false, "malformed answer", 0, "",
		0, 0},
	{"a length with a blank in it", OK "Content-Length: 1 2\r\n\r\n", false, "malformed answer",
		0, "", 0, 0},
	{"one too large for any number", OK "Content-Length: 18446744073709551616\r\n\r\n", false,
		"malformed answer", 0, "", 0, 0},
	{"the largest", OK "Content-Length: 18446744073709551615\r\n\r\nok", false, "...", 200,
		"ok", 0, 0},
	{"closed within a length", OK "Content-Length: 3\r\n\r\nok", true, CLOSED, 200, "ok", 0, 0},

	{"chunks", CHUNKED "2\r\nok\r\n4;a=\"b\"\r\nokay\r\n0\r\n\r\n", false, NULL, 200, "okokay",
		0, 0},
	{"sizes in hexadecimal", CHUNKED "00000000000000000000A\r\n0123456789\r\n0\r\n\r\n", false,
		NULL, 200, "0123456789", 0, 0},
	{"lines with LF alone, a blank behind the size", CHUNKED "2 \nok\n0\n\n", false, NULL, 200,
		"ok", 0, 0},
	{"trailers", CHUNKED "2\r\nok\r\n0\r\nContent-Length: 9\r\nX: y\r\n\r\n", false, NULL, 200,
		"ok", 0, 0},
	{"closed before the last chunk", CHUNKED "2\r\nok\r\n", true, CLOSED, 200, "ok", 0, 0},
	{"closed within the trailers", CHUNKED "0\r\nX: y\r\n", true, CLOSED, 200, "", 0, 0},
	{"chunks whatever the length",
		OK
		"Content-Length: 9\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
		false, NULL, 200, "x", 0, 0},
	{"another coding ends with the connection",
		OK "Content-Length: 1\r\nTransfer-Encoding: chunked, gzip\r\n\r\nxyz", true, NULL,
		200, "xyz", 0, 0},
	{"no size", CHUNKED "\r\nok", false, "malformed answer", 200, "", 0, 0},
	{"a size of nonsense", CHUNKED "zz\r\nok", false, "malformed answer", 200, "", 0, 0},
	{"a size with a sign", CHUNKED "-2\r\nok", false, "malformed answer", 200, "", 0, 0},
	{"0x", CHUNKED "0x2\r\nok", false, "malformed answer", 200, "", 0, 0},
	{"a size of 65 bits", CHUNKED "10000000000000000\r\nok", false, "malformed answer", 200, "",
		0, 0},
	{"one of 64", CHUNKED "ffffffffffffffff\r\nok", false, "...", 200, "ok", 0, 0},
	{"a chunk longer than it said", CHUNKED "2\r\nokay\r\n0\r\n\r\n", false, "malformed answer",
		200, "ok", 0, 0},

	{"continue", CONTINUE OK "Content-Length: 2\r\n\r\nok", false, NULL, 200, "ok", 0, 0},
	{"an interim answer's headers are its own",
		"HTTP/1.1 103 Early\r\nContent-Length: 7\r\nTransfer-Encoding: chunked\r\n"
		"Location: /x\r\n\r\n" OK "Content-Length: 2\r\n\r\nok",
		false, NULL, 200, "ok", 0, 1},
	{"sixteen of them",
		CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE
			CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE OK
		"Content-Length: 0\r\n\r\n",
		false, NULL, 200, "", 0, 0},
	{"one more",
		CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE
			CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE CONTINUE,
		false, "interim answers without end", 0, "", 0, 0},
	{"and nothing after it", CONTINUE, true, "closed before an answer", 0, "", 0, 0},
	{"an upgrade is the last answer", "HTTP/1.1 101 Switch\r\nUpgrade: x\r\n\r\n\x01\x02",
		false, NULL, 101, "", 0, 0},

	{"HEAD has no body", OK "Content-Length: 9\r\n\r\n", false, NULL, 200, "", 1, 0},
	{"nor has 204", "HTTP/1.1 204 N\r\nContent-Length: 9\r\n\r\n", false, NULL, 204, "", 0, 0},
	{"nor 304", "HTTP/1.1 304 N\r\nTransfer-Encoding: chunked\r\n\r\n", false, NULL, 304, "", 0,
		0},
	{"a bad status waits for nothing", "HTTP/1.1 503 B\r\nContent-Length: 9\r\n\r\n", false,
		NULL, 503, "", 0, 0},
	{"a status of no class", "HTTP/1.1 999 B\r\n\r\n", false, NULL, 999, "", 0, 0},
	{"a step to elsewhere neither",
		"HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 9\r\n\r\n", false, NULL, 302, "",
		0, 1},
	{"unless it is not to be taken",
		"HTTP/1.1 302 F\r\nLocation: /x\r\nContent-Length: 9\r\n\r\n", false, "...", 302,
		"", 0, 0},

	{"nothing", "", true, "closed before an answer", 0, "", 0, 0},
	{"half a first line", "HTTP/1.1 20", true, "closed before an answer", 0, "", 0, 0},
	{"half a head", OK "X: y\r\n", true, CLOSED, 0, "", 0, 0},
	{"another protocol", "SSH-", false, "not an HTTP answer", 0, "", 0, 0},
	{"HTTP/2", "HTTP/2 200\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"lower case", "http/1.1 200 OK\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"an empty line", "\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"a status of two digits", "HTTP/1.1 20 OK\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"of four", "HTTP/1.1 2000 OK\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"below 100", "HTTP/1.1 099 OK\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"two blanks", "HTTP/1.1  200 OK\r\n", false, "not an HTTP answer", 0, "", 0, 0},
	{"a header without a colon", OK "nonsense\r\n\r\n", false, "malformed answer", 0, "", 0, 0},
	{"without a name", OK ": x\r\n\r\n", false, "malformed answer", 0, "", 0, 0},
	{"a header in two lines", OK "X: y\r\n  : z\r\nContent-Length: 0\r\n\r\n", false, NULL, 200,
		"", 0, 0},
};

/* Reads `len` octets, `step` at a time, and the end if there is one. */
static void read_all(struct http_one *one, const char *octets, size_t len, size_t step, bool closes)
{
	enum http_ready ready = HTTP_MORE;
	for (size_t at = 0; at < len && ready == HTTP_MORE; at += step) {
		const size_t n = len - at < step ? len - at : step;
		uint8_t *const copy = mem_copy(octets + at, n); /* its end is watched */
		ready = http_one_take(one, copy, n);
		free(copy);
	}
	if (ready == HTTP_MORE && closes)
		http_one_close(one);
}

static void judge(const struct row *row, size_t step)
{
	const struct http_wants wants = {&good, true, row->head_only, row->follow};
	struct http_answer answer;
	http_answer_begin(&answer, &wants);
	struct http_one one = {.answer = &answer};
	read_all(&one, row->octets, strlen(row->octets), step, row->closes);
	const char *const wrong = answer.ready == HTTP_MORE ? "..." : answer.wrong;
	if (strcmp(wrong != NULL ? wrong : "", row->wrong != NULL ? row->wrong : "") != 0)
		fail_msg("%s, by %zu: %s", row->what, step, wrong != NULL ? wrong : "good");
	if (answer.status != row->status)
		fail_msg("%s, by %zu: status %u", row->what, step, answer.status);
	if (answer.kept != strlen(row->body) ||
		(answer.kept > 0 && memcmp(answer.body, row->body, answer.kept) != 0))
		fail_msg("%s, by %zu: body \"%.*s\"", row->what, step, (int)answer.kept,
			(const char *)answer.body);
	http_answer_end(&answer);
}

static void responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const size_t len = strlen(rows[i].octets);
		for (size_t step = 1; step <= len; step++)
			judge(&rows[i], step);
		judge(&rows[i], len + 1);
	}
}

/* What has no end, for as many octets as an attempt may hear: the reason, NULL: good, or "...". */
static const struct {
	const char *what, *head, *more;
	bool body;
	const char *wrong;
} endless[] = {
	{"first line", "HTTP/1.1 200 ", "x", false, "headers longer than 64 KB"},
	{"headers", OK, "X: y\r\n", false, "headers longer than 64 KB"},
	{"one header", OK "X: ", "x", false, "headers longer than 64 KB"},
	{"interim answers", "", CONTINUE, false, "interim answers without end"},
	{"trailers", CHUNKED "0\r\n", "X: y\r\n", false, "headers longer than 64 KB"},
	{"one trailer", CHUNKED "0\r\nX: ", "x", false, "headers longer than 64 KB"},
	{"chunk size", CHUNKED, "0", false, "malformed answer"},
	{"chunk extension", CHUNKED "2;", "x", false, "malformed answer"},
	{"a body that told its length needs no more than 64 KB",
		OK "Content-Length: 99999999\r\n\r\n", "x", false, NULL},
	{"nor one that is looked into", OK "\r\n", "x", true, NULL},
	{"nor chunks", CHUNKED, "1\r\nx\r\n", true, NULL},
	{"a body of which only the end counts is waited for", OK "\r\n", "x", false, "..."},
	{"chunks", CHUNKED, "1\r\nx\r\n", false, "..."},
};

static void without_end(void **state)
{
	(void)state;
	enum { LONG = 1024 * 1024, PIECE = 1448 };
	static char octets[LONG];
	for (size_t i = 0; i < COUNT_OF(endless); i++) {
		const size_t head = strlen(endless[i].head), more = strlen(endless[i].more);
		memcpy(octets, endless[i].head, head);
		for (size_t j = head; j < LONG; j++)
			octets[j] = endless[i].more[(j - head) % more];
		const struct http_wants wants = {&good, endless[i].body, false, false};
		struct http_answer answer;
		http_answer_begin(&answer, &wants);
		struct http_one one = {.answer = &answer};
		read_all(&one, octets, LONG, PIECE, false);
		const char *const wrong = answer.ready == HTTP_MORE ? "..."
					  : answer.wrong != NULL    ? answer.wrong
								    : "";
		if (strcmp(wrong, endless[i].wrong != NULL ? endless[i].wrong : "") != 0)
			fail_msg("%s: %s", endless[i].what, wrong);
		assert_true(answer.kept <= HTTP_BODY_MAX);
		assert_true(!endless[i].body || answer.kept == HTTP_BODY_MAX);
		http_answer_end(&answer);
	}
}

static void locations(void **state)
{
	(void)state;
	static char answer_text[HTTP_LOCATION_MAX + 100], want[HTTP_LOCATION_MAX];
	for (size_t len = HTTP_LOCATION_MAX - 3; len <= HTTP_LOCATION_MAX + 3; len++) {
		const struct http_wants wants = {&good, false, false, true};
		struct http_answer answer;
		http_answer_begin(&answer, &wants);
		struct http_one one = {.answer = &answer};
		(void)snprintf(answer_text, sizeof answer_text,
			"HTTP/1.1 302 F\r\nLocation:   /%0*d \r\nContent-Length: 0\r\n\r\n",
			(int)len - 1, 0);
		(void)snprintf(want, sizeof want, "/%0*d", (int)len - 1, 0);
		read_all(&one, answer_text, strlen(answer_text), 7, false);
		assert_int_equal(answer.ready, HTTP_READY);
		assert_int_equal(http_answer_leads(&answer), len < HTTP_LOCATION_MAX);
		assert_string_equal(answer.location, len < HTTP_LOCATION_MAX ? want : "");
		http_answer_end(&answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses),
		cmocka_unit_test(without_end),
		cmocka_unit_test(locations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
