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
	show_shares(service, out);
	show_candidates(json_object_get(service, "candidates"), out);
	show_checks(service, out);
	show_next(json_object_get(service, "next"), out);
}

/* ---- at another time ---- */

static void show_entry(const char *what, const json_t *entry, FILE *out)
{
	char room[PART_CELL];
	(void)fprintf(out, "%s entry %s, ", what, part_whole(entry, "number", room));
	table_text(out, part_text(entry, "at"));
	static const char *const keys[] = {"kind", "endpoint", "detail", "author", "reason"};
	for (size_t i = 0; i < COUNT_OF(keys); i++)
		if (strcmp(part_text(entry, keys[i]), "-") != 0) {
			(void)fputs(i == 0 ? ": " : i < 3 ? " " : ", ", out);
			table_text(out, part_text(entry, keys[i]));
		}
	(void)fputc('\n', out);
}

static void show_change(const json_t *service, FILE *out)
{
	const json_t *const by = json_object_get(service, "by"), *const said = json_object_get(
									 service, "said");
	char generation[PART_CELL], serial[PART_CELL];
	(void)fputs("  by ", out);
	show_rule(json_object_get(service, "chosen_by"), out);
	(void)fputs(", since ", out);
	table_text(out, part_text(service, "since"));
	(void)fputc('\n', out);
	if (json_is_object(by)) {
		show_entry("  made by", by, out);
		(void)fprintf(out, "  in generation %s, with serial %s\n",
			part_whole(by, "generation", generation), part_whole(by, "serial", serial));
	}
	if (json_is_object(json_object_get(service, "restored")))
		show_entry("  a backup was restored, what operators had said in it is not known:",
			json_object_get(service, "restored"), out);
	if (json_is_object(said))
		show_entry("  an operator said last:", said, out);
}

static void show_around(const json_t *service, FILE *out)
{
	size_t i;
	const json_t *one;
	json_array_foreach(json_object_get(service, "entries"), i, one)
		show_entry(part_is(one, "later") ? "  after: " : "  before:", one, out);
	if (i == 0)
		(void)fputs("  the journal has nothing of it\n", out);
}

static void show_runs(const json_t *service, FILE *out)
{
	static const char *const head[] = {
		"PROBE", "OF", "OUTCOME", "TIMES", "FROM", "TO", "THEN", "AT"};
	struct table *const table = table_new(COUNT_OF(head), head);
	char room[PART_CELL];
	size_t i;
	const json_t *check;
	json_array_foreach(json_object_get(service, "checks"), i, check)
	{
		const json_t *const run = json_object_get(check, "run"), *const next =
										 json_object_get(
											 check,
											 "next");
		table_add(table, part_text(check, "probe"));
		table_add(table, part_text(check, "endpoint"));
		table_add(table, part_is(check, "heard") ? part_text(run, "outcome")
				 : json_is_object(run)   ? "nothing heard; before:"
							 : "nothing recorded");
		table_add(table, part_whole(run, "n", room));
		table_add(table, part_text(run, "from"));
		table_add(table, part_text(run, "to"));
		table_add(table, part_text(next, "outcome"));
		table_add(table, part_text(next, "from"));
	}
	table_print(table, "  ", out);
}

static void show_service_then(const json_t *service, bool ran, FILE *out)
{
	(void)fputs("\nservice ", out);
	table_text(out, part_text(service, "name"));
	if (part_is(service, "known")) {
		(void)fprintf(out, ", %s: active ", ran ? "then" : "when locumd ended");
		part_print_list(service, "active", out);
		(void)fputc('\n', out);
		show_change(service, out);
		show_roles(service, out);
		(void)fputc('\n', out);
		show_shares(service, out);
		show_overrides(json_object_get(service, "overrides"), out);
		(void)fputs("  records, as they are configured now\n", out);
		part_print_lines(json_object_get(service, "records"), "    ", out);
	} else {
		(void)fputs(": what was answered then is not in the journal\n", out);
	}
	show_around(service, out);
	show_runs(service, out);
}

static void show_then(const json_t *explain, FILE *out)
{
	const json_t *const loaded = json_object_get(explain, "loaded_since");
	size_t i;
	const json_t *one;
	(void)fputs(" at ", out);
	table_text(out, part_text(explain, "at"));
	(void)fputc('\n', out);
	table_text(out, part_text(explain, "says"));
	(void)fputc('\n', out);
	if (json_is_object(loaded)) {
		show_entry("zones and configuration were loaded after that:", loaded, out);
		(void)fputs("what they said before is not recorded; they say now\n", out);
	} else {
		(void)fputs("zones and configuration are those of then; they say\n", out);
	}
	json_array_foreach(json_object_get(explain, "steps"), i, one) show_step(one, out);
	json_array_foreach(json_object_get(explain, "services"), i, one)
		show_service_then(one, strcmp(part_text(explain, "running"), "no") != 0, out);
	if (i == 0)
		return;
	if (!json_is_string(json_object_get(explain, "outcomes_since"))) {
		(void)fputs("\nno outcomes are written yet\n", out);
		return;
	}
	(void)fputs("\nthe oldest outcomes that are written are of ", out);
	table_text(out, part_text(explain, "outcomes_since"));
	(void)fputc('\n', out);
}

void show_explain(const json_t *explain, FILE *out)
{
	size_t i;
	const json_t *one;
	table_text(out, part_text(explain, "name"));
	(void)fputc(' ', out);
	table_text(out, part_text(explain, "type"));
	if (json_object_get(explain, "asked") != NULL) {
		show_then(explain, out);
		return;
	}
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
