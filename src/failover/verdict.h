/* What is known of one endpoint, its checks taken together.  Pure. */
#ifndef LOCUM_FAILOVER_VERDICT_H
#define LOCUM_FAILOVER_VERDICT_H

#include "failover/health.h"

#include <stddef.h>

/*
 * What must hold of several checks, as a tree in preorder: a knot says how many of the `n` that
 * follow it must be up; a leaf (n == 0) is the next check.  {all: [a, b]} is 2 of 2, {any: ...}
 * is 1.
 */
struct quorum {
	uint16_t least, n;
};

enum family { FAMILY_V4, FAMILY_V6, FAMILIES_MAX };

struct verdict {
	enum health_state state;
	mono_t since; /* when `state` began */
	/* Of the address of each family by itself; UNKNOWN where the endpoint has none. */
	enum health_state family[FAMILIES_MAX];
};

/*
 * The state of `checks`, in the order of the leaves of `tree`.  NULL: no checks.
 *  1. No checks: UP, nothing speaks against it.
 *  2. A knot is UP when `least` of its parts are, 3. DOWN when so many cannot be any more, whatever
 *     the unknown ones are, 4. and UNKNOWN else.
 */
enum health_state quorum_state(
	const struct quorum *tree, const struct health *const checks[]) MUST_USE;

/*
 * The verdict over the families that an endpoint has, given the state of each: a quorum of its own,
 * `all` or any of them.  `since` stays that of `was` while the state does.
 */
struct verdict verdict_merge(struct verdict was, const enum health_state family[FAMILIES_MAX],
	const bool has[FAMILIES_MAX], bool all, mono_t now) MUST_USE;

#endif
