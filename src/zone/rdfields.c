#include "zone/rdfields.h"

#include "base/bytes.h"
#include "base/text.h"
#include "dns/name.h"
#include "zone/rrset.h"
#include "zone/rrtext.h"

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool rdfields_simple(const char *fields) { return fields[strspn(fields, "n124taAsSzkw")] == '\0'; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

const char *word_shown(struct word word, char room[WORD_SHOWN_MAX])
{
	return text_escape(word.text, word.len, room, WORD_SHOWN_MAX);
}

bool number_parse(const char *text, size_t len, uint32_t most, uint32_t *number)
{
	uint64_t n = 0;
	for (size_t i = 0; i < len; i++) {
		if (!is_digit(text[i]))
			return false;
		n = n * 10 + (uint64_t)(text[i] - '0');
		if (n > most)
			return false;
	}
	*number = (uint32_t)n;
	return len > 0;
}

static uint32_t unit_seconds(char unit)
{
	switch (unit | 0x20) {
	case 'w': return 604800;
	case 'd': return 86400;
	case 'h': return 3600;
	case 'm': return 60;
	case 's': return 1;
	default: return 0;
	}
}

bool period_parse(const char *text, size_t len, uint32_t *seconds)
{
	if (number_parse(text, len, UINT32_MAX, seconds))
		return true;
	uint64_t sum = 0;
	for (size_t at = 0; at < len; at++) {
		const size_t from = at;
		while (at < len && is_digit(text[at]))
			at++;
		uint32_t n;
		const uint32_t unit = at < len ? unit_seconds(text[at]) : 0;
		if (unit == 0 || !number_parse(text + from, at - from, UINT32_MAX, &n))
			return false;
		sum += (uint64_t)n * unit;
		if (sum > UINT32_MAX)
			return false;
	}
	*seconds = (uint32_t)sum;
	return len > 0;
}

bool text_unescape(struct word word, uint8_t *out, size_t room, size_t *len)
{
	*len = 0;
	for (size_t i = 0; i < word.len; i++) {
		uint8_t octet = (uint8_t)word.text[i];
		if (octet == '\\') {
			const size_t left = word.len - ++i;
			uint32_t value;
			if (left == 0)
				return false;
			octet = (uint8_t)word.text[i];
			if (is_digit(word.text[i])) {
				if (left < 3 || !number_parse(word.text + i, 3, 255, &value))
					return false;
				octet = (uint8_t)value;
				i += 2;
			}
		}
		if (*len == room)
			return false;
		out[(*len)++] = octet;
	}
	return true;
}

static bool put(struct rdata_out *out, const void *octets, size_t len, struct err *err)
{
	if (out->len + len > RDATA_MAX)
		return err_set(err, "more than 65535 octets of RDATA");
	memcpy(out->wire + out->len, octets, len);
	out->len += len;
	return true;
}

static bool put_number(struct word word, size_t octets, struct rdata_out *out, struct err *err)
{
	const uint32_t most = octets == 1 ? 255 : octets == 2 ? 65535 : UINT32_MAX;
	char shown[WORD_SHOWN_MAX];
	uint32_t number;
	if (!number_parse(word.text, word.len, most, &number))
		return err_set(
			err, "\"%s\" is not a number from 0 to %u", word_shown(word, shown), most);
	uint8_t wire[4];
	bytes_put32(wire, number);
	return put(out, wire + 4 - octets, octets, err);
}

static bool put_period(struct word word, struct rdata_out *out, struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	uint32_t seconds;
	if (!period_parse(word.text, word.len, &seconds))
		return err_set(err, "\"%s\" is not a length of time: seconds, or like 1h30m",
			word_shown(word, shown));
	uint8_t wire[4];
	bytes_put32(wire, seconds);
	return put(out, wire, sizeof wire, err);
}

static bool put_address(struct word word, int family, struct rdata_out *out, struct err *err)
{
	char text[INET6_ADDRSTRLEN], shown[WORD_SHOWN_MAX];
	uint8_t wire[16];
	const bool short_enough = word.len < sizeof text;
	if (short_enough) {
		memcpy(text, word.text, word.len);
		text[word.len] = '\0';
	}
	if (!short_enough || inet_pton(family, text, wire) != 1)
		return err_set(err, "\"%s\" is not an %s address", word_shown(word, shown),
			family == AF_INET ? "IPv4" : "IPv6");
	return put(out, wire, family == AF_INET ? 4 : 16, err);
}

bool word_name(struct word word, const uint8_t *origin, uint8_t name[255], struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	if (word_has_quotes(word))
		return err_set(err, "\"%s\": a name may have no quotes", word_shown(word, shown));
	return name_parse(name, word.text, word.len, origin, err) ||
	       err_within(err, "\"%s\"", word_shown(word, shown));
}

static bool put_name(
	struct word word, const uint8_t *origin, struct rdata_out *out, struct err *err)
{
	uint8_t name[NAME_MAX_OCTETS];
	return word_name(word, origin, name, err) && put(out, name, name_len(name), err);
}

static bool put_string(struct word word, struct rdata_out *out, struct err *err)
{
	uint8_t wire[256];
	char shown[WORD_SHOWN_MAX];
	size_t len;
	if (!word.quoted && word_has_quotes(word))
		return err_set(err, "a quote within %s: write \\\"", word_shown(word, shown));
	if (!text_unescape(word, wire + 1, sizeof wire - 1, &len))
		return err_set(err, len == sizeof wire - 1
					    ? "a string of over 255 octets: write it as several, "
					      "\"...\" \"...\""
					    : "a bad escape in a string: \\X or \\DDD up to \\255");
	wire[0] = (uint8_t)len;
	return put(out, wire, len + 1, err);
}

/* WKS, RFC 1035 3.4.2: 6 and 17, or by name. */
static bool put_protocol(struct word word, struct rdata_out *out, struct err *err)
{
	if (word.len == 3 && strncasecmp(word.text, "tcp", 3) == 0)
		word = (struct word){"6", 1, false};
	else if (word.len == 3 && strncasecmp(word.text, "udp", 3) == 0)
		word = (struct word){"17", 2, false};
	return put_number(word, 1, out, err);
}

/* One bit for each port, as many octets as the highest one needs; `map` is where they begin. */
static bool put_port(struct word word, size_t map, struct rdata_out *out, struct err *err)
{
	static const uint8_t none[65536 / 8];
	char shown[WORD_SHOWN_MAX];
	uint32_t port;
	if (!number_parse(word.text, word.len, 65535, &port))
		return err_set(err, "\"%s\" is not the number of a port", word_shown(word, shown));
	const size_t at = map + port / 8;
	if (at >= out->len && !put(out, none, at + 1 - out->len, err))
		return false;
	out->wire[at] |= (uint8_t)(128 >> port % 8);
	return true;
}

/* "NUMBER NAME", for who left something out. */
static const char *shape(const char *fields, char room[128])
{
	size_t used = 0;
	room[0] = '\0';
	for (; *fields != '\0'; fields++) {
		const char *const what = *fields == 'n'   ? "NAME"
					 : *fields == 't' ? "TIME"
					 : *fields == 'a' ? "IPV4-ADDRESS"
					 : *fields == 'A' ? "IPV6-ADDRESS"
					 : *fields == 's' ? "TEXT"
					 : *fields == 'S' ? "TEXT..."
					 : *fields == 'k' ? "PROTOCOL"
					 : *fields == 'w' ? "PORT..."
					 : *fields == 'z' ? "[TEXT]"
							  : "NUMBER";
		used += (size_t)snprintf(room + used, 128 - used, used > 0 ? " %s" : "%s", what);
	}
	return room;
}

static bool put_field(
	char field, struct word word, const uint8_t *origin, struct rdata_out *out, struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	if (field == 's' || field == 'S' || field == 'z')
		return put_string(word, out, err);
	if (word_has_quotes(word))
		return err_set(err, "\"%s\" may have no quotes", word_shown(word, shown));
	switch (field) {
	case 'n': return put_name(word, origin, out, err);
	case 'a': return put_address(word, AF_INET, out, err);
	case 'A': return put_address(word, AF_INET6, out, err);
	case 't': return put_period(word, out, err);
	case 'k': return put_protocol(word, out, err);
	case 'w': return put_port(word, 5, out, err);
	default: return put_number(word, (size_t)(field - '0'), out, err);
	}
}

bool rdfields_parse(const char *fields, struct words *words, const uint8_t *origin,
	struct rdata_out *out, struct err *err)
{
	struct word word;
	char room[128], shown[WORD_SHOWN_MAX];
	for (const char *at = fields; *at != '\0'; at++) {
		if (!words_next(words, &word)) {
			if (words->bad != NULL)
				return err_set(err, "%s", words->bad);
			return *at == 'z' || *at == 'w' ||
			       err_set(err, "something is missing: %s is needed",
				       shape(fields, room));
		}
		if (!put_field(*at, word, origin, out, err))
			return false;
		while ((*at == 'S' || *at == 'w') && words_next(words, &word))
			if (!put_field(*at, word, origin, out, err))
				return false;
	}
	if (words_next(words, &word))
		return err_set(err, "\"%s\" is too much: %s is all that is needed",
			word_shown(word, shown), shape(fields, room));
	return words->bad == NULL || err_set(err, "%s", words->bad);
}

struct text_out {
	char *text;
	size_t room, len; /* len counts on when there is no room */
};

static void say(struct text_out *out, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct text_out *out, const char *fmt, ...)
{
	const size_t room = out->len < out->room ? out->room - out->len : 0;
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	const int n = vsnprintf(room > 0 ? out->text + out->len : NULL, room, fmt, args);
	va_end(args);
	out->len += (size_t)n;
}

static const uint8_t *say_string(struct text_out *out, const uint8_t *wire)
{
	say(out, "\"");
	for (size_t i = 1; i <= wire[0]; i++) {
		const uint8_t c = wire[i];
		if (c == '"' || c == '\\')
			say(out, "\\%c", c);
		else if (c < ' ' || c > '~')
			say(out, "\\%03u", c);
		else
			say(out, "%c", c);
	}
	say(out, "\"");
	return wire + wire[0] + 1;
}

static const uint8_t *say_ports(struct text_out *out, const uint8_t *wire, const uint8_t *end)
{
	const char *space = "";
	for (unsigned port = 0; port / 8 < (size_t)(end - wire); port++)
		if (wire[port / 8] & 128 >> port % 8) {
			say(out, "%s%u", space, port);
			space = " ";
		}
	return end;
}

static const uint8_t *say_field(
	struct text_out *out, char field, const uint8_t *wire, const uint8_t *end)
{
	char room[NAME_TEXT_MAX];
	switch (field) {
	case 'n': say(out, "%s", name_text(wire, room)); return wire + name_len(wire);
	case '1':
	case 'k': say(out, "%u", wire[0]); return wire + 1;
	case '2': say(out, "%u", bytes_get16(wire)); return wire + 2;
	case '4':
	case 't': say(out, "%u", bytes_get32(wire)); return wire + 4;
	case 'a': say(out, "%s", inet_ntop(AF_INET, wire, room, sizeof room)); return wire + 4;
	case 'A': say(out, "%s", inet_ntop(AF_INET6, wire, room, sizeof room)); return wire + 16;
	case 'w': return say_ports(out, wire, end);
	default: return say_string(out, wire);
	}
}

// NOLINTNEXTLINE(readability-non-const-parameter): it is written to, by way of struct text_out
size_t rdfields_text(const char *fields, const uint8_t *wire, size_t len, char *text, size_t room)
{
	struct text_out out = {text, room, 0};
	const uint8_t *const end = wire + len;
	while (wire < end) {
		if (out.len > 0)
			say(&out, " ");
		wire = say_field(&out, *fields, wire, end);
		if (*fields != 'S')
			fields++;
	}
	return out.len;
}
