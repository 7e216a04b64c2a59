#include "dns/name.h"

#include <stdio.h>
#include <string.h>

const uint8_t name_root[1] = {0};

uint8_t name_fold(uint8_t octet)
{
	return octet >= 'A' && octet <= 'Z' ? (uint8_t)(octet | 0x20) : octet;
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* The octet that an escape stands for, `text` behind the backslash; its length in `*used`, 0 if
 * bad. */
static uint8_t unescape(const char *text, size_t len, size_t *used)
{
	*used = 0;
	if (len == 0)
		return 0;
	if (!is_digit(text[0])) {
		*used = 1;
		return (uint8_t)text[0];
	}
	if (len < 3 || !is_digit(text[1]) || !is_digit(text[2]))
		return 0;
	const int value = (text[0] - '0') * 100 + (text[1] - '0') * 10 + (text[2] - '0');
	if (value > 255)
		return 0;
	*used = 3;
	return (uint8_t)value;
}

static bool put_origin(uint8_t *out, size_t at, const uint8_t *origin, struct err *err)
{
	const size_t len = name_len(origin);
	if (at + len > NAME_MAX_OCTETS)
		return err_set(err, "the name is longer than 255 octets with its origin");
	memcpy(out + at, origin, len);
	return true;
}

bool name_parse(uint8_t out[NAME_MAX_OCTETS], const char *text, size_t len, const uint8_t *origin,
	struct err *err)
{
	if (origin == NULL)
		origin = name_root;
	if (len == 0)
		return err_set(err, "the name is empty");
	if (len == 1 && text[0] == '@')
		return put_origin(out, 0, origin, err);
	if (len == 1 && text[0] == '.')
		return put_origin(out, 0, name_root, err);

	size_t start = 0, at = 1; /* of the label's length octet; where the next octet goes */
	for (size_t i = 0; i < len; i++) {
		uint8_t octet = (uint8_t)text[i];
		if (octet == '.') {
			if (at == start + 1)
				return err_set(err, "the name has an empty label");
			out[start] = (uint8_t)(at - start - 1);
			start = at++;
			continue;
		}
		if (octet == '\\') {
			size_t used = 0;
			octet = unescape(text + i + 1, len - i - 1, &used);
			if (used == 0)
				return err_set(err, "the name has a bad escape: \\X or \\DDD");
			i += used;
		}
		if (at - start > 63)
			return err_set(err, "the name has a label of over 63 octets");
		if (at >= NAME_MAX_OCTETS - 1)
			return err_set(err, "the name is longer than 255 octets");
		out[at++] = octet;
	}
	if (at == start + 1) { /* the last dot closed the name */
		out[start] = 0;
		return true;
	}
	out[start] = (uint8_t)(at - start - 1);
	return put_origin(out, at, origin, err);
}

const char *name_text(const uint8_t *name, char out[NAME_TEXT_MAX])
{
	size_t used = 0;
	if (name[0] == 0)
		out[used++] = '.';
	while (name[0] != 0) {
		for (size_t i = 1; i <= name[0]; i++) {
			const uint8_t c = name[i];
			if (c <= ' ' || c > '~')
				used += (size_t)snprintf(
					out + used, NAME_TEXT_MAX - used, "\\%03u", c);
			else if (strchr(".\\\"();@$", c) != NULL)
				used += (size_t)snprintf(
					out + used, NAME_TEXT_MAX - used, "\\%c", c);
			else
				out[used++] = (char)c;
		}
		out[used++] = '.';
		name += name[0] + 1;
	}
	out[used] = '\0';
	return out;
}

size_t name_len(const uint8_t *name)
{
	size_t len = 1;
	while (name[len - 1] != 0)
		len += name[len - 1] + 1U;
	return len;
}

size_t name_labels(const uint8_t *name)
{
	size_t n = 0;
	for (; name[0] != 0; name += name[0] + 1)
		n++;
	return n;
}

const uint8_t *name_parent(const uint8_t *name) { return name[0] == 0 ? name : name + name[0] + 1; }

void name_lower(uint8_t *name)
{
	for (; name[0] != 0; name += name[0] + 1)
		for (size_t i = 1; i <= name[0]; i++)
			name[i] = name_fold(name[i]);
}

/* Length octets are at most 63, so folding leaves them alone and the names compare as octets. */
bool name_equal(const uint8_t *a, const uint8_t *b)
{
	const size_t len = name_len(a);
	if (len != name_len(b))
		return false;
	if (memcmp(a, b, len) == 0)
		return true; /* as most are, and sooner */
	for (size_t i = 0; i < len; i++)
		if (name_fold(a[i]) != name_fold(b[i]))
			return false;
	return true;
}

static int label_compare(const uint8_t *a, const uint8_t *b)
{
	const size_t len = a[0] < b[0] ? a[0] : b[0];
	for (size_t i = 1; i <= len; i++) {
		const int d = name_fold(a[i]) - name_fold(b[i]);
		if (d != 0)
			return d;
	}
	return a[0] - b[0];
}

/* Where each label begins, the leftmost first; their number. */
static size_t label_starts(const uint8_t *name, const uint8_t *starts[NAME_MAX_LABELS])
{
	size_t n = 0;
	for (; name[0] != 0; name += name[0] + 1)
		starts[n++] = name;
	return n;
}

int name_compare(const uint8_t *a, const uint8_t *b)
{
	const uint8_t *as[NAME_MAX_LABELS], *bs[NAME_MAX_LABELS];
	size_t na = label_starts(a, as), nb = label_starts(b, bs);
	while (na > 0 && nb > 0) {
		const int d = label_compare(as[--na], bs[--nb]);
		if (d != 0)
			return d;
	}
	return na > 0 ? 1 : nb > 0 ? -1 : 0;
}

bool name_under(const uint8_t *name, const uint8_t *top)
{
	const size_t have = name_labels(name), want = name_labels(top);
	if (have < want)
		return false;
	for (size_t i = have; i > want; i--)
		name = name_parent(name);
	return name_equal(name, top);
}

size_t name_check(const uint8_t *wire, size_t room)
{
	size_t len = 0;
	while (len < room && len < NAME_MAX_OCTETS) {
		const uint8_t label = wire[len];
		if (label > 63)
			return 0;
		len += label + 1U;
		if (label == 0)
			return len <= NAME_MAX_OCTETS ? len : 0;
	}
	return 0;
}
