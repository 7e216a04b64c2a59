#include "base/span.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct unit {
	const char *name;
	int64_t ns;
} units[] = {
	{"d", 86400000000000},
	{"h", 3600000000000},
	{"m", 60000000000},
	{"s", 1000000000},
	{"ms", 1000000},
	{"us", 1000},
	{"ns", 1},
};

static const int64_t longest = 10000 * 86400000000000;

bool span_parse(const char *text, span_t *span)
{
	const size_t digits = strspn(text, "0123456789");
	if (digits == 0 || digits > 18)
		return false;
	const int64_t n = strtoll(text, NULL, 10);
	for (size_t i = 0; i < COUNT_OF(units); i++) {
		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		if (n > longest / units[i].ns)
			return false;
		span->ns = n * units[i].ns;
		return true;
	}
	return false;
}

const char *span_text(span_t span, char room[SPAN_TEXT_MAX])
{
	size_t i = 0;
	while (i + 1 < COUNT_OF(units) && span.ns % units[i].ns != 0)
		i++;
	const struct unit u = span.ns == 0 ? (struct unit){"s", 1} : units[i];
	(void)snprintf(room, SPAN_TEXT_MAX, "%lld%s", (long long)(span.ns / u.ns), u.name);
	return room;
}
