/*
 * The ranges and templates of $GENERATE, as BIND has them: "1-100/2" and
 * "host-${0,3,d}".  Pure; allocates nothing.
 */
#ifndef LOCUM_ZONE_GENERATE_H
#define LOCUM_ZONE_GENERATE_H

#include "base/err.h"
#include "zone/lexer.h"

#include <stdint.h>

enum { GENERATE_MAX = 65536 }; /* records that one range may make */

struct generate_range {
	uint32_t from, step, count;
};

/* "FROM-TO" or "FROM-TO/STEP", up to 2^31 - 1. */
bool generate_range(struct word word, struct generate_range *range, struct err *err) MUST_USE;

/*
 * `text` with the value put in: $ and ${OFFSET[,WIDTH[,BASE]]}, BASE one of d o x X n N.
 * "$$" is one "$"; what a backslash stands before is copied with it.
 * At most `room` octets go to `out`.
 */
bool generate_expand(struct word text, uint32_t value, char *out, size_t room, size_t *len,
	struct err *err) MUST_USE;

#endif
