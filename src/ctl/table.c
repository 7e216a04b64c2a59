#include "ctl/table.h"

#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 16 };

struct table {
	size_t columns, n, room;
	size_t width[COLUMNS_MAX];
	char **cells; /* n of them, row after row, as they are printed */
};

static char *printable(const char *text)
{
	char *const out = mem_new(4 * strlen(text) + 1);
	char *at = out;
	for (const uint8_t *in = (const uint8_t *)text; *in != '\0'; in++) {
		if (*in >= ' ' && *in < 127)
			*at++ = (char)*in;
		else
			at += sprintf(
				at, "\\%03u", *in); // NOLINT(*-security.insecureAPI*): 4 octets
	}
	return out;
}

void table_text(FILE *out, const char *text)
{
	char *const safe = printable(text);
	(void)fputs(safe, out);
	free(safe);
}

struct table *table_new(size_t columns, const char *const head[])
{
	assert(columns > 0 && columns <= COLUMNS_MAX);
	struct table *const table = mem_new(sizeof *table);
	table->columns = columns;
	for (size_t i = 0; i < columns; i++)
		table_add(table, head[i]);
	return table;
}

void table_add(struct table *table, const char *cell)
{
	table->cells = mem_grow(table->cells, &table->room, table->n + 1, sizeof *table->cells);
	char *const text = printable(cell);
	const size_t column = table->n % table->columns, len = strlen(text);
	if (len > table->width[column])
		table->width[column] = len;
	table->cells[table->n++] = text;
}

void table_print(struct table *table, const char *indent, FILE *out)
{
	assert(table->n % table->columns == 0);
	size_t gap =
		0; /* spaces that are due before the next word, so that no line ends with any */
	for (size_t i = 0; i < table->n; i++) {
		const size_t column = i % table->columns, len = strlen(table->cells[i]);
		if (column == 0) {
			(void)fputs(indent, out);
			gap = 0;
		}
		if (len > 0)
			(void)fprintf(out, "%*s%s", (int)gap, "", table->cells[i]);
		gap = (len > 0 ? 0 : gap) + table->width[column] - len + 2;
		if (column + 1 == table->columns)
			(void)fputc('\n', out);
		free(table->cells[i]);
	}
	free(table->cells);
	free(table);
}
