#include "server/facts.h"

const char *fact_service(const struct snapshot *snapshot, size_t service)
{
	const struct policy_service *const s = &snapshot->facts.policy->services[service];
	const struct pick *const pick = &snapshot->facts.services[service];
	if (pick->reason == PICK_NONE_LEFT)
		return "none-left";
	if (pick_is_held(pick->reason))
		return "stuck";
	if (s->rule.mode == MODE_SINGLE)
		return endpoint_has(&pick->on, pick->home) ? "normal" : "failed-over";
	return endpoint_count(&pick->on) == s->n ? "normal" : "degraded";
}

const char *fact_held(enum pick_reason reason)
{
	switch (reason) {
	case PICK_NONE_LEFT: return "no endpoint is up";
	case PICK_MANUAL: return "failover is not automatic: an operator decides";
	case PICK_AFTER: return "the service that it comes after is not settled";
	case PICK_LIMITED: return "it has switched too often";
	case PICK_BREAKER: return "too many services have switched";
	case PICK_FIRST:
	case PICK_PINNED:
	case PICK_FROZEN:
	case PICK_DRAINED:
	case PICK_UNKNOWN:
	case PICK_STARTING:
	case PICK_WAITING:
	case PICK_FAILOVER:
	case PICK_FAILBACK:
	case PICK_KEPT:
	case PICK_ORDERED: break;
	}
	return "";
}

bool fact_first_use(const struct policy *policy, const struct policy_endpoint *e, uint32_t i)
{
	for (uint32_t before = 0; before < i; before++)
		if (policy->uses[e->first + before] == policy->uses[e->first + i])
			return false;
	return true;
}

const char *fact_health(enum health_state state)
{
	static const char *const texts[] = {
		[HEALTH_UNKNOWN] = "unknown", [HEALTH_UP] = "up", [HEALTH_DOWN] = "down"};
	return texts[state];
}

const char *fact_outcome(enum probe_outcome outcome)
{
	static const char *const texts[] = {
		[PROBE_PASS] = "pass", [PROBE_FAIL] = "fail", [PROBE_NO_VERDICT] = "no-verdict"};
	return texts[outcome];
}

const char *fact_fault(enum probe_fault fault)
{
	static const char *const texts[FAULTS_MAX] = {[FAULT_NONE] = "other",
		[FAULT_LATE] = "late",
		[FAULT_LOCAL] = "local",
		[FAULT_TOOL] = "tool",
		[FAULT_VANTAGE] = "vantage"};
	return texts[fault];
}

const char *fact_child(enum child_state state)
{
	static const char *const texts[] = {[CHILD_STARTING] = "starting",
		[CHILD_RUNNING] = "running",
		[CHILD_RESTARTING] = "restarting"};
	return texts[state];
}

const char *fact_vantage(const struct report_beat *beat)
{
	if (beat->references == 0)
		return "unasked";
	return beat->doubted ? "doubted" : "good";
}
