#include "failover/gate.h"

#include <stdlib.h>
#include <string.h>

enum { TIME_DIGITS = 14 };

static bool digits(const char *text, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (text[i] < '0' || text[i] > '9')
			return false;
	return true;
}

static int64_t decimal(const char *text, size_t n)
{
	int64_t number = 0;
	for (size_t i = 0; i < n; i++)
		number = 10 * number + (text[i] - '0');
	return number;
}

/* Days from 1970-01-01 to a date of the Gregorian calendar. */
static int64_t days(int64_t year, int64_t month, int64_t day)
{
	const int64_t y = month <= 2 ? year - 1 : year;
	const int64_t m = month <= 2 ? month + 9 : month - 3; /* from March */
	return 365 * y + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1 - 719468;
}

/* YYYYmmddHHMMSS, perhaps a fraction, Z, and whatever a directory adds (a CSN's counters). */
static bool generalized_time(const char *text, double *seconds)
{
	const size_t len = strlen(text);
	if (len <= TIME_DIGITS || !digits(text, TIME_DIGITS))
		return false;
	const char *const rest = text + TIME_DIGITS;
	const size_t places = rest[0] == '.' ? 1 + strspn(rest + 1, "0123456789") : 0;
	if (rest[places] != 'Z')
		return false;
	const double fraction = places > 1 ? strtod(rest, NULL) : 0;
	const int64_t day = days(decimal(text, 4), decimal(text + 4, 2), decimal(text + 6, 2));
	const int64_t second =
		decimal(text + 8, 2) * 3600 + decimal(text + 10, 2) * 60 + decimal(text + 12, 2);
	*seconds = (double)(day * 86400 + second) + fraction;
	return true;
}

bool value_number(const char *text, double *number)
{
	if (generalized_time(text, number))
		return true;
	char *end;
	*number = strtod(text, &end);
	/* No infinities, no hexadecimal: strtod takes more than people write. */
	return end != text && *end == '\0' && strspn(text, "+-.0123456789eE") == strlen(text);
}

static enum gate_state open_if(bool open) { return open ? GATE_OPEN : GATE_SHUT; }

static enum gate_state compare(
	const struct gate_rule *rule, const struct value *mine, const struct value *its, mono_t now)
{
	double x, y;
	if (mine->read.ns == 0)
		return GATE_UNKNOWN;
	switch (rule->kind) {
	case GATE_FRESH:
		return open_if(span_at_least(
			rule->age, (span_t){mono_between(mine->read, now).ns + mine->age.ns}));
	case GATE_SAME:
		return its->read.ns == 0 ? GATE_UNKNOWN
					 : open_if(strcmp(mine->text, its->text) == 0);
	case GATE_BEHIND:
		if (its->read.ns == 0 || !value_number(mine->text, &x) ||
			!value_number(its->text, &y))
			return GATE_UNKNOWN;
		return open_if(y - x <= rule->max);
	case GATE_LIMITS:
		if (!value_number(mine->text, &x))
			return GATE_UNKNOWN;
		return open_if(x >= rule->min && x <= rule->max);
	}
	return GATE_UNKNOWN;
}

enum gate_state gate_judge(
	const struct gate_rule *rule, const struct value *mine, const struct value *its, mono_t now)
{
	const enum gate_state state = compare(rule, mine, its, now);
	return state == GATE_UNKNOWN && rule->lenient ? GATE_OPEN : state;
}

mono_t gate_shuts(const struct gate_rule *rule, const struct value *mine)
{
	if (rule->kind != GATE_FRESH || mine->read.ns == 0)
		return (mono_t){0};
	return (mono_t){mine->read.ns + rule->age.ns - mine->age.ns + 1};
}
