#include "base/moment.h"

#include "base/span.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

const char *moment_text(int64_t wall_ns, char room[MOMENT_TEXT_MAX])
{
	const time_t seconds = (time_t)(wall_ns / 1000000000);
	struct tm tm;
	char date[32];
	(void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", gmtime_r(&seconds, &tm));
	(void)snprintf(room, MOMENT_TEXT_MAX, "%s.%03dZ", date, (int)(wall_ns / 1000000 % 1000));
	return room;
}

/* ".123" behind seconds; NULL: no digit follows the dot. */
static const char *read_part(const char *text, int64_t *ns)
{
	int64_t unit = 100000000;
	if (text[0] != '.')
		return text;
	if (*++text < '0' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++, unit /= 10)
		*ns += unit * (*text - '0');
	return text;
}

/* strptime() takes 30 February. */
static bool is_day(const struct tm *tm)
{
	struct tm day = {.tm_year = tm->tm_year, .tm_mon = tm->tm_mon, .tm_mday = tm->tm_mday};
	(void)timegm(&day);
	return day.tm_mday == tm->tm_mday;
}

bool moment_parse(const char *text, int64_t now_ns, enum moment_side side, int64_t *wall_ns)
{
	span_t span;
	struct tm tm = {.tm_mday = 0};
	int64_t part = 0;
	if (span_parse(text, &span)) {
		*wall_ns = now_ns + (int)side * span.ns;
		return true;
	}
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	if (rest != NULL && rest[0] == ':' && (rest = strptime(rest, ":%S", &tm)) != NULL)
		rest = read_part(rest, &part);
	if (rest == NULL || strcmp(rest, "Z") != 0 || tm.tm_year < 70 || tm.tm_year > 300 ||
		!is_day(&tm))
		return false;
	*wall_ns = (int64_t)timegm(&tm) * 1000000000 + part;
	return true;
}
