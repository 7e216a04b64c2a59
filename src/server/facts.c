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

const char *fact_rule(enum pick_reason reason)
{
	static const char *const texts[] = {
		[PICK_FIRST] = "nothing was decided before: home answers, in a pool all do",
		[PICK_PINNED] = "an operator said who answers",
		[PICK_FROZEN] = "an operator froze it: nothing moves by itself",
		[PICK_DRAINED] = "who answered is out, or offline while another one fits",
		[PICK_UNKNOWN] = "nothing is known of who answers: it stays",
		[PICK_STARTING] = "who answers is down, but was just started and may come up",
		[PICK_NONE_LEFT] = "no endpoint fits: on-none decided",
		[PICK_MANUAL] = "failover is not automatic: an operator decides",
		[PICK_WAITING] = "who answers is down, but not for `wait` yet",
		[PICK_AFTER] = "the service that it comes after is not settled",
		[PICK_LIMITED] = "it has switched too often",
		[PICK_BREAKER] = "too many services have switched",
		[PICK_FAILOVER] = "who answered was down: the first that fits took over",
		[PICK_FAILBACK] = "a better one fits again, and has for the hold",
		[PICK_KEPT] = "nothing asks for a change",
		[PICK_ORDERED] = "an operator switched",
	};
	return reason >= PICK_FIRST && reason <= PICK_ORDERED ? texts[reason] : "";
}

const char *fact_trickle(enum trickle_rule rule)
{
	static const char *const texts[] = {
		[TRICKLE_NONE] = "none while it is pinned, or anybody but home alone answers",
		[TRICKLE_KEPT] = "who has it keeps it until it is known to be unfit",
		[TRICKLE_BETTER] = "a better one that fits was up for hold",
		[TRICKLE_BEST] = "the best standby that fits, while home is up and nothing frozen",
	};
	return texts[rule];
}

const char *fact_share(enum share_rule rule)
{
	static const char *const texts[] = {
		[SHARE_TRICKLE] = "a standby has a trickle, who answers the rest",
		[SHARE_ALL] = "every answer has the records of all that answer",
		[SHARE_WEIGHTS] = "an answer has the records of one, by weight",
		[SHARE_ALIKE] = "an answer has the records of one, alike: all have weight 0",
	};
	return texts[rule];
}

const char *fact_on_none(enum on_none on_none)
{
	static const char *const texts[] = {[ON_NONE_KEEP] = "keep",
		[ON_NONE_ALL] = "all",
		[ON_NONE_HOME] = "home",
		[ON_NONE_NONE] = "none",
		[ON_NONE_SERVFAIL] = "servfail"};
	return texts[on_none];
}

const char *fact_failback(enum failback failback)
{
	static const char *const texts[] = {
		[FAILBACK_AUTO] = "auto", [FAILBACK_MANUAL] = "manual", [FAILBACK_NEVER] = "never"};
	return texts[failback];
}

const char *fact_unfit(enum unfit unfit)
{
	static const char *const texts[] = {
		[UNFIT_NOT] = "fits",
		[UNFIT_OUT] = "out: never, by an operator's word",
		[UNFIT_DEPOSED] = "deposed: lost active by failover and was not cleared",
		[UNFIT_DOWN] = "down",
		[UNFIT_UNKNOWN] = "unknown",
		[UNFIT_GATE_SHUT] = "a gate is shut",
		[UNFIT_GATE_UNKNOWN] = "a gate's value is not known",
		[UNFIT_OFFLINE] = "offline: the last resort, by an operator's word",
	};
	return texts[unfit];
}

const char *fact_admin(enum admin admin)
{
	static const char *const texts[] = {
		[ADMIN_ONLINE] = "online", [ADMIN_OFFLINE] = "offline", [ADMIN_OUT] = "out"};
	return texts[admin];
}

const char *fact_gate(enum gate_state state)
{
	static const char *const texts[] = {
		[GATE_OPEN] = "open", [GATE_SHUT] = "shut", [GATE_UNKNOWN] = "unknown"};
	return texts[state];
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

const char *fact_moment(const struct snapshot *snapshot, mono_t at, char room[MOMENT_TEXT_MAX])
{
	return at.ns == 0
		       ? NULL
		       : moment_text(snapshot->wall_ns - mono_between(at, snapshot->now).ns, room);
}
