/* What only conf/ needs of the list of problems; the rest stands in conf/conf.h. */
#ifndef LOCUM_CONF_PROBLEM_H
#define LOCUM_CONF_PROBLEM_H

#include "conf/conf.h"

enum { SUGGESTION_MAX = 160, QUOTED_MAX = 80 };

/* Into the order of `files`, and of lines within each. */
void problems_sort(struct conf_problems *problems, const char *const files[], size_t n);
/* A good place to stop looking for more. */
bool problems_full(const struct conf_problems *problems) MUST_USE;

/* `; did you mean "x"?` in `room`, or "" if nothing is near.  Only the first few thousand are
 * looked at. */
const char *problem_nearest(
	const char *word, const char *const known[], size_t n, char room[SUGGESTION_MAX]);
/* The text with quotes around it, short and printable. */
const char *problem_quoted(const char *text, char room[QUOTED_MAX]);

#endif
