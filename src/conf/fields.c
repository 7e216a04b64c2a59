#include "conf/fields.h"

#include "base/arena.h"
#include "base/text.h"
#include "conf/conf.h"
#include "conf/problem.h"
#include "conf/values.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { KEYS_MAX = 64, SUBJECT_MAX = 256 };

static void complain(const struct reader *reader, struct place at, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
static void complain(const struct reader *reader, struct place at, const char *fmt, ...)
{
	char text[768];
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	const char *const subject = reader->subject != NULL ? reader->subject : "";
	conf_problem(reader->problems, CONF_ERROR, at, "%s%s%s", subject,
		subject[0] != '\0' ? ": " : "", text);
}

static const struct field *find(const struct part parts[], size_t n, const char *key)
{
	for (size_t i = 0; i < n; i++)
		for (const struct field *f = parts[i].fields; f != NULL && f->key != NULL; f++)
			if (strcmp(f->key, key) == 0)
				return f;
	return NULL;
}

/* "known are a, b, c", as many as fit. */
static const char *keys_text(const char *const keys[], size_t n, char room[SUGGESTION_MAX])
{
	size_t used = (size_t)snprintf(room, SUGGESTION_MAX, "; known here: ");
	for (size_t i = 0; i < n; i++) {
		if (used + strlen(keys[i]) + sizeof ", ..." > SUGGESTION_MAX) {
			(void)snprintf(room + used, SUGGESTION_MAX - used, "...");
			break;
		}
		used += (size_t)snprintf(
			room + used, SUGGESTION_MAX - used, "%s%s", keys[i], i + 1 < n ? ", " : "");
	}
	return room;
}

static void refuse_unknown(const struct reader *reader, const struct yaml_node *key,
	const struct part parts[], size_t n)
{
	const char *keys[KEYS_MAX];
	size_t count = 0;
	for (size_t i = 0; i < n; i++)
		for (const struct field *f = parts[i].fields; f != NULL && f->key != NULL; f++)
			if (f->type != FIELD_LATER && count < KEYS_MAX)
				keys[count++] = f->key;
	char hint[SUGGESTION_MAX], quoted[QUOTED_MAX];
	if (problem_nearest(key->text, keys, count, hint)[0] == '\0')
		(void)keys_text(keys, count, hint);
	complain(reader, key->at, "unknown key %s%s", problem_quoted(key->text, quoted), hint);
}

static void refuse_type(
	const struct reader *reader, const struct field *field, const struct yaml_node *node)
{
	static const char *const names[] = {
		[YAML_IS_TEXT] = "a text", [YAML_IS_MAP] = "a map", [YAML_IS_LIST] = "a list"};
	char expected[EXPECTED_MAX];
	(void)value_expected(field, expected);
	if (yaml_empty(node))
		complain(reader, node->at, "%s has no value; give it %s, or take the key out",
			field->key, expected);
	else
		complain(reader, node->at, "%s must be %s, not %s", field->key, expected,
			names[node->is]);
}

static void read_text(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	struct err err;
	if (node->is != YAML_IS_TEXT || yaml_empty(node))
		refuse_type(reader, field, node);
	else if (!value_parse(field, node->text, node->at, reader->arena, to, &err))
		complain(reader, node->at, "%s %s", field->key, err.text);
}

/* Limits of how many; ranges have limits of another kind and must not be empty. */
static bool count_fits(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, size_t n)
{
	const int64_t min = field->type == FIELD_RANGES ? 1 : field->min;
	const int64_t max = field->type == FIELD_RANGES ? 0 : field->max;
	if ((int64_t)n < min)
		complain(reader, node->at, "%s must have at least %lld %s, not %zu; add one",
			field->key, (long long)min,
			text_plural((uint64_t)min, "element", "elements"), n);
	else if (max > 0 && (int64_t)n > max)
		complain(reader, node->at, "%s must have at most %lld %s, not %zu", field->key,
			(long long)max, text_plural((uint64_t)max, "element", "elements"), n);
	else
		return true;
	return false;
}

struct any_list { /* texts, addresses, ranges and items look like this */
	size_t n;
	const void *list;
};

static void list_put(void *to, size_t n, const void *list)
{
	const struct any_list l = {n, list};
	memcpy(to, &l, sizeof l);
}

/* A list of texts, or one text for a list of one. */
static void read_texts(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	const struct yaml_entry alone = {.value = node};
	const bool one = node->is == YAML_IS_TEXT && !yaml_empty(node);
	const struct yaml_entry *const entries = one ? &alone : node->entries;
	const size_t n = one ? 1 : node->n, each = value_each(field->type);
	if (!one && node->is != YAML_IS_LIST) {
		refuse_type(reader, field, node);
		return;
	}
	if (!count_fits(reader, field, node, n))
		return;
	uint8_t *const list = arena_list(reader->arena, n, each);
	for (size_t i = 0; i < n; i++)
		read_text(reader, field, entries[i].value, list + i * each);
	list_put(to, n, list);
}

static bool pair_key_fits(const char *key)
{
	return key[0] != '\0' &&
	       key[strspn(key,
		       "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")] == '\0';
}

static void read_pairs(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	if (node->is != YAML_IS_MAP) {
		refuse_type(reader, field, node);
		return;
	}
	struct pair *const list = arena_list(reader->arena, node->n, sizeof *list);
	const struct field text = {.key = field->key, .type = FIELD_TEXT};
	char quoted[QUOTED_MAX];
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_node *const key = node->entries[i].key;
		if (!pair_key_fits(key->text))
			complain(reader, key->at,
				"%s: a name has letters, digits, - and _ only, not %s", field->key,
				problem_quoted(key->text, quoted));
		list[i].key = arena_text(reader->arena, key->text, strlen(key->text));
		read_text(reader, &text, node->entries[i].value, &list[i].value);
	}
	list_put(to, node->n, list);
}

/* The default, given as a person would write it: its table is wrong if it does not parse. */
static void put_default(const struct reader *reader, const struct field *field, void *to)
{
	const struct place nowhere = {"/", 0, 0};
	struct err err;
	const size_t each = value_each(field->type);
	if (each == 0) {
		const bool fits =
			value_parse(field, field->otherwise, nowhere, reader->arena, to, &err);
		assert(fits);
		return;
	}
	char rest[256], *save = NULL;
	assert(strlen(field->otherwise) < sizeof rest);
	(void)snprintf(rest, sizeof rest, "%s", field->otherwise);
	uint8_t *const list = arena_list(reader->arena, strlen(rest) / 2 + 1, each);
	size_t n = 0;
	for (char *t = strtok_r(rest, ", ", &save); t != NULL; t = strtok_r(NULL, ", ", &save)) {
		const bool fits =
			value_parse(field, t, nowhere, reader->arena, list + n++ * each, &err);
		assert(fits);
	}
	list_put(to, n, list);
}

/* What follows calls itself as deep as the tables are, which is three. */
// NOLINTBEGIN(misc-no-recursion)

static void put_defaults(const struct reader *reader, const struct field *fields, void *into);

/* A word in place of a map; false: it is none. */
static bool put_word(const struct field *field, const char *text, void *to)
{
	for (const struct word *w = field->words; w != NULL && w->text != NULL; w++)
		if (strcmp(w->text, text) == 0) {
			*(int *)to = w->value;
			return true;
		}
	return false;
}

static void put_missing(const struct reader *reader, const struct field *field, void *to)
{
	if (field->otherwise == NULL || field->type == FIELD_LATER)
		return;
	if (field->type == FIELD_MAP)
		put_defaults(reader, field->inside, to);
	if (field->type == FIELD_MAP && field->otherwise[0] != '\0')
		(void)put_word(field, field->otherwise, to);
	else if (field->type != FIELD_MAP && field->otherwise[0] != '\0')
		put_default(reader, field, to);
}

static void put_defaults(const struct reader *reader, const struct field *fields, void *into)
{
	for (const struct field *f = fields; f->key != NULL; f++)
		put_missing(reader, f, (uint8_t *)into + f->offset);
}

static struct reader within(
	const struct reader *reader, char room[SUBJECT_MAX], const char *key, size_t number)
{
	struct reader inner = *reader;
	const char *const subject = reader->subject != NULL ? reader->subject : "";
	const char *const between = subject[0] != '\0' ? ": " : "";
	if (number == 0)
		(void)snprintf(room, SUBJECT_MAX, "%.160s%s%s", subject, between, key);
	else
		(void)snprintf(
			room, SUBJECT_MAX, "%.160s%s%s, number %zu", subject, between, key, number);
	inner.subject = room;
	return inner;
}

static void read_list(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	if (node->is != YAML_IS_LIST) {
		refuse_type(reader, field, node);
		return;
	}
	if (!count_fits(reader, field, node, node->n))
		return;
	uint8_t *const list = arena_list(reader->arena, node->n, field->size);
	for (size_t i = 0; i < node->n; i++) {
		char room[SUBJECT_MAX];
		const struct reader inner = within(reader, room, field->key, i + 1);
		const struct part part = {field->inside, list + i * field->size};
		(void)!fields_read(&inner, node->entries[i].value, &part, 1, FIELDS_REFUSE_OTHERS);
	}
	list_put(to, node->n, list);
}

static void read_map(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	if (node->is == YAML_IS_TEXT) {
		put_defaults(reader, field->inside, to);
		if (put_word(field, node->text, to))
			return;
	}
	if (field->words != NULL && node->is != YAML_IS_MAP) {
		refuse_type(reader, field, node);
		return;
	}
	char room[SUBJECT_MAX];
	const struct reader inner = within(reader, room, field->key, 0);
	const struct part part = {field->inside, to};
	(void)!fields_read(&inner, node, &part, 1, FIELDS_REFUSE_OTHERS);
}

static void read_node(const struct reader *reader, const struct field *field,
	const struct yaml_node *node, void *to)
{
	if (node->is != YAML_IS_MAP)
		refuse_type(reader, field, node);
	else
		*(const struct yaml_node **)to = node;
}

static void read_field(const struct reader *reader, const struct field *field,
	const struct yaml_entry *entry, void *to)
{
	switch (field->type) {
	case FIELD_BOOL:
	case FIELD_UINT:
	case FIELD_SPAN:
	case FIELD_NUMBER:
	case FIELD_TEXT:
	case FIELD_PATH:
	case FIELD_DOMAIN:
	case FIELD_ADDRESS:
	case FIELD_ADDRESS_PORT:
	case FIELD_WORD: read_text(reader, field, entry->value, to); break;
	case FIELD_TEXTS:
	case FIELD_ARGV:
	case FIELD_ADDRESSES:
	case FIELD_PREFIXES:
	case FIELD_RANGES: read_texts(reader, field, entry->value, to); break;
	case FIELD_PAIRS: read_pairs(reader, field, entry->value, to); break;
	case FIELD_MAP: read_map(reader, field, entry->value, to); break;
	case FIELD_LIST: read_list(reader, field, entry->value, to); break;
	case FIELD_NODE: read_node(reader, field, entry->value, to); break;
	case FIELD_LATER:
		complain(
			reader, entry->key->at, "%s is not supported yet; take it out", field->key);
		break;
	}
}

static void read_part(const struct reader *reader, const struct yaml_node *node,
	const struct part parts[], size_t n, const struct part *part)
{
	for (const struct field *f = part->fields; f != NULL && f->key != NULL; f++) {
		if (find(parts, n, f->key) != f)
			continue; /* a table before this one has the key */
		const struct yaml_entry *const entry = yaml_find(node, f->key);
		void *const to = (uint8_t *)part->into + f->offset;
		char expected[EXPECTED_MAX];
		if (entry != NULL)
			read_field(reader, f, entry, to);
		else if (f->otherwise == NULL && f->type != FIELD_LATER)
			complain(reader, node->at, "%s is missing; add it with %s", f->key,
				value_expected(f, expected));
		else
			put_missing(reader, f, to);
	}
}

bool fields_read(const struct reader *reader, const struct yaml_node *node,
	const struct part parts[], size_t n, enum fields_others others)
{
	const size_t before = reader->problems->errors;
	if (node->is != YAML_IS_MAP) {
		complain(reader, node->at,
			yaml_empty(node) ? "nothing is given; put a map of keys and values here"
					 : "a map of keys and values is expected here");
		return false;
	}
	for (size_t i = 0; i < node->n && others == FIELDS_REFUSE_OTHERS; i++)
		if (find(parts, n, node->entries[i].key->text) == NULL)
			refuse_unknown(reader, node->entries[i].key, parts, n);
	for (size_t i = 0; i < n; i++)
		read_part(reader, node, parts, n, &parts[i]);
	return reader->problems->errors == before;
}

// NOLINTEND(misc-no-recursion)
