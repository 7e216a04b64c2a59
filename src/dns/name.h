/*
 * Domain names (RFC 1035 3.1, RFC 4343): uncompressed wire form, 1 to 255
 * octets, ending with the root label.  Names in text use RFC 1035 5.1 escapes.
 * Pure.
 */
#ifndef LOCUM_DNS_NAME_H
#define LOCUM_DNS_NAME_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	NAME_MAX_OCTETS = 255,
	NAME_MAX_LABELS = 127, /* the root not counted */
	NAME_TEXT_MAX = 1025,  /* every octet as \DDD, dots, NUL */
};

extern const uint8_t name_root[1];

/*
 * Reads `len` octets of text into `out`.  A name without a final dot is
 * relative to `origin`, "@" is the origin; with origin NULL every name is taken as absolute.
 * False with the reason: empty label, label over 63, name over 255 octets, bad escape.
 */
bool name_parse(uint8_t out[NAME_MAX_OCTETS], const char *text, size_t len, const uint8_t *origin,
	struct err *err) MUST_USE;

/* Text with a final dot; characters that mean something in a zone file are escaped.  Returns `out`.
 */
const char *name_text(const uint8_t *name, char out[NAME_TEXT_MAX]);

size_t name_len(const uint8_t *name);            /* octets, the root label counted */
size_t name_labels(const uint8_t *name);         /* labels, the root label not counted */
const uint8_t *name_parent(const uint8_t *name); /* one label less; the root's parent is the root */

uint8_t name_fold(uint8_t octet);                         /* ASCII upper case to lower case */
void name_lower(uint8_t *name);                           /* the whole name, in place */
bool name_equal(const uint8_t *a, const uint8_t *b);      /* case-insensitive */
int name_compare(const uint8_t *a, const uint8_t *b);     /* canonical order, RFC 4034 6.1 */
bool name_under(const uint8_t *name, const uint8_t *top); /* at or below `top` */

/* Whether `wire` holds a whole uncompressed name within `room` octets; its length, or 0. */
size_t name_check(const uint8_t *wire, size_t room) MUST_USE;

#endif
