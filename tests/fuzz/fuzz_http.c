/*
 * libFuzzer: an octet of flags, one of how to cut, then what a web server sends.  However it is
 * cut, HTTP/1.1 is understood the same; HTTP/2 and redirects only have to be survived.
 */
#include "base/mem.h"
#include "probes/http_one.h"
#include "probes/http_two.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FLAG_TWO = 1, FLAG_BODY = 2, FLAG_HEAD = 4, FLAG_FOLLOW = 8 };

static const struct range usual[] = {{200, 399}};
static const struct ranges good = {1, usual};

static void one(struct http_answer *answer, const uint8_t *data, size_t size, size_t step)
{
	struct http_one reader = {.answer = answer};
	enum http_ready ready = HTTP_MORE;
	for (size_t at = 0; at < size && ready == HTTP_MORE; at += step) {
		const size_t n = size - at < step ? size - at : step;
		uint8_t *const copy = mem_copy(data + at, n);
		ready = http_one_take(&reader, copy, n);
		free(copy);
	}
	if (ready == HTTP_MORE)
		http_one_close(&reader);
	assert(answer->ready == HTTP_READY && answer->kept <= HTTP_BODY_MAX);
}

static void two(struct http_answer *answer, const struct http_ask *ask, const uint8_t *data,
	size_t size, size_t step)
{
	struct octets out = {0};
	struct http_two *const session = http_two_new(answer, ask, &out);
	enum http_ready ready = HTTP_MORE;
	for (size_t at = 0; at < size && ready == HTTP_MORE; at += step)
		ready = http_two_take(
			session, data + at, size - at < step ? size - at : step, &out);
	if (ready == HTTP_MORE)
		http_two_close(session);
	assert(answer->ready == HTTP_READY);
	octets_free(&out);
	http_two_free(session);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2)
		return 0;
	const unsigned flags = data[0];
	const struct http_wants wants = {&good, (flags & FLAG_BODY) != 0, (flags & FLAG_HEAD) != 0,
		(flags & FLAG_FOLLOW) != 0};
	const struct http_ask ask = {.method = wants.head_only ? "HEAD" : "GET",
		.authority = "a.example",
		.target = "/x/y?z"};
	struct http_answer whole, cut;
	http_answer_begin(&whole, &wants);
	http_answer_begin(&cut, &wants);
	if ((flags & FLAG_TWO) != 0) {
		two(&whole, &ask, data + 2, size - 2, (size_t)data[1] + 1);
	} else {
		one(&whole, data + 2, size - 2, size);
		one(&cut, data + 2, size - 2, (size_t)data[1] + 1);
		assert(whole.wrong == cut.wrong && whole.status == cut.status &&
			whole.kept == cut.kept && strcmp(whole.location, cut.location) == 0 &&
			(whole.kept == 0 || memcmp(whole.body, cut.body, whole.kept) == 0));
	}
	char *const next = http_ask_next(&ask, whole.location);
	assert(next == NULL || next[0] == '/' || strcmp(next, "*") == 0);
	for (const char *c = next; c != NULL && *c != '\0'; c++)
		assert(*c > ' ' && *c < 0x7f);
	free(next);
	http_answer_end(&whole);
	http_answer_end(&cut);
	return 0;
}
