#include "failover/verdict.h"

/* Rules 2 to 4. */
static enum health_state counted(size_t up, size_t unknown, size_t least)
{
	if (up >= least)
		return HEALTH_UP;
	return up + unknown < least ? HEALTH_DOWN : HEALTH_UNKNOWN;
}

struct walk {
	const struct quorum *knot;
	const struct health *const *check;
};

/* The tree is as deep as YAML may be nested, and a level more where services move together. */
static enum health_state walk(struct walk *at) /* NOLINT(misc-no-recursion) */
{
	const struct quorum knot = *at->knot++;
	if (knot.n == 0)
		return (*at->check++)->state;
	size_t up = 0, unknown = 0;
	for (size_t i = 0; i < knot.n; i++) {
		const enum health_state state = walk(at);
		up += state == HEALTH_UP;
		unknown += state == HEALTH_UNKNOWN;
	}
	return counted(up, unknown, knot.least);
}

enum health_state quorum_state(const struct quorum *tree, const struct health *const checks[])
{
	/* 1. */
	if (tree == NULL)
		return HEALTH_UP;
	struct walk at = {tree, checks};
	return walk(&at);
}

struct verdict verdict_merge(struct verdict was, const enum health_state family[FAMILIES_MAX],
	const bool has[FAMILIES_MAX], bool all, mono_t now)
{
	struct verdict is = {.since = now};
	size_t n = 0, up = 0, unknown = 0;
	for (size_t f = 0; f < FAMILIES_MAX; f++) {
		if (!has[f])
			continue;
		is.family[f] = family[f];
		n++;
		up += family[f] == HEALTH_UP;
		unknown += family[f] == HEALTH_UNKNOWN;
	}
	is.state = counted(up, unknown, all ? n : 1);
	if (is.state == was.state)
		is.since = was.since;
	return is;
}
