#include "conf/fill.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum fill_where { FILL_RECORD, FILL_OPTION }; /* in options most braces are not ours */

enum { SUBSTITUTION_MAX = 64 };

enum piece_is { PIECE_LITERAL, PIECE_SUBSTITUTION, PIECE_END, PIECE_UNCLOSED };

struct piece {
	enum piece_is is;
	const char *text; /* what stands between the braces, or between two pairs of them */
	size_t len;
};

/* How long the word is that begins at `text`, if a "}" ends it; else 0. */
static size_t word_len(const char *text)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
	const size_t len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
					"0123456789_-.");
	return text[0] != '\0' && strchr(letters, text[0]) != NULL && text[len] == '}' ? len : 0;
}

static struct piece next_piece(const char **at, enum fill_where where)
{
	const char *const from = *at;
	if (from[0] == '\0')
		return (struct piece){PIECE_END, from, 0};
	if (from[0] != '{' || (where == FILL_OPTION && word_len(from + 1) == 0)) {
		++*at;
		*at += strcspn(*at, "{");
		return (struct piece){PIECE_LITERAL, from, (size_t)(*at - from)};
	}
	const size_t len = strcspn(from + 1, "{}");
	if (from[1 + len] != '}')
		return (struct piece){PIECE_UNCLOSED, from, 1 + len};
	*at += len + 2;
	return (struct piece){PIECE_SUBSTITUTION, from + 1, len};
}

static bool piece_is(const struct piece *piece, const char *name)
{
	return piece->len == strlen(name) && memcmp(piece->text, name, piece->len) == 0;
}

static bool refuse_unknown(const char *name, enum fill_where where, struct err *err)
{
	static const char *const known[] = {"address", "address6", "host", "name", "vars.x"};
	char near[SUGGESTION_MAX];
	if (problem_nearest(name, known, COUNT_OF(known), near)[0] != '\0')
		return err_set(err, "there is no {%s}%s", name, near);
	return err_set(err,
		"there is no {%s}; write {address}, {address6}, {host}, {name} or {vars.x}, and %s",
		name,
		where == FILL_RECORD ? "\\123 for a brace" : "a blank after a brace that stays");
}

/* The endpoint's value; NULL and `err` if there is none. */
static const char *value_of(const struct piece *piece, enum fill_where where,
	const struct conf_endpoint *endpoint, char room[ADDRESS_TEXT_MAX], struct err *err)
{
	char name[SUBSTITUTION_MAX];
	(void)snprintf(name, sizeof name, "%.*s", (int)piece->len, piece->text);
	const char *lacks = NULL;
	if (piece_is(piece, "name"))
		return endpoint->name;
	if (piece_is(piece, "address")) {
		if (endpoint->address.len > 0)
			return address_text(&endpoint->address, room);
		lacks = "address";
	} else if (piece_is(piece, "address6")) {
		if (endpoint->address6.len > 0)
			return address_text(&endpoint->address6, room);
		lacks = "address6";
	} else if (piece_is(piece, "host")) {
		if (endpoint->host_text != NULL)
			return endpoint->host_text;
		lacks = "host";
	} else if (strncmp(name, "vars.", 5) == 0 && name[5] != '\0') {
		for (size_t i = 0; i < endpoint->vars.n; i++)
			if (strlen(endpoint->vars.list[i].key) == piece->len - 5 &&
				strncmp(endpoint->vars.list[i].key, piece->text + 5,
					piece->len - 5) == 0)
				return endpoint->vars.list[i].value;
		lacks = name;
	}
	if (lacks == NULL)
		(void)refuse_unknown(name, where, err);
	else
		(void)err_set(err, "endpoint %s has no %s", endpoint->name, lacks);
	return NULL;
}

static const char *fill(const char *template, enum fill_where where,
	const struct conf_endpoint *endpoint, struct arena *arena, struct err *err)
{
	char *out = NULL;
	size_t used = 0, room = 0;
	const char *at = template;
	for (;;) {
		char address[ADDRESS_TEXT_MAX];
		const struct piece piece = next_piece(&at, where);
		const char *value = piece.text;
		size_t len = piece.len;
		if (piece.is == PIECE_END)
			break;
		if (piece.is == PIECE_UNCLOSED) {
			(void)err_set(err, "a \"{\" is not closed; add the \"}\", or write \\123 "
					   "for a brace");
			goto fail;
		}
		if (piece.is == PIECE_SUBSTITUTION) {
			value = value_of(&piece, where, endpoint, address, err);
			if (value == NULL)
				goto fail;
			len = strlen(value);
		}
		out = mem_grow(out, &room, used + len, 1);
		if (len > 0)
			memcpy(out + used, value, len);
		used += len;
	}
	const char *const filled = arena_text(arena, used > 0 ? out : "", used);
	free(out);
	return filled;
fail:
	free(out);
	return NULL;
}

const char *conf_fill(const char *template, const struct conf_endpoint *endpoint,
	struct arena *arena, struct err *err)
{
	return fill(template, FILL_RECORD, endpoint, arena, err);
}

/* ---- options ---- */

static bool has_substitution(const char *text)
{
	for (const char *at = text; at != NULL && (at = strchr(at, '{')) != NULL; at++)
		if (word_len(at + 1) > 0)
			return true;
	return false;
}

static bool is_list(const struct field *field)
{
	return field->type == FIELD_TEXTS || field->type == FIELD_ARGV;
}

/* Maps call the next two again, as deep as the tables are. */
// NOLINTBEGIN(misc-no-recursion)

bool fill_wanted(const struct field *fields, const void *options)
{
	for (const struct field *f = fields; f != NULL && f->key != NULL; f++) {
		const void *const from = (const uint8_t *)options + f->offset;
		if (f->type == FIELD_MAP && fill_wanted(f->inside, from))
			return true;
		if (!f->filled)
			continue;
		if (!is_list(f) && has_substitution(*(const char *const *)from))
			return true;
		const struct texts *const texts = from;
		for (size_t i = 0; is_list(f) && i < texts->n; i++)
			if (has_substitution(texts->list[i].text))
				return true;
	}
	return false;
}

/* The program is the same for all: what may run was looked at when the configuration was read. */
static bool fill_texts(const struct field *field, const struct conf_endpoint *endpoint,
	struct arena *arena, struct texts *texts, struct err *err)
{
	struct text_at *const list = arena_copy(arena, texts->list, texts->n * sizeof *texts->list);
	for (size_t i = field->type == FIELD_ARGV ? 1 : 0; i < texts->n; i++)
		if ((list[i].text = fill(list[i].text, FILL_OPTION, endpoint, arena, err)) == NULL)
			return false;
	texts->list = list;
	return true;
}

static bool fill_text(const struct field *field, const struct conf_endpoint *endpoint,
	struct arena *arena, const char **text, struct err *err)
{
	const char *const filled =
		*text != NULL ? fill(*text, FILL_OPTION, endpoint, arena, err) : NULL;
	if (*text != NULL && filled == NULL)
		return false;
	*text = filled;
	if (field->type == FIELD_TEXT && field->max > 0 && filled != NULL &&
		(int64_t)strlen(filled) > field->max)
		return err_set(err, "endpoint %s makes %zu octets of it, and %lld are the most",
			endpoint->name, strlen(filled), (long long)field->max);
	return true;
}

static bool fill_fields(const struct field *fields, const struct conf_endpoint *endpoint,
	struct arena *arena, void *options, const char **key, struct err *err)
{
	for (const struct field *f = fields; f != NULL && f->key != NULL; f++) {
		void *const at = (uint8_t *)options + f->offset;
		if (f->type == FIELD_MAP && !fill_fields(f->inside, endpoint, arena, at, key, err))
			return false;
		if (!f->filled)
			continue;
		*key = f->key;
		if (is_list(f) ? !fill_texts(f, endpoint, arena, at, err)
			       : !fill_text(f, endpoint, arena, at, err))
			return false;
	}
	return true;
}

// NOLINTEND(misc-no-recursion)

const void *fill_options(const struct option_set *kind, const void *options,
	const struct conf_endpoint *endpoint, struct arena *arena, const char **key,
	struct err *err)
{
	void *const copy = arena_copy(arena, options, kind->size);
	return fill_fields(kind->fields, endpoint, arena, copy, key, err) ? copy : NULL;
}
