#include "failover/limits.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct finding finding_step(struct finding was, const char *value, span_t age, mono_t now)
{
	struct finding is = {.at = now, .changed = now, .age = age};
	(void)snprintf(is.value, sizeof is.value, "%.*s", FINDING_VALUE_MAX - 1, value);
	if (was.at.ns != 0 && strcmp(was.value, is.value) == 0)
		is.changed = was.changed;
	return is;
}

span_t finding_age(const struct finding *finding, mono_t now)
{
	if (finding->age.ns == 0)
		return mono_between(finding->changed, now);
	return (span_t){finding->age.ns + mono_between(finding->at, now).ns};
}

bool limits_any(const struct limits *limits)
{
	return limits->min.given || limits->max.given || limits->max_age.ns != 0;
}

static bool same_number(const struct decimal *a, const struct decimal *b)
{
	return a->given == b->given && (!a->given || decimal_compare(a, b) == 0);
}

bool limits_same(const struct limits *a, const struct limits *b)
{
	return same_number(&a->min, &b->min) && same_number(&a->max, &b->max) &&
	       a->max_age.ns == b->max_age.ns;
}

static bool within(const struct limits *limits, const char *value, char *why, size_t room)
{
	char text[DECIMAL_TEXT_MAX];
	struct decimal number;
	if (!limits->min.given && !limits->max.given)
		return true;
	/* 3. */
	if (!decimal_parse(value, &number)) {
		(void)snprintf(why, room, "value %.40s is no number", value);
		return false;
	}
	/* 4. */
	const bool below = limits->min.given && decimal_compare(&number, &limits->min) < 0;
	if (!below && (!limits->max.given || decimal_compare(&number, &limits->max) <= 0))
		return true;
	(void)snprintf(why, room, "value %.40s is %s %s", value, below ? "below min" : "above max",
		decimal_text(below ? &limits->min : &limits->max, text));
	return false;
}

bool limits_kept(const struct limits *limits, const char *value, const struct finding *known,
	mono_t now, char *why, size_t room)
{
	/* 1. */
	if (!limits_any(limits))
		return true;
	/* 2. */
	if (value[0] == '\0') {
		(void)snprintf(why, room, "no value was read to hold against min, max or max-age");
		return false;
	}
	if (!within(limits, value, why, room))
		return false;
	/* 5. */
	const int64_t ms = finding_age(known, now).ns / 1000000;
	if (limits->max_age.ns != 0 && ms > limits->max_age.ns / 1000000) {
		(void)snprintf(why, room,
			"value %.32s is %" PRId64 ".%" PRId64 "s old, max-age %gs", value,
			ms / 1000, ms % 1000 / 100, (double)limits->max_age.ns / 1e9);
		return false;
	}
	/* 6. */
	return true;
}
