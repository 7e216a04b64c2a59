/* Words for people: suggestions, and foreign bytes made safe to print.  Pure. */
#ifndef LOCUM_BASE_TEXT_H
#define LOCUM_BASE_TEXT_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

/* The candidate nearest to `word` by edit distance, if it is near enough to be meant; else NULL. */
const char *text_nearest(const char *word, const char *const candidates[], size_t n) MUST_USE;

/*
 * `len` octets as printable ASCII: quotes, backslashes and everything outside
 * 32..126 as \" \\ \n \DDD; cut with "..." where `room` ends.  Returns `out`.
 */
const char *text_escape(const void *bytes, size_t len, char *out, size_t room);

/* `one` of 1, `many` of any other number: "%zu %s", n, text_plural(n, "entry", "entries"). */
const char *text_plural(uint64_t n, const char *one, const char *many) MUST_USE;

#endif
