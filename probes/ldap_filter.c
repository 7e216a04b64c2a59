#include "probes/ldap_filter.h"

#include "base/err.h"
#include "base/text.h"
#include "probes/ber.h"

#include <ctype.h>
#include <string.h>

enum { DEPTH_MAX = 16, QUOTED = 64 };

enum filter_tag {
	FILTER_AND = 0xa0,
	FILTER_OR = 0xa1,
	FILTER_NOT = 0xa2,
	FILTER_EQUAL = 0xa3,
	FILTER_PARTS = 0xa4,
	FILTER_AT_LEAST = 0xa5,
	FILTER_AT_MOST = 0xa6,
	FILTER_THERE = 0x87,
	FILTER_ABOUT = 0xa8,
	PART_FIRST = 0x80,
	PART_ANY = 0x81,
	PART_LAST = 0x82,
};

struct reader {
	const char *at;
	struct ber_out *out;
	struct err *err;
};

static bool bad(struct reader *r, const char *what)
{
	char quoted[QUOTED];
	return err_set(r->err, "%s at \"%s\"", what,
		text_escape(r->at, strlen(r->at), quoted, sizeof quoted));
}

static int hex(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (char)(c | 0x20);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* A value up to `end`, its \XX made octets. */
static bool put_value(struct reader *r, uint8_t tag, const char *end)
{
	uint8_t octets[1024];
	size_t n = 0;
	for (const char *c = r->at; c < end; c++) {
		if (n == sizeof octets)
			return bad(r, "the value is too long");
		if (*c != '\\') {
			octets[n++] = (uint8_t)*c;
			continue;
		}
		if (end - c < 3 || hex(c[1]) < 0 || hex(c[2]) < 0)
			return bad(r, "a backslash wants two hexadecimal digits after it");
		octets[n++] = (uint8_t)(hex(c[1]) << 4 | hex(c[2]));
		c += 2;
	}
	ber_put(r->out, tag, octets, n);
	r->at = end;
	return true;
}

/* "a*b*c": what stands between the asterisks. */
static bool put_parts(struct reader *r, const char *end)
{
	const size_t parts = ber_begin(r->out, BER_SEQUENCE);
	uint8_t tag = PART_FIRST;
	while (true) {
		const char *const star = memchr(r->at, '*', (size_t)(end - r->at));
		const char *const stop = star != NULL ? star : end;
		if (star == NULL)
			tag = PART_LAST;
		if (stop > r->at && !put_value(r, tag, stop))
			return false;
		if (star == NULL)
			break;
		r->at = star + 1;
		tag = PART_ANY;
	}
	ber_end(r->out, parts);
	return true;
}

static uint8_t comparison(const char *equals, size_t *attr_len)
{
	switch (*attr_len > 0 ? equals[-1] : '\0') {
	case '~': --*attr_len; return FILTER_ABOUT;
	case '>': --*attr_len; return FILTER_AT_LEAST;
	case '<': --*attr_len; return FILTER_AT_MOST;
	default: return FILTER_EQUAL;
	}
}

/* "attr=value", "attr=*", "attr=a*b", "attr>=value", ...; up to ")" */
static bool put_item(struct reader *r)
{
	const size_t len = strcspn(r->at, "()");
	const char *const end = r->at + len, *const equals = memchr(r->at, '=', len);
	if (equals == NULL)
		return bad(r, "a comparison such as uid=x is wanted");
	size_t attr_len = (size_t)(equals - r->at);
	uint8_t tag = comparison(equals, &attr_len);
	if (attr_len == 0)
		return bad(r, "an attribute's name is wanted");
	for (size_t i = 0; i < attr_len; i++)
		if (!isalnum((unsigned char)r->at[i]) && strchr("-;.", r->at[i]) == NULL)
			return bad(r, "an attribute's name has letters, digits, - . and ; only");
	const char *const attr = r->at, *const value = equals + 1;
	r->at = value;
	if (tag == FILTER_EQUAL && end - value == 1 && *value == '*') {
		ber_put(r->out, FILTER_THERE, attr, attr_len);
		r->at = end;
		return true;
	}
	const bool stars = memchr(value, '*', (size_t)(end - value)) != NULL;
	if (stars && tag != FILTER_EQUAL)
		return bad(r, "an asterisk is written \\2a in such a comparison");
	const size_t item = ber_begin(r->out, stars ? FILTER_PARTS : tag);
	ber_put(r->out, BER_OCTETS, attr, attr_len);
	if (!(stars ? put_parts(r, end) : put_value(r, BER_OCTETS, end)))
		return false;
	ber_end(r->out, item);
	return true;
}

/* These call themselves, DEPTH_MAX deep. */
// NOLINTBEGIN(misc-no-recursion)

static bool put_filter(struct reader *r, int depth);

/* The list of "&" and "|", the one of "!". */
static bool put_several(struct reader *r, uint8_t tag, int depth)
{
	const size_t list = ber_begin(r->out, tag);
	r->at++;
	do
		if (!put_filter(r, depth + 1))
			return false;
	while (tag != FILTER_NOT && *r->at == '(');
	ber_end(r->out, list);
	return true;
}

static bool put_filter(struct reader *r, int depth)
{
	bool good;
	if (depth > DEPTH_MAX)
		return bad(r, "too many parentheses within each other");
	if (*r->at != '(')
		return bad(r, "an opening parenthesis is wanted");
	switch (*++r->at) {
	case '&': good = put_several(r, FILTER_AND, depth); break;
	case '|': good = put_several(r, FILTER_OR, depth); break;
	case '!': good = put_several(r, FILTER_NOT, depth); break;
	default: good = put_item(r);
	}
	if (!good)
		return false;
	if (*r->at != ')')
		return bad(r, "a closing parenthesis is wanted");
	r->at++;
	return true;
}

// NOLINTEND(misc-no-recursion)

bool ldap_filter_put(struct ber_out *out, const char *text, struct err *err)
{
	struct reader r = {.at = text, .out = out, .err = err};
	if (!put_filter(&r, 1))
		return false;
	if (*r.at != '\0')
		return bad(&r, "nothing more is wanted");
	return !out->full || err_set(err, "it is too long; shorten it");
}
