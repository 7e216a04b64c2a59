/* HTTP/2 responses, good and hostile, as frames written by hand: each row whole and octet by octet.
 */
#include "probes/http_two.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { DATA = 0, HEADERS = 1, RESET = 3, SETTINGS = 4, PING = 6, GOAWAY = 7, CONTINUATION = 9 };
enum { END_STREAM = 1, ACK = 1, END_HEADERS = 4 };

#define TEXT(s) s, sizeof(s) - 1
#define STATUS_200 "\x88"            /* RFC 7541 appendix A */
#define STATUS(code) "\x08\x03" code /* literal, name number 8 */
#define LENGTH(n) "\x0f\x0d\x01" n   /* number 28, one digit */
#define LOCATION_B "\x0f\x1f\x02/b"  /* number 46 */

struct frame {
	int type, flags;
	uint32_t stream;
	const char *octets;
	size_t len;
};

/* NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): in the order that one reads */
struct row {
	const char *what;
	struct frame frames[5]; /* behind our peer's SETTINGS; until one without a stream */
	const char *wrong;      /* NULL: none; "...": there is more to come */
	unsigned status;
	const char *body;
	bool head_only, follow;
};

static const struct row rows[] = {
	{"head and body",
		{{HEADERS, END_HEADERS, 1, TEXT(STATUS_200)}, {DATA, END_STREAM, 1, TEXT("ok")}},
		NULL, 200, "ok", 0, 0},
	{"a head is all", {{HEADERS, END_HEADERS | END_STREAM, 1, TEXT(STATUS_200)}}, NULL, 200, "",
		0, 0},
	{"a head in two frames",
		{{HEADERS, 0, 1, TEXT(STATUS_200)},
			{CONTINUATION, END_HEADERS, 1, TEXT(LENGTH("2"))}, {DATA, 0, 1, TEXT("o")},
			{DATA, END_STREAM, 1, TEXT("k")}},
		NULL, 200, "ok", 0, 0},
	{"trailers",
		{{HEADERS, END_HEADERS, 1, TEXT(STATUS_200)}, {DATA, 0, 1, TEXT("ok")},
			{HEADERS, END_HEADERS | END_STREAM, 1, TEXT("\x00\x01x\x01y")}},
		NULL, 200, "ok", 0, 0},
	{"an interim answer",
		{{HEADERS, END_HEADERS, 1, TEXT(STATUS("103") LOCATION_B)},
			{HEADERS, END_HEADERS, 1, TEXT(STATUS_200)},
			{DATA, END_STREAM, 1, TEXT("ok")}},
		NULL, 200, "ok", 0, 1},
	{"nothing after the head yet", {{HEADERS, END_HEADERS, 1, TEXT(STATUS_200)}}, "...", 200,
		"", 0, 0},
	{"HEAD", {{HEADERS, END_HEADERS, 1, TEXT(STATUS_200 LENGTH("9"))}}, NULL, 200, "", 1, 0},
	{"a bad status waits for nothing", {{HEADERS, END_HEADERS, 1, TEXT(STATUS("503"))}}, NULL,
		503, "", 0, 0},
	{"a step to elsewhere neither", {{HEADERS, END_HEADERS, 1, TEXT(STATUS("302") LOCATION_B)}},
		NULL, 302, "", 0, 1},
	{"a status of letters", {{HEADERS, END_HEADERS, 1, TEXT(STATUS("2oo"))}},
		"malformed answer", 0, "", 0, 0},
	{"no status", {{HEADERS, END_HEADERS | END_STREAM, 1, TEXT(LENGTH("0"))}},
		"malformed answer", 0, "", 0, 0},
	{"a body longer than it said",
		{{HEADERS, END_HEADERS, 1, TEXT(STATUS_200 LENGTH("1"))},
			{DATA, END_STREAM, 1, TEXT("ok")}},
		"malformed answer", 200, NULL, 0, 0},
	{"one that is shorter, found out when the stream is reset",
		{{HEADERS, END_HEADERS, 1, TEXT(STATUS_200 LENGTH("3"))},
			{DATA, END_STREAM, 1, TEXT("ok")}},
		"malformed answer", 200, "ok", 0, 0},
	{"reset", {{RESET, 0, 1, TEXT("\0\0\0\x02")}}, "request reset (HTTP/2)", 0, "", 0, 0},
	{"refused", {{RESET, 0, 1, TEXT("\0\0\0\x07")}}, "request refused (HTTP/2)", 0, "", 0, 0},
	{"a header table of nonsense", {{HEADERS, END_HEADERS, 1, TEXT("\xff\xff\xff\xff\xff")}},
		"malformed answer", 0, "", 0, 0},
	{"data before the head", {{DATA, 0, 1, TEXT("ok")}}, "malformed answer", 0, "", 0, 0},
	{"a stream that nobody opened", {{HEADERS, END_HEADERS, 3, TEXT(STATUS_200)}},
		"malformed answer", 0, "", 0, 0},
};

static const struct range usual[] = {{200, 399}};
static const struct ranges good = {1, usual};
static const struct http_ask ask = {
	.method = "GET", .scheme = SCHEME_HTTPS, .authority = "a.example", .target = "/"};

static void add_frame(struct octets *to, const struct frame *f)
{
	const uint8_t head[] = {(uint8_t)(f->len >> 16), (uint8_t)(f->len >> 8), (uint8_t)f->len,
		(uint8_t)f->type, (uint8_t)f->flags, 0, 0, 0, (uint8_t)f->stream};
	octets_add(to, head, sizeof head);
	octets_add(to, f->octets, f->len);
}

static void take_all(struct http_two *two, const struct octets *from, size_t step)
{
	struct octets out = {0};
	enum http_ready ready = HTTP_MORE;
	for (size_t at = 0; at < from->len && ready == HTTP_MORE; at += step) {
		const size_t left = from->len - at;
		ready = http_two_take(
			two, from->at + from->begin + at, left < step ? left : step, &out);
	}
	octets_free(&out);
}

static void judge(const struct row *row, size_t step)
{
	const struct http_wants wants = {&good, true, row->head_only, row->follow};
	struct http_answer answer;
	http_answer_begin(&answer, &wants);
	struct octets out = {0}, in = {0};
	struct http_two *const two = http_two_new(&answer, &ask, &out);
	add_frame(&in, &(struct frame){SETTINGS, 0, 0, "", 0});
	for (const struct frame *f = row->frames; f->stream != 0; f++)
		add_frame(&in, f);
	take_all(two, &in, step);
	const char *const wrong = answer.ready == HTTP_MORE ? "..." : answer.wrong;
	if (strcmp(wrong != NULL ? wrong : "", row->wrong != NULL ? row->wrong : "") != 0)
		fail_msg("%s, by %zu: %s", row->what, step, wrong != NULL ? wrong : "good");
	if (answer.status != row->status)
		fail_msg("%s, by %zu: status %u", row->what, step, answer.status);
	if (row->body != NULL && (answer.kept != strlen(row->body) ||
					 memcmp(answer.kept > 0 ? (char *)answer.body : "",
						 row->body, answer.kept) != 0))
		fail_msg("%s, by %zu: %zu octets of body", row->what, step, answer.kept);
	http_two_free(two);
	http_answer_end(&answer);
	octets_free(&in);
	octets_free(&out);
}

static void responses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		/* The library takes every piece of a CONTINUATION for another one, and eight for
		 * enough. */
		if (rows[i].frames[1].type != CONTINUATION)
			judge(&rows[i], 1);
		judge(&rows[i], 9);
		judge(&rows[i], 4096);
	}
}

/* `more` again and again, a mebibyte of it. */
static const char *endless(const struct frame *head, const struct frame *more, bool body)
{
	const struct http_wants wants = {&good, body, false, false};
	struct http_answer answer;
	http_answer_begin(&answer, &wants);
	struct octets out = {0}, in = {0};
	struct http_two *const two = http_two_new(&answer, &ask, &out);
	add_frame(&in, &(struct frame){SETTINGS, 0, 0, "", 0});
	if (head != NULL)
		add_frame(&in, head);
	while (in.len < (size_t)1024 * 1024)
		add_frame(&in, more);
	take_all(two, &in, 16384);
	const char *const wrong = answer.ready == HTTP_MORE ? "..." : answer.wrong;
	assert_true(answer.kept <= HTTP_BODY_MAX);
	http_two_free(two);
	http_answer_end(&answer);
	octets_free(&in);
	octets_free(&out);
	return wrong != NULL ? wrong : "good";
}

static void without_end(void **state)
{
	(void)state;
	static const char text[1000];
	static const struct frame more = {CONTINUATION, 0, 1, TEXT(LENGTH("1"))},
				  begun = {HEADERS, 0, 1, TEXT(STATUS_200)},
				  headed = {HEADERS, END_HEADERS, 1, TEXT(STATUS_200)};
	/* 0x40: into the table; then 0xbe: the newest entry of it, many octets for one. */
	static char bomb[16000] = "\x40\x01x\x08yyyyyyyy";
	memset(bomb + 12, 0xbe, sizeof bomb - 12);
	const struct frame packed = {HEADERS, END_HEADERS, 1, bomb, sizeof bomb};
	static const struct frame body = {DATA, 0, 1, text, sizeof text},
				  ping = {PING, 0, 0, "12345678", 8},
				  interim = {HEADERS, END_HEADERS, 1, TEXT(STATUS("100"))};
	assert_string_equal(endless(NULL, &packed, false), "headers longer than 64 KB");
	assert_string_equal(endless(&begun, &more, false), "malformed answer");
	assert_string_equal(endless(&headed, &body, true), "good"); /* enough to look into */
	assert_string_equal(endless(&headed, &body, false), "..."); /* the talk ends it */
	assert_string_equal(endless(NULL, &interim, false), "interim answers without end");
	assert_string_equal(endless(NULL, &ping, false), "...");
}

static void the_request(void **state)
{
	(void)state;
	static const struct text_at lines[] = {{.text = "Connection: Upgrade"}, {.text = "X-T: v"}};
	static const struct texts headers = {COUNT_OF(lines), lines};
	struct http_ask post = ask;
	post.method = "POST";
	post.headers = &headers;
	post.body = "what is sent";
	const struct http_wants wants = {&good, false, false, false};
	struct http_answer answer;
	http_answer_begin(&answer, &wants);
	struct octets out = {0};
	struct http_two *const two = http_two_new(&answer, &post, &out);
	const uint8_t *const at = out.at + out.begin;
	assert_memory_equal(at, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
	assert_non_null(memmem(at, out.len, "what is sent", 12));
	http_two_close(two);
	assert_string_equal(answer.wrong, "closed before an answer");
	http_two_free(two);
	http_answer_end(&answer);
	octets_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(responses),
		cmocka_unit_test(without_end),
		cmocka_unit_test(the_request),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
