#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <string.h>

static void show_field(const char *name, const char *value, FILE *out)
{
	(void)fprintf(out, "  %s ", name);
	table_text(out, value);
	(void)fputc('\n', out);
}

/* One name on the way from the question to the answer. */
static void show_step(const json_t *step, FILE *out)
{
	table_text(out, part_text(step, "name"));
	(void)fputs(": ", out);
	table_text(out, part_text(step, "says"));
	(void)fputc('\n', out);
	if (strcmp(part_text(step, "source"), "-") != 0)
		show_field("from", part_text(step, "source"), out);
	part_print_lines(json_object_get(step, "records"), "    ", out);
}

static void show_checks(const json_t *service, FILE *out)
{
	static const char *const head[] = {
		"PROBE", "OF", "STATE", "LAST", "AT", "REASON", "IT TURNS AFTER"};
	struct table *const table = table_new(COUNT_OF(head), head);
	size_t i, j;
	const json_t *end, *check;
	char room[PART_CELL];
	json_array_foreach(json_object_get(service, "candidates"), i, end)
	{
		json_array_foreach(json_object_get(end, "checks"), j, check)
		{
			table_add(table, part_text(check, "probe"));
			table_add(table, part_text(end, "name"));
			table_add(table, part_text(check, "state"));
			table_add(table, part_text(check, "last"));
			table_add(table, part_text(check, "at"));
			table_add(table, part_text(check, "reason"));
			table_add(table, part_whole(check, "turns_after", room));
		}
	}
	table_print(table, "  ", out);
}

static void show_next(const json_t *next, FILE *out)
{
	size_t i;
	const json_t *one;
	(void)fputs("  what changes it next:\n", out);
	json_array_foreach(next, i, one)
	{
		(void)fputs("    ", out);
		if (strcmp(part_text(one, "at"), "-") != 0) {
			table_text(out, part_text(one, "at"));
			(void)fputc(' ', out);
		}
		table_text(out, part_text(one, "what"));
		(void)fputc('\n', out);
	}
}

static void show_service(const json_t *service, FILE *out)
{
	(void)fputs("service ", out);
	table_text(out, part_text(service, "name"));
	(void)fputs(", ", out);
	table_text(out, part_text(service, "state"));
	(void)fputs(": active ", out);
	part_print_list(service, "active", out);
	(void)fputs("\n  chosen by ", out);
	show_rule(json_object_get(service, "chosen_by"), out);
	(void)fputs(", since ", out);
	table_text(out, part_text(service, "since"));
	(void)fputc('\n', out);
	show_standing(service, out);
	show_candidates(json_object_get(service, "candidates"), out);
	show_checks(service, out);
	show_next(json_object_get(service, "next"), out);
}

void show_explain(const json_t *explain, FILE *out)
{
	size_t i;
	const json_t *one;
	table_text(out, part_text(explain, "name"));
	(void)fputc(' ', out);
	table_text(out, part_text(explain, "type"));
	(void)fputs(": ", out);
	table_text(out, part_text(explain, "rcode"));
	(void)fputc('\n', out);
	json_array_foreach(json_object_get(explain, "steps"), i, one) show_step(one, out);
	json_array_foreach(json_object_get(explain, "services"), i, one)
	{
		(void)fputc('\n', out);
		show_service(one, out);
	}
}
