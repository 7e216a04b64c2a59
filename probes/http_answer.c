#include "probes/http_answer.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void http_answer_begin(struct http_answer *answer, const struct http_wants *wants)
{
	*answer = (struct http_answer){.wants = wants};
}

void http_answer_end(struct http_answer *answer)
{
	free(answer->body);
	answer->body = NULL;
	answer->kept = answer->room = 0;
}

enum http_ready http_answer_whole(struct http_answer *answer)
{
	assert(answer->ready == HTTP_MORE);
	return answer->ready = HTTP_READY;
}

enum http_ready http_answer_broken(struct http_answer *answer, const char *wrong)
{
	answer->wrong = wrong;
	return http_answer_whole(answer);
}

bool http_answer_is_good(const struct http_answer *answer)
{
	for (size_t i = 0; i < answer->wants->good->n; i++) {
		const struct range *const r = &answer->wants->good->list[i];
		if (answer->status >= r->low && answer->status <= r->high)
			return true;
	}
	return false;
}

bool http_answer_leads(const struct http_answer *answer)
{
	const unsigned s = answer->status;
	return answer->wants->follow && answer->location[0] != '\0' &&
	       (s == 301 || s == 302 || s == 303 || s == 307 || s == 308);
}

/* RFC 9112 6.3, rule 1; an upgrade (101) ends what is HTTP on the connection. */
bool http_answer_has_body(const struct http_answer *answer)
{
	const unsigned s = answer->status;
	return !answer->wants->head_only && s != 101 && s != 204 && s != 304;
}

enum http_ready http_answer_head(struct http_answer *answer, size_t len)
{
	answer->n_head += len;
	return answer->n_head > HTTP_HEAD_MAX
		       ? http_answer_broken(answer, "headers longer than 64 KB")
		       : HTTP_MORE;
}

/* Digits, or the same digits several times with commas between: RFC 9110 8.6. */
static bool take_length(struct http_answer *answer, const char *value, size_t len)
{
	for (size_t i = 0; i < len;) {
		uint64_t n = 0;
		const size_t begin = i;
		for (; i < len && value[i] >= '0' && value[i] <= '9'; i++)
			if (__builtin_mul_overflow(n, 10, &n) ||
				__builtin_add_overflow(n, (uint64_t)(value[i] - '0'), &n))
				return false;
		if (i == begin || (answer->sized && answer->length != n))
			return false;
		answer->sized = true;
		answer->length = n;
		const size_t end = i;
		while (i < len && (value[i] == ',' || value[i] == ' ' || value[i] == '\t'))
			i++;
		if (i < len && i == end)
			return false;
	}
	return answer->sized;
}

static bool is(const char *want, const char *name, size_t len)
{
	return strlen(want) == len && strncasecmp(name, want, len) == 0;
}

enum http_ready http_answer_field(struct http_answer *answer, const char *name, size_t name_len,
	const char *value, size_t len)
{
	if (is("content-length", name, name_len)) {
		if (!take_length(answer, value, len))
			return http_answer_broken(answer, "malformed answer");
	} else if (is("location", name, name_len)) {
		const bool fits = len < sizeof answer->location && memchr(value, '\0', len) == NULL;
		memcpy(answer->location, value, fits ? len : 0);
		answer->location[fits ? len : 0] = '\0';
	}
	return HTTP_MORE;
}

/*
 * What comes after the head is waited for unless nothing of it would count:
 *  1. An interim answer is followed by another, but not for ever.
 *  2. A bad status needs no body, and neither has a step to another place.
 */
enum http_ready http_answer_headed(struct http_answer *answer, unsigned status)
{
	if (status < 200 && status != 101) {
		answer->sized = false;
		answer->length = 0;
		answer->location[0] = '\0';
		return ++answer->n_interim > HTTP_INTERIM_MAX
			       ? http_answer_broken(answer, "interim answers without end")
			       : HTTP_MORE;
	}
	answer->status = status;
	answer->headed = true;
	if (http_answer_leads(answer) || !http_answer_is_good(answer))
		return http_answer_whole(answer);
	return HTTP_MORE;
}

static void keep(struct http_answer *answer, const uint8_t *data, size_t len)
{
	const size_t more = len < HTTP_BODY_MAX - answer->kept ? len : HTTP_BODY_MAX - answer->kept;
	if (more == 0)
		return;
	answer->body = mem_grow(answer->body, &answer->room, answer->kept + more + 1, 1);
	memcpy(answer->body + answer->kept, data, more);
	answer->kept += more;
	answer->body[answer->kept] = '\0';
}

/*
 * Where more of the body would change nothing, it is cut:
 *  1. What is looked for must stand in the first 64 KB.
 *  2. Of a body that told its length so much is enough, too.
 *  3. Any other has to show that it ends, before the conversation has had its most.
 */
enum http_ready http_answer_body(struct http_answer *answer, const uint8_t *data, size_t len)
{
	answer->n_body += len;
	if (answer->wants->body)
		keep(answer, data, len);
	if (answer->n_body < HTTP_BODY_MAX || (!answer->wants->body && !answer->sized))
		return HTTP_MORE;
	answer->cut = !answer->sized || answer->length > HTTP_BODY_MAX;
	return http_answer_whole(answer);
}
