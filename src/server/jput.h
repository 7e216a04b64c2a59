/*
 * JSON written straight behind what is there, for what is so much that a tree of it would cost ten
 * times what its text does.  Octet for octet as jansson dumps the same, compact.  Each takes what
 * stands `before` its value, as it is: "{\"name\":".
 */
#ifndef LOCUM_SERVER_JPUT_H
#define LOCUM_SERVER_JPUT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

struct octets;

void jput(struct octets *out, const char *raw); /* as it is, without a value */
void jput_text(struct octets *out, const char *before, const char *text); /* as jtext(); or null */
void jput_int(struct octets *out, const char *before, int64_t value);
void jput_real(struct octets *out, const char *before, double value); /* finite; nine digits */
void jput_bool(struct octets *out, const char *before, bool value);
void jput_tree(struct octets *out, const char *before, json_t *tree);   /* takes it */
void jput_fields(struct octets *out, const char *before, json_t *tree); /* without its brackets */

#endif
