#include "conf/records.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/problem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { SUBSTITUTION_MAX = 64 };

enum piece_is { PIECE_LITERAL, PIECE_SUBSTITUTION, PIECE_END, PIECE_UNCLOSED };

struct piece {
	enum piece_is is;
	const char *text; /* what stands between the braces, or between two pairs of them */
	size_t len;
};

static struct piece next_piece(const char **at)
{
	const char *const from = *at;
	if (from[0] == '\0')
		return (struct piece){PIECE_END, from, 0};
	if (from[0] != '{') {
		*at += strcspn(from, "{");
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

static bool refuse_unknown(const char *name, struct err *err)
{
	static const char *const known[] = {"address", "address6", "host", "name", "vars.x"};
	char near[SUGGESTION_MAX];
	if (problem_nearest(name, known, COUNT_OF(known), near)[0] != '\0')
		return err_set(err, "there is no {%s}%s", name, near);
	return err_set(err,
		"there is no {%s}; write {address}, {address6}, {host}, {name} or {vars.x}, and "
		"\\123 for a brace",
		name);
}

/* The endpoint's value; NULL and `err` if there is none. */
static const char *value_of(const struct piece *piece, const struct conf_endpoint *endpoint,
	char room[ADDRESS_TEXT_MAX], struct err *err)
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
		(void)refuse_unknown(name, err);
	else
		(void)err_set(err, "endpoint %s has no %s", endpoint->name, lacks);
	return NULL;
}

const char *conf_fill(const char *template, const struct conf_endpoint *endpoint,
	struct arena *arena, struct err *err)
{
	char *out = NULL;
	size_t used = 0, room = 0;
	const char *at = template;
	for (;;) {
		char address[ADDRESS_TEXT_MAX];
		const struct piece piece = next_piece(&at);
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
			value = value_of(&piece, endpoint, address, err);
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

static bool has_control(const char *text)
{
	for (; *text != '\0'; text++)
		if ((unsigned char)*text < 32 || *text == 127)
			return true;
	return false;
}

static bool is_class(const struct record *record)
{
	return record_type_is(record, "IN") || record_type_is(record, "CH") ||
	       record_type_is(record, "HS");
}

bool record_split(const char *template, struct record *record, struct err *err)
{
	if (has_control(template))
		return err_set(err, "a line break, tab or control character stands in it; write "
				    "one line with blanks");
	record->owner = template;
	record->owner_len = strcspn(template, " ");
	record->type = template + record->owner_len;
	record->type += strspn(record->type, " ");
	record->type_len = strcspn(record->type, " ");
	record->rdata = record->type + record->type_len;
	record->rdata += strspn(record->rdata, " ");
	if (record->owner_len == 0)
		return err_set(err, "it must begin with a name; write @ for the zone itself");
	if (record->type_len == 0 || record->rdata[0] == '\0')
		return err_set(
			err, "it must have a name, a type and data, such as \"www A {address}\"");
	if (memchr(record->type, '{', record->type_len) != NULL)
		return err_set(err, "its type cannot be a substitution; write the type itself");
	if (is_class(record) || (record->type[0] >= '0' && record->type[0] <= '9'))
		return err_set(err,
			"it must have no TTL and no class; take \"%.*s\" out, the TTL "
			"is the service's",
			(int)(record->type_len < 40 ? record->type_len : 40), record->type);
	return true;
}

bool record_type_is(const struct record *record, const char *type)
{
	return record->type_len == strlen(type) &&
	       strncasecmp(record->type, type, record->type_len) == 0;
}

bool record_suits(const char *template, const struct record *record,
	const struct conf_endpoint *endpoint, struct err *err)
{
	struct arena *const scratch = arena_new();
	const char *const filled = conf_fill(template, endpoint, scratch, err);
	bool suits = filled != NULL;
	if (suits && has_control(filled))
		suits = err_set(err,
			"endpoint %s puts a control character into it; take it out of its vars",
			endpoint->name);
	arena_free(scratch);
	if (suits && strcmp(record->rdata, "{address6}") == 0 && record_type_is(record, "A"))
		return err_set(err, "{address6} is an IPv6 address, which needs type AAAA");
	if (!suits || strcmp(record->rdata, "{address}") != 0)
		return suits;
	const bool v4 = endpoint->address.any.sa_family == AF_INET;
	if ((v4 && record_type_is(record, "AAAA")) || (!v4 && record_type_is(record, "A")))
		return err_set(err, "endpoint %s has an %s address, which needs type %s",
			endpoint->name, v4 ? "IPv4" : "IPv6", v4 ? "A" : "AAAA");
	return true;
}
