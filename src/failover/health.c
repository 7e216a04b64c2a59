#include "failover/health.h"

#include <assert.h>

/* How many verdicts in a row against `known` turn it. */
static uint16_t needed(const struct health_rule *rule, enum health_state known)
{
	return known == HEALTH_DOWN ? rule->rise : rule->fall;
}

static struct health turned(struct health h, enum health_state state, mono_t now)
{
	if (h.state != state)
		h.since = now;
	h.state = state;
	h.streak = 0;
	return h;
}

struct health health_step(
	const struct health_rule *rule, struct health was, enum probe_outcome outcome, mono_t now)
{
	assert(rule->rise >= 1 && rule->fall >= 1);

	/* 1. What we could not ask says nothing. */
	if (outcome == PROBE_NO_VERDICT)
		return was;

	const enum health_state says = outcome == PROBE_PASS ? HEALTH_UP : HEALTH_DOWN;
	struct health is = was;
	is.heard = now;

	/* 2. The first pass ever is believed at once: until then nothing speaks for DOWN. */
	if (was.known == HEALTH_UNKNOWN && says == HEALTH_UP)
		is.known = says;

	/* 3. What agrees confirms, and ends UNKNOWN. */
	if (says == is.known)
		return turned(is, says, now);

	/* 4. What speaks against counts. */
	is.streak++;
	if (is.streak < needed(rule, was.known))
		return is;
	is.known = says;
	return turned(is, says, now);
}

struct health health_lost(struct health was, mono_t now)
{
	return turned(was, HEALTH_UNKNOWN, now);
}

mono_t health_fades(const struct health_rule *rule, struct health h)
{
	return mono_after(h.heard, rule->stale);
}

struct health health_age(const struct health_rule *rule, struct health was, mono_t now)
{
	return mono_reached(health_fades(rule, was), now) ? health_lost(was, now) : was;
}

uint16_t health_margin(const struct health_rule *rule, struct health h)
{
	const uint16_t enough = h.known == HEALTH_UNKNOWN ? 1 : needed(rule, h.known);
	return h.streak < enough ? (uint16_t)(enough - h.streak) : 1;
}
