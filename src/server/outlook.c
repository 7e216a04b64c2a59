#include "server/outlook.h"

#include "base/mem.h"
#include "server/facts.h"
#include "server/jfacts.h"
#include "server/jtext.h"

#include <stdlib.h>
#include <string.h>

struct prospect {
	mono_t at;  /* 0: whenever it happens */
	char *what; /* owned */
};

struct prospects {
	const struct snapshot *s;
	uint32_t service;
	struct prospect *list;
	size_t n, room;
};

/* Takes `what`. */
static void add(struct prospects *p, mono_t at,
	char *what) // NOLINT(readability-non-const-parameter): it is kept, and freed
{
	p->list = mem_grow(p->list, &p->room, p->n + 1, sizeof *p->list);
	p->list[p->n++] = (struct prospect){at, what};
}

/* Of something that ends: 0 is for never. */
static void add_end(struct prospects *p, mono_t at, char *what)
{
	if (at.ns != 0 && !mono_reached(at, p->s->now))
		add(p, at, what);
	else
		free(what);
}

static const struct policy_service *policy_of(const struct prospects *p)
{
	return &p->s->facts.policy->services[p->service];
}

static const char *name_of(const struct prospects *p, uint32_t end)
{
	return p->s->facts.policy->endpoints[policy_of(p)->first + end].name;
}

/* Who would take over if the one that answers went down now; ENDPOINT_NONE: nobody. */
static size_t heir(const struct prospects *p)
{
	const struct pick *const pick = &p->s->facts.services[p->service];
	size_t best = ENDPOINT_NONE;
	for (uint32_t e = policy_of(p)->n; e-- > 0;) {
		const struct contender seen =
			facts_contender(&p->s->facts, policy_of(p)->first + e, p->s->now);
		const bool fit = contender_unfit(&seen, pick, e) == UNFIT_NOT;
		if (fit && !endpoint_has(&pick->on, e) && best != pick->home)
			best = e;
	}
	return best;
}

/* ---- by the rule in force ---- */

/* Whether that is when the trickle may change, not who answers. */
static bool is_of_trickle(const struct prospects *p)
{
	const struct pick *const pick = &p->s->facts.services[p->service];
	const size_t has = endpoint_first(&pick->trickle);
	if (has == ENDPOINT_NONE || pick->reason < PICK_STARTING || pick->reason > PICK_BREAKER)
		return has != ENDPOINT_NONE; /* home answers, and there is none to go back to */
	const uint32_t end = policy_of(p)->first + (uint32_t)has;
	return facts_contender(&p->s->facts, end, p->s->now).shuts.ns == pick->review.ns;
}

static void add_review(struct prospects *p)
{
	const struct pick *const pick = &p->s->facts.services[p->service];
	static const char *const texts[] = {
		[PICK_STARTING] = "failover, unless it is up by then",
		[PICK_WAITING] = "failover, unless it is up by then",
		[PICK_LIMITED] = "failover: it may switch again",
		[PICK_BREAKER] = "failover: services may switch again",
		[PICK_FIRST] = "failback, if the better one stays up",
		[PICK_FAILBACK] = "failback to one still better, if it stays up",
		[PICK_KEPT] = "failback, if the better one stays up",
	};
	const char *const text = is_of_trickle(p)
					 ? "the standby with the trickle is looked at again"
				 : pick->reason < COUNT_OF(texts) && texts[pick->reason] != NULL
					 ? texts[pick->reason]
					 : "it is looked at again";
	add_end(p, pick->review, mem_text(text));
}

static void add_wish(struct prospects *p)
{
	const struct pick *const pick = &p->s->facts.services[p->service];
	const mono_t open = {0};
	const size_t next = heir(p);
	const char *const on_none = fact_on_none(policy_of(p)->rule.on_none);
	switch (pick->reason) {
	case PICK_NONE_LEFT:
		add(p, open, mem_text("an endpoint that fits: up, not deposed, its gates open"));
		return;
	case PICK_MANUAL: add(p, open, mem_text("an operator: locumctl switch")); return;
	case PICK_AFTER:
		add(p, open,
			mem_format("service %s settles",
				p->s->facts.policy->services[policy_of(p)->after].name));
		return;
	case PICK_PINNED: add(p, open, mem_text("an operator: locumctl unpin")); return;
	case PICK_FROZEN: add(p, open, mem_text("an operator: locumctl thaw")); return;
	case PICK_FIRST:
	case PICK_DRAINED:
	case PICK_UNKNOWN:
	case PICK_STARTING:
	case PICK_WAITING:
	case PICK_LIMITED:
	case PICK_BREAKER:
	case PICK_FAILOVER:
	case PICK_FAILBACK:
	case PICK_KEPT:
	case PICK_ORDERED: break;
	}
	if (policy_of(p)->rule.mode == MODE_POOL)
		add(p, open, mem_text("a member that goes down is withdrawn"));
	else if (next != ENDPOINT_NONE)
		add(p, open,
			mem_format("if who answers goes down: %s", name_of(p, (uint32_t)next)));
	else
		add(p, open,
			mem_format("if who answers goes down: nobody else fits, on-none: %s",
				on_none));
}

/* ---- by operators' words ---- */

static void add_words(struct prospects *p)
{
	const struct mandate *const mandate = &p->s->facts.mandates[p->service];
	add_end(p, mandate->pinned_until, mem_text("it is not pinned any more"));
	add_end(p, mandate->frozen_until, mem_text("it is not frozen any more"));
	if (policy_of(p)->rule.failback == FAILBACK_AUTO)
		add_end(p, p->s->facts.services[p->service].stay,
			mem_text("failback may undo the operator's switch"));
	for (uint32_t e = 0; e < policy_of(p)->n; e++) {
		const struct standing *const said = &p->s->facts.standings[policy_of(p)->first + e];
		const char *const name = name_of(p, e);
		add_end(p, said->admin_until,
			mem_format("%s is not %s any more", name, fact_admin(said->admin)));
		add_end(p, said->planned_from, mem_format("maintenance of %s begins", name));
		add_end(p, said->planned_until, mem_format("maintenance of %s is over", name));
		add_end(p, said->drill_until, mem_format("the drill with %s is over", name));
	}
}

/* ---- by outcomes, and by silence ---- */

uint16_t outlook_margin(const struct snapshot *s, uint32_t check)
{
	const struct health *const health = &s->facts.checks[check];
	return health->known == HEALTH_UNKNOWN
		       ? 0
		       : health_margin(&s->facts.policy->checks[check].rule, *health);
}

/* An endpoint that answers, when nothing more is heard of the first of its checks to fade. */
static void add_silence(struct prospects *p, uint32_t end)
{
	const struct policy *const policy = p->s->facts.policy;
	const struct policy_endpoint *const e = &policy->endpoints[policy_of(p)->first + end];
	const size_t health = policy_families(e) * policy_of(p)->n_health;
	mono_t soonest = {0};
	uint32_t first = 0;
	for (uint32_t i = e->first; i < e->first + health; i++) {
		const struct health *const h = &p->s->facts.checks[policy->uses[i]];
		const mono_t fades = health_fades(&policy->checks[policy->uses[i]].rule, *h);
		if (h->state == HEALTH_UNKNOWN || (soonest.ns != 0 && fades.ns >= soonest.ns))
			continue;
		soonest = fades;
		first = policy->uses[i];
	}
	add_end(p, soonest,
		mem_format("%s is unknown, if %s is silent until then", e->name,
			soonest.ns != 0 ? policy->checks[first].probe : ""));
}

static int soonest_first(const void *a, const void *b)
{
	const struct prospect *const x = a, *const y = b;
	const bool x_open = x->at.ns == 0, y_open = y->at.ns == 0;
	if (x_open || y_open)
		return (int)x_open - (int)y_open;
	return x->at.ns < y->at.ns ? -1 : x->at.ns > y->at.ns;
}

json_t *outlook(const struct snapshot *s, uint32_t service)
{
	struct prospects p = {.s = s, .service = service};
	add_review(&p);
	add_words(&p);
	for (uint32_t e = 0; e < policy_of(&p)->n; e++)
		if (endpoint_has(&s->facts.services[service].on, e))
			add_silence(&p, e);
	add_wish(&p);
	qsort(p.list, p.n, sizeof *p.list, soonest_first);
	json_t *const list = json_array();
	for (size_t i = 0; i < p.n; i++) {
		(void)json_array_append_new(
			list, json_pack("{s:o, s:o}", "at", jmoment(s, p.list[i].at), "what",
				      jtext(p.list[i].what)));
		free(p.list[i].what);
	}
	free(p.list);
	return list;
}
