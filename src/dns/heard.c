#include "dns/heard.h"

#include "base/bytes.h"
#include "base/text.h"
#include "dns/rrtype.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { POINTER = 0xc0, RECORD_FIXED = 10, QUESTION_FIXED = 4 };

/*
 * The name at `at`, uncompressed; where it ends there, or 0.  Every pointer must lead before the
 * one that led to it (RFC 1035 4.1.4: "a prior occurrence"), so there is an end.
 */
static size_t read_name(const uint8_t *wire, size_t len, size_t at, uint8_t out[NAME_MAX_OCTETS])
{
	size_t used = 0, end = 0, before = at;
	while (at < len) {
		const uint8_t octet = wire[at];
		if ((octet & POINTER) == POINTER) {
			if (at + 2 > len)
				return 0;
			const size_t to = bytes_get16(wire + at) & 0x3fff;
			end = end != 0 ? end : at + 2;
			if (to >= before)
				return 0;
			at = before = to;
			continue;
		}
		if ((octet & POINTER) != 0 || at + 1 + octet > len ||
			used + 1 + octet > NAME_MAX_OCTETS)
			return 0;
		memcpy(out + used, wire + at, 1U + octet);
		used += 1U + octet;
		at += 1U + octet;
		if (octet == 0)
			return end != 0 ? end : at;
	}
	return 0;
}

enum heard_how heard_read(
	struct heard *heard, const struct asked *asked, const uint8_t *wire, size_t len)
{
	uint8_t name[NAME_MAX_OCTETS];
	if (len < MESSAGE_HEADER)
		return HEARD_OTHER;
	*heard = (struct heard){.wire = wire,
		.len = len,
		.at = MESSAGE_HEADER,
		.id = bytes_get16(wire),
		.flags = bytes_get16(wire + 2),
		.left = bytes_get16(wire + 6)};
	heard->rcode = (enum rcode)(heard->flags & 15);
	if (heard->id != asked->id || (heard->flags & FLAG_QR) == 0 ||
		(heard->flags >> 11 & 15) != 0)
		return HEARD_OTHER;
	const uint16_t questions = bytes_get16(wire + 4);
	if (questions == 0 && heard->rcode != RCODE_NOERROR && heard->left == 0)
		return HEARD_ANSWER;
	if (questions != 1)
		return HEARD_OTHER;
	const size_t end = read_name(wire, len, heard->at, name);
	if (end == 0 || len - end < QUESTION_FIXED)
		return HEARD_BROKEN;
	if (!name_equal(name, asked->name) || bytes_get16(wire + end) != asked->type ||
		bytes_get16(wire + end + 2) != CLASS_IN)
		return HEARD_OTHER;
	heard->at = end + QUESTION_FIXED;
	return HEARD_ANSWER;
}

enum heard_next heard_next(struct heard *heard, struct heard_record *record)
{
	if (heard->left == 0)
		return HEARD_END;
	const uint8_t *const wire = heard->wire;
	const size_t at = read_name(wire, heard->len, heard->at, record->owner);
	if (at == 0 || heard->len - at < RECORD_FIXED)
		return HEARD_CUT;
	record->type = bytes_get16(wire + at);
	record->class = bytes_get16(wire + at + 2);
	record->ttl = bytes_get32(wire + at + 4);
	record->data_len = bytes_get16(wire + at + 8);
	record->data = at + RECORD_FIXED;
	if (record->data_len > heard->len - record->data)
		return HEARD_CUT;
	heard->at = record->data + record->data_len;
	heard->left--;
	return HEARD_RECORD;
}

/* ---- data as text ---- */

struct printer {
	const uint8_t *wire;
	size_t at, end; /* of the data */
	unsigned only, field;
	char *out;
	size_t used;
};

/* One field; the room is cut, never overrun. */
static void put(struct printer *p, const char *text)
{
	p->field++;
	if (p->only != 0 && p->field != p->only)
		return;
	const char *const between = p->used > 0 ? " " : "";
	const size_t room = HEARD_DATA_MAX - p->used;
	const int n = snprintf(p->out + p->used, room, "%s%s", between, text);
	p->used += (size_t)n < room ? (size_t)n : room - 1;
}

static bool put_number(struct printer *p, size_t octets)
{
	char text[16];
	uint32_t number = 0;
	if (p->end - p->at < octets)
		return false;
	for (size_t i = 0; i < octets; i++)
		number = number << 8 | p->wire[p->at++];
	(void)snprintf(text, sizeof text, "%u", number);
	put(p, text);
	return true;
}

static bool put_address(struct printer *p, int family, size_t octets)
{
	char text[INET6_ADDRSTRLEN];
	if (p->end - p->at < octets)
		return false;
	(void)!inet_ntop(family, p->wire + p->at, text, sizeof text);
	p->at += octets;
	put(p, text);
	return true;
}

static bool put_name(struct printer *p)
{
	uint8_t name[NAME_MAX_OCTETS];
	char text[NAME_TEXT_MAX];
	const size_t end = read_name(p->wire, p->end, p->at, name);
	if (end == 0)
		return false;
	p->at = end;
	put(p, name_text(name, text));
	return true;
}

static bool put_string(struct printer *p)
{
	char text[2 + 4 * 255 + 1];
	if (p->at >= p->end || p->end - p->at < 1U + p->wire[p->at])
		return false;
	const size_t len = p->wire[p->at];
	const bool quoted = p->only == 0;
	(void)text_escape(p->wire + p->at + 1, len, text + quoted, sizeof text - 2);
	if (quoted) {
		const size_t end = strlen(text + 1);
		text[0] = '"';
		memcpy(text + 1 + end, "\"", 2);
	}
	p->at += 1 + len;
	put(p, text);
	return true;
}

static bool put_strings(struct printer *p)
{
	while (p->at < p->end)
		if (!put_string(p))
			return false;
	return true;
}

static bool put_field(struct printer *p, char letter)
{
	switch (letter) {
	case 'n': return put_name(p);
	case '1': return put_number(p, 1);
	case '2': return put_number(p, 2);
	case '4':
	case 't': return put_number(p, 4);
	case 'a': return put_address(p, AF_INET, 4);
	case 'A': return put_address(p, AF_INET6, 16);
	case 's': return put_string(p);
	case 'S':
	case 'z': return put_strings(p);
	default: return false;
	}
}

/* RFC 3597 5. */
static void put_unknown(struct printer *p)
{
	size_t used = (size_t)snprintf(p->out, HEARD_DATA_MAX, "\\# %zu ", p->end - p->at);
	for (; p->at < p->end && used + 2 < HEARD_DATA_MAX; p->at++, used += 2)
		(void)snprintf(p->out + used, HEARD_DATA_MAX - used, "%02X", p->wire[p->at]);
}

bool heard_data(const struct heard *heard, const struct heard_record *record, unsigned only,
	char out[HEARD_DATA_MAX])
{
	struct printer p = {.wire = heard->wire,
		.at = record->data,
		.end = record->data + record->data_len,
		.only = only,
		.out = out};
	const char *fields = rrtype_fields(record->type);
	out[0] = '\0';
	if (fields == NULL || fields[strspn(fields, "n124taAsSz")] != '\0') {
		put_unknown(&p);
		return only <= 1;
	}
	for (; *fields != '\0'; fields++)
		if (!put_field(&p, *fields))
			return false;
	return p.at == p.end && p.field >= only;
}

/* ---- the query ---- */

size_t asked_write(const struct asked *asked, bool recursion, uint8_t out[MESSAGE_UDP])
{
	const size_t len = name_len(asked->name);
	memset(out, 0, MESSAGE_HEADER);
	bytes_put16(out, asked->id);
	bytes_put16(out + 2, recursion ? FLAG_RD : 0);
	bytes_put16(out + 4, 1);
	memcpy(out + MESSAGE_HEADER, asked->name, len);
	bytes_put16(out + MESSAGE_HEADER + len, asked->type);
	bytes_put16(out + MESSAGE_HEADER + len + 2, CLASS_IN);
	return MESSAGE_HEADER + len + QUESTION_FIXED;
}

/* Of a header without EDNS (RFC 6895 2.3). */
static const char *const rcodes[] = {"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP",
	"REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE"};

bool rcode_parse(const char *text, enum rcode *rcode)
{
	for (size_t i = 0; i < COUNT_OF(rcodes); i++)
		if (strcasecmp(text, rcodes[i]) == 0) {
			*rcode = (enum rcode)i;
			return true;
		}
	const size_t len = strspn(text, "0123456789");
	const long number = len > 0 && len <= 2 && text[len] == '\0' ? strtol(text, NULL, 10) : 16;
	*rcode = (enum rcode)number;
	return number <= 15;
}

const char *rcode_text(enum rcode rcode, char room[RCODE_TEXT_MAX])
{
	if (rcode < COUNT_OF(rcodes))
		(void)snprintf(room, RCODE_TEXT_MAX, "%s", rcodes[rcode]);
	else
		(void)snprintf(room, RCODE_TEXT_MAX, "rcode %d", (int)rcode & 15);
	return room;
}
