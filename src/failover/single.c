#include "failover/pick.h"

/* Rules 14 and 15. */
static struct pick back(const struct question *q, size_t active)
{
	struct pick keep = {.on = endpoint_only(active), .reason = PICK_KEPT};
	const span_t hold = pick_hold(q);
	struct endpoint_set left = comers(q, &q->on);

	/* 14. failback, the best one first */
	while (q->rule->failback == FAILBACK_AUTO && !endpoint_empty(&left)) {
		const size_t i = best_of(q, &left);
		endpoint_remove(&left, i);
		if (!better(q, i, active))
			break;
		mono_t due = mono_after(later(q->ends[i].ready.since, q->switched), hold);
		due = later(due, failback_let(q));
		if (!mono_reached(due, q->now)) {
			ask_again(&keep, due, q->now);
			continue;
		}
		struct pick pick = {.on = endpoint_only(i), .reason = PICK_FAILBACK};
		/* One still better is UP, but not for long: this switch starts its hold anew. */
		if (keep.review.ns != 0)
			ask_again(&pick, mono_after(q->now, hold), q->now);
		return pick;
	}

	/* 15. kept */
	return keep;
}

/* Rules 4 to 6, 14 and 15, for one active endpoint; false: it is DOWN, or out. */
static bool active_stays(const struct question *q, size_t active, struct pick *pick)
{
	const struct contender *const end = &q->ends[active];
	const bool must_go = end->admin == ADMIN_OUT;
	const bool online =
		!endpoint_empty(&q->fit) && !endpoint_has(&q->offline, endpoint_first(&q->fit));
	*pick = (struct pick){.on = q->on};
	/* 4. drained */
	if ((must_go && !endpoint_empty(&q->fit)) || (end->admin == ADMIN_OFFLINE && online)) {
		*pick = (struct pick){
			.on = endpoint_only(best_of(q, &q->fit)), .reason = PICK_DRAINED};
		return true;
	}
	/* 5. unknown */
	if (end->health.state == HEALTH_UNKNOWN) {
		pick->reason = PICK_UNKNOWN;
		return true;
	}
	/* 14. and 15. */
	if (end->health.state == HEALTH_UP) {
		*pick = back(q, active);
		return true;
	}
	/* 6. starting */
	const mono_t started = mono_after(q->switched, q->rule->start);
	if (q->rule->cold && end->health.since.ns <= q->switched.ns &&
		!mono_reached(started, q->now)) {
		pick->reason = PICK_STARTING;
		ask_again(pick, started, q->now);
		return true;
	}
	return false;
}

struct pick single_pick(const struct question *q)
{
	struct pick pick = {.on = q->on, .reason = PICK_FROZEN};
	const size_t active = endpoint_count(&q->on) == 1 ? endpoint_first(&q->on) : ENDPOINT_NONE;

	/* 2. pinned */
	if (q->about->pinned != ENDPOINT_NONE)
		return (struct pick){.on = endpoint_only(q->about->pinned), .reason = PICK_PINNED};
	/* 3. frozen */
	if (q->about->frozen)
		return pick;
	/* 4. to 6., 14. and 15. */
	if (active != ENDPOINT_NONE && active_stays(q, active, &pick))
		return pick;
	/* 7. none-left */
	if (endpoint_empty(&q->fit))
		return none_left(q);
	/* 8. to 12.: after rule 7 with `all` or `none`, whoever is UP is better at once. */
	if (active != ENDPOINT_NONE && held(q, q->ends[active].health.since, &pick))
		return pick;
	/* 13. failover */
	return (struct pick){.on = endpoint_only(best_of(q, &q->fit)), .reason = PICK_FAILOVER};
}

/* An operator or a finding speaks against a standby; what is unknown does not. */
static bool known_unfit(const struct question *q, const struct pick *is, size_t i)
{
	const struct contender *const end = &q->ends[i];
	return end->admin != ADMIN_ONLINE || end->ready.state == HEALTH_DOWN ||
	       end->gate == GATE_SHUT || endpoint_has(&is->deposed, i);
}

struct trickle single_trickle(const struct question *q, const struct pick *is)
{
	const struct endpoint_set nobody = {0}, home = endpoint_only(is->home);
	size_t has = endpoint_first(&q->was->trickle);
	struct pick pick = {.on = nobody};
	if (q->rule->trickle == 0)
		return (struct trickle){.to = nobody};
	/* 1. none: a switch ends it */
	if (q->about->pinned != ENDPOINT_NONE || !endpoint_same(&is->on, &home))
		return (struct trickle){.by = TRICKLE_NONE};
	/* 2. kept */
	enum trickle_rule by = TRICKLE_KEPT;
	if (has >= q->n || has == is->home || known_unfit(q, is, has)) {
		has = ENDPOINT_NONE;
		by = TRICKLE_BEST;
	}
	struct endpoint_set left = endpoint_less(&q->fit, &home);
	left = endpoint_less(&left, &q->offline);
	left = endpoint_less(&left, &is->deposed); /* by this very switch, too */
	if (q->about->frozen || !endpoint_has(&q->up, is->home))
		left = nobody;
	/* 3. better: it takes over.  4. best: of those that fit */
	for (size_t i = endpoint_first(&left); i < has; i = endpoint_first(&left)) {
		const mono_t due = mono_after(q->ends[i].ready.since, q->rule->hold);
		if (has != ENDPOINT_NONE && !mono_reached(due, q->now)) {
			ask_again(&pick, due, q->now);
		} else {
			by = has != ENDPOINT_NONE ? TRICKLE_BETTER : TRICKLE_BEST;
			has = i;
		}
		endpoint_remove(&left, i);
	}
	if (has == ENDPOINT_NONE)
		return (struct trickle){.by = by};
	ask_again(&pick, q->ends[has].shuts, q->now);
	return (struct trickle){endpoint_only(has), by, pick.review};
}
