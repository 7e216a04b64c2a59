#include "zone/rdclean.h"

#include "base/mem.h"
#include "dns/name.h"
#include "dns/rrtype.h"
#include "zone/rdfields.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LINE_MAX_OCTETS = 60000 };

static void add(struct clean_line *line, const char *text, size_t len)
{
	line->text = mem_grow(line->text, &line->room, line->len + len + 1, sizeof(char));
	memcpy(line->text + line->len, text, len);
	line->len += len;
	line->text[line->len] = '\0';
}

static void add_text(struct clean_line *line, const char *text) { add(line, text, strlen(text)); }

/* As it stands, apart from octets that are not printable ASCII. */
static void add_word(struct clean_line *line, struct word word)
{
	add_text(line, word.quoted ? " \"" : " ");
	for (size_t i = 0; i < word.len; i++) {
		const uint8_t c = (uint8_t)word.text[i];
		char escape[5];
		if (c >= ' ' && c <= '~') {
			add(line, &word.text[i], 1);
		} else {
			(void)snprintf(escape, sizeof escape, "\\%03u", c);
			add_text(line, escape);
		}
	}
	if (word.quoted)
		add_text(line, "\"");
}

/* ldns takes a name whose first label is "@", however escaped, for the origin (not IPSECKEY's). */
static bool add_name(struct clean_line *line, const char *fields, struct word word,
	const uint8_t *origin, struct err *err)
{
	uint8_t wire[NAME_MAX_OCTETS];
	char text[NAME_TEXT_MAX];
	if (!word_name(word, origin, wire, err))
		return false;
	if (wire[0] == 1 && wire[1] == '@' && fields[0] != 'g') {
		char shown[WORD_SHOWN_MAX];
		return err_set(err,
			"\"%s\": a label \"@\" is not understood here: write the RDATA as \\# "
			"LENGTH "
			"HEX",
			word_shown(word, shown));
	}
	add_text(line, " ");
	add_text(line, name_text(wire, text));
	return true;
}

/* Whether the word at `i` is a name; `kind` is the second word. */
static bool is_name_at(const char *fields, size_t i, struct word kind)
{
	if (fields[0] == 'g') /* IPSECKEY 10 3 2 gateway.example. AQNR... */
		return i == 3 && kind.len == 1 && kind.text[0] == '3';
	if (fields[0] == 'i') /* HIP 2 200100107B1A74DF AwEAA... server.example. */
		return i >= 3;
	return i < strlen(fields) && fields[i] == 'n';
}

static uint32_t largest(char field)
{
	return field == '1' ? 255 : field == '2' ? 65535 : UINT32_MAX;
}

/* Words that are digits only, where a number is due.  ldns wraps what does not fit. */
static bool number_fits(char field, struct word word)
{
	if (field == 'd' && word.len == sizeof "YYYYMMDDHHmmSS" - 1)
		return true;
	const uint32_t most = largest(field);
	uint32_t number;
	if (field == '\0' || strchr("124d", field) == NULL)
		return true;
	if (word.len > 0 && strchr("0123456789+-", word.text[0]) != NULL)
		return number_parse(word.text, word.len, most, &number);
	return word.len > 0;
}

/* "port=53": the only parameter of SVCB with a number that can be too large. */
static bool port_fits(struct word word)
{
	uint32_t port;
	if (word.len < 5 || strncasecmp(word.text, "port=", 5) != 0)
		return true;
	return number_parse(word.text + 5, word.len - 5, 65535, &port);
}

/* "alpn=f\\\\oo\\,bar": escapes within the list's own (RFC 9460 A.1); ldns splits at every comma.
 */
static bool alpn_plain(struct word word)
{
	return word.len < 5 || strncasecmp(word.text, "alpn=", 5) != 0 ||
	       memchr(word.text, '\\', word.len) == NULL;
}

/*
 * "42", "21.5", "N", "-24m": ldns takes any other word for 0, and lets go of what is over.
 * `*east` is set where E or W was and counts the metres behind it: RFC 1876 3 has four.
 */
static bool is_location(struct word word, size_t *east)
{
	static const double most_metres = 42849672.95;
	char text[16];
	if (word.quoted || word.len == 0 || word.len >= sizeof text || *east > 4)
		return false;
	memcpy(text, word.text, word.len);
	text[word.len] = '\0';
	if (*east > 0)
		++*east;
	if (word.len == 1 && strchr("NSEWnsew", text[0]) != NULL) {
		if (*east > 0)
			return false;
		*east = strchr("EWew", text[0]) != NULL;
		return true;
	}
	const char *const digits = text[0] == '-' ? text + 1 : text;
	const size_t len = strspn(digits, "0123456789.");
	const char *const unit = digits + len;
	return len > 0 && strtod(digits, NULL) <= most_metres &&
	       (*unit == '\0' || (*east > 0 && (*unit == 'm' || *unit == 'M') && unit[1] == '\0'));
}

/* RFC 4398 2.1; ldns leaks the field for any other name and for 0. */
static bool is_certificate(struct word word)
{
	static const char *const names[] = {
		"PKIX", "SPKI", "PGP", "IPKIX", "ISPKI", "IPGP", "ACPKIX", "IACPKIX", "URI", "OID"};
	uint32_t number;
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (word.len == strlen(names[i]) && strncasecmp(word.text, names[i], word.len) == 0)
			return true;
	return number_parse(word.text, word.len, 65535, &number) && number != 0;
}

/* The gateway of IPSECKEY that is no name; ldns leaks what it cannot read here and in the key. */
static bool is_gateway(struct word word, struct word kind)
{
	char text[INET6_ADDRSTRLEN];
	uint8_t wire[16];
	if (word.len >= sizeof text || kind.len != 1)
		return false;
	memcpy(text, word.text, word.len);
	text[word.len] = '\0';
	switch (kind.text[0]) {
	case '0': return strcmp(text, ".") == 0;
	case '1': return inet_pton(AF_INET, text, wire) == 1;
	case '2': return inet_pton(AF_INET6, text, wire) == 1;
	default: return false;
	}
}

static bool is_base64(const char *text, size_t len)
{
	size_t letters = 0, pads = 0;
	while (letters < len &&
		(isalnum((uint8_t)text[letters]) || text[letters] == '+' || text[letters] == '/'))
		letters++;
	while (letters + pads < len && text[letters + pads] == '=')
		pads++;
	if (letters == 0 || letters + pads != len || pads > 2 || len % 4 != 0)
		return false;
	/* The bits of the last letter that are over are 0. */
	const char *const last = pads == 2 ? "AQgw" : pads == 1 ? "AEIMQUYcgkosw048" : "";
	return pads == 0 || strchr(last, text[letters - 1]) != NULL;
}

/* By number: ldns takes a name that it does not know for type 0. */
static bool add_type(struct clean_line *line, struct word word, struct err *err)
{
	char shown[WORD_SHOWN_MAX], text[sizeof " TYPE65535"];
	uint16_t type;
	if (word.quoted || !rrtype_parse(word.text, word.len, &type))
		return err_set(err, "\"%s\" is not a record type", word_shown(word, shown));
	(void)snprintf(text, sizeof text, " TYPE%u", type);
	add_text(line, text);
	return true;
}

/* How many words there have to be; 0: the last field takes any number. */
static size_t words_wanted(const char *fields)
{
	return fields[strspn(fields, "12468tdTnhHcqQo")] == '\0' ? strlen(fields) : 0;
}

static char field_at(const char *fields, size_t i)
{
	const size_t len = strlen(fields);
	if ((fields[0] == 'g' && i < 3) || (fields[0] == 'i' && i == 0))
		return '1'; /* IPSECKEY and HIP begin with such */
	return fields[i < len ? i : len - 1];
}

static size_t hex_digits(struct word word)
{
	const bool marked = word.len > 1 && word.text[0] == '0' && (word.text[1] | 0x20) == 'x';
	size_t n = 0;
	for (size_t i = marked ? 2 : 0; i < word.len; i++)
		n += isxdigit((uint8_t)word.text[i]) != 0;
	return n;
}

struct progress {
	size_t n;         /* words so far */
	size_t digits;    /* hexadecimal ones in what is left: ldns would fill up the last octet */
	struct word kind; /* the second one: IPSECKEY's kind of gateway */
	size_t east;      /* is_location() */
	size_t key_at;    /* where IPSECKEY's key begins in the line */
};

static bool add_one(struct clean_line *line, const char *fields, struct word word,
	struct progress *progress, const uint8_t *origin, struct err *err)
{
	const char field = field_at(fields, progress->n);
	char shown[WORD_SHOWN_MAX];
	if (progress->n == 1)
		progress->kind = word;
	if (is_name_at(fields, progress->n, progress->kind))
		return add_name(line, fields, word, origin, err);
	if (field == 'b' || field == 'T')
		return add_type(line, word, err);
	if (fields[0] == 'g' && progress->n >= 4) { /* one word, however it was written */
		add(line, progress->n == 4 ? " " : "", progress->n == 4);
		progress->key_at = progress->n == 4 ? line->len : progress->key_at;
		add(line, word.text, word.len);
		return true;
	}
	if (!number_fits(field, word))
		return field == 'd' ? err_set(err, "\"%s\" is not a time like 20300101000000",
					      word_shown(word, shown))
				    : err_set(err, "\"%s\" is not a number from 0 to %u",
					      word_shown(word, shown), largest(field));
	if ((field == 'v' && !port_fits(word)) ||
		(field == 'l' && !is_location(word, &progress->east)) ||
		(field == 'C' && !is_certificate(word)) ||
		(fields[0] == 'g' && progress->n == 3 && !is_gateway(word, progress->kind)))
		return err_set(err, "\"%s\" does not fit there", word_shown(word, shown));
	if (field == 'v' && !alpn_plain(word))
		return err_set(err,
			"\"%s\": escapes are not understood here: write the RDATA as "
			"\\# LENGTH HEX",
			word_shown(word, shown));
	if (field == 'q' || field == 'Q') { /* CAA and URI: ldns wants their strings quoted */
		if (!word.quoted && word_has_quotes(word))
			return err_set(
				err, "a quote within %s: write \\\"", word_shown(word, shown));
		word.quoted = true;
	}
	if (field == 'y' || field == 'o')
		progress->digits += hex_digits(word);
	add_word(line, word);
	return true;
}

static bool add_words(struct clean_line *line, const char *fields, struct words *words,
	const uint8_t *origin, struct err *err)
{
	const size_t wanted = words_wanted(fields);
	struct progress progress = {0};
	struct word word;
	char shown[WORD_SHOWN_MAX];
	for (; words_next(words, &word); progress.n++) {
		if (wanted > 0 && progress.n >= wanted)
			return err_set(err, "\"%s\" is too much", word_shown(word, shown));
		if (!add_one(line, fields, word, &progress, origin, err))
			return false;
		if (line->len > LINE_MAX_OCTETS)
			return err_set(err, "over %d octets of text: write it as \\# LENGTH HEX",
				LINE_MAX_OCTETS);
	}
	if (words->bad != NULL)
		return err_set(err, "%s", words->bad);
	if (progress.digits % 2 != 0)
		return err_set(err, "an odd number of hexadecimal digits");
	if (progress.key_at > 0 &&
		!is_base64(line->text + progress.key_at, line->len - progress.key_at))
		return err_set(err, "the key is not base64");
	return progress.n >= wanted || err_set(err, "something is missing");
}

bool rdclean_line(uint16_t type, struct words *words, const uint8_t *origin,
	struct clean_line *line, struct err *err)
{
	char name[RRTYPE_TEXT_MAX];
	add_text(line, ". 0 IN ");
	add_text(line, rrtype_text(type, name));
	return add_words(line, rrtype_fields(type), words, origin, err);
}
