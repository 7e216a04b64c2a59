/* What is known of one endpoint, its checks taken together.  Pure. */
#ifndef LOCUM_FAILOVER_VERDICT_H
#define LOCUM_FAILOVER_VERDICT_H

#include "failover/health.h"

#include <stddef.h>

struct verdict {
	enum health_state state;
	mono_t since; /* when `state` began */
};

/*
 * All checks must be up (`health: {all: [...]}`).
 *  1. No checks: UP, nothing speaks against it.
 *  2. One is DOWN: DOWN.   3. One is UNKNOWN: UNKNOWN.   4. UP.
 * `since` stays that of `was` while the state does.
 */
struct verdict verdict_merge(
	struct verdict was, const struct health *const checks[], size_t n, mono_t now) MUST_USE;

#endif
