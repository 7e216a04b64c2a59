#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <string.h>

static void add(struct table *table, const char *text)
{
	table_add(table, text[0] != '\0' ? text : "-");
}

void show_history(const json_t *list, FILE *out)
{
	static const char *const head[] = {
		"NUMBER", "AT", "WHAT", "SERVICE", "ENDPOINT", "BY", "DETAIL", "REASON"};
	static const char *const keys[] = {
		"at", "kind", "service", "endpoint", "author", "detail", "reason"};
	if (json_array_size(list) == 0) {
		(void)fputs("no entries\n", out);
		return;
	}
	struct table *const table = table_new(COUNT_OF(head), head);
	char room[PART_CELL];
	size_t i;
	const json_t *entry;
	json_array_foreach(list, i, entry)
	{
		add(table, part_whole(entry, "number", room));
		for (size_t k = 0; k < COUNT_OF(keys); k++)
			add(table, part_text(entry, keys[k]));
	}
	table_print(table, "", out);
}

void show_export(const json_t *reply, FILE *out)
{
	const json_t *const lines = json_object_get(reply, "lines");
	if (lines != NULL)
		show_lines(lines, out);
	else
		show_said(reply, out);
}
