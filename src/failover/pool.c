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

/* Where there is a limit, free places go to those who may join, the best first. */
static struct endpoint_set filled(const struct question *q, struct endpoint_set on)
{
	struct endpoint_set left = comers(q, &on);
	while (q->rule->most != 0 && !full(q, &on) && !endpoint_empty(&left)) {
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
	struct endpoint_set left = comers(q, &on);

	/* 14. failback */
	while (!endpoint_empty(&left) && !full(q, &pick.on)) {
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
	if (pick.reason == PICK_KEPT && !endpoint_empty(&dim))
		pick.reason = PICK_UNKNOWN;
	return pick;
}

/* Since when the one of `set` that fell first is DOWN. */
static mono_t fell(const struct question *q, const struct endpoint_set *set)
{
	mono_t since = q->now;
	for (size_t i = 0; i < q->n; i++)
		if (endpoint_has(set, i) && q->ends[i].health.since.ns < since.ns)
			since = q->ends[i].health.since;
	return since;
}

/* Rules 8 to 12: who of those that are DOWN stays, and why; rule 9 looks at each by itself. */
static struct endpoint_set kept(
	const struct question *q, const struct endpoint_set *fallen, struct pick *why)
{
	*why = (struct pick){0};
	if (endpoint_empty(fallen) || held(q, fell(q, fallen), why))
		return *fallen;
	struct endpoint_set waiting = {0};
	for (size_t i = 0; i < q->n; i++) {
		const mono_t waited = mono_after(q->ends[i].health.since, q->rule->wait);
		if (!endpoint_has(fallen, i) || mono_reached(waited, q->now))
			continue;
		endpoint_add(&waiting, i);
		ask_again(why, waited, q->now);
	}
	return waiting;
}

/* Rule 4: who of `members` leaves.  Only those that are UP count as others: unknown moves nobody.
 */
static struct endpoint_set drained(const struct question *q, const struct endpoint_set *members)
{
	struct endpoint_set others = endpoint_both(members, &q->up);
	others = endpoint_less(&others, &q->out);
	others = endpoint_either(&others, &q->fit);
	const struct endpoint_set online = endpoint_less(&others, &q->offline);
	struct endpoint_set leave = {0};
	if (!endpoint_empty(&others))
		leave = q->out;
	if (endpoint_count(&online) >= least(q))
		leave = endpoint_either(&leave, &q->offline);
	return endpoint_both(&leave, &q->on);
}

/* Rules 4, 5, 7 to 15 for members of whom at least one answers. */
static struct pick judged(const struct question *q)
{
	/* 5. unknown: an UNKNOWN member is among those that stay. */
	struct endpoint_set fallen = endpoint_both(&q->on, &q->down);
	struct endpoint_set stay = endpoint_less(&q->on, &q->down);
	/* 4. drained */
	const struct endpoint_set leave = drained(q, &stay);
	stay = endpoint_less(&stay, &leave);
	fallen = endpoint_less(&fallen, &leave);
	const struct endpoint_set up = endpoint_both(&stay, &q->up);
	if (!endpoint_empty(&leave) && endpoint_empty(&up))
		stay = endpoint_either(&stay, &q->fit);
	struct endpoint_set next = trimmed(q, filled(q, stay));
	const struct endpoint_set able = endpoint_either(&next, &q->fit);
	struct pick why;

	/* 7. none-left */
	if (endpoint_count(&able) < least(q))
		return none_left(q);
	/* 8. to 12. */
	const struct endpoint_set keep = kept(q, &fallen, &why);
	const struct endpoint_set both = endpoint_either(&stay, &keep);
	const bool over = q->rule->most != 0 && endpoint_count(&both) > q->rule->most;
	next = trimmed(q, filled(q, over ? stay : both)); /* too many: those that are DOWN go */
	/* 13. failover: where too few are left, all that fit come at once. */
	const bool all = endpoint_count(&next) < least(q);
	if (all)
		next = trimmed(q, endpoint_either(&next, &q->fit));
	struct pick pick = back(q, next);
	ask_again(&pick, why.review, q->now);
	/* 13. failover, of some; 4. drained; 8. to 12. */
	const struct endpoint_set lost = endpoint_less(&q->on, &pick.on);
	const struct endpoint_set came = endpoint_less(&pick.on, &q->on);
	struct endpoint_set withdrawn = endpoint_both(&lost, &fallen);
	withdrawn = endpoint_less(&withdrawn, &keep);
	if (all || !endpoint_empty(&withdrawn))
		pick.reason = PICK_FAILOVER;
	else if (!endpoint_empty(&lost))
		pick.reason = PICK_DRAINED;
	else if (!endpoint_empty(&came))
		pick.reason = PICK_FAILBACK; /* into a place that was free, too */
	else if (!endpoint_empty(&keep))
		pick.reason = why.reason;
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
