#include "failover/engine.h"

/* The check that gate `gate` asks of an endpoint. */
static uint32_t gate_check(const struct policy *policy, uint32_t end, uint16_t gate)
{
	const struct policy_endpoint *const p = &policy->endpoints[end];
	const struct policy_service *const s = &policy->services[p->service];
	const size_t before = policy_families(p) * ((size_t)s->n_health + s->n_ready);
	return policy->uses[p->first + before + gate];
}

struct gate_seen facts_gate(
	const struct engine_facts *facts, uint32_t endpoint, uint16_t gate, mono_t now)
{
	static const struct value nothing;
	const struct policy *const policy = facts->policy;
	const uint32_t service = policy->endpoints[endpoint].service;
	const struct policy_service *const s = &policy->services[service];
	const size_t active = endpoint_first(&facts->services[service].on);
	struct gate_seen seen = {
		.mine = &facts->values[gate_check(policy, endpoint, gate)], .its = &nothing};
	if (active < s->n)
		seen.its = &facts->values[gate_check(policy, s->first + (uint32_t)active, gate)];
	seen.state = gate_judge(&s->gates[gate], seen.mine, seen.its, now);
	return seen;
}

static enum gate_state worst_gate(const struct engine_facts *facts, uint32_t end, mono_t now)
{
	const uint32_t service = facts->policy->endpoints[end].service;
	enum gate_state worst = GATE_OPEN;
	for (uint16_t i = 0; i < facts->policy->services[service].n_gates && worst != GATE_SHUT;
		i++) {
		const enum gate_state state = facts_gate(facts, end, i, now).state;
		if (state != GATE_OPEN)
			worst = state;
	}
	return worst;
}

/* 0: never. */
static mono_t first_to_shut(const struct engine_facts *facts, uint32_t end)
{
	const uint32_t service = facts->policy->endpoints[end].service;
	const struct policy_service *const s = &facts->policy->services[service];
	mono_t first = {0};
	for (uint16_t i = 0; i < s->n_gates; i++) {
		const struct value *const mine = &facts->values[gate_check(facts->policy, end, i)];
		const mono_t shuts = gate_shuts(&s->gates[i], mine);
		if (shuts.ns != 0 && (first.ns == 0 || shuts.ns < first.ns))
			first = shuts;
	}
	return first;
}

bool facts_shaky(const struct engine_facts *facts, uint32_t endpoint)
{
	const struct policy_endpoint *const p = &facts->policy->endpoints[endpoint];
	const size_t n = policy_families(p) * facts->policy->services[p->service].n_health;
	for (size_t i = 0; i < n; i++)
		if (facts->checks[facts->policy->uses[p->first + i]].streak > 0)
			return true;
	return false;
}

struct contender facts_contender(const struct engine_facts *facts, uint32_t endpoint, mono_t now)
{
	const struct policy_endpoint *const p = &facts->policy->endpoints[endpoint];
	const struct standing *const standing = &facts->standings[endpoint];
	struct standing words = *standing; /* when one ends */
	words.planned_from = (mono_t){0};
	return (struct contender){.health = facts->endpoints[endpoint],
		.ready = facts->ready[endpoint],
		.admin = standing_admin(standing, now),
		.gate = worst_gate(facts, endpoint, now),
		.shuts = first_to_shut(facts, endpoint),
		.has = {p->has[FAMILY_V4], p->has[FAMILY_V6]},
		.shaky = facts_shaky(facts, endpoint),
		.planned = standing_planned(standing, now),
		.over = standing_next(&words, (span_t){0}, now)};
}
