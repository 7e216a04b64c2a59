#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <string.h>

static void show_gates(const json_t *candidates, FILE *out)
{
	static const char *const head[] = {
		"GATE", "OF", "PROBE", "LIMIT", "VALUE", "ACTIVE HAS", "STATE"};
	struct table *table = NULL;
	size_t i, j;
	const json_t *end, *gate;
	json_array_foreach(candidates, i, end)
	{
		json_array_foreach(json_object_get(end, "gates"), j, gate)
		{
			if (table == NULL)
				table = table_new(COUNT_OF(head), head);
			table_add(table, part_text(gate, "kind"));
			table_add(table, part_text(end, "name"));
			table_add(table, part_text(gate, "probe"));
			table_add(table, part_text(gate, "limit"));
			table_add(table, part_text(gate, "value"));
			table_add(table, part_text(gate, "of_active"));
			table_add(table, part_text(gate, "state"));
		}
	}
	if (table != NULL)
		table_print(table, "  ", out);
}

void show_candidates(const json_t *candidates, FILE *out)
{
	static const char *const head[] = {
		"CANDIDATE", "ROLE", "STATE", "SINCE", "READY", "ADMIN", "FITS", "WHY NOT"};
	struct table *const table = table_new(COUNT_OF(head), head);
	size_t i;
	const json_t *end;
	char role[SHOW_ROLE];
	json_array_foreach(candidates, i, end)
	{
		const bool fit = part_is(end, "fit");
		table_add(table, part_text(end, "name"));
		table_add(table, show_role(end, role));
		table_add(table, part_text(end, "state"));
		table_add(table, part_text(end, "since"));
		table_add(table, part_text(end, "ready"));
		table_add(table, part_text(end, "admin"));
		table_add(table, fit ? "yes" : "no");
		table_add(table, fit ? "" : part_text(end, "why"));
	}
	table_print(table, "  ", out);
	show_gates(candidates, out);
}

static void show_refusals(const json_t *refused, FILE *out)
{
	size_t i;
	const json_t *one;
	char number[PART_CELL];
	json_array_foreach(refused, i, one)
	{
		(void)fprintf(out, "  refusal %s%s: ", part_whole(one, "number", number),
			part_is(one, "forced") ? ", forced" : "");
		table_text(out, part_text(one, "why"));
		if (strcmp(part_text(one, "next"), "-") != 0) {
			(void)fputs("; ", out);
			table_text(out, part_text(one, "next"));
		}
		(void)fputc('\n', out);
	}
}

static void show_side(const char *head, const json_t *side, FILE *out)
{
	char ttl[PART_CELL];
	(void)fprintf(out, "  %s ", head);
	part_print_list(side, "active", out);
	(void)fputs("; home ", out);
	table_text(out, part_text(side, "home"));
	(void)fputs("; deposed ", out);
	part_print_list(side, "deposed", out);
	(void)fprintf(out, "; ttl %s; ", part_whole(side, "ttl", ttl));
	show_rule(json_object_get(side, "rule"), out);
	(void)fputc('\n', out);
}

void show_plan(const json_t *plan, FILE *out)
{
	const json_t *const changes = json_object_get(plan, "changes");
	(void)fputs("service ", out);
	table_text(out, part_text(plan, "service"));
	if (strcmp(part_text(plan, "verb"), "-") != 0) {
		(void)fputs(", to ", out);
		table_text(out, part_text(plan, "verb"));
	}
	if (strcmp(part_text(plan, "until"), "-") != 0) {
		(void)fputs(" until ", out);
		table_text(out, part_text(plan, "until"));
	}
	(void)fputc('\n', out);
	show_side("now ", json_object_get(plan, "was"), out);
	show_side("then", json_object_get(plan, "then"), out);
	show_refusals(json_object_get(plan, "refused"), out);
	show_overrides(json_object_get(plan, "overrides"), out);
	if (json_array_size(changes) == 0)
		(void)fputs("  no record changes\n", out);
	part_print_lines(changes, "    ", out);
	if (strcmp(part_text(plan, "exposed_until"), "-") != 0) {
		(void)fputs("  clients may hold what was answered before until ", out);
		table_text(out, part_text(plan, "exposed_until"));
		(void)fputc('\n', out);
	}
	show_candidates(json_object_get(plan, "candidates"), out);
}

void show_lines(const json_t *lines, FILE *out) { part_print_lines(lines, "", out); }

void show_said(const json_t *reply, FILE *out)
{
	const char *const said = json_string_value(json_object_get(reply, "said"));
	show_lines(json_object_get(reply, "changes"), out);
	table_text(out, said != NULL ? said : "done");
	(void)fputc('\n', out);
}
