#include "base/mem.h"
#include "failover/engine_state.h"

#include <assert.h>

void todo_add(struct todo *todo, uint32_t number, uint8_t causes)
{
	if (todo->causes[number] == 0)
		todo->list[(todo->first + todo->n++) % todo->room] = number;
	todo->causes[number] |= causes;
}

uint32_t todo_take(struct todo *todo, uint8_t *causes)
{
	const uint32_t number = todo->list[todo->first];
	todo->first = (todo->first + 1) % todo->room;
	todo->n--;
	*causes = todo->causes[number];
	todo->causes[number] = 0;
	return number;
}

struct effect *emit(struct effects *out, enum effect_kind kind, uint32_t subject)
{
	out->list = mem_grow(out->list, &out->room, out->n + 1, sizeof(*out->list));
	struct effect *effect = &out->list[out->n++];
	*effect = (struct effect){.kind = kind, .subject = subject};
	return effect;
}

void emit_state(struct effects *out, enum effect_kind kind, uint32_t subject, enum health_state was,
	enum health_state is)
{
	struct effect *effect = emit(out, kind, subject);
	effect->was = was;
	effect->is = is;
}

uint32_t service_timer(const struct engine *e, uint32_t service)
{
	return (uint32_t)e->policy->n_checks + service;
}

uint32_t endpoint_timer(const struct engine *e, uint32_t end)
{
	return (uint32_t)(e->policy->n_checks + e->policy->n_services) + end;
}

void set_timer(struct engine *e, uint32_t subject, mono_t due)
{
	if (due.ns != 0)
		timers_set(e->timers, subject, due);
	else
		timers_drop(e->timers, subject);
}

/* ---- endpoints ---- */

static enum health_state state_of(
	const struct engine *e, const struct quorum *tree, uint32_t first, size_t n)
{
	for (size_t i = 0; i < n; i++)
		e->merge[i] = &e->checks[e->policy->uses[first + i]];
	return quorum_state(tree, e->merge);
}

/* The verdict of the checks from use `first` on, `n` for each family. */
static struct verdict merged(const struct engine *e, uint32_t end, const struct quorum *tree,
	uint32_t first, size_t n, struct verdict was, mono_t now)
{
	const struct policy_endpoint *const p = &e->policy->endpoints[end];
	const bool nowhere = !p->has[FAMILY_V4] && !p->has[FAMILY_V6];
	const bool has[FAMILIES_MAX] = {p->has[FAMILY_V4] || nowhere, p->has[FAMILY_V6]};
	enum health_state family[FAMILIES_MAX] = {HEALTH_UNKNOWN, HEALTH_UNKNOWN};
	for (size_t f = 0; f < FAMILIES_MAX; f++) {
		if (!has[f])
			continue;
		family[f] = state_of(e, tree, first, n);
		first += (uint32_t)n;
	}
	if (!mono_reached(e->standings[end].drill_until, now))
		family[FAMILY_V4] = family[FAMILY_V6] = HEALTH_DOWN;
	return verdict_merge(
		was, family, has, e->policy->services[p->service].rule.all_families, now);
}

static uint8_t why(struct verdict was, struct verdict is)
{
	bool known = false;
	for (size_t f = 0; f < FAMILIES_MAX; f++)
		known |= is.family[f] != was.family[f] && is.family[f] != HEALTH_UNKNOWN;
	return known || (is.state != was.state && is.state != HEALTH_UNKNOWN) ? CAUSE_KNOWN
									      : CAUSE_UNKNOWN;
}

static bool same_verdict(const struct verdict *a, const struct verdict *b)
{
	return a->state == b->state && a->family[FAMILY_V4] == b->family[FAMILY_V4] &&
	       a->family[FAMILY_V6] == b->family[FAMILY_V6];
}

void judge_endpoint(struct engine *e, uint32_t end, mono_t now)
{
	const struct policy_endpoint *const p = &e->policy->endpoints[end];
	const struct policy_service *const s = &e->policy->services[p->service];
	const uint32_t cold = p->first + (uint32_t)(policy_families(p) * s->n_health);
	const struct verdict was = e->ready[end];
	e->endpoints[end] =
		merged(e, end, s->health, p->first, s->n_health, e->endpoints[end], now);
	e->ready[end] = s->rule.cold ? merged(e, end, s->ready, cold, s->n_ready, was, now)
				     : e->endpoints[end];
	const struct engine_facts facts = engine_facts(e);
	e->shaky[end] = facts_shaky(&facts, end);
}

static void settle_endpoint(struct engine *e, uint32_t end, mono_t now, struct effects *out)
{
	const struct policy_endpoint *const p = &e->policy->endpoints[end];
	const struct verdict was = e->endpoints[end], was_ready = e->ready[end];
	const bool was_shaky = e->shaky[end];
	judge_endpoint(e, end, now);
	const struct verdict is = e->endpoints[end], ready = e->ready[end];

	if (is.state != was.state)
		emit_state(out, EFFECT_VERDICT, end, was.state, is.state);
	if (!same_verdict(&is, &was))
		todo_add(&e->picks, p->service, why(was, is));
	if (!same_verdict(&ready, &was_ready))
		todo_add(&e->picks, p->service, why(was_ready, ready));
	if (e->shaky[end] != was_shaky)
		todo_add(&e->picks, p->service, CAUSE_SHAKY);
}

void settle_endpoints(struct engine *e, mono_t now, struct effects *out)
{
	uint8_t causes;
	while (e->ends.n > 0)
		settle_endpoint(e, todo_take(&e->ends, &causes), now, out);
}

/* ---- what a decision sees ---- */

/* How many services move when this one does. */
static uint32_t group_size(const struct engine *e, uint32_t service)
{
	uint32_t n = 1;
	for (uint32_t h = e->first_heir[service]; h < e->first_heir[service + 1]; h++)
		n += e->policy->services[e->heirs[h]].with == service;
	return n;
}

struct about see(const struct engine *e, uint32_t service, mono_t now)
{
	const uint32_t moving = group_size(e, service);
	const struct engine_facts facts = engine_facts(e);
	const struct policy_service *const s = &e->policy->services[service];
	for (uint32_t i = 0; i < s->n; i++)
		e->contenders[i] = facts_contender(&facts, s->first + i, now);
	return (struct about){.pinned = e->mandates[service].pinned,
		.frozen = e->mandates[service].frozen,
		.over = mandate_next(&e->mandates[service]),
		.unsettled = s->after != POLICY_NONE && !e->settled[s->after],
		.failover_at = budget_let(&e->failovers, moving),
		.failback_at = budget_let(&e->failbacks, moving)};
}

/* ---- services ---- */

static bool is_settled(const struct engine *e, uint32_t service)
{
	const struct pick *const pick = &e->services[service];
	const size_t active = endpoint_first(&pick->on);
	return !pick_is_held(pick->reason) && active != ENDPOINT_NONE &&
	       e->endpoints[e->policy->services[service].first + active].state == HEALTH_UP;
}

/* Services that follow this one, or wait for it, are to be asked again. */
static void call_heirs(struct engine *e, uint32_t service)
{
	const bool settled = is_settled(e, service);
	const bool turned = settled != e->settled[service];
	e->settled[service] = settled;
	for (uint32_t h = e->first_heir[service]; h < e->first_heir[service + 1]; h++) {
		const uint32_t heir = e->heirs[h];
		if (e->policy->services[heir].with == service || turned)
			todo_add(&e->picks, heir, CAUSE_AFTER);
	}
}

static void spend(struct engine *e, const struct pick *is, bool moved, mono_t now)
{
	if (moved && is->by == PICK_FAILOVER)
		budget_spend(&e->failovers, now);
	if (moved && is->by == PICK_FAILBACK)
		budget_spend(&e->failbacks, now);
}

static mono_t sooner(mono_t a, mono_t b) { return a.ns == 0 || (b.ns != 0 && b.ns < a.ns) ? b : a; }

/* What became of a service that was `was` when the step began. */
static void tell(struct engine *e, uint32_t service, const struct pick *was, struct effects *out)
{
	const struct pick *const is = &e->services[service];
	struct effect *effect = NULL;
	if (!endpoint_same(&was->on, &is->on) ||
		!endpoint_same(&was->dark[FAMILY_V4], &is->dark[FAMILY_V4]) ||
		!endpoint_same(&was->dark[FAMILY_V6], &is->dark[FAMILY_V6])) {
		effect = emit(out, EFFECT_SWITCH, service);
		effect->from = was->on;
	} else if (!endpoint_same(&was->trickle, &is->trickle)) {
		effect = emit(out, EFFECT_TRICKLE, service);
	} else if (was->chosen && (was->suspect != is->suspect || was->bounded != is->bounded ||
					  was->ttl_most != is->ttl_most)) {
		effect = emit(out, EFFECT_TTL, service);
	} else if (was->home != is->home || !endpoint_same(&was->deposed, &is->deposed)) {
		effect = emit(out, EFFECT_ROLE, service);
	}
	if (effect != NULL)
		effect->pick = *is;
	const bool moved = effect != NULL && effect->kind == EFFECT_SWITCH;
	if (!moved && pick_is_held(is->reason) && was->reason != is->reason)
		emit(out, EFFECT_STUCK, service)->pick = *is;
}

void expose(const struct service_rule *rule, const struct pick *was, struct pick *is, mono_t now)
{
	const mono_t last = mono_after(now, pick_ttl(rule, was));
	if (!was->chosen)
		return;
	if (pick_ttl(rule, is).ns < pick_ttl(rule, was).ns && last.ns > is->steady.ns)
		is->steady = last;
	if (!endpoint_same(&was->on, &is->on))
		is->exposed = last.ns > is->steady.ns ? last : is->steady;
}

struct pick asked(const struct engine *e, uint32_t service, mono_t now)
{
	const struct policy_service *const p = &e->policy->services[service];
	if (p->with != POLICY_NONE) {
		struct pick pick = e->services[p->with];
		pick.exposed = e->services[service].exposed; /* by its own TTL */
		pick.steady = e->services[service].steady;
		return pick;
	}
	const struct about about = see(e, service, now);
	return service_pick(&p->rule, e->contenders, p->n, &about, &e->services[service], now);
}

static void settle_service(
	struct engine *e, uint32_t service, uint8_t causes, mono_t now, struct effects *out)
{
	const struct pick was = e->services[service];
	e->services[service] = asked(e, service, now);
	expose(&e->policy->services[service].rule, &was, &e->services[service], now);
	const struct pick *const is = &e->services[service];
	const bool gates = e->policy->services[service].n_gates > 0;
	const bool moved = !endpoint_same(&was.on, &is->on);
	const bool shown = moved || !endpoint_same(&was.dark[FAMILY_V4], &is->dark[FAMILY_V4]) ||
			   !endpoint_same(&was.dark[FAMILY_V6], &is->dark[FAMILY_V6]);
	/* Unknown never moves a record; one that moves by the gates' new view goes by itself. */
	if (shown && (causes & (uint8_t) ~(CAUSE_UNKNOWN | CAUSE_SHAKY)) == 0) {
		assert(gates);
		e->services[service] = was;
		set_timer(e, service_timer(e, service), mono_after(now, (span_t){1}));
		return;
	}
	spend(e, is, moved && was.chosen, now);
	mono_t due = sooner(is->review, mandate_next(&e->mandates[service]));
	/* Gates compare with who is active: others may fit now.  No more than once in a step. */
	if (moved && gates && (causes & CAUSE_VALUE) == 0)
		todo_add(&e->picks, service, CAUSE_VALUE);
	else if (moved && gates)
		due = sooner(due, mono_after(now, span_ms(1000)));
	set_timer(e, service_timer(e, service), due);
	tell(e, service, e->changed == service ? &e->before : &was, out);
	if (e->changed == service)
		e->changed = POLICY_NONE;
	call_heirs(e, service);
}

/* A service that it follows, or comes after, is to be asked first.  These never form a ring. */
static bool waits(const struct engine *e, uint32_t service)
{
	const struct policy_service *const p = &e->policy->services[service];
	return (p->with != POLICY_NONE && e->picks.causes[p->with] != 0) ||
	       (p->after != POLICY_NONE && e->picks.causes[p->after] != 0);
}

void settle_services(struct engine *e, mono_t now, struct effects *out)
{
	while (e->picks.n > 0) {
		uint8_t causes;
		const uint32_t service = todo_take(&e->picks, &causes);
		if (waits(e, service))
			todo_add(&e->picks, service, causes);
		else
			settle_service(e, service, causes, now, out);
	}
}
