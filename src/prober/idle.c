#include "prober/idle.h"

enum { NEAR_MS = 100, TIMES_REST = 10 };

static bool about_the_same(span_t a, span_t b)
{
	const int64_t apart = a.ns < b.ns ? b.ns - a.ns : a.ns - b.ns;
	return apart <= b.ns / 8 || apart <= span_ms(NEAR_MS).ns;
}

struct idle idle_failed(struct idle was)
{
	const span_t least = span_ms(IDLE_REST_MIN_MS), most = span_ms(IDLE_REST_MAX_MS);
	was.rest.ns *= 2;
	if (!span_at_least(was.rest, least))
		was.rest = least;
	if (span_at_least(was.rest, most))
		was.rest = most;
	return was;
}

struct idle idle_rested(struct idle was)
{
	was.rest = (span_t){0};
	return was;
}

struct idle idle_ended(struct idle was, span_t age)
{
	/* 1. */
	if (age.ns / TIMES_REST >= was.rest.ns)
		was = idle_rested(was);
	struct idle is = idle_failed(was);
	/* 2. */
	if (was.last.ns == 0 || !about_the_same(age, was.last)) {
		is.last = age;
		return is;
	}
	is.learnt = is.last = span_at_least(age, was.last) ? was.last : age;
	/* 3. */
	if (span_at_least(idle_replace(&is), span_ms(IDLE_WORTH_MS)))
		is.rest = span_ms(IDLE_REST_MIN_MS);
	else
		is = (struct idle){.rest = span_ms(IDLE_REST_MAX_MS)};
	return is;
}

span_t idle_replace(const struct idle *idle) { return (span_t){idle->learnt.ns / 4 * 3}; }
