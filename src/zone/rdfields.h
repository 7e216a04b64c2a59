/*
 * RDATA whose fields are numbers, names, addresses and character-strings, read
 * and written without a library: what zones are full of.  zone/rrtext.h is the
 * door to it.  Pure; allocates nothing.
 */
#ifndef LOCUM_ZONE_RDFIELDS_H
#define LOCUM_ZONE_RDFIELDS_H

#include "base/err.h"
#include "zone/lexer.h"

#include <stdint.h>

struct rdata_out {
	uint8_t *wire; /* 65,535 octets */
	size_t len;
};

/* Every letter of `fields` (dns/rrtype.h) is one that is read here. */
bool rdfields_simple(const char *fields);
bool rdfields_parse(const char *fields, struct words *words, const uint8_t *origin,
	struct rdata_out *out, struct err *err) MUST_USE;

/* `wire` has passed rdata_check.  Returns the length of the text, which is written with a NUL when
 * it fits in `room`. */
size_t rdfields_text(const char *fields, const uint8_t *wire, size_t len, char *text, size_t room);

/* A number of `digits` and nothing else, at most `most`. */
bool number_parse(const char *text, size_t len, uint32_t most, uint32_t *number) MUST_USE;
/* Seconds, "3600" or "1h30m" (w d h m s), as TTLs and the times of a SOA are written. */
bool period_parse(const char *text, size_t len, uint32_t *seconds) MUST_USE;
/* Takes the escapes off; at most `room` octets.  False: a bad escape, or too long. */
bool text_unescape(struct word word, uint8_t *out, size_t room, size_t *len) MUST_USE;
/* The absolute name that a word stands for; quotes are refused. */
bool word_name(
	struct word word, const uint8_t *origin, uint8_t name[255], struct err *err) MUST_USE;
/* A word for an error message, made printable and cut. */
enum { WORD_SHOWN_MAX = 80 };
const char *word_shown(struct word word, char room[WORD_SHOWN_MAX]);

#endif
