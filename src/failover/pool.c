#include "failover/pick.h"

/* The best `most` of a set. */
static struct endpoint_set trimmed(const struct question *q, struct endpoint_set set)
{
	if (q->rule->most == 0 || endpoint_count(&set) <= q->rule->most)
		return set;
	struct endpoint_set best = {0};
	for (uint16_t i = 0; i < q->rule->most; i++) {
		const size_t end = best_of(q, &set);
		endpoint_add(&best, end);
		endpoint_remove(&set, end);
	}
	return best;
}

static bool full(const struct question *q, const struct endpoint_set *on)
{
	return q->rule->most != 0 && endpoint_count(on) >= q->rule->most;
}

/* Members that leave are replaced where there is a limit: by who fits, the best first. */
static struct endpoint_set filled(const struct question *q, struct endpoint_set on)
{
	struct endpoint_set left = endpoint_less(&q->fit, &on);
	while (q->rule->most != 0 && !full(q, &on) && !none_in(&left)) {
		const size_t i = best_of(q, &left);
		endpoint_remove(&left, i);
		if (!endpoint_has(&q->withdrawn, i))
			endpoint_add(&on, i);
	}
	return on;
}

/* Rules 14, 15 and, where it has to be told, 5; `on` are the members that stay. */
static struct pick back(const struct question *q, struct endpoint_set on)
{
	struct pick pick = {.on = on, .reason = PICK_KEPT};
	struct endpoint_set left = endpoint_less(&q->fit, &on);

	/* 14. failback */
	while (!none_in(&left) && !full(q, &pick.on)) {
		const size_t i = best_of(q, &left);
		endpoint_remove(&left, i);
		mono_t due = q->now;
		if (endpoint_has(&q->withdrawn, i)) {
			if (q->rule->failback != FAILBACK_AUTO)
				continue;
			due = mono_after(q->ends[i].ready.since, pick_hold(q));
			due = later(due, failback_let(q));
		}
		if (mono_reached(due, q->now)) {
			endpoint_add(&pick.on, i);
			pick.reason = PICK_FAILBACK;
		} else {
			ask_again(&pick, due, q->now);
		}
	}

	/* 15. and 5. */
	const struct endpoint_set dim = endpoint_both(&on, &q->unknown);
	if (pick.reason == PICK_KEPT && !none_in(&dim))
		pick.reason = PICK_UNKNOWN;
	return pick;
}

/* Since when the one of `set` that fell last is DOWN: rule 9 counts from there. */
static mono_t fell(const struct question *q, const struct endpoint_set *set)
{
	mono_t since = {0};
	for (size_t i = 0; i < q->n; i++)
		if (endpoint_has(set, i))
			since = later(since, q->ends[i].health.since);
	return since;
}

/* How many must answer: never so many that all endpoints together were too few. */
static size_t least(const struct question *q)
{
	const size_t most = q->rule->most != 0 && q->rule->most < q->n ? q->rule->most : q->n;
	const size_t wanted = q->rule->least > 0 ? q->rule->least : 1;
	return wanted < most ? wanted : most;
}

/* Rules 4, 5, 7 to 15 for members of whom at least one answers. */
static struct pick judged(const struct question *q)
{
	/* 5. unknown: an UNKNOWN member is among those that stay. */
	const struct endpoint_set fallen = endpoint_both(&q->on, &q->down);
	struct endpoint_set stay = endpoint_less(&q->on, &q->down);
	/* 4. drained */
	const struct endpoint_set drained = endpoint_less(&stay, &q->out);
	struct endpoint_set online = endpoint_less(&drained, &q->offline);
	struct endpoint_set others = endpoint_either(&online, &q->fit);
	others = endpoint_less(&others, &q->offline);
	const bool drains = !none_in(&others);
	if (drains)
		stay = none_in(&online) ? others : online;
	else if (!none_in(&drained))
		stay = drained;
	const struct endpoint_set next = trimmed(q, filled(q, stay));
	const struct endpoint_set able = endpoint_either(&next, &q->fit);
	struct pick pick;

	/* 7. none-left */
	if (endpoint_count(&able) < least(q))
		return none_left(q);
	/* 8. to 12. */
	if (!none_in(&fallen) && held(q, fell(q, &fallen), &pick))
		return pick;
	if (endpoint_count(&next) < least(q)) {
		/* 13. failover, of all */
		return (struct pick){.on = trimmed(q, q->fit), .reason = PICK_FAILOVER};
	}
	pick = back(q, next);
	/* 13. failover, of some; 4. drained */
	const struct endpoint_set lost = endpoint_less(&q->on, &pick.on);
	if (!none_in(&fallen))
		pick.reason = PICK_FAILOVER;
	else if (!none_in(&lost))
		pick.reason = PICK_DRAINED;
	return pick;
}

struct pick pool_pick(const struct question *q)
{
	/* 2. pinned */
	if (q->about->pinned != ENDPOINT_NONE)
		return (struct pick){.on = endpoint_only(q->about->pinned), .reason = PICK_PINNED};
	/* 3. frozen */
	if (q->about->frozen)
		return (struct pick){.on = q->on, .reason = PICK_FROZEN};
	if (q->was->reason != PICK_NONE_LEFT)
		return judged(q);
	/* 7. none-left, still */
	if (endpoint_count(&q->fit) < least(q))
		return none_left(q);
	/* 13. failover, of all */
	return (struct pick){.on = trimmed(q, q->fit), .reason = PICK_FAILOVER};
}
