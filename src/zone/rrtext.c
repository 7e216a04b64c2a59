#include "zone/rrtext.h"

#include "base/mem.h"
#include "base/text.h"
#include "dns/name.h"
#include "zone/rdfields.h"
#include "zone/rdldns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static int hex_value(char c)
{
	const char folded = (char)(c | 0x20);
	if (c >= '0' && c <= '9')
		return c - '0';
	return folded >= 'a' && folded <= 'f' ? folded - 'a' + 10 : -1;
}

/* One word of hexadecimal digits; an octet may not be torn in two. */
static bool put_hex(struct word word, struct rdata_out *out, struct err *err)
{
	char shown[WORD_SHOWN_MAX];
	for (size_t i = 0; i < word.len; i += 2) {
		const int high = hex_value(word.text[i]);
		const int low = i + 1 < word.len ? hex_value(word.text[i + 1]) : -1;
		if (high < 0 || low < 0)
			return err_set(err, "\"%s\" is not hexadecimal, two digits an octet",
				word_shown(word, shown));
		if (out->len == RDATA_MAX)
			return err_set(err, "more than %d octets of RDATA", RDATA_MAX);
		out->wire[out->len++] = (uint8_t)(high << 4 | low);
	}
	return true;
}

/* LENGTH HEX..., behind the "\#".  RFC 3597 5. */
static bool generic_parse(
	uint16_t type, struct words *words, struct rdata_out *out, struct err *err)
{
	struct word word;
	uint32_t len;
	if (!words_next(words, &word) || !number_parse(word.text, word.len, RDATA_MAX, &len))
		return err_set(err, "\\# wants the length of the RDATA, 0 to %d, and hexadecimal",
			RDATA_MAX);
	while (words_next(words, &word))
		if (!put_hex(word, out, err))
			return false;
	if (words->bad != NULL)
		return err_set(err, "%s", words->bad);
	if (out->len != len)
		return err_set(err, "\\# says %u %s, but %zu %s", len,
			text_plural(len, "octet", "octets"), out->len,
			text_plural(out->len, "follows", "follow"));
	char name[RRTYPE_TEXT_MAX];
	return rdata_check(type, out->wire, out->len) ||
	       err_set(err, "these octets are no %s record", rrtype_text(type, name));
}

static bool is_generic(const struct words *words)
{
	struct words ahead = *words;
	struct word word;
	return words_next(&ahead, &word) && !word.quoted && word.len == 2 &&
	       memcmp(word.text, "\\#", 2) == 0;
}

static bool parse(uint16_t type, struct words *words, const uint8_t *origin, struct rdata_out *out,
	struct err *err)
{
	const char *const fields = rrtype_fields(type);
	struct word hash;
	if (is_generic(words))
		return words_next(words, &hash) && generic_parse(type, words, out, err);
	if (fields == NULL)
		return err_set(err, "not a type that is known: write its RDATA as \\# LENGTH HEX");
	if (rdfields_simple(fields))
		return rdfields_parse(fields, words, origin, out, err);
	return rdldns_parse(type, words, origin, out, err);
}

bool rdata_parse(uint16_t type, const char *text, size_t len, const uint8_t *origin,
	uint8_t out[RDATA_MAX], // NOLINT(readability-non-const-parameter): written by way of `made`
	uint16_t *out_len, struct err *err)
{
	char name[RRTYPE_TEXT_MAX];
	struct words words = {.at = text, .end = text + len};
	struct rdata_out made = {out, 0};
	if (!rrtype_in_zone(type))
		return err_set(err, "%s records stand in no zone", rrtype_text(type, name));
	if (!parse(type, &words, origin, &made, err))
		return err_within(err, "%s", rrtype_text(type, name));
	*out_len = (uint16_t)made.len;
	return true;
}

static char *generic_text(struct rdata rdata)
{
	const size_t room = sizeof "\\# 65535 " + (size_t)2 * rdata.len;
	char *const text = mem_new(room);
	size_t used = (size_t)snprintf(text, room, rdata.len > 0 ? "\\# %u " : "\\# %u", rdata.len);
	for (size_t i = 0; i < rdata.len; i++)
		used += (size_t)snprintf(text + used, room - used, "%02x", rdata.wire[i]);
	return text;
}

/* Whether `text` gives the same octets again: what ldns prints does not always. */
static bool reads_back(uint16_t type, const char *text, struct rdata rdata)
{
	size_t room = 0;
	uint8_t *const again = mem_grow(NULL, &room, RDATA_MAX, sizeof *again); /* not zeroed */
	uint16_t len = 0;
	struct err ignored;
	const bool same = rdata_parse(type, text, strlen(text), name_root, again, &len, &ignored) &&
			  len == rdata.len && memcmp(again, rdata.wire, len) == 0;
	free(again);
	return same;
}

static char *fields_text(const char *fields, struct rdata rdata)
{
	const size_t len = rdfields_text(fields, rdata.wire, rdata.len, NULL, 0);
	char *const text = mem_new(len + 1);
	(void)rdfields_text(fields, rdata.wire, rdata.len, text, len + 1);
	return text;
}

char *rdata_text(uint16_t type, struct rdata rdata)
{
	const char *const fields = rrtype_fields(type);
	if (fields == NULL || !rdata_check(type, rdata.wire, rdata.len))
		return generic_text(rdata);
	char *const text =
		rdfields_simple(fields) ? fields_text(fields, rdata) : rdldns_text(type, rdata);
	if (text != NULL && reads_back(type, text, rdata))
		return text;
	free(text);
	return generic_text(rdata);
}

static bool is_ttl_or_class(struct word word)
{
	uint32_t ttl;
	if (period_parse(word.text, word.len, &ttl))
		return true;
	return word.len == 2 &&
	       (strncasecmp(word.text, "IN", 2) == 0 || strncasecmp(word.text, "CH", 2) == 0 ||
		       strncasecmp(word.text, "HS", 2) == 0);
}

bool record_parse(const char *text, const uint8_t *origin, uint8_t owner[255], uint16_t *type,
	uint8_t out[RDATA_MAX], uint16_t *out_len, struct err *err)
{
	struct words words = {.at = text, .end = text + strlen(text)};
	struct word name, kind;
	char shown[WORD_SHOWN_MAX], top[NAME_TEXT_MAX];
	if (!words_next(&words, &name) || !words_next(&words, &kind))
		return err_set(err, "%s",
			words.bad != NULL ? words.bad : "a record is written NAME TYPE RDATA");
	if (is_ttl_or_class(kind))
		return err_set(err,
			"\"%s\": a record here has no TTL and no class, only NAME TYPE RDATA",
			word_shown(kind, shown));
	if (!word_name(name, origin, owner, err))
		return false;
	if (!name_under(owner, origin))
		return err_set(err, "\"%s\" is outside the zone %s", word_shown(name, shown),
			name_text(origin, top));
	if (kind.quoted || !rrtype_parse(kind.text, kind.len, type))
		return err_set(err,
			"\"%s\" is not a record type; one without a name is written TYPE65280",
			word_shown(kind, shown));
	return rdata_parse(
		*type, words.at, (size_t)(words.end - words.at), origin, out, out_len, err);
}
