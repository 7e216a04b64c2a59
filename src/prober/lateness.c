#include "prober/lateness.h"

static int power_of_two(int64_t n) /* the largest that fits; n > 0 */
{
	return 63 - __builtin_clzll((unsigned long long)n);
}

void lateness_began(struct lateness *lateness, span_t late)
{
	if (!span_at_least(lateness->worst, late))
		lateness->worst = late;
}

void lateness_note(struct lateness *lateness, span_t late, mono_t now)
{
	if (late.ns <= 0)
		return;
	lateness_began(lateness, late);
	for (int k = power_of_two(late.ns); k >= 0; k--)
		lateness->last[k] = now;
}

void lateness_slept(struct lateness *lateness, mono_t now) { lateness->slept = now; }

bool lateness_presses(const struct lateness *lateness, mono_t now)
{
	const mono_t last = lateness->last[power_of_two(span_ms(LATENESS_PRESSES_MS).ns)];
	return last.ns != 0 &&
	       !span_at_least(mono_between(last, now), span_ms(LATENESS_PRESSES_FOR_MS));
}

uint32_t lateness_us(span_t late)
{
	const int64_t us = late.ns / 1000;
	return us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
}

bool lateness_spoils(const struct lateness *lateness, enum attempt_end end, mono_t started,
	span_t timeout, mono_t now)
{
	/* 1. */
	if (lateness->slept.ns != 0 && mono_reached(started, lateness->slept))
		return true;
	/* 2. */
	if (end == ATTEMPT_ANSWERED)
		return mono_reached(mono_after(started, timeout), now);
	/* 3. */
	span_t stall = {timeout.ns / 4};
	if (!span_at_least(stall, span_ms(LATENESS_LEAST_MS)))
		stall = span_ms(LATENESS_LEAST_MS);
	const mono_t last = lateness->last[power_of_two(stall.ns)];
	return last.ns != 0 && mono_reached(started, last);
}
