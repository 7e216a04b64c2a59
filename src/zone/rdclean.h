/*
 * RDATA text made fit for ldns.  What ldns 1.8.3 must not see: NUL, newlines,
 * bare parentheses (its token reader runs past its buffers), lines longer than its own,
 * numbers that do not fit (it wraps them), type names that it does not know (type 0), words too
 * many (it drops them), relative names (it forgets the origin inside IPSECKEY and HIP), and what
 * it cannot read in CERT and IPSECKEY (it leaks).  Any thread.
 */
#ifndef LOCUM_ZONE_RDCLEAN_H
#define LOCUM_ZONE_RDCLEAN_H

#include "base/err.h"
#include "zone/lexer.h"

#include <stdint.h>

struct clean_line {
	char *text; /* malloc'd, the caller frees; begins as NULL */
	size_t len, room;
};

/* ". 0 IN TYPE RDATA" of a type with known fields; false: `line` holds what there is so far. */
bool rdclean_line(uint16_t type, struct words *words, const uint8_t *origin,
	struct clean_line *line, struct err *err) MUST_USE;

#endif
