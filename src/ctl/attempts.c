#include "ctl/attempts.h"

#include "ctl/table.h"

#include <string.h>

enum { EVERY_MIN_MS = 10, EVERY_USUAL_MS = 1000, EVERY_MAX_MS = 3600000 };

static const char *text(const json_t *object, const char *key)
{
	const char *const value = json_string_value(json_object_get(object, key));
	return value != NULL ? value : "";
}

static void show_text(const char *before, const char *value, FILE *out)
{
	(void)fputs(before, out);
	table_text(out, value);
}

/* "  pass in 0.42 ms: 3 days left"; who gave the value says how old it is. */
static void show_end(const json_t *attempt, FILE *out)
{
	const json_t *const age = json_object_get(attempt, "value_age_s");
	show_text("  ", text(attempt, "outcome"), out);
	(void)fprintf(out, " in %.2f ms", json_number_value(json_object_get(attempt, "took_ms")));
	if (text(attempt, "fault")[0] != '\0') {
		show_text(" (our own trouble: ", text(attempt, "fault"), out);
		(void)fputs(")", out);
	}
	if (text(attempt, "reason")[0] != '\0')
		show_text(": ", text(attempt, "reason"), out);
	(void)fputc('\n', out);
	if (text(attempt, "value")[0] == '\0')
		return;
	show_text("  value ", text(attempt, "value"), out);
	if (json_is_number(age))
		(void)fprintf(out, ", %.1f s old", json_number_value(age));
	(void)fputc('\n', out);
}

static void show_attempt(const json_t *probe, const json_t *attempt, FILE *out)
{
	const json_t *step;
	size_t i;
	show_text("", text(probe, "service"), out);
	show_text("/", text(probe, "endpoint"), out);
	show_text(" ", text(attempt, "probe"), out);
	show_text(": ", text(attempt, "type"), out);
	if (text(attempt, "address")[0] != '\0')
		show_text(" ", text(attempt, "address"), out);
	(void)fputc('\n', out);
	json_array_foreach(json_object_get(attempt, "steps"), i, step)
	{
		(void)fprintf(out, "  %10.3f ms  ", json_number_value(json_object_get(step, "ms")));
		table_text(out, text(step, "what"));
		(void)fputc('\n', out);
	}
	show_end(attempt, out);
}

void attempts_show(const json_t *probe, FILE *out)
{
	const json_t *attempt;
	size_t i;
	json_array_foreach(json_object_get(probe, "attempts"), i, attempt)
		show_attempt(probe, attempt, out);
}

bool attempts_passed(const json_t *probe)
{
	const json_t *attempt;
	size_t i;
	json_array_foreach(json_object_get(probe, "attempts"), i, attempt)
	{
		if (strcmp(text(attempt, "outcome"), "pass") != 0)
			return false;
	}
	return i > 0;
}

span_t attempts_every(const json_t *probe)
{
	const double ms = json_number_value(json_object_get(probe, "every_ms"));
	return span_ms(ms >= EVERY_MIN_MS && ms <= EVERY_MAX_MS ? (int64_t)ms : EVERY_USUAL_MS);
}
