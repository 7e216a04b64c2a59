#include "failover/service.h"

#include "failover/pick.h"

#include <assert.h>

enum { STRIKES_MAX = 5, FOLLOW_EARLY_MS = 100 };

static const int64_t SECOND_NS = 1000000000;

static const char *const reason_texts[] = {
	[PICK_FIRST] = "first",
	[PICK_PINNED] = "pinned",
	[PICK_FROZEN] = "frozen",
	[PICK_DRAINED] = "drained",
	[PICK_UNKNOWN] = "unknown",
	[PICK_STARTING] = "starting",
	[PICK_NONE_LEFT] = "none-left",
	[PICK_MANUAL] = "manual",
	[PICK_WAITING] = "waiting",
	[PICK_AFTER] = "after",
	[PICK_LIMITED] = "limited",
	[PICK_BREAKER] = "breaker",
	[PICK_FAILOVER] = "failover",
	[PICK_FAILBACK] = "failback",
	[PICK_KEPT] = "kept",
	[PICK_ORDERED] = "ordered",
};

const char *pick_reason_text(enum pick_reason reason)
{
	return reason >= PICK_FIRST && reason <= PICK_ORDERED ? reason_texts[reason] : "none";
}

const char *trickle_rule_text(enum trickle_rule rule)
{
	static const char *const texts[] = {[TRICKLE_NONE] = "none",
		[TRICKLE_KEPT] = "kept",
		[TRICKLE_BETTER] = "better",
		[TRICKLE_BEST] = "best"};
	return texts[rule];
}

bool pick_is_held(enum pick_reason reason)
{
	return reason >= PICK_NONE_LEFT && reason <= PICK_BREAKER && reason != PICK_WAITING;
}

bool on_none_is_empty(enum on_none on_none)
{
	return on_none == ON_NONE_NONE || on_none == ON_NONE_SERVFAIL;
}

bool pick_is_move(enum pick_reason reason)
{
	return reason == PICK_FAILOVER || reason == PICK_FAILBACK;
}

/* ---- what both modes look at ---- */

mono_t later(mono_t a, mono_t b) { return a.ns > b.ns ? a : b; }

void ask_again(struct pick *pick, mono_t due, mono_t now)
{
	if (due.ns > now.ns && (pick->review.ns == 0 || due.ns < pick->review.ns))
		pick->review = due;
}

size_t best_of(const struct question *q, const struct endpoint_set *set)
{
	return endpoint_has(set, q->was->home) ? q->was->home : endpoint_first(set);
}

bool better(const struct question *q, size_t a, size_t b)
{
	return a == q->was->home || (b != q->was->home && a < b);
}

static span_t held_for(const struct service_rule *rule, const struct pick *pick)
{
	return (span_t){rule->hold.ns * ((int64_t)1 << pick->strikes)};
}

span_t pick_hold(const struct question *q) { return held_for(q->rule, q->was); }

/* When the limit lets the service switch again; in the past: now. */
static mono_t limit_let(const struct question *q)
{
	if (q->rule->limit == 0)
		return (mono_t){0};
	const mono_t oldest = q->was->moves[q->rule->limit - 1];
	return oldest.ns == 0 ? oldest : mono_after(oldest, q->rule->limit_per);
}

mono_t failback_let(const struct question *q)
{
	return later(later(limit_let(q), q->about->failback_at), q->was->stay);
}

static bool keeps(struct pick *pick, enum pick_reason reason, mono_t until, mono_t now)
{
	pick->reason = reason;
	ask_again(pick, until, now);
	return true;
}

bool held(const struct question *q, mono_t since, struct pick *pick)
{
	const mono_t waited = mono_after(since, q->rule->wait);
	const mono_t limit = limit_let(q);
	*pick = (struct pick){.on = q->on};
	/* 8. manual */
	if (q->rule->failover != FAILOVER_AUTO)
		return keeps(pick, PICK_MANUAL, (mono_t){0}, q->now);
	/* 9. waiting */
	if (!mono_reached(waited, q->now))
		return keeps(pick, PICK_WAITING, waited, q->now);
	/* 10. after */
	if (q->about->unsettled)
		return keeps(pick, PICK_AFTER, (mono_t){0}, q->now);
	/* 11. limited */
	if (!mono_reached(limit, q->now))
		return keeps(pick, PICK_LIMITED, limit, q->now);
	/* 12. breaker */
	if (!mono_reached(q->about->failover_at, q->now))
		return keeps(pick, PICK_BREAKER, q->about->failover_at, q->now);
	return false;
}

struct pick none_left(const struct question *q)
{
	const struct endpoint_set all = endpoint_all(q->n);
	const struct endpoint_set open = endpoint_less(&all, &q->out);
	const bool all_down = endpoint_same(&q->down, &all) && endpoint_same(&q->unable, &all);
	struct pick pick = {.on = q->on, .reason = PICK_NONE_LEFT};
	if (!all_down)
		return pick;
	if (q->rule->on_none == ON_NONE_HOME && !endpoint_has(&q->out, q->was->home))
		pick.on = endpoint_only(q->was->home);
	if (q->rule->on_none == ON_NONE_ALL && !endpoint_empty(&open))
		pick.on = open;
	if (on_none_is_empty(q->rule->on_none))
		pick.on = (struct endpoint_set){0};
	return pick;
}

enum unfit contender_unfit(const struct contender *end, const struct pick *pick, size_t i)
{
	if (end->admin == ADMIN_OUT)
		return UNFIT_OUT;
	if (endpoint_has(&pick->deposed, i))
		return UNFIT_DEPOSED;
	if (end->ready.state != HEALTH_UP)
		return end->ready.state == HEALTH_DOWN ? UNFIT_DOWN : UNFIT_UNKNOWN;
	if (end->gate != GATE_OPEN)
		return end->gate == GATE_SHUT ? UNFIT_GATE_SHUT : UNFIT_GATE_UNKNOWN;
	return end->admin == ADMIN_OFFLINE ? UNFIT_OFFLINE : UNFIT_NOT;
}

size_t least(const struct question *q)
{
	const size_t most = q->rule->most != 0 && q->rule->most < q->n ? q->rule->most : q->n;
	const size_t wanted = q->rule->least > 0 ? q->rule->least : 1;
	return wanted < most ? wanted : most;
}

struct endpoint_set comers(const struct question *q, const struct endpoint_set *on)
{
	const struct endpoint_set online = endpoint_less(on, &q->offline);
	const struct endpoint_set left = endpoint_less(&q->fit, on);
	return endpoint_empty(&online) ? left : endpoint_less(&left, &q->offline);
}

/* Cold: when who lost by failover may be chosen again.  One that stopped is ready by that alone. */
static mono_t comes_back(const struct question *q, size_t i, const struct pick *pick)
{
	const span_t hold = held_for(q->rule, pick), moment = {1};
	return mono_after(
		later(q->ends[i].ready.since, pick->switched), hold.ns > 0 ? hold : moment);
}

/* Who is what. */
static void sort_out(struct question *q)
{
	for (size_t i = 0; i < q->n; i++) {
		const struct contender *const end = &q->ends[i];
		endpoint_add(end->health.state == HEALTH_UP     ? &q->up
			     : end->health.state == HEALTH_DOWN ? &q->down
								: &q->unknown,
			i);
		if (end->ready.state == HEALTH_UP)
			endpoint_add(&q->able, i);
		if (end->ready.state == HEALTH_UP &&
			(!q->rule->cold || mono_reached(comes_back(q, i, q->was), q->now)))
			endpoint_add(&q->back, i);
		if (end->ready.state == HEALTH_DOWN)
			endpoint_add(&q->unable, i);
		if (end->admin == ADMIN_OUT)
			endpoint_add(&q->out, i);
		if (end->admin == ADMIN_OFFLINE)
			endpoint_add(&q->offline, i);
	}
	q->withdrawn = q->was->withdrawn;
	if (q->rule->mode == MODE_POOL)
		q->withdrawn = endpoint_either(&q->withdrawn, &q->was->deposed);
	else if (q->rule->comeback == COMEBACK_UP)
		q->deposed = endpoint_less(&q->was->deposed, &q->back);
	else
		q->deposed = q->was->deposed;
}

/* Who may be chosen.  An active one that is DOWN is none, though a cold one may be ready by that.
 */
static void find_fit(struct question *q)
{
	const bool single = q->rule->mode == MODE_SINGLE;
	const bool alone = single && endpoint_count(&q->on) == 1;
	struct endpoint_set last = {0};
	struct pick without = *q->was;
	without.deposed = q->deposed;
	for (size_t i = 0; i < q->n; i++) {
		if (alone && endpoint_has(&q->on, i) && endpoint_has(&q->down, i))
			continue;
		const enum unfit unfit = contender_unfit(&q->ends[i], &without, i);
		if (unfit == UNFIT_NOT)
			endpoint_add(&q->fit, i);
		if (unfit == UNFIT_OFFLINE)
			endpoint_add(&last, i);
	}
	if (endpoint_count(&q->fit) < (single ? 1 : least(q)))
		q->fit = endpoint_either(&q->fit, &last);
}

/* All of the service, but those out and deposed as long as others are left. */
static struct endpoint_set beginners(const struct question *q)
{
	const struct endpoint_set all = endpoint_all(q->n);
	const struct endpoint_set in = endpoint_less(&all, &q->out);
	const struct endpoint_set clear = endpoint_less(&in, &q->deposed);
	return !endpoint_empty(&clear) ? clear : !endpoint_empty(&in) ? in : all;
}

/* Rule 1 in both modes: who is taken to answer now. */
static struct endpoint_set answering(const struct question *q)
{
	const struct pick *const was = q->was;
	const enum on_none on_none = q->rule->on_none;
	const bool pool = q->rule->mode == MODE_POOL;
	/* 1. first */
	const struct endpoint_set begin = beginners(q);
	if (!was->chosen)
		return pool ? begin : endpoint_only(best_of(q, &begin));
	/* What rule 7 made stays while it lasts, or is frozen, unless the policy is another one. */
	const bool stands = was->reason == PICK_NONE_LEFT || was->reason == PICK_FROZEN;
	if (endpoint_empty(&was->on))
		return stands && on_none_is_empty(on_none) ? was->on
							   : endpoint_only(best_of(q, &begin));
	return !pool && !(stands && on_none == ON_NONE_ALL) ? endpoint_only(best_of(q, &was->on))
							    : was->on;
}

/* ---- what a pick leaves behind ---- */

static void count_move(const struct question *q, struct pick *is)
{
	if (!pick_is_move(is->by))
		return;
	for (size_t i = MOVES_MAX - 1; i > 0; i--)
		is->moves[i] = is->moves[i - 1];
	is->moves[0] = q->now;
	if (is->by == PICK_FAILBACK || q->rule->mode == MODE_POOL)
		return;
	/* A relapse: it fell soon after it had come back. */
	const span_t soon = pick_hold(q);
	const bool relapse = q->was->by == PICK_FAILBACK &&
			     !mono_reached(mono_after(q->was->switched, soon), q->now);
	if (!relapse)
		is->strikes = 0;
	else if (is->strikes < STRIKES_MAX)
		is->strikes++;
}

/* Who lost and who gained by the switch. */
static void note_roles(const struct question *q, struct pick *is)
{
	const bool single = q->rule->mode == MODE_SINGLE;
	const struct endpoint_set lost = endpoint_less(&q->on, &is->on);
	const struct endpoint_set dead = endpoint_both(&lost, &q->down);
	const bool failover = is->reason == PICK_FAILOVER;
	const bool deposes = failover || (is->reason == PICK_DRAINED && !endpoint_empty(&dead));
	is->withdrawn = q->withdrawn;
	if (failover && !single)
		is->withdrawn = endpoint_either(&is->withdrawn, &lost);
	is->withdrawn = endpoint_less(&is->withdrawn, &is->on);
	is->deposed = q->deposed;
	if (deposes && single && q->was->chosen) /* at the start nobody was active yet */
		is->deposed = endpoint_either(&is->deposed, &lost);
	is->deposed = endpoint_less(&is->deposed, &is->on);
	if (q->rule->comeback == COMEBACK_UP && !q->rule->cold)
		is->deposed = endpoint_less(&is->deposed, &q->able);
	if (failover && single && q->rule->on_failover == ON_FAILOVER_PROMOTE)
		is->home = (uint8_t)endpoint_first(&is->on);
}

/* A first pick is told as one, unless an operator or the time has to do something. */
static void note_first(const struct question *q, struct pick *is)
{
	const bool told = pick_is_held(is->reason) || is->reason == PICK_PINNED;
	if (!told)
		is->reason = PICK_FIRST;
	is->by =
		is->reason == PICK_NONE_LEFT || is->reason == PICK_PINNED ? is->reason : PICK_FIRST;
	is->switched = q->now;
}

static void note_change(const struct question *q, struct pick *is)
{
	note_roles(q, is);
	if (q->first) {
		note_first(q, is);
	} else if (!endpoint_same(&is->on, &q->was->on)) {
		is->by = is->reason;
		is->switched = q->now;
		count_move(q, is);
	}
}

/* Whether who answers may change within the steady TTL, as far as one can see. */
static bool suspect(const struct question *q, const struct pick *is)
{
	if (!q->rule->brief)
		return false;
	if (pick_is_held(is->reason) || is->reason == PICK_WAITING || is->reason == PICK_STARTING)
		return true;
	const mono_t horizon = mono_after(q->now, q->rule->ttl);
	if (is->review.ns != 0 && mono_reached(is->review, horizon))
		return true;
	for (size_t i = 0; i < q->n; i++) {
		const struct contender *const end = &q->ends[i];
		if (!endpoint_has(&is->on, i))
			continue;
		if (end->health.state != HEALTH_UP || end->shaky)
			return true;
		if (end->planned.ns != 0 && mono_reached(end->planned, horizon))
			return true;
	}
	return false;
}

/*
 * Pool: addresses of family `f` that are DOWN at members that are UP by the other one, while
 * another member's is UP.  Whatever is UNKNOWN stays as it was.
 */
static struct endpoint_set dark_of(const struct question *q, const struct pick *is, size_t f)
{
	struct endpoint_set dark = {0}, fresh = {0}, lit = {0}, up = {0};
	for (size_t i = 0; i < q->n; i++) {
		const struct contender *const end = &q->ends[i];
		const enum health_state state = end->health.family[f];
		if (!endpoint_has(&is->on, i) || !end->has[f])
			continue;
		if (endpoint_has(&q->was->dark[f], i) && state != HEALTH_UP &&
			end->health.state != HEALTH_DOWN)
			endpoint_add(&dark, i);
		else if (state == HEALTH_DOWN && end->health.state == HEALTH_UP)
			endpoint_add(&fresh, i);
		else
			endpoint_add(state == HEALTH_UP ? &up : &lit, i);
	}
	if (is->reason == PICK_FROZEN)
		return q->was->dark[f];
	if (!endpoint_empty(&up))
		return endpoint_either(&dark, &fresh);
	lit = endpoint_either(&lit, &fresh);
	return endpoint_empty(&lit) ? (struct endpoint_set){0} : dark;
}

/* Cold: one that was made active may fail to start; who lost comes back. */
static void ask_cold(const struct question *q, struct pick *is)
{
	const struct endpoint_set starting = endpoint_both(&is->on, &q->down);
	if (!endpoint_empty(&starting))
		ask_again(is, mono_after(is->switched, q->rule->start), q->now);
	for (size_t i = 0; i < q->n; i++)
		if (endpoint_has(&is->deposed, i) && endpoint_has(&q->able, i))
			ask_again(is, comes_back(q, i, is), q->now);
}

/* ---- the TTL that follows ---- */

/* When who answers may change next, as far as that has a time; 0: that is not known. */
static mono_t next_change(const struct question *q, const struct pick *is)
{
	struct pick next = {.review = is->review};
	const struct endpoint_set answers = endpoint_either(&is->on, &is->trickle);
	ask_again(&next, q->about->over, q->now);
	for (size_t i = 0; i < q->n; i++) {
		ask_again(&next, q->ends[i].over, q->now);
		if (endpoint_has(&answers, i))
			ask_again(&next, q->ends[i].planned, q->now);
	}
	return next.review;
}

/*
 * The TTL is halved until it is below the time that is left, and again each time that gets down to
 * it, to 0 in the end: a few versions of the zone, whatever the TTL.  A moment early, as publishing
 * takes one.
 */
static void follow(const struct question *q, mono_t change, struct pick *is)
{
	is->bounded = false;
	is->ttl_most = 0;
	if (!q->rule->follows || change.ns == 0)
		return;
	const mono_t end = {change.ns - span_ms(FOLLOW_EARLY_MS).ns};
	int64_t ttl = q->rule->ttl.ns / SECOND_NS;
	while (ttl > 0 && ttl * SECOND_NS >= end.ns - q->now.ns)
		ttl /= 2;
	is->bounded = ttl < q->rule->ttl.ns / SECOND_NS;
	is->ttl_most = is->bounded ? (uint32_t)ttl : 0;
	if (ttl > 0)
		ask_again(is, (mono_t){end.ns - ttl * SECOND_NS}, q->now);
}

span_t pick_ttl(const struct service_rule *rule, const struct pick *pick)
{
	const span_t ttl = pick->suspect ? rule->brief_ttl : rule->ttl;
	const span_t most = {pick->ttl_most * SECOND_NS};
	return pick->bounded && most.ns < ttl.ns ? most : ttl;
}

static void check(const struct question *q, const struct pick *is)
{
	const struct endpoint_set all = endpoint_all(q->n);
	const struct endpoint_set beyond = endpoint_less(&is->on, &all);
	assert(endpoint_empty(&beyond));
	assert(!endpoint_empty(&is->on) || on_none_is_empty(q->rule->on_none));
	assert(q->rule->mode == MODE_POOL || q->rule->on_none == ON_NONE_ALL ||
		endpoint_count(&is->on) <= 1);
	assert(is->review.ns == 0 || is->review.ns > q->now.ns);
}

struct pick service_pick(const struct service_rule *rule, const struct contender ends[], size_t n,
	const struct about *about, const struct pick *was, mono_t now)
{
	assert(n >= 1 && n <= ENDPOINTS_MAX && was->home < n);
	struct question q = {.rule = rule, .ends = ends, .n = n, .about = about, .was = was};
	q.now = now;
	sort_out(&q);
	q.on = answering(&q);
	q.first = !endpoint_same(&q.on, &was->on);
	q.switched = q.first ? now : was->switched;
	find_fit(&q);

	const struct endpoint_set nobody = {0};
	const struct pick chosen = rule->mode == MODE_POOL ? pool_pick(&q) : single_pick(&q);
	struct pick is = *was;
	is.on = chosen.on;
	is.reason = chosen.reason;
	is.review = chosen.review;
	is.chosen = true;
	note_change(&q, &is);
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		is.dark[f] = rule->mode == MODE_POOL ? dark_of(&q, &is, f) : nobody;
	const struct trickle trickle = rule->mode == MODE_SINGLE ? single_trickle(&q, &is)
								 : (struct trickle){.to = nobody};
	is.trickle = trickle.to;
	is.trickle_by = trickle.by;
	if (rule->cold)
		ask_cold(&q, &is);
	is.suspect = suspect(&q, &is);
	const mono_t change = next_change(&q, &is);
	/* Asked again when the TTL is to be lowered for what the review may bring. */
	if (rule->brief && !is.suspect && is.review.ns != 0)
		is.review.ns -= rule->ttl.ns;
	follow(&q, change, &is);
	ask_again(&is, trickle.again, now); /* no hint that who answers may change soon */
	check(&q, &is);
	return is;
}
