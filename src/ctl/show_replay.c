#include "base/span.h"
#include "base/text.h"
#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"

enum { CELL = 48 };

/* "14h 12m", "3.5 s"; "-" where there is none. */
static const char *length(const json_t *of, const char *key, char room[CELL])
{
	const json_t *const given = json_object_get(of, key);
	const double s = json_number_value(given);
	const bool sound = json_is_number(given) && s >= 0 && s < 1e12;
	const long long ms = sound ? (long long)(s * 1000) : 0, whole = ms / 1000;
	if (!sound)
		(void)snprintf(room, CELL, "-");
	else if (whole < 600)
		(void)snprintf(room, CELL, "%lld.%lld s", whole, ms % 1000 / 100);
	else if (whole < 36000)
		(void)snprintf(room, CELL, "%lldm %llds", whole / 60, whole % 60);
	else
		(void)snprintf(room, CELL, "%lldh %lldm", whole / 3600, whole / 60 % 60);
	return room;
}

static void add(struct table *table, const char *name, const json_t *was, const json_t *is)
{
	static const char *const counts[] = {"switches", "flaps"};
	char cell[CELL];
	table_add(table, name);
	for (size_t i = 0; i < COUNT_OF(counts); i++) {
		table_add(table, part_whole(was, counts[i], cell));
		table_add(table, part_whole(is, counts[i], cell));
	}
	table_add(table, length(was, "wrong", cell));
	table_add(table, length(is, "wrong", cell));
}

static bool is_quiet(const json_t *side)
{
	return json_is_object(side) && json_integer_value(json_object_get(side, "switches")) == 0 &&
	       json_number_value(json_object_get(side, "wrong")) <= 0;
}

static void show_side(const char *word, const json_t *side, FILE *out)
{
	char room[PART_CELL];
	(void)fprintf(out, "%s ", word);
	table_text(out, part_text(side, "configuration"));
	(void)fprintf(out, ": %s %s", part_whole(side, "outcomes", room),
		text_plural((uint64_t)json_integer_value(json_object_get(side, "outcomes")),
			"outcome", "outcomes"));
	const json_int_t silent = json_integer_value(json_object_get(side, "silent-checks"));
	if (silent > 0)
		(void)fprintf(out, ", none of %" JSON_INTEGER_FORMAT " %s", silent,
			text_plural((uint64_t)silent, "check", "checks"));
	(void)fputc('\n', out);
}

void show_replay(const json_t *replay, FILE *out)
{
	static const char *const head[] = {
		"SERVICE", "SWITCHES", "NEW", "FLAPS", "NEW", "WRONG", "NEW"};
	const json_t *const was = json_object_get(replay, "old"), *const is = json_object_get(
									  replay, "new");
	char cell[CELL];
	size_t i, quiet = 0;
	const json_t *row;
	(void)fprintf(out, "from %s", part_text(replay, "since"));
	(void)fprintf(
		out, " to %s, %s\n", part_text(replay, "until"), length(replay, "seconds", cell));
	show_side("old", was, out);
	show_side("new", is, out);
	(void)fputc('\n', out);
	struct table *const table = table_new(COUNT_OF(head), head);
	json_array_foreach(json_object_get(replay, "services"), i, row)
	{
		const json_t *const a = json_object_get(row, "old"), *const b = json_object_get(
									     row, "new");
		const bool same = is_quiet(a) && is_quiet(b);
		quiet += same;
		if (!same)
			add(table, part_text(row, "service"), a, b);
	}
	add(table, "all", was, is);
	table_print(table, "", out);
	if (quiet > 0)
		(void)fprintf(out, "%zu %s did not move and had no reason to\n", quiet,
			text_plural(quiet, "service", "services"));
}
