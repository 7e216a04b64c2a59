/*
 * A struct that a field table describes, as bytes and back: how the control
 * thread hands a probe's options to the prober.  Same machine, same binary: host order.  Pure.
 */
#ifndef LOCUM_CONF_PACK_H
#define LOCUM_CONF_PACK_H

#include "conf/schema.h"

#include <stdbool.h>

struct arena;

enum { PACK_MAX = 32768 }; /* conf_parse() refuses options that need more */

/* Writes at most `room` octets; returns how many are needed, as snprintf does. */
size_t pack_options(const struct field *fields, const void *options, uint8_t *out, size_t room);
/* Fills `options` (zeroed before, `size` as the table's struct); texts live in `arena`.  False: not
 * what pack wrote. */
bool unpack_options(const struct field *fields, const uint8_t *from, size_t len, void *options,
	struct arena *arena) MUST_USE;

#endif
