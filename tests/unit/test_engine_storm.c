/*
 * A storm: ten million random events on random policies with everything in them: outcomes with
 * values, silence, operators' words, reloads, crashes.  After each one the promises of
 * docs/DESIGN.md section 6 are looked at: who answers is configured, unknown and restarts move
 * nothing, no failback inside the hold, no more switches than limit and breaker let, nobody chosen
 * who may not be, words end by themselves, a plan is what then happens, a trickle goes to one
 * standby not known to be unfit, and weights lose nobody.  SEED= and EVENTS= choose another storm.
 */
#include "storm.h"

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__ || defined __clang__
enum { EVENTS = 300000 };
#else
enum { EVENTS = 10000000 };
#endif

/* ---- what must hold ---- */

static bool follows(const struct storm *s, uint32_t service)
{
	return s->policy->services[service].with != POLICY_NONE;
}

/* Whose rule makes its picks. */
static const struct service_rule *rule_of(const struct storm *s, uint32_t service)
{
	const struct policy_service *const p = &s->policy->services[service];
	return follows(s, service) ? &s->policy->services[p->with].rule : &p->rule;
}

/* Something is known of a standby by which it may get no share.  Gates that compare are left out:
 * by a switch of that moment they may see another one. */
static bool known_unfit(struct storm *s, uint32_t service, uint32_t i)
{
	const struct policy_service *const p = &s->policy->services[service];
	const struct engine_facts facts = engine_facts(s->engine);
	const struct contender end = facts_contender(&facts, p->first + i, s->now);
	for (uint16_t g = 0; g < p->n_gates; g++)
		if ((p->gates[g].kind == GATE_LIMITS || p->gates[g].kind == GATE_FRESH) &&
			facts_gate(&facts, p->first + i, g, s->now).state == GATE_SHUT)
			return true;
	return end.admin != ADMIN_ONLINE || end.ready.state == HEALTH_DOWN ||
	       endpoint_has(&facts.services[service].deposed, i);
}

/* One standby at most, beside home that answers alone. */
static void trickle_is_right(struct storm *s, uint32_t service)
{
	const struct policy_service *const p = &s->policy->services[service];
	const struct engine_facts facts = engine_facts(s->engine);
	const struct pick *const pick = &facts.services[service];
	const struct endpoint_set home = endpoint_only(pick->home);
	const size_t has = endpoint_first(&pick->trickle);
	MUST(s, endpoint_same(&pick->trickle, &s->was[service].trickle));
	if (endpoint_empty(&pick->trickle))
		return;
	MUST(s, rule_of(s, service)->trickle > 0 && rule_of(s, service)->mode == MODE_SINGLE);
	MUST(s, endpoint_count(&pick->trickle) == 1 && has < p->n);
	MUST(s, endpoint_same(&pick->on, &home) && has != pick->home);
	MUST(s, facts.mandates[service].pinned == ENDPOINT_NONE || follows(s, service));
	if (follows(s, service))
		return;
	MUST(s, !known_unfit(s, service, (uint32_t)has));
	const bool waits = facts.mandates[service].frozen || p->n_gates > 0 ||
			   facts.endpoints[p->first + pick->home].state != HEALTH_UP;
	for (uint32_t i = 0; i < has && !waits; i++) { /* the first that fits for `hold` has it */
		const struct verdict ready = facts.ready[p->first + i];
		MUST(s, i == pick->home || ready.state != HEALTH_UP || known_unfit(s, service, i) ||
				!mono_reached(mono_after(ready.since, p->rule.hold), s->now));
	}
}

static void shares_are_right(struct storm *s, uint32_t service)
{
	const struct pick *const pick = &engine_facts(s->engine).services[service];
	const struct service_rule *const rule = rule_of(s, service);
	const size_t n = s->policy->services[service].n;
	const uint32_t *const weights = s->weighted[service] ? s->weights[service] : NULL;
	const bool trickles = !endpoint_empty(&pick->trickle);
	uint32_t shares[NAMES] = {0}, all = 0, weight = 0;
	if (service_shares(rule, pick, weights, n, shares) == SHARE_ALL) {
		MUST(s, !trickles && (weights == NULL || endpoint_count(&pick->on) < 2));
		return;
	}
	for (size_t i = 0; i < n; i++) {
		all += shares[i];
		weight += endpoint_has(&pick->on, i) && weights != NULL ? weights[i] : 0;
	}
	MUST(s, all > 0 && (!trickles || all == SHARES_WHOLE));
	for (size_t i = 0; i < n; i++) {
		const bool on = endpoint_has(&pick->on, i);
		const bool proves = endpoint_has(&pick->trickle, i);
		const uint32_t share = trickles && on ? SHARES_WHOLE - (uint32_t)rule->trickle
				       : proves       ? rule->trickle
				       : !on          ? 0
				       : weight > 0   ? weights[i]
						      : 1;
		MUST(s, shares[i] == share);
	}
}

/* Who gets the share anew has to fit. */
static void hear_trickle(struct storm *s, const struct effect *e)
{
	const struct policy_service *const p = &s->policy->services[e->subject];
	const struct engine_facts facts = engine_facts(s->engine);
	struct pick *const was = &s->was[e->subject];
	const uint32_t i = (uint32_t)endpoint_first(&e->pick.trickle);
	MUST(s, !endpoint_same(&e->pick.trickle, &was->trickle));
	MUST(s, endpoint_same(&e->pick.on, &was->on) || e->kind == EFFECT_SWITCH);
	if (i < p->n && !follows(s, e->subject)) {
		MUST(s, !facts.mandates[e->subject].frozen);
		MUST(s, facts.endpoints[p->first + i].state == HEALTH_UP);
		MUST(s, facts.endpoints[p->first + e->pick.home].state == HEALTH_UP);
	}
	was->trickle = e->pick.trickle;
	s->trickles++;
}

static void may_join(struct storm *s, const struct effect *e, uint32_t i, const struct pick *was)
{
	const struct policy_service *const p = &s->policy->services[e->subject];
	const struct engine_facts facts = engine_facts(s->engine);
	const uint32_t end = p->first + i;
	const enum pick_reason by = e->pick.by;
	const bool rule = by == PICK_DRAINED || by == PICK_FAILOVER || by == PICK_FAILBACK;
	if (rule || by == PICK_NONE_LEFT)
		MUST(s, standing_admin(&facts.standings[end], s->now) != ADMIN_OUT);
	if (!rule)
		return;
	MUST(s, facts.ready[end].state == HEALTH_UP);
	if (p->rule.comeback == COMEBACK_CLEAR && p->rule.mode == MODE_SINGLE)
		MUST(s, !endpoint_has(&was->deposed, i) ||
				(s->decree != NULL && s->decree->verb == DECREE_CLEAR));
	for (uint16_t g = 0; g < p->n_gates; g++)
		if (p->gates[g].kind == GATE_LIMITS || p->gates[g].kind == GATE_FRESH)
			MUST(s, facts_gate(&facts, end, g, s->now).state == GATE_OPEN);
	const bool cleared = s->decree != NULL && s->decree->verb == DECREE_CLEAR;
	if (by != PICK_FAILBACK || cleared)
		return;
	/* I5 */
	const bool single = p->rule.mode == MODE_SINGLE;
	const mono_t up = mono_after(facts.ready[end].since, p->rule.hold);
	if (single || endpoint_has(&was->withdrawn, i)) {
		MUST(s, p->rule.failback == FAILBACK_AUTO && mono_reached(up, s->now));
		MUST(s, mono_reached(was->stay, s->now));
	}
	if (single && was->chosen)
		MUST(s, mono_reached(mono_after(was->switched, p->rule.hold), s->now));
}

/* By itself, and not away from those that rule 7 left: limit and breaker have let it. */
static void was_let(struct storm *s, const struct effect *e, const struct pick *was)
{
	const struct policy_service *const p = &s->policy->services[e->subject];
	const struct policy_breaker *const breaker = &s->policy->breaker;
	const bool pool = p->rule.mode == MODE_POOL;
	const bool left = was->reason == PICK_NONE_LEFT || was->reason == PICK_FROZEN;
	const bool exempt = pool ? left || e->pick.by == PICK_FAILBACK || p->rule.least > 1 ||
					    endpoint_count(&was->on) < 2
				 : endpoint_count(&was->on) != 1;
	if (e->pick.by == PICK_FAILOVER && !exempt) {
		MUST(s, p->rule.failover == FAILOVER_AUTO);
		if (breaker->switches > 1)
			MUST(s, s->failovers[breaker->switches - 1].ns == 0 ||
					mono_reached(mono_after(s->failovers[breaker->switches - 1],
							     breaker->per),
						s->now));
	}
	if (p->rule.limit > 0 && !exempt && s->decree == NULL) {
		const mono_t last = was->moves[p->rule.limit - 1];
		MUST(s, last.ns == 0 || mono_reached(mono_after(last, p->rule.limit_per), s->now));
	}
}

static void hear_switch(struct storm *s, const struct effect *e)
{
	const struct policy_service *const p = &s->policy->services[e->subject];
	const struct engine_facts facts = engine_facts(s->engine);
	struct pick *const was = &s->was[e->subject];
	const bool ordered = s->decree != NULL && s->decree->service == e->subject;
	MUST(s, endpoint_same(&e->from, &was->on));
	/* I1 */
	const struct endpoint_set all = endpoint_all(p->n);
	const struct endpoint_set beyond = endpoint_less(&e->pick.on, &all);
	MUST(s, endpoint_count(&beyond) == 0);
	const struct policy_service *const leader =
		follows(s, e->subject) ? &s->policy->services[p->with] : p;
	MUST(s, endpoint_count(&e->pick.on) > 0 || leader->rule.on_none == ON_NONE_NONE);
	if (!follows(s, e->subject) && was->chosen) {
		MUST(s, ordered || e->pick.by == PICK_PINNED || !s->frozen[e->subject] ||
				!facts.mandates[e->subject].frozen);
		for (uint32_t i = 0; i < p->n; i++)
			if (endpoint_has(&e->pick.on, i) && !endpoint_has(&was->on, i))
				may_join(s, e, i, was);
		if (!endpoint_same(&e->from, &e->pick.on) && pick_is_move(e->pick.by))
			was_let(s, e, was);
	}
	if (e->pick.by == PICK_FAILOVER && was->chosen && !endpoint_same(&was->on, &e->pick.on)) {
		memmove(&s->failovers[1], s->failovers, sizeof s->failovers - sizeof(mono_t));
		s->failovers[0] = s->now;
	}
	s->failbacks += e->pick.by == PICK_FAILBACK;
	s->switches++;
	*was = e->pick;
}

static void look(struct storm *s)
{
	const struct engine_facts facts = engine_facts(s->engine);
	for (size_t i = 0; i < s->out.n; i++) {
		const struct effect *const e = &s->out.list[i];
		if ((e->kind == EFFECT_SWITCH || e->kind == EFFECT_TRICKLE) &&
			!endpoint_same(&e->pick.trickle, &s->was[e->subject].trickle))
			hear_trickle(s, e);
		if (e->kind == EFFECT_SWITCH)
			hear_switch(s, e);
		s->held += e->kind == EFFECT_STUCK;
		s->over += e->kind == EFFECT_OVER;
	}
	s->out.n = 0;
	for (uint32_t i = 0; i < s->policy->n_services; i++) {
		const struct pick *const pick = &facts.services[i];
		const struct mandate *const said = &facts.mandates[i];
		MUST(s, endpoint_same(&pick->on, &s->was[i].on));
		for (size_t f = 0; f < FAMILIES_MAX; f++)
			MUST(s, endpoint_same(&pick->dark[f], &s->was[i].dark[f]));
		trickle_is_right(s, i);
		shares_are_right(s, i);
		if (said->pinned != ENDPOINT_NONE && !follows(s, i)) {
			const struct endpoint_set one = endpoint_only(said->pinned);
			MUST(s, endpoint_same(&pick->on, &one));
		}
		MUST(s, said->pinned_until.ns == 0 || !mono_reached(said->pinned_until, s->now));
		MUST(s, said->frozen_until.ns == 0 || !mono_reached(said->frozen_until, s->now));
		s->frozen[i] = said->frozen;
		s->was[i] = *pick;
	}
	const mono_t next = engine_next(s->engine);
	MUST(s, next.ns == 0 || next.ns > s->now.ns);
	if (s->event % 16 != 0)
		return;
	for (uint32_t i = 0; i < s->policy->n_endpoints; i++) {
		const struct standing *const said = &facts.standings[i];
		MUST(s, said->admin_until.ns == 0 || !mono_reached(said->admin_until, s->now));
		MUST(s, said->planned_until.ns == 0 || !mono_reached(said->planned_until, s->now));
		MUST(s, said->drill_until.ns == 0 || !mono_reached(said->drill_until, s->now));
	}
}

static void happens(struct storm *s, struct event event)
{
	engine_step(s->engine, &event, s->now, &s->out);
	look(s);
}

/* What moves nothing. */
static void moves_nothing(struct storm *s)
{
	for (size_t i = 0; i < s->out.n; i++)
		MUST(s, s->out.list[i].kind != EFFECT_SWITCH &&
				s->out.list[i].kind != EFFECT_TRICKLE);
	look(s);
}

/* ---- what happens ---- */

static void an_outcome(struct storm *s)
{
	const uint32_t check = roll(s, (uint32_t)s->policy->n_checks);
	bool *const up = &s->up[strtol(s->policy->checks[check].identity + 1, NULL, 10) % CHECKS];
	if (one_in(s, 40))
		*up = !*up;
	const bool pass = one_in(s, 50) ? !*up : *up;
	struct value value = {.read = s->now, .age = span_ms(one_in(s, 4) ? 8000 : 0)};
	snprintf(value.text, sizeof value.text, one_in(s, 20) ? "x" : "%u", roll(s, 8));
	const struct event event = {.kind = EVENT_OUTCOME,
		.check = check,
		.outcome = one_in(s, 15) ? PROBE_NO_VERDICT
			   : pass        ? PROBE_PASS
					 : PROBE_FAIL,
		.value = one_in(s, 4) ? &value : NULL};
	engine_step(s->engine, &event, s->now, &s->out);
	look(s);
}

static void silence(struct storm *s)
{
	happens(s, (struct event){.kind = EVENT_TIME});
	const size_t n = engine_facts(s->engine).policy->n_checks;
	uint32_t *const all = mem_list(n, sizeof *all);
	for (uint32_t i = 0; i < n; i++)
		all[i] = i;
	engine_step(s->engine, &(struct event){.kind = EVENT_DEAF, .deaf = all, .n_deaf = n},
		s->now, &s->out);
	free(all);
	moves_nothing(s);
}

static void a_decree(struct storm *s)
{
	struct decree decree = {.verb = (enum decree_verb)roll(s, DECREES_MAX),
		.service = roll(s, (uint32_t)s->policy->n_services),
		.force = one_in(s, 2) ? 0 : roll(s, 1U << 11),
		.from = mono_after(s->now, span_ms(roll(s, 9000))),
		.endpoint = ENDPOINT_NONE};
	decree.until = mono_after(decree.from, span_ms(1 + roll(s, 20000)));
	const bool whole = decree.verb == DECREE_FAILBACK || decree.verb == DECREE_UNPIN ||
			   decree.verb == DECREE_FREEZE || decree.verb == DECREE_THAW;
	if (!whole)
		decree.endpoint = (uint8_t)roll(s, s->policy->services[decree.service].n);
	happens(s, (struct event){.kind = EVENT_TIME});
	if (engine_refused(s->engine, &decree, s->now) != REFUSAL_NOT) {
		s->refused++;
		return;
	}
	struct pick plan = engine_plan(s->engine, decree.service, &decree, 1, s->now, NULL, NULL);
	s->decree = &decree;
	engine_step(s->engine, &(struct event){.kind = EVENT_DECREE, .decree = &decree}, s->now,
		&s->out);
	const struct engine_facts facts = engine_facts(s->engine);
	const struct pick is = first_pick(&s->out, &facts, decree.service);
	/* Gates compare with who is active: where a word moves, it goes on from there. */
	const bool goes_on =
		s->policy->services[decree.service].n_gates > 0 && is.switched.ns == s->now.ns;
	if (!follows(s, decree.service) && !goes_on)
		MUST(s, same_pick(&plan, &is));
	look(s);
	s->decree = NULL;
	s->planned++;
}

static void a_reload_of_the_same(struct storm *s)
{
	happens(s, (struct event){.kind = EVENT_TIME});
	struct arena *const arena = arena_new();
	s->policy = policy_text(arena, s->text);
	engine_adopt(s->engine, s->policy, s->now, &s->out);
	arena_free(s->arena);
	s->arena = arena;
	moves_nothing(s);
}

/* All is other; what the effects tell from there on is checked again. */
static void begin_anew(struct storm *s)
{
	const struct engine_facts facts = engine_facts(s->engine);
	s->out.n = 0;
	for (uint32_t i = 0; i < s->policy->n_services; i++)
		s->was[i] = facts.services[i];
	memset(s->failovers, 0, sizeof s->failovers);
	look(s);
}

static void another_policy(struct storm *s)
{
	struct arena *const arena = arena_new();
	random_text(s);
	random_weights(s);
	s->policy = policy_text(arena, s->text);
	if (s->engine == NULL)
		s->engine = engine_new(s->policy, s->now, &s->out);
	else
		engine_adopt(s->engine, s->policy, s->now, &s->out);
	if (s->arena != NULL)
		arena_free(s->arena);
	s->arena = arena;
	begin_anew(s);
	s->reloads++;
}

static void a_crash(struct storm *s)
{
	happens(s, (struct event){.kind = EVENT_TIME});
	struct arena *const arena = arena_new();
	const struct engine_facts kept = engine_facts_copy(engine_facts(s->engine), arena);
	engine_free(s->engine);
	s->engine = engine_new(s->policy, s->now, &s->out);
	const uint32_t n = (uint32_t)s->policy->n_services, first = roll(s, n);
	for (uint32_t k = 0; k < n; k++) {
		const uint32_t i = (first + k) % n;
		const struct memory memory = {kept.services[i], kept.mandates[i],
			&kept.standings[s->policy->services[i].first]};
		engine_recall(s->engine, i, &memory, s->now, &s->out);
	}
	const struct engine_facts facts = engine_facts(s->engine);
	for (uint32_t i = 0; i < n; i++) {
		const struct policy_service *const p = &s->policy->services[i];
		const struct pick *const was = &kept.services[i], *const is = &facts.services[i];
		bool drilled = false;
		for (uint32_t k = 0; k < p->n; k++)
			drilled |= kept.standings[p->first + k].drill_until.ns != 0;
		if (drilled || p->with != POLICY_NONE)
			continue;
		MUST(s, endpoint_same(&is->on, &was->on));
		MUST(s, endpoint_same(&is->dark[FAMILY_V4], &was->dark[FAMILY_V4]));
		MUST(s, endpoint_same(&is->dark[FAMILY_V6], &was->dark[FAMILY_V6]));
		MUST(s, endpoint_same(&is->trickle, &was->trickle));
		MUST(s, endpoint_same(&is->deposed, &was->deposed) && is->home == was->home);
		MUST(s, is->switched.ns == was->switched.ns && is->stay.ns == was->stay.ns);
		MUST(s, memcmp(is->moves, was->moves, sizeof is->moves) == 0);
	}
	arena_free(arena);
	begin_anew(s);
	s->crashes++;
}

static void pass_time(struct storm *s)
{
	const mono_t next = engine_next(s->engine);
	if (next.ns != 0 && one_in(s, 8))
		s->now = next;
	else
		s->now =
			mono_after(s->now, span_ms(one_in(s, 200) ? roll(s, 30000) : roll(s, 150)));
}

static void promises_hold(void **state)
{
	(void)state;
	const char *const seed = getenv("SEED"), *const events = getenv("EVENTS");
	static struct storm s;
	s.dice = seed == NULL ? 20261122 : strtoull(seed, NULL, 10);
	const uint64_t n = events == NULL ? EVENTS : strtoull(events, NULL, 10);
	print_message("SEED=%" PRIu64 " EVENTS=%" PRIu64 "\n", s.dice, n);
	s.now = at(1);
	another_policy(&s);
	for (s.event = 1; s.event <= n; s.event++) {
		pass_time(&s);
		const uint32_t kind = roll(&s, 1000);
		if (kind < 920)
			an_outcome(&s);
		else if (kind < 960)
			happens(&s, (struct event){.kind = EVENT_TIME});
		else if (kind < 990)
			a_decree(&s);
		else if (kind < 995)
			silence(&s);
		else if (kind < 997)
			a_reload_of_the_same(&s);
		else if (kind < 999)
			a_crash(&s);
		else
			another_policy(&s);
	}
	print_message("%zu switches, %zu failbacks, %zu trickles, %zu times held, %zu words and "
		      "%zu refused, %zu "
		      "over, %zu crashes, %zu reloads\n",
		s.switches, s.failbacks, s.trickles, s.held, s.planned, s.refused, s.over,
		s.crashes, s.reloads);
	assert_true(s.switches > n / 1000 && s.failbacks > n / 10000 && s.held > n / 1000);
	assert_true(s.trickles > n / 1000);
	assert_true(s.planned > n / 200 && s.refused > n / 1000 && s.over > n / 1000);
	engine_free(s.engine);
	arena_free(s.arena);
	free(s.out.list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(promises_hold)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
