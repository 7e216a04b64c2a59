/* Parts of an answer as people read them; what is missing or of another type is "-".  Pure. */
#ifndef LOCUM_CTL_PART_H
#define LOCUM_CTL_PART_H

#include "base/attr.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum { PART_CELL = 32 };

const char *part_text(const json_t *object, const char *key);
const char *part_whole(const json_t *object, const char *key, char room[PART_CELL]);
bool part_is(const json_t *object, const char *key); /* it is there, and true */
/* "fra, ams", of a list of texts. */
void part_print_list(const json_t *object, const char *key, FILE *out);
/* Each text of a list as a line behind `indent`. */
void part_print_lines(const json_t *lines, const char *indent, FILE *out);

#endif
