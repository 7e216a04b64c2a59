#include "probes/http_one.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

enum { CHUNK_LINE_MAX = 1024 };

static const char malformed[] = "malformed answer", not_http[] = "not an HTTP answer";

struct text {
	const char *at;
	size_t len;
};

static bool blank(char c) { return c == ' ' || c == '\t'; }

static struct text trimmed(const char *at, size_t len)
{
	while (len > 0 && blank(at[0]))
		at++, len--;
	while (len > 0 && blank(at[len - 1]))
		len--;
	return (struct text){at, len};
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* As far as `len` octets tell: "HTTP/1.x". */
static bool looks_like_http(const char *line, size_t len)
{
	static const char begin[] = "HTTP/1.";
	const size_t n = sizeof begin - 1;
	return memcmp(line, begin, len < n ? len : n) == 0 && (len <= n || is_digit(line[n]));
}

static enum http_ready take_status(struct http_one *one, struct text line)
{
	enum { CODE = 9, END = 12 }; /* "HTTP/1.1 200 OK" */
	const char *const s = line.at;
	if (line.len < END || s[CODE - 1] != ' ' || !is_digit(s[CODE]) || !is_digit(s[CODE + 1]) ||
		!is_digit(s[CODE + 2]) || s[CODE] == '0' || (line.len > END && s[END] != ' '))
		return http_answer_broken(one->answer, not_http);
	one->status = (unsigned)(s[CODE] - '0') * 100 + (unsigned)(s[CODE + 1] - '0') * 10 +
		      (unsigned)(s[CODE + 2] - '0');
	one->coded = one->chunked = false;
	one->state = ONE_FIELDS;
	return HTTP_MORE;
}

/* Only what the last coding is matters: whether it tells where the body ends. */
static void take_coding(struct http_one *one, struct text value)
{
	static const char chunked[] = "chunked";
	const char *const comma = value.len > 0 ? memrchr(value.at, ',', value.len) : NULL;
	const char *const from = comma != NULL ? comma + 1 : value.at;
	const struct text last = trimmed(from, (size_t)(value.at + value.len - from));
	one->coded = true;
	one->chunked =
		last.len == sizeof chunked - 1 && strncasecmp(last.at, chunked, last.len) == 0;
}

/* The rules of RFC 9112 6.3. */
static enum http_ready begin_body(struct http_one *one)
{
	struct http_answer *const answer = one->answer;
	/* 1. Some answers have none. */
	if (!http_answer_has_body(answer))
		return http_answer_whole(answer);
	/* 2. Chunks, whatever Content-Length says. */
	if (one->chunked) {
		answer->sized = false;
		one->state = ONE_CHUNK_SIZE;
		return HTTP_MORE;
	}
	/* 3. A length, unless a coding that we do not know makes it another. */
	if (answer->sized && !one->coded) {
		one->left = answer->length;
		one->state = ONE_LENGTH;
		return one->left == 0 ? http_answer_whole(answer) : HTTP_MORE;
	}
	/* 4. Until the connection closes. */
	answer->sized = false;
	one->state = ONE_UNTIL_CLOSE;
	return HTTP_MORE;
}

static enum http_ready take_empty_line(struct http_one *one)
{
	if (http_answer_headed(one->answer, one->status) == HTTP_READY)
		return HTTP_READY;
	if (one->answer->headed)
		return begin_body(one);
	one->state = ONE_STATUS;
	return HTTP_MORE;
}

static enum http_ready take_field(struct http_one *one, struct text line)
{
	static const char coding[] = "transfer-encoding";
	if (line.len == 0)
		return take_empty_line(one);
	if (blank(line.at[0])) /* more of the last one, in a way that is no longer used */
		return HTTP_MORE;
	const char *const colon = memchr(line.at, ':', line.len);
	if (colon == NULL || colon == line.at || memchr(line.at, '\0', line.len) != NULL)
		return http_answer_broken(one->answer, malformed);
	const struct text name = trimmed(line.at, (size_t)(colon - line.at));
	const struct text value = trimmed(colon + 1, line.len - (size_t)(colon - line.at) - 1);
	if (name.len == sizeof coding - 1 && strncasecmp(name.at, coding, name.len) == 0) {
		take_coding(one, value);
		return HTTP_MORE;
	}
	return http_answer_field(one->answer, name.at, name.len, value.at, value.len);
}

static int hex(char c)
{
	if (is_digit(c))
		return c - '0';
	const char lower = (char)(c | 0x20);
	return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

static enum http_ready take_chunk_size(struct http_one *one, struct text line)
{
	size_t i = 0;
	one->left = 0;
	for (; i < line.len && hex(line.at[i]) >= 0; i++) {
		if (one->left >> 60 != 0)
			return http_answer_broken(one->answer, malformed);
		one->left = one->left << 4 | (unsigned)hex(line.at[i]);
	}
	const struct text rest = trimmed(line.at + i, line.len - i);
	if (i == 0 || (rest.len > 0 && rest.at[0] != ';'))
		return http_answer_broken(one->answer, malformed);
	one->state = one->left > 0 ? ONE_CHUNK : ONE_TRAILERS;
	return HTTP_MORE;
}

static enum http_ready take_line(struct http_one *one, struct text line)
{
	switch (one->state) {
	case ONE_STATUS: return take_status(one, line);
	case ONE_FIELDS: return take_field(one, line);
	case ONE_CHUNK_SIZE: return take_chunk_size(one, line);
	case ONE_CHUNK_END:
		one->state = ONE_CHUNK_SIZE;
		return line.len == 0 ? HTTP_MORE : http_answer_broken(one->answer, malformed);
	case ONE_TRAILERS: return line.len == 0 ? http_answer_whole(one->answer) : HTTP_MORE;
	case ONE_LENGTH:
	case ONE_CHUNK:
	case ONE_UNTIL_CLOSE: break;
	}
	assert(false && "a state of lines");
	return HTTP_READY;
}

/* Lines of head have one limit together, those between chunks each their own. */
static enum http_ready count_line(struct http_one *one, size_t len)
{
	if (one->state == ONE_CHUNK_SIZE || one->state == ONE_CHUNK_END)
		return one->line_len > CHUNK_LINE_MAX ? http_answer_broken(one->answer, malformed)
						      : HTTP_MORE;
	return http_answer_head(one->answer, len);
}

/*
 * The octets up to the end of a line, or all.  Of a line longer than its room only the beginning is
 * there: a header like that is passed over.
 */
static enum http_ready gather(struct http_one *one, const uint8_t *data, size_t len, size_t *used)
{
	const uint8_t *const end = memchr(data, '\n', len);
	*used = end != NULL ? (size_t)(end - data) + 1 : len;
	const size_t room = one->line_len < HTTP_LINE_MAX ? HTTP_LINE_MAX - one->line_len : 0;
	memcpy(one->line + one->line_len * (room > 0), data, *used < room ? *used : room);
	one->line_len += *used;
	size_t have = one->line_len < HTTP_LINE_MAX ? one->line_len : HTTP_LINE_MAX;
	if (one->state == ONE_STATUS && !looks_like_http(one->line, have))
		return http_answer_broken(one->answer, not_http);
	if (count_line(one, *used) == HTTP_READY)
		return HTTP_READY;
	if (end == NULL)
		return HTTP_MORE;
	const bool cut = one->line_len > HTTP_LINE_MAX;
	one->line_len = 0;
	if (cut && one->state == ONE_FIELDS)
		return HTTP_MORE;
	have -= !cut;
	have -= !cut && have > 0 && one->line[have - 1] == '\r';
	return take_line(one, (struct text){one->line, have});
}

static enum http_ready take_body(
	struct http_one *one, const uint8_t *data, size_t len, size_t *used)
{
	*used = one->state == ONE_UNTIL_CLOSE || len < one->left ? len : (size_t)one->left;
	if (http_answer_body(one->answer, data, *used) == HTTP_READY)
		return HTTP_READY;
	if (one->state == ONE_UNTIL_CLOSE)
		return HTTP_MORE;
	one->left -= *used;
	if (one->left > 0)
		return HTTP_MORE;
	if (one->state == ONE_LENGTH)
		return http_answer_whole(one->answer);
	one->state = ONE_CHUNK_END;
	return HTTP_MORE;
}

enum http_ready http_one_take(struct http_one *one, const uint8_t *data, size_t len)
{
	enum http_ready ready = HTTP_MORE;
	while (ready == HTTP_MORE && len > 0) {
		const bool body = one->state == ONE_LENGTH || one->state == ONE_CHUNK ||
				  one->state == ONE_UNTIL_CLOSE;
		size_t used;
		ready = body ? take_body(one, data, len, &used) : gather(one, data, len, &used);
		data += used;
		len -= used;
	}
	return ready;
}

void http_one_close(struct http_one *one)
{
	struct http_answer *const answer = one->answer;
	if (one->state == ONE_UNTIL_CLOSE)
		(void)http_answer_whole(answer);
	else if (one->state == ONE_STATUS)
		(void)http_answer_broken(answer, "closed before an answer");
	else
		(void)http_answer_broken(answer, "closed before the end of the answer");
}
