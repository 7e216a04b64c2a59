#include "server/jfacts.h"

#include "base/mem.h"
#include "base/moment.h"
#include "base/span.h"
#include "dns/name.h"
#include "server/facts.h"
#include "server/jtext.h"
#include "zone/rrtext.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

json_t *jmoment(const struct snapshot *s, mono_t at)
{
	char room[MOMENT_TEXT_MAX];
	const char *const text = fact_moment(s, at, room);
	return text != NULL ? json_string(text) : json_null();
}

json_t *jname(const uint8_t *wire)
{
	char room[NAME_TEXT_MAX];
	return jtext(name_text(wire, room));
}

void jrecords(json_t *list, const char *sign, const uint8_t *owner, const struct rrset *set)
{
	size_t at = 0;
	struct rdata rdata;
	while (set != NULL && (rdata = rrset_each(set, &at)).wire != NULL) {
		char name[NAME_TEXT_MAX], type[RRTYPE_TEXT_MAX];
		char *const value = rdata_text(set->type, rdata);
		(void)json_array_append_new(
			list, json_sprintf("%s%s %u %s %s", sign, name_text(owner, name), set->ttl,
				      rrtype_text(set->type, type), value));
		free(value);
	}
}

json_t *jrule(enum pick_reason reason)
{
	return json_pack("{s:i, s:s, s:s}", "number", (int)reason, "name", pick_reason_text(reason),
		"says", fact_rule(reason));
}

json_t *jends(const struct policy *policy, uint32_t service, const struct endpoint_set *set)
{
	json_t *const list = json_array();
	for (uint32_t e = 0; e < policy->services[service].n; e++)
		if (endpoint_has(set, e))
			(void)json_array_append_new(list,
				jtext(policy->endpoints[policy->services[service].first + e].name));
	return list;
}

/* ---- what operators said ---- */

struct words { /* overrides being listed */
	json_t *list;
	const struct snapshot *s;
};

static void add_word(const struct words *words, const char *what, const char *endpoint, mono_t from,
	mono_t until)
{
	(void)json_array_append_new(
		words->list, json_pack("{s:s, s:o, s:o, s:o}", "what", what, "endpoint",
				     endpoint != NULL ? jtext(endpoint) : json_null(), "from",
				     jmoment(words->s, from), "until", jmoment(words->s, until)));
}

json_t *joverrides(const struct snapshot *s, uint32_t service)
{
	const struct policy_service *const p = &s->facts.policy->services[service];
	const struct mandate *const mandate = &s->facts.mandates[service];
	const struct words words = {json_array(), s};
	const mono_t none = {0};
	if (mandate->pinned != ENDPOINT_NONE)
		add_word(&words, "pinned",
			s->facts.policy->endpoints[p->first + mandate->pinned].name, none,
			mandate->pinned_until);
	if (mandate->frozen)
		add_word(&words, "frozen", NULL, none, mandate->frozen_until);
	if (p->rule.failback == FAILBACK_AUTO &&
		!mono_reached(s->facts.services[service].stay, s->now))
		add_word(&words, "switched", NULL, none, s->facts.services[service].stay);
	for (uint32_t e = p->first; e < p->first + p->n; e++) {
		const struct standing *const standing = &s->facts.standings[e];
		const char *const name = s->facts.policy->endpoints[e].name;
		if (standing->admin != ADMIN_ONLINE)
			add_word(&words, fact_admin(standing->admin), name, none,
				standing->admin_until);
		if (standing->planned_until.ns != 0)
			add_word(&words, "maintenance", name, standing->planned_from,
				standing->planned_until);
		if (standing->drill_until.ns != 0)
			add_word(&words, "drill", name, none, standing->drill_until);
	}
	return words.list;
}

/* ---- roles ---- */

static json_t *still(const struct snapshot *s, mono_t until)
{
	return mono_reached(until, s->now) ? json_null() : jmoment(s, until);
}

static json_t *jtrickle(const struct pick *pick)
{
	if (pick->trickle_by == 0)
		return json_null();
	return json_pack("{s:i, s:s, s:s}", "number", (int)pick->trickle_by, "name",
		trickle_rule_text(pick->trickle_by), "says", fact_trickle(pick->trickle_by));
}

/* By which rule the answers are shared out, and what each that has a share gets, in percent. */
static void add_shares(const struct snapshot *s, uint32_t service, json_t *json)
{
	const struct policy *const policy = s->facts.policy;
	const struct service_records *const r = &s->load->records->services[service];
	uint32_t shares[ENDPOINTS_MAX] = {0};
	const enum share_rule rule = service_shares(
		r->rule, &s->facts.services[service], r->weights, r->endpoints, shares);
	json_t *const list = json_array();
	uint64_t all = 0;
	for (size_t e = 0; e < r->endpoints; e++)
		all += shares[e];
	for (size_t e = 0; e < r->endpoints; e++)
		if (shares[e] > 0)
			(void)json_array_append_new(list,
				json_pack("{s:o, s:f}", "endpoint",
					jtext(policy->endpoints[policy->services[service].first + e]
							.name),
					"percent", round(10000.0 * shares[e] / (double)all) / 100));
	(void)json_object_set_new(json, "shared_by",
		json_pack("{s:i, s:s, s:s}", "number", (int)rule, "name", share_rule_text(rule),
			"says", fact_share(rule)));
	(void)json_object_set_new(json, "shares", list);
}

json_t *jservice(const struct snapshot *s, uint32_t service)
{
	const struct policy *const policy = s->facts.policy;
	const struct policy_service *const p = &policy->services[service];
	const struct pick *const pick = &s->facts.services[service];
	const struct mandate *const mandate = &s->facts.mandates[service];
	const struct endpoint_set all = endpoint_all(p->n),
				  standby = endpoint_less(&all, &pick->on);
	json_t *const json = json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:b, s:I, s:o}",
		"home", jtext(policy->endpoints[p->first + pick->home].name), "standby",
		jends(policy, service, &standby), "deposed", jends(policy, service, &pick->deposed),
		"rule_number", (int)pick->by, "chosen_by", jrule(pick->by), "asked",
		jrule(pick->reason), "stuck",
		pick_is_held(pick->reason) ? json_string(fact_rule(pick->reason)) : json_null(),
		"overrides", joverrides(s, service), "suspect", (int)pick->suspect, "ttl_now",
		(json_int_t)(pick_ttl(&p->rule, pick).ns / 1000000000), "exposed_until",
		still(s, pick->exposed));
	(void)json_object_set_new(json, "trickle", jends(policy, service, &pick->trickle));
	(void)json_object_set_new(json, "trickle_by", jtrickle(pick));
	add_shares(s, service, json);
	(void)json_object_set_new(json, "pinned",
		mandate->pinned == ENDPOINT_NONE
			? json_null()
			: json_pack("{s:o, s:o}", "endpoint",
				  jtext(policy->endpoints[p->first + mandate->pinned].name),
				  "until", jmoment(s, mandate->pinned_until)));
	(void)json_object_set_new(json, "frozen",
		mandate->frozen ? json_pack("{s:o}", "until", jmoment(s, mandate->frozen_until))
				: json_null());
	return json;
}

json_t *jendpoint(const struct snapshot *s, uint32_t service, uint32_t end)
{
	const uint32_t number = s->facts.policy->services[service].first + end;
	const struct standing *const standing = &s->facts.standings[number];
	return json_pack("{s:b, s:s, s:o, s:o, s:o}", "deposed",
		(int)endpoint_has(&s->facts.services[service].deposed, end), "admin",
		fact_admin(standing_admin(standing, s->now)), "admin_until",
		jmoment(s, standing->admin_until), "maintenance",
		standing->planned_until.ns == 0
			? json_null()
			: json_pack("{s:o, s:o}", "from", jmoment(s, standing->planned_from),
				  "until", jmoment(s, standing->planned_until)),
		"drill_until", jmoment(s, standing->drill_until));
}

/* ---- candidates ---- */

static char *gate_limit(const struct gate_rule *rule)
{
	char span[SPAN_TEXT_MAX];
	switch (rule->kind) {
	case GATE_FRESH: return mem_format("no older than %s", span_text(rule->age, span));
	case GATE_BEHIND: return mem_format("at most %.15g behind", rule->max);
	case GATE_SAME: return mem_text("the same");
	case GATE_LIMITS: break;
	}
	if (isinf(rule->max))
		return mem_format("at least %.15g", rule->min);
	return isinf(rule->min) ? mem_format("at most %.15g", rule->max)
				: mem_format("%.15g to %.15g", rule->min, rule->max);
}

static json_t *value(const struct value *value)
{
	return value->read.ns != 0 ? jtext(value->text) : json_null();
}

static json_t *gates(const struct snapshot *s, uint32_t service, uint32_t end)
{
	static const char *const kinds[] = {[GATE_FRESH] = "fresh",
		[GATE_BEHIND] = "behind",
		[GATE_SAME] = "same",
		[GATE_LIMITS] = "value"};
	const struct policy_service *const p = &s->facts.policy->services[service];
	json_t *const list = json_array();
	for (uint16_t g = 0; g < p->n_gates; g++) {
		const struct gate_rule *const rule = &p->gates[g];
		const struct gate_seen seen = facts_gate(&s->facts, end, g, s->now);
		char *const limit = gate_limit(rule);
		(void)json_array_append_new(
			list, json_pack("{s:s, s:o, s:o, s:s, s:o, s:o, s:o, s:b}", "kind",
				      kinds[rule->kind], "probe", jtext(rule->probe), "limit",
				      jtext(limit), "state", fact_gate(seen.state), "value",
				      value(seen.mine), "read", jmoment(s, seen.mine->read),
				      "of_active", value(seen.its), "lenient", (int)rule->lenient));
		free(limit);
	}
	return list;
}

/* The first check of the endpoint in that state; -1: none. */
static int64_t check_in(
	const struct snapshot *s, const struct policy_endpoint *end, enum health_state state)
{
	for (uint32_t i = end->first; i < end->first + end->n; i++)
		if (s->facts.checks[s->facts.policy->uses[i]].state == state)
			return s->facts.policy->uses[i];
	return -1;
}

static char *health_text(const struct snapshot *s, uint32_t end, enum health_state state)
{
	const int64_t check = check_in(s, &s->facts.policy->endpoints[end], state);
	if (!mono_reached(s->facts.standings[end].drill_until, s->now))
		return mem_text("down: a drill takes it for so");
	if (check < 0)
		return mem_text(fact_health(state));
	return mem_format("%s: %s: %s", fact_health(state), s->facts.policy->checks[check].probe,
		s->last[check].why[0] != '\0' ? s->last[check].why : "nothing heard");
}

/* The first gate that is not open. */
static char *gate_text(const struct snapshot *s, uint32_t service, uint32_t end)
{
	const struct policy_service *const p = &s->facts.policy->services[service];
	for (uint16_t g = 0; g < p->n_gates; g++) {
		const struct gate_seen seen = facts_gate(&s->facts, end, g, s->now);
		if (seen.state == GATE_OPEN)
			continue;
		char *const limit = gate_limit(&p->gates[g]);
		char *const text = mem_format("gate %s: %s has %s, must be %s",
			fact_gate(seen.state), p->gates[g].probe,
			seen.mine->read.ns != 0 ? seen.mine->text : "no value", limit);
		free(limit);
		return text;
	}
	return mem_text("");
}

char *unfit_text(const struct snapshot *s, uint32_t service, uint32_t end)
{
	const uint32_t number = s->facts.policy->services[service].first + end;
	const struct contender seen = facts_contender(&s->facts, number, s->now);
	const enum unfit unfit = contender_unfit(&seen, &s->facts.services[service], end);
	if (unfit == UNFIT_DEPOSED &&
		s->facts.policy->services[service].rule.comeback == COMEBACK_UP) {
		char *const health = health_text(s, number, seen.health.state);
		char *const text = mem_format("deposed until it is up (%s)", health);
		free(health);
		return text;
	}
	if (unfit == UNFIT_DOWN || unfit == UNFIT_UNKNOWN)
		return health_text(s, number, seen.ready.state);
	if (unfit == UNFIT_GATE_SHUT || unfit == UNFIT_GATE_UNKNOWN)
		return gate_text(s, service, number);
	return mem_text(fact_unfit(unfit));
}

json_t *jcandidates(const struct snapshot *s, uint32_t service)
{
	const struct policy_service *const p = &s->facts.policy->services[service];
	const struct pick *const pick = &s->facts.services[service];
	json_t *const list = json_array();
	for (uint32_t e = 0; e < p->n; e++) {
		const uint32_t number = p->first + e;
		const struct contender seen = facts_contender(&s->facts, number, s->now);
		char *const why = unfit_text(s, service, e);
		(void)json_array_append_new(list,
			json_pack("{s:o, s:b, s:b, s:b, s:b, s:o, s:s, s:o, s:s, s:s, s:o}", "name",
				jtext(s->facts.policy->endpoints[number].name), "home",
				e == pick->home, "active", (int)endpoint_has(&pick->on, e),
				"deposed", (int)endpoint_has(&pick->deposed, e), "fit",
				contender_unfit(&seen, pick, e) == UNFIT_NOT, "why", jtext(why),
				"state", fact_health(seen.health.state), "since",
				jmoment(s, seen.health.since), "ready",
				fact_health(seen.ready.state), "admin", fact_admin(seen.admin),
				"gates", gates(s, service, number)));
		free(why);
	}
	return list;
}
