/* Columns for people, as wide as they need to be; and foreign text that cannot move the cursor. */
#ifndef LOCUM_CTL_TABLE_H
#define LOCUM_CTL_TABLE_H

#include <stddef.h>
#include <stdio.h>

struct table;

/* Printable ASCII as it is, everything else as \DDD. */
void table_text(FILE *out, const char *text);

struct table *table_new(size_t columns, const char *const head[]);
void table_add(struct table *table, const char *cell); /* row after row; copies */
/* Every line begins with `indent`; frees the table. */
void table_print(struct table *table, const char *indent, FILE *out);

#endif
