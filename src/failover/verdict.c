#include "failover/verdict.h"

static enum health_state together(const struct health *const checks[], size_t n)
{
	/* 1. and 4. */
	enum health_state state = HEALTH_UP;
	for (size_t i = 0; i < n; i++) {
		/* 2. */
		if (checks[i]->state == HEALTH_DOWN)
			return HEALTH_DOWN;
		/* 3. */
		if (checks[i]->state == HEALTH_UNKNOWN)
			state = HEALTH_UNKNOWN;
	}
	return state;
}

struct verdict verdict_merge(
	struct verdict was, const struct health *const checks[], size_t n, mono_t now)
{
	const enum health_state state = together(checks, n);
	return state == was.state ? was : (struct verdict){.state = state, .since = now};
}
