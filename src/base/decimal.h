/*
 * Decimal numbers as people and programs write them, compared exactly: a transaction number of 64
 * bits next to a lag of 0.35.  Pure.
 */
#ifndef LOCUM_BASE_DECIMAL_H
#define LOCUM_BASE_DECIMAL_H

#include "base/attr.h"

#include <stdbool.h>
#include <stdint.h>

enum { DECIMAL_TEXT_MAX = 48 };

struct decimal { /* zeroed: none was given */
	bool given, negative;
	uint64_t whole, part; /* part: in units of 10^-18 */
};

/*
 * "-12", "+0.5", ".5", "18446744073709551615": digits with at most one point; no exponent, no unit,
 * no blanks.  Beyond 18 places it is cut.  False: no such number, or its whole part takes over 64
 * bits.
 */
bool decimal_parse(const char *text, struct decimal *number) MUST_USE;
/* Below 0, 0 or above 0, as a is below, at or above b.  Both are given. */
int decimal_compare(const struct decimal *a, const struct decimal *b) MUST_USE;
/* The shortest form; "-" when none was given. */
const char *decimal_text(const struct decimal *number, char room[DECIMAL_TEXT_MAX]);

#endif
