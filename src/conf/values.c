#include "conf/values.h"

#include "base/arena.h"
#include "base/decimal.h"
#include "base/files.h"
#include "base/span.h"
#include "conf/problem.h"
#include "dns/name.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DIGITS_MAX = 10, WORDS_MAX = 32 };

size_t value_each(enum field_type type)
{
	switch (type) {
	case FIELD_TEXTS:
	case FIELD_ARGV: return sizeof(struct text_at);
	case FIELD_ADDRESSES: return sizeof(struct address);
	case FIELD_PREFIXES: return sizeof(struct prefix);
	case FIELD_RANGES: return sizeof(struct range);
	case FIELD_BOOL:
	case FIELD_UINT:
	case FIELD_SPAN:
	case FIELD_NUMBER:
	case FIELD_TEXT:
	case FIELD_PATH:
	case FIELD_DOMAIN:
	case FIELD_ADDRESS:
	case FIELD_ADDRESS_PORT:
	case FIELD_WORD:
	case FIELD_PAIRS:
	case FIELD_MAP:
	case FIELD_LIST:
	case FIELD_NODE:
	case FIELD_LATER: return 0;
	}
	return 0;
}

const char *value_limits(const struct field *field, char room[EXPECTED_MAX])
{
	char low[SPAN_TEXT_MAX], high[SPAN_TEXT_MAX];
	room[0] = '\0';
	if (field->type == FIELD_SPAN)
		(void)snprintf(room, EXPECTED_MAX, "%s to %s", span_text(span_ms(field->min), low),
			span_text(span_ms(field->max), high));
	else if (field->type == FIELD_UINT || field->type == FIELD_RANGES)
		(void)snprintf(room, EXPECTED_MAX,
			field->min == field->max ? "%lld" : "%lld to %lld", (long long)field->min,
			(long long)field->max);
	return room;
}

/* "auto or manual". */
static const char *words_text(const struct word *words, char room[EXPECTED_MAX])
{
	size_t used = 0;
	room[0] = '\0';
	for (const struct word *w = words; w->text != NULL && used < EXPECTED_MAX; w++) {
		const char *const between = w == words ? "" : w[1].text == NULL ? " or " : ", ";
		const int more =
			snprintf(room + used, EXPECTED_MAX - used, "%s%s", between, w->text);
		used += more > 0 ? (size_t)more : 0;
	}
	return room;
}

const char *value_expected(const struct field *field, char room[EXPECTED_MAX])
{
	const char *fixed = "a text";
	char words[EXPECTED_MAX], limits[EXPECTED_MAX];
	switch (field->type) {
	case FIELD_UINT:
		(void)snprintf(room, EXPECTED_MAX, "%.100s%sa whole number %.100s",
			field->words != NULL ? words_text(field->words, words) : "",
			field->words != NULL ? " or " : "", value_limits(field, limits));
		return room;
	case FIELD_SPAN:
		(void)snprintf(room, EXPECTED_MAX, "a length of time such as 500ms, 2s or 10m");
		return room;
	case FIELD_WORD: return words_text(field->words, room);
	case FIELD_NUMBER: fixed = "a number such as -12, 0.5 or 4294967295"; break;
	case FIELD_BOOL: fixed = "true or false"; break;
	case FIELD_PATH: fixed = "a path"; break;
	case FIELD_DOMAIN: fixed = "a domain name"; break;
	case FIELD_ADDRESS: fixed = "an IPv4 or IPv6 address"; break;
	case FIELD_ADDRESS_PORT: fixed = "ADDRESS@PORT, such as \"192.0.2.1@53\""; break;
	case FIELD_TEXTS: fixed = "a text or a list of texts"; break;
	case FIELD_ARGV: fixed = "a list of a program and its arguments"; break;
	case FIELD_ADDRESSES: fixed = "a list of ADDRESS@PORT, such as \"192.0.2.1@53\""; break;
	case FIELD_PREFIXES:
		fixed = "a list of addresses and blocks, such as [192.0.2.1, \"2001:db8::/32\"]";
		break;
	case FIELD_RANGES:
		fixed = "a list of numbers and ranges, such as [200, \"300-399\"]";
		break;
	case FIELD_PAIRS: fixed = "a map of names and texts"; break;
	case FIELD_MAP:
		if (field->words != NULL) {
			(void)snprintf(room, EXPECTED_MAX, "%.100s or a map of keys and values",
				words_text(field->words, words));
			return room;
		}
		fixed = "a map of keys and values";
		break;
	case FIELD_NODE: fixed = "a map of keys and values"; break;
	case FIELD_LIST: fixed = "a list of maps"; break;
	case FIELD_TEXT:
	case FIELD_LATER: break;
	}
	(void)snprintf(room, EXPECTED_MAX, "%s", fixed);
	return room;
}

/* "must be WHAT, not "TEXT"". */
static bool unexpected(const struct field *field, const char *text, struct err *err)
{
	char room[EXPECTED_MAX], quoted[QUOTED_MAX];
	return err_set(err, "must be %s, not %s", value_expected(field, room),
		problem_quoted(text, quoted));
}

/* Decimal digits only; nothing like 010, which others read as 8.  Too large ones become UINT32_MAX
 * + 1. */
static bool digits(const char *text, size_t len, int64_t *value)
{
	if (len == 0 || strspn(text, "0123456789") < len || (text[0] == '0' && len > 1))
		return false;
	const int64_t n = len > DIGITS_MAX ? INT64_MAX : strtoll(text, NULL, 10);
	*value = n > UINT32_MAX ? (int64_t)UINT32_MAX + 1 : n;
	return true;
}

static bool inside(const struct field *field, int64_t value)
{
	return value >= field->min && value <= field->max && value <= UINT32_MAX;
}

static bool parse_uint(const struct field *field, const char *text, uint32_t *to, struct err *err)
{
	for (const struct word *w = field->words; w != NULL && w->text != NULL; w++)
		if (strcmp(w->text, text) == 0) {
			*to = (uint32_t)w->value;
			return true;
		}
	int64_t value;
	char room[EXPECTED_MAX];
	if (!digits(text, strlen(text), &value))
		return unexpected(field, text, err);
	if (!inside(field, value))
		return err_set(err, "must be %s, not %.40s", value_limits(field, room), text);
	*to = (uint32_t)value;
	return true;
}

static bool parse_span(const struct field *field, const char *text, span_t *to, struct err *err)
{
	span_t span;
	char room[EXPECTED_MAX];
	if (!span_parse(text, &span))
		return unexpected(field, text, err);
	if (span.ns < span_ms(field->min).ns || span.ns > span_ms(field->max).ns)
		return err_set(err, "must be %s, not %.40s", value_limits(field, room), text);
	*to = span;
	return true;
}

static bool parse_word(const struct field *field, const char *text, int *to, struct err *err)
{
	const char *known[WORDS_MAX];
	size_t n = 0;
	char room[EXPECTED_MAX], near[SUGGESTION_MAX], quoted[QUOTED_MAX];
	for (const struct word *w = field->words; w->text != NULL; w++) {
		if (strcmp(w->text, text) == 0) {
			*to = w->value;
			return true;
		}
		if (n < WORDS_MAX)
			known[n++] = w->text;
	}
	return err_set(err, "must be %s, not %s%s", words_text(field->words, room),
		problem_quoted(text, quoted), problem_nearest(text, known, n, near));
}

static bool parse_domain(const char *text, struct arena *arena, const uint8_t **to, struct err *err)
{
	uint8_t name[NAME_MAX_OCTETS];
	char quoted[QUOTED_MAX];
	if (!name_parse(name, text, strlen(text), NULL, err)) {
		const struct err why = *err;
		return err_set(err, "must be a domain name, and %s is not: %.200s",
			problem_quoted(text, quoted), why.text);
	}
	name_lower(name);
	*to = arena_copy(arena, name, name_len(name));
	return true;
}

static bool parse_range(
	const struct field *field, const char *text, struct range *to, struct err *err)
{
	const char *const dash = strchr(text, '-');
	const size_t len = dash != NULL ? (size_t)(dash - text) : strlen(text);
	int64_t low, high;
	char room[EXPECTED_MAX];
	if (!digits(text, len, &low))
		return unexpected(field, text, err);
	high = low;
	if (dash != NULL && !digits(dash + 1, strlen(dash + 1), &high))
		return unexpected(field, text, err);
	if (!inside(field, low) || !inside(field, high))
		return err_set(err, "must be within %s, and %.40s is not",
			value_limits(field, room), text);
	if (low > high)
		return err_set(
			err, "has the range %.40s upside down; put the lower number first", text);
	*to = (struct range){(uint32_t)low, (uint32_t)high};
	return true;
}

const char *value_path(const char *text, const char *from, struct arena *arena)
{
	while (text[0] == '.' && text[1] == '/' && text[2] != '\0' && text[2] != '/')
		text += 2;
	return files_beside(arena, from, text);
}

static bool parse_text(const struct field *field, const char *text, struct place at,
	struct arena *arena, void *to, struct err *err)
{
	const size_t len = strlen(text);
	if (field->type == FIELD_PATH && len == 0)
		return err_set(err, "must be a path, not \"\"");
	if (field->type == FIELD_TEXT && (int64_t)len < field->min)
		return err_set(err, "must not be empty");
	if (field->type == FIELD_TEXT && field->max > 0 && (int64_t)len > field->max)
		return err_set(
			err, "must have %lld octets at most, not %zu", (long long)field->max, len);
	const char **const text_to = to;
	*text_to = field->type == FIELD_PATH ? value_path(text, at.file, arena)
					     : arena_text(arena, text, len);
	return true;
}

static bool parse_bool(const struct field *field, const char *text, bool *to, struct err *err)
{
	*to = strcmp(text, "true") == 0;
	return *to || strcmp(text, "false") == 0 || unexpected(field, text, err);
}

bool value_parse(const struct field *field, const char *text, struct place at, struct arena *arena,
	void *to, struct err *err)
{
	switch (field->type) {
	case FIELD_BOOL: return parse_bool(field, text, to, err);
	case FIELD_UINT: return parse_uint(field, text, to, err);
	case FIELD_SPAN: return parse_span(field, text, to, err);
	case FIELD_NUMBER: return decimal_parse(text, to) || unexpected(field, text, err);
	case FIELD_TEXT:
	case FIELD_PATH: return parse_text(field, text, at, arena, to, err);
	case FIELD_DOMAIN: return parse_domain(text, arena, to, err);
	case FIELD_ADDRESS: return address_parse(text, to) || unexpected(field, text, err);
	case FIELD_ADDRESS_PORT:
	case FIELD_ADDRESSES: return address_parse_port(text, to) || unexpected(field, text, err);
	case FIELD_WORD: return parse_word(field, text, to, err);
	case FIELD_TEXTS:
	case FIELD_ARGV:
		*(struct text_at *)to = (struct text_at){arena_text(arena, text, strlen(text)), at};
		return true;
	case FIELD_PREFIXES: return prefix_parse(text, to) || unexpected(field, text, err);
	case FIELD_RANGES: return parse_range(field, text, to, err);
	case FIELD_PAIRS:
	case FIELD_MAP:
	case FIELD_LIST:
	case FIELD_NODE:
	case FIELD_LATER: break;
	}
	assert(false && "a field that one text gives");
	return false;
}
