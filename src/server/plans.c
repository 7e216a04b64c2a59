#include "server/plans.h"

#include "base/mem.h"
#include "dns/message.h"
#include "server/control.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/serve.h"
#include "zone/changeset.h"

#include <stdlib.h>
#include <string.h>

/* ---- what refuses it ---- */

/* Everything that does, forced or not, in the order of the numbers; how much that is. */
static size_t refusals(const struct engine *engine, const struct decree *decree, mono_t now,
	enum refusal list[REFUSAL_WITH])
{
	struct decree forced = *decree;
	size_t n = 0;
	forced.force = 0;
	while (n < REFUSAL_WITH) {
		const enum refusal refusal = engine_refused(engine, &forced, now);
		if (refusal == REFUSAL_NOT)
			break;
		list[n++] = refusal;
		if (!refusal_can_force(refusal))
			break;
		forced.force |= 1U << refusal;
	}
	return n;
}

/* What is behind it, as it stands; the caller frees. */
static char *behind(const struct snapshot *s, const struct decree *decree, enum refusal refusal)
{
	const struct pick *const pick = &s->facts.services[decree->service];
	const uint32_t end = decree->verb == DECREE_FAILBACK ? pick->home : decree->endpoint;
	const struct policy_service *const p = &s->facts.policy->services[decree->service];
	if (refusal == REFUSAL_DOWN || refusal == REFUSAL_GATE) {
		char *const why = unfit_text(s, decree->service, end);
		char *const text = mem_format("%s (%s: %s)", refusal_text(refusal),
			s->facts.policy->endpoints[p->first + end].name, why);
		free(why);
		return text;
	}
	if (refusal == REFUSAL_WITH)
		return mem_format(
			"%s: %s", refusal_text(refusal), s->facts.policy->services[p->with].name);
	return mem_text(refusal_text(refusal));
}

static const char *what_next(enum refusal refusal)
{
	switch (refusal) {
	case REFUSAL_DOWN: return "repair it, or choose another one";
	case REFUSAL_GATE: return "wait until its data are fit, or choose another one";
	case REFUSAL_LAST: return "bring another one up or online first";
	case REFUSAL_NOT:
	case REFUSAL_MODE:
	case REFUSAL_ALREADY:
	case REFUSAL_FROZEN:
	case REFUSAL_OUT:
	case REFUSAL_DEPOSED:
	case REFUSAL_NEVER:
	case REFUSAL_WITH: break; /* their texts say it */
	}
	return "";
}

static json_t *told(const struct snapshot *s, const struct decree *decree, enum refusal refusal)
{
	char *const why = behind(s, decree, refusal);
	json_t *const json = json_pack("{s:i, s:s, s:o, s:s, s:b, s:b}", "number", (int)refusal,
		"name", refusal_name(refusal), "why", jtext(why), "next", what_next(refusal),
		"can_force", (int)refusal_can_force(refusal), "forced",
		(decree->force >> refusal & 1) != 0 && refusal_can_force(refusal));
	free(why);
	return json;
}

json_t *plan_refusal(
	const struct control *control, const struct decree *decree, enum refusal refusal)
{
	const struct snapshot s = control_glance(control);
	return told(&s, decree, refusal);
}

/* ---- what changes ---- */

/* The records that come and go, "-" and "+", of a service that gets this pick. */
static void add_changes(json_t *list, const struct control *control, const struct snapshot *s,
	uint32_t service, const struct pick *then)
{
	const uint32_t unix_now = (uint32_t)(s->wall_ns / 1000000000);
	const struct zone *const was = view_zone(s->view, s->load->records->services[service].zone);
	struct zone *const is = serve_preview(control_serve(control), service, then, unix_now);
	struct changeset *const changes = changeset_between(was, is);
	for (size_t i = 0; i < changes->n; i++) {
		const struct change *const c = &changes->list[i];
		if ((c->was != NULL ? c->was : c->is)->type == TYPE_SOA)
			continue; /* every change has a new serial, which is not known yet */
		jrecords(list, "-", c->name, c->was);
		jrecords(list, "+", c->name, c->is);
	}
	changeset_free(changes);
	zone_unref(is);
}

/* ... and of those that move with it. */
static json_t *changes(const struct control *control, const struct snapshot *s, uint32_t service,
	const struct pick *then)
{
	const struct policy *const policy = s->facts.policy;
	json_t *const list = json_array();
	for (uint32_t i = 0; i < policy->n_services; i++)
		if (i == service || policy->services[i].with == service)
			add_changes(list, control, s, i, then);
	return list;
}

/* Until when clients may hold the old answer, if `then` were in force now. */
static mono_t exposed(const struct snapshot *s, const struct service_rule *rule,
	const struct pick *was, const struct pick *then)
{
	const mono_t last = mono_after(s->now, pick_ttl(rule, was));
	if (endpoint_same(&was->on, &then->on))
		return mono_reached(was->exposed, s->now) ? (mono_t){0} : was->exposed;
	return last.ns > was->steady.ns ? last : was->steady;
}

static const char *home(const struct policy *policy, uint32_t service, const struct pick *pick)
{
	return policy->endpoints[policy->services[service].first + pick->home].name;
}

/* `moves`: the rule that is meant is the one that made it so, not the last that was in force. */
static json_t *side(const struct snapshot *s, uint32_t service, const struct pick *pick, bool moves)
{
	const struct policy *const policy = s->facts.policy;
	const struct service_rule *const rule = &policy->services[service].rule;
	const span_t ttl = pick_ttl(rule, pick);
	return json_pack("{s:o, s:o, s:o, s:o, s:I}", "active", jends(policy, service, &pick->on),
		"home", jtext(home(policy, service, pick)), "deposed",
		jends(policy, service, &pick->deposed), "rule",
		jrule(moves ? pick->by : pick->reason), "ttl", (json_int_t)(ttl.ns / 1000000000));
}

static json_t *numbers(uint32_t bits)
{
	json_t *const list = json_array();
	for (int i = 0; i < 32; i++)
		if ((bits >> i & 1) != 0)
			(void)json_array_append_new(list, json_integer(i));
	return list;
}

/* Whether the decree could be carried out at all: a plan of what cannot be shows nothing. */
static bool is_possible(const enum refusal list[], size_t n)
{
	return n == 0 || refusal_can_force(list[n - 1]);
}

struct plan plan_make(const struct control *control, uint32_t service, const struct decree *decree)
{
	const struct snapshot s = control_glance(control);
	const struct engine *const engine = control_engine(control);
	const struct policy_service *const p = &s.facts.policy->services[service];
	enum refusal list[REFUSAL_WITH];
	const size_t n = decree == NULL ? 0 : refusals(engine, decree, s.now, list);
	struct plan plan = {.was = s.facts.services[service], .then = s.facts.services[service]};
	if (decree != NULL)
		plan.refusal = engine_refused(engine, decree, s.now);
	if (p->with != POLICY_NONE)
		plan.then = s.facts.services[p->with];
	else if (is_possible(list, n))
		plan.then = engine_plan(engine, service, decree, decree != NULL, s.now, NULL, NULL);

	const bool moves = !endpoint_same(&plan.was.on, &plan.then.on);
	json_t *const refused = json_array();
	for (size_t i = 0; i < n; i++) {
		(void)json_array_append_new(refused, told(&s, decree, list[i]));
		if (is_possible(list, n))
			plan.in_the_way |= ~decree->force & 1U << list[i];
	}
	plan.json = json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "service",
		jtext(p->name), "verb",
		decree != NULL ? json_string(decree_text(decree->verb)) : json_null(), "until",
		decree != NULL ? jmoment(&s, decree->until) : json_null(), "refused", refused,
		"force", numbers(plan.in_the_way), "was", side(&s, service, &plan.was, false),
		"then", side(&s, service, &plan.then, moves), "changes",
		changes(control, &s, service, &plan.then), "exposed_until",
		jmoment(&s, exposed(&s, &p->rule, &plan.was, &plan.then)), "overrides",
		joverrides(&s, service), "candidates", jcandidates(&s, service));
	return plan;
}
