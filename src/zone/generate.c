#include "zone/generate.h"

#include "zone/rdfields.h"

#include <stdio.h>
#include <string.h>

enum { WIDTH_MAX = 255, VALUE_MAX = INT32_MAX };

/* Takes "123" off the front of `*text`. */
static bool take_number(struct word *text, uint32_t most, uint32_t *number)
{
	size_t digits = 0;
	while (digits < text->len && text->text[digits] >= '0' && text->text[digits] <= '9')
		digits++;
	if (!number_parse(text->text, digits, most, number))
		return false;
	text->text += digits;
	text->len -= digits;
	return true;
}

static bool take(struct word *text, char c)
{
	if (text->len == 0 || text->text[0] != c)
		return false;
	text->text++;
	text->len--;
	return true;
}

bool generate_range(struct word word, struct generate_range *range, struct err *err)
{
	struct word rest = word;
	char shown[WORD_SHOWN_MAX];
	uint32_t to = 0;
	range->step = 1;
	const bool bounds = take_number(&rest, VALUE_MAX, &range->from) && take(&rest, '-') &&
			    take_number(&rest, VALUE_MAX, &to);
	if (!bounds || (take(&rest, '/') && !take_number(&rest, VALUE_MAX, &range->step)) ||
		rest.len > 0)
		return err_set(err, "\"%s\" is not a range: FROM-TO or FROM-TO/STEP",
			word_shown(word, shown));
	if (to < range->from || range->step == 0)
		return err_set(err, "the range \"%s\" holds nothing", word_shown(word, shown));
	range->count = (to - range->from) / range->step + 1;
	return range->count <= GENERATE_MAX ||
	       err_set(err, "the range \"%s\" makes over %d records", word_shown(word, shown),
		       GENERATE_MAX);
}

struct format {
	uint32_t value, width;
	char base;
};

/* OFFSET[,WIDTH[,BASE]]} behind the "${". */
static bool take_format(struct word *text, uint32_t value, struct format *format)
{
	const bool minus = take(text, '-');
	uint32_t offset;
	if (!take_number(text, VALUE_MAX, &offset) || (minus && offset > value))
		return false;
	*format = (struct format){minus ? value - offset : value + offset, 0, 'd'};
	if (take(text, ',')) {
		if (!take_number(text, WIDTH_MAX, &format->width))
			return false;
		if (take(text, ',')) {
			if (text->len == 0 || strchr("doxXnN", text->text[0]) == NULL)
				return false;
			format->base = text->text[0];
			(void)take(text, format->base);
		}
	}
	return take(text, '}');
}

/* The hexadecimal digits, the lowest first, with dots between; `width` counts both. */
static size_t nibbles(struct format format, char room[WIDTH_MAX + 2])
{
	const char *const digits = format.base == 'n' ? "0123456789abcdef" : "0123456789ABCDEF";
	size_t len = 0;
	for (;;) {
		room[len++] = digits[format.value & 15];
		format.value >>= 4;
		if (format.value == 0 && len >= format.width)
			return len;
		room[len++] = '.';
		if (format.value == 0 && len >= format.width)
			return len;
	}
}

static size_t print(struct format format, char room[WIDTH_MAX + 2])
{
	const int width = (int)format.width;
	const size_t size = WIDTH_MAX + 2;
	switch (format.base) {
	case 'o': return (size_t)snprintf(room, size, "%0*o", width, format.value);
	case 'x': return (size_t)snprintf(room, size, "%0*x", width, format.value);
	case 'X': return (size_t)snprintf(room, size, "%0*X", width, format.value);
	case 'n':
	case 'N': return nibbles(format, room);
	default: return (size_t)snprintf(room, size, "%0*u", width, format.value);
	}
}

/* What stands for one "$" or one other octet at the front of `*rest`. */
static bool expand_one(struct word *rest, uint32_t value, char room[WIDTH_MAX + 2], size_t *len)
{
	*len = 1;
	room[0] = rest->text[0];
	if (take(rest, '\\')) {
		if (rest->len == 0)
			return false;
		room[(*len)++] = rest->text[0];
		return take(rest, rest->text[0]);
	}
	if (!take(rest, '$'))
		return take(rest, room[0]);
	if (take(rest, '$'))
		return true;
	struct format format = {value, 0, 'd'};
	if (take(rest, '{') && !take_format(rest, value, &format))
		return false;
	*len = print(format, room);
	return true;
}

bool generate_expand(
	struct word text, uint32_t value, char *out, size_t room, size_t *len, struct err *err)
{
	struct word rest = text;
	char piece[WIDTH_MAX + 2], shown[WORD_SHOWN_MAX];
	*len = 0;
	while (rest.len > 0) {
		size_t more;
		if (!expand_one(&rest, value, piece, &more))
			return err_set(err,
				"\"%s\" for %u: ${OFFSET[,WIDTH[,BASE]]} with BASE one of d o x X "
				"n N "
				"and no value below 0",
				word_shown(text, shown), value);
		if (*len + more > room)
			return err_set(err, "\"%s\" becomes longer than %zu octets",
				word_shown(text, shown), room);
		memcpy(out + *len, piece, more);
		*len += more;
	}
	return true;
}
