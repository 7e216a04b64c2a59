/* Lengths of time as people write them: "500ms", "2s", "10m", "4h", "1d".  Pure. */
#ifndef LOCUM_BASE_SPAN_H
#define LOCUM_BASE_SPAN_H

#include "base/attr.h"
#include "base/mono.h"

#include <stddef.h>

enum { SPAN_TEXT_MAX = 24 };

/* One whole number and one unit, nothing else; false: not a length of time, or over 10,000 days. */
bool span_parse(const char *text, span_t *span) MUST_USE;
/* The shortest exact form in one unit, "0s" for none. */
const char *span_text(span_t span, char room[SPAN_TEXT_MAX]);

#endif
