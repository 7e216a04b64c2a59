#include "failover/decree.h"

static const char *const verbs[DECREES_MAX] = {
	[DECREE_SWITCH] = "switch",
	[DECREE_PROMOTE] = "promote",
	[DECREE_FAILBACK] = "failback",
	[DECREE_CLEAR] = "clear",
	[DECREE_ONLINE] = "online",
	[DECREE_OFFLINE] = "offline",
	[DECREE_OUT] = "out",
	[DECREE_PIN] = "pin",
	[DECREE_UNPIN] = "unpin",
	[DECREE_FREEZE] = "freeze",
	[DECREE_THAW] = "thaw",
	[DECREE_MAINTENANCE] = "maintenance",
	[DECREE_DRILL] = "drill",
	[DECREE_CALM] = "calm",
};

const char *decree_text(enum decree_verb verb) { return verbs[verb]; }

const char *refusal_name(enum refusal refusal)
{
	static const char *const names[] = {
		[REFUSAL_NOT] = "",
		[REFUSAL_MODE] = "mode",
		[REFUSAL_ALREADY] = "already",
		[REFUSAL_FROZEN] = "frozen",
		[REFUSAL_OUT] = "out",
		[REFUSAL_DEPOSED] = "deposed",
		[REFUSAL_DOWN] = "down",
		[REFUSAL_GATE] = "gate",
		[REFUSAL_NEVER] = "never",
		[REFUSAL_LAST] = "last",
		[REFUSAL_WITH] = "with",
	};
	return names[refusal];
}

const char *refusal_text(enum refusal refusal)
{
	static const char *const texts[] = {
		[REFUSAL_NOT] = "",
		[REFUSAL_MODE] =
			"that is for services of mode single; a pool has offline, out, online, pin",
		[REFUSAL_ALREADY] = "it is so already",
		[REFUSAL_FROZEN] = "the service is frozen or pinned; thaw or unpin it first",
		[REFUSAL_OUT] = "the endpoint is out; bring it online first",
		[REFUSAL_DEPOSED] =
			"the endpoint lost active by failover; see to its data, then clear it",
		[REFUSAL_DOWN] = "the endpoint is not up",
		[REFUSAL_GATE] =
			"the endpoint's data do not pass the gates that the policy requires",
		[REFUSAL_NEVER] = "the policy says failback: never; switch or promote instead",
		[REFUSAL_LAST] = "no other endpoint could answer",
		[REFUSAL_WITH] = "the service moves with another one; say it of that one",
	};
	return texts[refusal];
}

bool refusal_can_force(enum refusal refusal)
{
	return refusal != REFUSAL_NOT && refusal != REFUSAL_MODE && refusal != REFUSAL_ALREADY &&
	       refusal != REFUSAL_WITH;
}

/* ---- whether it is refused ---- */

struct said {
	const struct decree *decree;
	const struct policy_service *service;
	const struct contender *ends;
	const struct mandate *mandate;
	const struct pick *pick;
};

static bool counts(const struct said *s, enum refusal refusal)
{
	return (s->decree->force >> refusal & 1) == 0;
}

static bool is_unfit(const struct said *s, size_t end, enum refusal refusal)
{
	const struct contender *const seen = &s->ends[end];
	if (refusal == REFUSAL_OUT)
		return seen->admin == ADMIN_OUT;
	if (refusal == REFUSAL_DEPOSED)
		return endpoint_has(&s->pick->deposed, end);
	if (refusal == REFUSAL_DOWN)
		return seen->ready.state != HEALTH_UP;
	return seen->gate != GATE_OPEN;
}

/* Who would be active. */
static size_t target(const struct said *s)
{
	return s->decree->verb == DECREE_FAILBACK ? s->pick->home : s->decree->endpoint;
}

static enum refusal move_refused(const struct said *s)
{
	static const enum refusal unfits[] = {
		REFUSAL_OUT, REFUSAL_DEPOSED, REFUSAL_DOWN, REFUSAL_GATE};
	const struct endpoint_set then = endpoint_only(target(s));
	if (s->service->rule.mode != MODE_SINGLE)
		return REFUSAL_MODE;
	if (endpoint_same(&s->pick->on, &then) &&
		(s->decree->verb != DECREE_PROMOTE || s->pick->home == target(s)))
		return REFUSAL_ALREADY;
	if ((s->mandate->frozen || s->mandate->pinned != ENDPOINT_NONE) &&
		counts(s, REFUSAL_FROZEN))
		return REFUSAL_FROZEN;
	for (size_t i = 0; i < COUNT_OF(unfits); i++)
		if (is_unfit(s, target(s), unfits[i]) && counts(s, unfits[i]))
			return unfits[i];
	if (s->decree->verb == DECREE_FAILBACK && s->service->rule.failback == FAILBACK_NEVER &&
		counts(s, REFUSAL_NEVER))
		return REFUSAL_NEVER;
	return REFUSAL_NOT;
}

static enum refusal pin_refused(const struct said *s)
{
	if (is_unfit(s, s->decree->endpoint, REFUSAL_OUT) && counts(s, REFUSAL_OUT))
		return REFUSAL_OUT;
	if (s->ends[s->decree->endpoint].health.state != HEALTH_UP && counts(s, REFUSAL_DOWN))
		return REFUSAL_DOWN;
	return REFUSAL_NOT;
}

/* Whether somebody else could answer, or does. */
static bool others(const struct said *s)
{
	for (size_t i = 0; i < s->service->n; i++) {
		const bool answers = endpoint_has(&s->pick->on, i) &&
				     s->ends[i].health.state == HEALTH_UP &&
				     s->ends[i].admin == ADMIN_ONLINE;
		if (i != s->decree->endpoint &&
			(answers || contender_unfit(&s->ends[i], s->pick, i) == UNFIT_NOT))
			return true;
	}
	return false;
}

static enum refusal leave_refused(const struct said *s)
{
	const bool answers = endpoint_has(&s->pick->on, s->decree->endpoint);
	return answers && !others(s) && counts(s, REFUSAL_LAST) ? REFUSAL_LAST : REFUSAL_NOT;
}

static enum refusal refused(const struct said *s)
{
	const size_t end = s->decree->endpoint;
	bool changes = true;
	switch (s->decree->verb) {
	case DECREE_SWITCH:
	case DECREE_PROMOTE:
	case DECREE_FAILBACK: return move_refused(s);
	case DECREE_PIN: return pin_refused(s);
	case DECREE_OFFLINE:
	case DECREE_OUT:
	case DECREE_MAINTENANCE:
	case DECREE_DRILL: return leave_refused(s);
	case DECREE_CLEAR:
		changes = endpoint_has(&s->pick->deposed, end) ||
			  endpoint_has(&s->pick->withdrawn, end);
		break;
	case DECREE_UNPIN: changes = s->mandate->pinned != ENDPOINT_NONE; break;
	case DECREE_ONLINE:
	case DECREE_FREEZE:
	case DECREE_THAW:
	case DECREE_CALM:
	case DECREES_MAX: break;
	}
	return changes ? REFUSAL_NOT : REFUSAL_ALREADY;
}

enum refusal decree_refused(const struct decree *decree, const struct policy_service *service,
	const struct contender ends[], const struct mandate *mandate, const struct pick *pick)
{
	const struct said s = {decree, service, ends, mandate, pick};
	const enum refusal refusal = refused(&s);
	return refusal == REFUSAL_NOT && service->with != POLICY_NONE ? REFUSAL_WITH : refusal;
}

/* ---- what it changes ---- */

static void make_active(struct pick *pick, size_t end, bool was_down, mono_t until, mono_t now)
{
	const struct endpoint_set on = endpoint_only(end);
	if (was_down)
		pick->deposed = endpoint_either(&pick->deposed, &pick->on);
	endpoint_remove(&pick->deposed, end);
	pick->on = on;
	pick->by = PICK_ORDERED;
	pick->switched = now;
	pick->stay = until;
	pick->chosen = true;
}

static void set_admin(struct standing *standing, enum admin admin, mono_t until)
{
	standing->admin = admin;
	standing->admin_until = until;
}

void decree_apply(const struct decree *decree, const struct policy_service *service, bool was_down,
	struct standing standings[], struct mandate *mandate, struct pick *pick, mono_t now)
{
	static const struct mandate nothing = {.pinned = ENDPOINT_NONE};
	const mono_t never = {0};
	struct standing *const standing =
		&standings[decree->endpoint < service->n ? decree->endpoint : 0];
	switch (decree->verb) {
	case DECREE_SWITCH:
		make_active(pick, decree->endpoint, was_down, decree->until, now);
		break;
	case DECREE_PROMOTE:
		make_active(pick, decree->endpoint, was_down, never, now);
		pick->home = decree->endpoint;
		break;
	case DECREE_FAILBACK: make_active(pick, pick->home, was_down, never, now); break;
	case DECREE_CLEAR:
		endpoint_remove(&pick->deposed, decree->endpoint);
		endpoint_remove(&pick->withdrawn, decree->endpoint);
		break;
	case DECREE_ONLINE:
		set_admin(standing, ADMIN_ONLINE, never);
		standing->planned_from = standing->planned_until = never;
		break;
	case DECREE_OFFLINE: set_admin(standing, ADMIN_OFFLINE, decree->until); break;
	case DECREE_OUT: set_admin(standing, ADMIN_OUT, decree->until); break;
	case DECREE_PIN:
		mandate->pinned = decree->endpoint;
		mandate->pinned_until = decree->until;
		break;
	case DECREE_UNPIN:
		mandate->pinned = nothing.pinned;
		mandate->pinned_until = never;
		break;
	case DECREE_FREEZE:
		mandate->frozen = true;
		mandate->frozen_until = decree->until;
		break;
	case DECREE_THAW:
		mandate->frozen = false;
		mandate->frozen_until = never;
		for (size_t i = 0; i < MOVES_MAX; i++)
			pick->moves[i] = never;
		pick->strikes = 0;
		break;
	case DECREE_MAINTENANCE:
		standing->planned_from = decree->from;
		standing->planned_until = decree->until;
		break;
	case DECREE_DRILL: standing->drill_until = decree->until; break;
	case DECREE_CALM: standing->drill_until = never; break;
	case DECREES_MAX: break;
	}
}

/* ---- as time goes by ---- */

static bool over(mono_t until, mono_t now) { return until.ns != 0 && mono_reached(until, now); }

bool standing_expire(struct standing *standing, mono_t now)
{
	const mono_t never = {0};
	bool expired = false;
	if (over(standing->admin_until, now)) {
		set_admin(standing, ADMIN_ONLINE, never);
		expired = true;
	}
	if (over(standing->planned_until, now)) {
		standing->planned_from = standing->planned_until = never;
		expired = true;
	}
	if (over(standing->drill_until, now)) {
		standing->drill_until = never;
		expired = true;
	}
	return expired;
}

bool mandate_expire(struct mandate *mandate, mono_t now)
{
	const bool unpinned = over(mandate->pinned_until, now);
	const bool thawed = over(mandate->frozen_until, now);
	if (unpinned) {
		mandate->pinned = ENDPOINT_NONE;
		mandate->pinned_until = (mono_t){0};
	}
	if (thawed) {
		mandate->frozen = false;
		mandate->frozen_until = (mono_t){0};
	}
	return unpinned || thawed;
}

static bool in_maintenance(const struct standing *standing, mono_t now)
{
	return standing->planned_from.ns != 0 && mono_reached(standing->planned_from, now) &&
	       !over(standing->planned_until, now);
}

enum admin standing_admin(const struct standing *standing, mono_t now)
{
	if (over(standing->admin_until, now) || standing->admin == ADMIN_ONLINE)
		return in_maintenance(standing, now) ? ADMIN_OFFLINE : ADMIN_ONLINE;
	return standing->admin;
}

mono_t standing_planned(const struct standing *standing, mono_t now)
{
	return mono_reached(standing->planned_from, now) ? (mono_t){0} : standing->planned_from;
}

static void sooner(mono_t *next, mono_t due, mono_t now)
{
	if (due.ns > now.ns && (next->ns == 0 || due.ns < next->ns))
		*next = due;
}

mono_t standing_next(const struct standing *standing, span_t ttl, mono_t now)
{
	mono_t next = {0};
	sooner(&next, standing->admin_until, now);
	sooner(&next, (mono_t){standing->planned_from.ns - ttl.ns}, now);
	sooner(&next, standing->planned_from, now);
	sooner(&next, standing->planned_until, now);
	sooner(&next, standing->drill_until, now);
	return next;
}

mono_t mandate_next(const struct mandate *mandate)
{
	const mono_t pinned = mandate->pinned_until, frozen = mandate->frozen_until;
	/* Before the machine started, even: what was said by the last one may be over. */
	return pinned.ns == 0 || (frozen.ns != 0 && frozen.ns < pinned.ns) ? frozen : pinned;
}
