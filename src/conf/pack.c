#include "conf/pack.h"

#include "base/arena.h"

#include <assert.h>
#include <string.h>

/* Both directions walk the table; every number is 4 octets, a length of time 8. */

struct writer {
	uint8_t *out;
	size_t room, need;
};

static void put(struct writer *w, const void *from, size_t len)
{
	if (len > 0 && w->need <= w->room && len <= w->room - w->need)
		memcpy(w->out + w->need, from, len);
	w->need += len;
}

static void put_number(struct writer *w, size_t n)
{
	const uint32_t number = (uint32_t)n;
	assert(n <= UINT32_MAX);
	put(w, &number, sizeof number);
}

/* NULL is 0, everything else its length and one. */
static void put_text(struct writer *w, const char *text)
{
	const size_t len = text != NULL ? strlen(text) : 0;
	put_number(w, text != NULL ? len + 1 : 0);
	put(w, text, len);
}

/* Maps call these again, as deep as the tables are. */
// NOLINTBEGIN(misc-no-recursion)

static void put_fields(struct writer *w, const struct field *fields, const void *from);

static void put_field(struct writer *w, const struct field *field, const void *from)
{
	switch (field->type) {
	case FIELD_BOOL: put(w, from, sizeof(bool)); return;
	case FIELD_UINT: put(w, from, sizeof(uint32_t)); return;
	case FIELD_SPAN: put(w, from, sizeof(span_t)); return;
	case FIELD_WORD: put(w, from, sizeof(int)); return;
	case FIELD_TEXT:
	case FIELD_PATH: {
		const char *const *const text = from;
		put_text(w, *text);
		return;
	}
	case FIELD_TEXTS:
	case FIELD_ARGV: {
		const struct texts *const texts = from;
		put_number(w, texts->n);
		for (size_t i = 0; i < texts->n; i++)
			put_text(w, texts->list[i].text);
		return;
	}
	case FIELD_RANGES: {
		const struct ranges *const ranges = from;
		put_number(w, ranges->n);
		put(w, ranges->list, ranges->n * sizeof *ranges->list);
		return;
	}
	case FIELD_MAP:
		if (field->words != NULL)
			put(w, from, sizeof(int));
		put_fields(w, field->inside, from);
		return;
	case FIELD_LATER: return;
	case FIELD_NUMBER:
	case FIELD_DOMAIN:
	case FIELD_ADDRESS:
	case FIELD_ADDRESS_PORT:
	case FIELD_ADDRESSES:
	case FIELD_PREFIXES:
	case FIELD_PAIRS:
	case FIELD_LIST:
	case FIELD_NODE: break;
	}
	assert(false && "a type that options of probes may have");
}

static void put_fields(struct writer *w, const struct field *fields, const void *from)
{
	for (const struct field *f = fields; f != NULL && f->key != NULL; f++)
		put_field(w, f, (const uint8_t *)from + f->offset);
}

// NOLINTEND(misc-no-recursion)

// NOLINTNEXTLINE(readability-non-const-parameter): written to through the writer
size_t pack_options(const struct field *fields, const void *options, uint8_t *out, size_t room)
{
	struct writer w = {out, room, 0};
	put_fields(&w, fields, options);
	return w.need;
}

struct source {
	const uint8_t *at;
	size_t left;
	struct arena *arena;
};

static bool get(struct source *s, void *to, size_t len)
{
	if (len > s->left)
		return false;
	if (len > 0)
		memcpy(to, s->at, len);
	s->at += len;
	s->left -= len;
	return true;
}

/* A count whose elements take at least `each` octets, so that it cannot ask for the moon. */
static bool get_count(struct source *s, size_t each, size_t *n)
{
	uint32_t number;
	if (!get(s, &number, sizeof number) || number > s->left / each)
		return false;
	*n = number;
	return true;
}

static bool get_text(struct source *s, const char **text)
{
	uint32_t size;
	*text = NULL;
	if (!get(s, &size, sizeof size) || size > s->left + 1)
		return false;
	if (size == 0)
		return true;
	const size_t len = size - 1;
	if (len > 0 && memchr(s->at, '\0', len) != NULL)
		return false;
	*text = arena_text(s->arena, len > 0 ? (const char *)s->at : "", len);
	s->at += len;
	s->left -= len;
	return true;
}

static bool get_bool(struct source *s, bool *to)
{
	uint8_t octet;
	if (!get(s, &octet, sizeof octet) || octet > 1)
		return false;
	*to = octet != 0;
	return true;
}

static bool get_word(struct source *s, const struct field *field, int *to)
{
	if (!get(s, to, sizeof *to))
		return false;
	for (const struct word *w = field->words; w->text != NULL; w++)
		if (w->value == *to)
			return true;
	return false;
}

static bool get_texts(struct source *s, struct texts *texts)
{
	size_t n;
	if (!get_count(s, sizeof(uint32_t), &n))
		return false;
	struct text_at *const list = arena_list(s->arena, n, sizeof *list);
	for (size_t i = 0; i < n; i++)
		if (!get_text(s, &list[i].text))
			return false;
	*texts = (struct texts){n, list};
	return true;
}

static bool get_ranges(struct source *s, struct ranges *ranges)
{
	size_t n;
	if (!get_count(s, sizeof(struct range), &n))
		return false;
	struct range *const list = arena_list(s->arena, n, sizeof *list);
	*ranges = (struct ranges){n, list};
	return get(s, list, n * sizeof *list);
}

/* In place of a map: 0 is the map itself. */
static bool get_instead(struct source *s, const struct field *field, void *to)
{
	struct source ahead = *s;
	int number;
	if (field->words == NULL)
		return true;
	if (get(&ahead, &number, sizeof number) && number == 0)
		return get(s, to, sizeof number);
	return get_word(s, field, to);
}

// NOLINTBEGIN(misc-no-recursion)

static bool get_fields(struct source *s, const struct field *fields, void *to);

static bool get_field(struct source *s, const struct field *field, void *to)
{
	switch (field->type) {
	case FIELD_BOOL: return get_bool(s, to);
	case FIELD_UINT: return get(s, to, sizeof(uint32_t));
	case FIELD_SPAN: return get(s, to, sizeof(span_t));
	case FIELD_WORD: return get_word(s, field, to);
	case FIELD_TEXT:
	case FIELD_PATH: return get_text(s, to);
	case FIELD_TEXTS:
	case FIELD_ARGV: return get_texts(s, to);
	case FIELD_RANGES: return get_ranges(s, to);
	case FIELD_MAP: return get_instead(s, field, to) && get_fields(s, field->inside, to);
	case FIELD_LATER: return true;
	case FIELD_NUMBER:
	case FIELD_DOMAIN:
	case FIELD_ADDRESS:
	case FIELD_ADDRESS_PORT:
	case FIELD_ADDRESSES:
	case FIELD_PREFIXES:
	case FIELD_PAIRS:
	case FIELD_LIST:
	case FIELD_NODE: break;
	}
	assert(false && "a type that options of probes may have");
	return false;
}

static bool get_fields(struct source *s, const struct field *fields, void *to)
{
	for (const struct field *f = fields; f != NULL && f->key != NULL; f++)
		if (!get_field(s, f, (uint8_t *)to + f->offset))
			return false;
	return true;
}

// NOLINTEND(misc-no-recursion)

bool unpack_options(const struct field *fields, const uint8_t *from, size_t len, void *options,
	struct arena *arena)
{
	struct source s = {from, len, arena};
	return get_fields(&s, fields, options) && s.left == 0;
}
