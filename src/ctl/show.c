#include "ctl/show.h"

#include "base/attr.h"
#include "base/text.h"
#include "ctl/part.h"
#include "ctl/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum show_depth { SHOW_SERVICES, SHOW_CHECKS };

enum { CELL = 32, FAULTS_CELL = 5 * CELL };

static const char *milliseconds(const json_t *object, const char *key, char room[CELL])
{
	const json_t *const value = json_object_get(object, key);
	if (!json_is_number(value))
		return "-";
	(void)snprintf(room, CELL, "%.1f ms", json_number_value(value));
	return room;
}

/* "3d 4h", "2h 5m", "3m 20s", "12s": the two largest units. */
static const char *how_long(const json_t *object, const char *key, char room[CELL])
{
	static const struct {
		int64_t seconds;
		char unit;
	} units[] = {{86400, 'd'}, {3600, 'h'}, {60, 'm'}, {1, 's'}};
	const double value = json_number_value(json_object_get(object, key));
	if (!json_is_number(json_object_get(object, key)) || !(value >= 0 && value < 1e15))
		return "-";
	const int64_t all = (int64_t)value;
	size_t i = 0;
	while (i + 1 < COUNT_OF(units) && all < units[i].seconds)
		i++;
	int n = snprintf(room, CELL, "%lld%c", (long long)(all / units[i].seconds), units[i].unit);
	if (i + 1 < COUNT_OF(units))
		(void)snprintf(room + n, CELL - (size_t)n, " %lld%c",
			(long long)(all % units[i].seconds / units[i + 1].seconds),
			units[i + 1].unit);
	return room;
}

/* What an operator has to do something about. */
static void show_alarms(const json_t *status, FILE *out)
{
	char n[CELL];
	const json_t *const refused = json_object_get(status, "reload_refused");
	const json_t *const journal = json_object_get(status, "journal");
	if (json_is_object(refused)) {
		(void)fputs("the reload at ", out);
		table_text(out, part_text(refused, "at"));
		(void)fprintf(out,
			" was refused, errors %s: served is what was before; locumctl reload "
			"--dry-run lists them\n",
			part_whole(refused, "errors", n));
	}
	if (strcmp(part_text(journal, "state"), "behind") == 0) {
		(void)fprintf(out, "the journal is behind, entries held back %s: ",
			part_whole(journal, "held", n));
		table_text(out, part_text(journal, "trouble"));
		(void)fputc('\n', out);
	}
}

static void show_daemon(const json_t *status, FILE *out)
{
	char a[CELL], b[CELL], c[CELL], d[CELL], e[CELL];
	(void)fputs("locumd ", out);
	table_text(out, part_text(status, "version"));
	(void)fprintf(out, ", pid %s, up %s, generation %s, zones %s, queries %s\n",
		part_whole(status, "pid", a), how_long(status, "uptime_s", b),
		part_whole(status, "generation", c), part_whole(status, "zones", d),
		part_whole(status, "queries", e));
	const json_t *const prober = json_object_get(status, "prober");
	(void)fputs("prober ", out);
	table_text(out, part_text(prober, "state"));
	(void)fprintf(out, ", pid %s, checks %s, queued %s, late %s, restarts %s",
		part_whole(prober, "pid", a), part_whole(prober, "checks", b),
		part_whole(prober, "queued", e), milliseconds(prober, "late_ms", c),
		part_whole(prober, "restarts", d));
	const size_t processes = json_array_size(json_object_get(status, "probers"));
	if (processes > 1)
		(void)fprintf(out, ", processes %zu", processes);
	const json_t *const vantage = json_object_get(prober, "vantage");
	if (strcmp(part_text(vantage, "state"), "doubted") == 0)
		(void)fprintf(out, ", vantage doubted: %s of %s %s silent",
			part_whole(vantage, "silent", a), part_whole(vantage, "references", b),
			text_plural((uint64_t)json_integer_value(
					    json_object_get(vantage, "references")),
				"reference", "references"));
	const char *const trouble = part_text(prober, "last_trouble");
	if (strcmp(trouble, "-") != 0) {
		(void)fputs(", last trouble: ", out);
		table_text(out, trouble);
	}
	(void)fputc('\n', out);
	show_alarms(status, out);
}

static void add_check(struct table *table, const json_t *check)
{
	char streak[CELL], latency[CELL];
	table_add(table, part_text(check, "probe"));
	table_add(table, part_text(check, "state"));
	table_add(table, part_text(check, "last"));
	table_add(table, part_whole(check, "streak", streak));
	table_add(table, milliseconds(check, "latency_ms", latency));
	table_add(table, part_text(check, "reason"));
}

/* One row for each check of an endpoint; what they have in common stands in the first. */
static void add_endpoint(struct table *table, const json_t *endpoint)
{
	const json_t *const checks = json_object_get(endpoint, "checks");
	const size_t n = json_array_size(checks);
	char role[SHOW_ROLE];
	for (size_t i = 0; i == 0 || i < n; i++) {
		const bool first = i == 0;
		const char *const address = part_text(endpoint, "address");
		table_add(table, first ? part_text(endpoint, "name") : "");
		table_add(table, !first                      ? ""
				 : strcmp(address, "-") != 0 ? address
							     : part_text(endpoint, "host"));
		table_add(table, first ? show_role(endpoint, role) : "");
		table_add(table, first ? part_text(endpoint, "state") : "");
		table_add(table, first ? part_text(endpoint, "since") : "");
		add_check(table, json_array_get(checks, i));
	}
}

/* "3 late, 1 local"; "0". */
static const char *faults(const json_t *counts, char room[FAULTS_CELL])
{
	static const char *const names[] = {"late", "local", "tool", "vantage", "other"};
	size_t used = 0;
	(void)snprintf(room, FAULTS_CELL, "0");
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		const json_t *const count = json_object_get(counts, names[i]);
		if (!json_is_integer(count) || used + CELL > FAULTS_CELL)
			continue;
		used += (size_t)snprintf(room + used, FAULTS_CELL - used,
			"%s%" JSON_INTEGER_FORMAT " %s", used > 0 ? ", " : "",
			json_integer_value(count), names[i]);
	}
	return room;
}

static void add_history(struct table *table, const json_t *endpoint, const json_t *check)
{
	const json_t *const latency = json_object_get(check, "latency");
	const json_t *const attempts = json_object_get(check, "attempts");
	const json_t *const value = json_object_get(check, "value");
	char room[CELL], ours[FAULTS_CELL];
	table_add(table, part_text(endpoint, "name"));
	table_add(table, part_text(check, "probe"));
	table_add(table, milliseconds(latency, "min_ms", room));
	table_add(table, milliseconds(latency, "median_ms", room));
	table_add(table, milliseconds(latency, "p99_ms", room));
	table_add(table, part_whole(attempts, "pass", room));
	table_add(table, part_whole(attempts, "fail", room));
	table_add(table, faults(json_object_get(attempts, "no_verdict"), ours));
	table_add(table, part_text(value, "text"));
	table_add(table, how_long(value, "age_s", room));
	table_add(table, part_text(check, "outcomes"));
}

static void show_checks(const json_t *service, FILE *out)
{
	static const char *const head[] = {"ENDPOINT", "CHECK", "MIN", "MEDIAN", "P99", "PASSED",
		"FAILED", "NO VERDICT", "VALUE", "AGE", "LAST OUTCOMES"};
	struct table *const table = table_new(COUNT_OF(head), head);
	size_t i, j;
	const json_t *endpoint, *check;
	json_array_foreach(json_object_get(service, "endpoints"), i, endpoint) json_array_foreach(
		json_object_get(endpoint, "checks"), j, check) add_history(table, endpoint, check);
	(void)fputc('\n', out);
	table_print(table, "  ", out);
}

static void show_field(const char *name, const char *value, FILE *out)
{
	(void)fprintf(out, "  %s ", name);
	table_text(out, value);
}

static void show_service(const json_t *service, enum show_depth depth, FILE *out)
{
	static const char *const head[] = {"ENDPOINT", "ADDRESS", "ROLE", "STATE", "SINCE", "CHECK",
		"NOW", "LAST", "STREAK", "LATENCY", "REASON"};
	char room[CELL];
	(void)fputs("\nservice ", out);
	table_text(out, part_text(service, "name"));
	show_field("zone", part_text(service, "zone"), out);
	show_field("mode", part_text(service, "mode"), out);
	show_field("state", part_text(service, "state"), out);
	(void)fputs("\n  active", out);
	const json_t *value;
	size_t i;
	const json_t *const active = json_object_get(service, "active");
	json_array_foreach(active, i, value)
	{
		(void)fputs(i > 0 ? ", " : " ", out);
		table_text(out, json_is_string(value) ? json_string_value(value) : "-");
	}
	if (json_array_size(active) == 0)
		(void)fputs(" -", out);
	show_field("by rule", part_text(service, "rule"), out);
	show_field("since", part_text(service, "since"), out);
	show_field("serial", part_whole(service, "serial", room), out);
	(void)fputc('\n', out);

	const json_t *const hold = json_object_get(service, "hold_s");
	show_field("failback", part_text(service, "failback"), out);
	(void)fprintf(out, "  hold %gs", json_number_value(hold));
	show_field("on-none", part_text(service, "on_none"), out);
	if (strcmp(part_text(service, "failback_at"), "-") != 0)
		show_field("next failback", part_text(service, "failback_at"), out);
	(void)fputc('\n', out);

	show_standing(service, out);
	const json_t *const records = json_object_get(service, "records");
	json_array_foreach(records, i, value)
	{
		(void)fputs("    ", out);
		table_text(out, json_is_string(value) ? json_string_value(value) : "-");
		(void)fputc('\n', out);
	}
	struct table *const table = table_new(COUNT_OF(head), head);
	const json_t *const endpoints = json_object_get(service, "endpoints");
	json_array_foreach(endpoints, i, value) add_endpoint(table, value);
	table_print(table, "  ", out);
	if (depth == SHOW_CHECKS)
		show_checks(service, out);
}

static void show_all(const json_t *status, enum show_depth depth, FILE *out)
{
	show_daemon(status, out);
	const json_t *service;
	size_t i;
	json_array_foreach(json_object_get(status, "services"), i, service)
		show_service(service, depth, out);
}

void show_status(const json_t *status, FILE *out) { show_all(status, SHOW_SERVICES, out); }

void show_status_checks(const json_t *status, FILE *out) { show_all(status, SHOW_CHECKS, out); }
