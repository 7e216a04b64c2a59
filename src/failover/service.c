#include "failover/service.h"

#include <assert.h>

/* All that a decision may rest on. */
struct question {
	const struct service_rule *rule;
	const struct verdict *ends;
	size_t n;
	const struct pick *was;
	struct endpoint_set on; /* who is taken to answer now, by rule 1 */
	mono_t switched;        /* since when; `now` if rule 1 applied */
	mono_t now;
};

bool endpoint_same(const struct endpoint_set *a, const struct endpoint_set *b)
{
	return a->bits[0] == b->bits[0] && a->bits[1] == b->bits[1] && a->bits[2] == b->bits[2] &&
	       a->bits[3] == b->bits[3];
}

size_t endpoint_count(const struct endpoint_set *set)
{
	size_t count = 0;
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		count += (size_t)__builtin_popcountll(set->bits[i]);
	return count;
}

const char *pick_reason_text(enum pick_reason reason)
{
	switch (reason) {
	case PICK_FIRST: return "first";
	case PICK_UNKNOWN: return "unknown";
	case PICK_NONE_LEFT: return "none-left";
	case PICK_FAILOVER: return "failover";
	case PICK_FAILBACK: return "failback";
	case PICK_KEPT: return "kept";
	}
	return "none";
}

static struct endpoint_set only(size_t i)
{
	struct endpoint_set set = {0};
	endpoint_add(&set, i);
	return set;
}

static struct endpoint_set everyone(size_t n)
{
	struct endpoint_set set = {0};
	for (size_t i = 0; i < n; i++)
		endpoint_add(&set, i);
	return set;
}

static size_t first_of(const struct endpoint_set *set)
{
	size_t i = 0;
	while (!endpoint_has(set, i))
		i++;
	return i;
}

/* Those of `among` that are in one of two states. */
static struct endpoint_set that_are(const struct question *q, const struct endpoint_set *among,
	enum health_state this, enum health_state or_this)
{
	struct endpoint_set set = {0};
	for (size_t i = 0; i < q->n; i++)
		if (endpoint_has(among, i) &&
			(q->ends[i].state == this || q->ends[i].state == or_this))
			endpoint_add(&set, i);
	return set;
}

static struct endpoint_set all_up(const struct question *q)
{
	const struct endpoint_set all = everyone(q->n);
	return that_are(q, &all, HEALTH_UP, HEALTH_UP);
}

static bool none_in(const struct endpoint_set *set) { return endpoint_count(set) == 0; }

static bool within(const struct endpoint_set *set, size_t n)
{
	const struct endpoint_set all = everyone(n);
	uint64_t beyond = 0;
	for (size_t i = 0; i < COUNT_OF(set->bits); i++)
		beyond |= set->bits[i] & ~all.bits[i];
	return beyond == 0;
}

static mono_t later(mono_t a, mono_t b) { return a.ns > b.ns ? a : b; }

static void ask_again(struct pick *pick, mono_t due)
{
	if (pick->review.ns == 0 || due.ns < pick->review.ns)
		pick->review = due;
}

/* Rule 3 in both modes: nobody who could answer is UP. */
static struct pick none_left(const struct question *q)
{
	const struct endpoint_set all = everyone(q->n);
	const struct endpoint_set down = that_are(q, &all, HEALTH_DOWN, HEALTH_DOWN);
	const bool open = q->rule->on_none == ON_NONE_ALL && endpoint_same(&down, &all);
	return (struct pick){.on = open ? all : q->on, .reason = PICK_NONE_LEFT};
}

/* Rules 5 and 6 of mode single. */
static struct pick single_back(const struct question *q, size_t active)
{
	struct pick keep = {.on = only(active), .reason = PICK_KEPT};

	/* 5. failback */
	for (size_t i = 0; i < active && q->rule->failback == FAILBACK_AUTO; i++) {
		if (q->ends[i].state != HEALTH_UP)
			continue;
		const mono_t due = mono_after(later(q->ends[i].since, q->switched), q->rule->hold);
		if (!mono_reached(due, q->now)) {
			ask_again(&keep, due);
			continue;
		}
		struct pick back = {.on = only(i), .reason = PICK_FAILBACK};
		/* One still better is UP, but not for long: this switch starts its hold anew. */
		if (keep.review.ns != 0)
			back.review = mono_after(q->now, q->rule->hold);
		return back;
	}

	/* 6. kept */
	return keep;
}

/* Rules 2 to 6, mode single. */
static struct pick single_pick(const struct question *q)
{
	if (endpoint_count(&q->on) == 1) {
		const size_t active = first_of(&q->on);
		/* 2. unknown */
		if (q->ends[active].state == HEALTH_UNKNOWN)
			return (struct pick){.on = q->on, .reason = PICK_UNKNOWN};
		/* 3. and 4. are for one that is DOWN. */
		if (q->ends[active].state == HEALTH_UP)
			return single_back(q, active);
	}

	/* 3. none-left */
	const struct endpoint_set up = all_up(q);
	if (none_in(&up))
		return none_left(q);

	/* 4. failover */
	return (struct pick){.on = only(first_of(&up)), .reason = PICK_FAILOVER};
}

/* Rules 5 and 6 of mode pool; `on` are the members that stay. */
static struct pick pool_back(const struct question *q, struct endpoint_set on)
{
	struct pick pick = {.on = on, .reason = PICK_KEPT};

	/* 5. failback */
	const struct endpoint_set up = all_up(q);
	for (size_t i = 0; i < q->n; i++) {
		if (!endpoint_has(&up, i) || endpoint_has(&on, i))
			continue;
		mono_t due = q->now;
		if (endpoint_has(&q->was->withdrawn, i)) {
			if (q->rule->failback != FAILBACK_AUTO)
				continue;
			due = mono_after(q->ends[i].since, q->rule->hold);
		}
		if (mono_reached(due, q->now)) {
			endpoint_add(&pick.on, i);
			pick.reason = PICK_FAILBACK;
		} else {
			ask_again(&pick, due);
		}
	}

	/* 6. kept; 2. has to be told when it is why. */
	const struct endpoint_set dim = that_are(q, &on, HEALTH_UNKNOWN, HEALTH_UNKNOWN);
	if (pick.reason == PICK_KEPT && !none_in(&dim))
		pick.reason = PICK_UNKNOWN;
	return pick;
}

/* Rules 2 to 6, mode pool. */
static struct pick pool_pick(const struct question *q)
{
	/* 2. unknown: an UNKNOWN member is among those that stay. */
	const struct endpoint_set stay = that_are(q, &q->on, HEALTH_UP, HEALTH_UNKNOWN);
	const struct endpoint_set up = all_up(q);
	struct pick pick;

	if (q->was->reason == PICK_NONE_LEFT || none_in(&stay)) {
		/* 3. none-left */
		if (none_in(&up))
			pick = none_left(q);
		/* 4. failover, of all */
		else
			pick = (struct pick){.on = up, .reason = PICK_FAILOVER};
	} else {
		pick = pool_back(q, stay);
		/* 4. failover, of some */
		if (!endpoint_same(&stay, &q->on))
			pick.reason = PICK_FAILOVER;
	}
	return pick;
}

/* Rule 1 in both modes: who is taken to answer now. */
static struct endpoint_set answering(
	const struct service_rule *rule, size_t n, const struct pick *was)
{
	/* 1. first */
	if (!was->chosen)
		return rule->mode == MODE_POOL ? everyone(n) : only(0);
	const bool by_rule_3 = was->reason == PICK_NONE_LEFT && rule->on_none == ON_NONE_ALL;
	if (rule->mode == MODE_SINGLE && !by_rule_3)
		return only(first_of(&was->on));
	return was->on;
}

struct pick service_pick(const struct service_rule *rule, const struct verdict ends[], size_t n,
	const struct pick *was, mono_t now)
{
	assert(n >= 1 && n <= ENDPOINTS_MAX);
	assert(was->chosen != none_in(&was->on));
	const struct endpoint_set on = answering(rule, n, was);
	const bool first = !endpoint_same(&on, &was->on);
	const struct question q = {.rule = rule,
		.ends = ends,
		.n = n,
		.was = was,
		.on = on,
		.switched = first ? now : was->switched,
		.now = now};

	struct pick is = rule->mode == MODE_POOL ? pool_pick(&q) : single_pick(&q);
	for (size_t i = 0; i < COUNT_OF(on.bits); i++) {
		const uint64_t lost = is.reason == PICK_FAILOVER ? on.bits[i] : 0;
		is.withdrawn.bits[i] = (was->withdrawn.bits[i] | lost) & ~is.on.bits[i];
	}
	if (first && is.reason != PICK_NONE_LEFT)
		is.reason = PICK_FIRST;
	const bool same = endpoint_same(&is.on, &was->on);
	is.chosen = true;
	is.by = same ? was->by : is.reason;
	is.switched = same ? was->switched : now;

	assert(!none_in(&is.on) && within(&is.on, n));
	assert(rule->mode == MODE_POOL || rule->on_none == ON_NONE_ALL ||
		endpoint_count(&is.on) == 1);
	assert(is.review.ns == 0 || is.review.ns > now.ns);
	return is;
}
