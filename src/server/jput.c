#include "server/jput.h"

#include "net/octets.h"
#include "server/jtext.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { REAL_DIGITS = 9 };

void jput(struct octets *out, const char *raw) { octets_add(out, raw, strlen(raw)); }

static int put_piece(const char *piece, size_t len, void *out)
{
	octets_add(out, piece, len);
	return 0;
}

static void put_tree(struct octets *out, const char *before, json_t *tree, size_t flags)
{
	jput(out, before);
	(void)json_dump_callback(tree, put_piece, out,
		JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(REAL_DIGITS) | flags);
	json_decref(tree);
}

void jput_tree(struct octets *out, const char *before, json_t *tree)
{
	put_tree(out, before, tree, 0);
}

void jput_fields(struct octets *out, const char *before, json_t *tree)
{
	put_tree(out, before, tree, JSON_EMBED);
}

/* Whether it stands in a string as it is. */
static bool is_plain(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (text[i] < 32 || text[i] > 126 || text[i] == '"' || text[i] == '\\')
			return false;
	return true;
}

void jput_text(struct octets *out, const char *before, const char *text)
{
	const size_t len = text != NULL ? strlen(text) : 0;
	if (text == NULL) {
		jput(out, before);
		jput(out, "null");
	} else if (is_plain(text, len)) {
		jput(out, before);
		octets_add(out, "\"", 1);
		octets_add(out, text, len);
		octets_add(out, "\"", 1);
	} else {
		put_tree(out, before, jtext(text), 0);
	}
}

void jput_int(struct octets *out, const char *before, int64_t value)
{
	char room[24];
	(void)snprintf(room, sizeof room, "%" PRId64, value);
	jput(out, before);
	jput(out, room);
}

void jput_real(struct octets *out, const char *before, double value)
{
	put_tree(out, before, json_real(value), 0);
}

void jput_bool(struct octets *out, const char *before, bool value)
{
	jput(out, before);
	jput(out, value ? "true" : "false");
}
