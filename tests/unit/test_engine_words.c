/* What operators say, and what lies beyond UP and DOWN, through the engine: words that end, ties
 * between services, gates, cold standbys, families, the breaker, and what a restart brings back. */
#include "engine_world.h"

#define FAST "rise 1 fall 1 stale 900\n"

static struct world *pair(const char *more, const char *first)
{
	char text[300];
	snprintf(text, sizeof text, FAST "www single auto keep 10 fra=f ams=m lon=l\n%s", more);
	struct world *w = begin(text, first);
	does(w, 1, "pass f m l", "f:?U www/fra:?U m:?U www/ams:?U l:?U www/lon:?U");
	return w;
}

static void a_switch_and_its_end(void **state)
{
	(void)state;
	struct world *w = pair("", "www:>fra(first)");
	is_refused(w, 2, "switch www fra", REFUSAL_ALREADY);
	is_refused(w, 2, "failback www", REFUSAL_ALREADY);
	orders(w, 2, "switch www ams until=100", "www:fra>ams(kept)");
	assert_int_equal(engine_facts(w->engine).services[0].by, PICK_ORDERED);
	does(w, 99, "time", "");
	does(w, 100, "time", "www:ams>fra(failback)");
	orders(w, 101, "promote www lon", "www:fra>lon(kept)");
	does(w, 900, "pass f m l", "");
	orders(w, 901, "promote www ams", "www:lon>ams(kept)");
	orders(w, 901, "switch www fra until=902", "www:ams>fra(kept)");
	orders(w, 902, "failback www", "www:fra>ams(kept)");
	/* Away from one that is down is a failover by hand. */
	orders(w, 903, "freeze www", "");
	does(w, 904, "fail m", "m:UD www/ams:UD");
	is_refused(w, 904, "switch www fra", REFUSAL_FROZEN);
	orders(w, 904, "switch www fra force=3", "www:ams>fra(frozen)");
	assert_true(endpoint_has(&engine_facts(w->engine).services[0].deposed, 1));
	is_refused(w, 905, "failback www force=3", REFUSAL_DEPOSED);
	is_refused(w, 905, "failback www force=3 force=5", REFUSAL_DOWN);
	orders(w, 905, "failback www force=3 force=5 force=6", "www:fra>ams(frozen)");
	orders(w, 906, "thaw www", "www:ams>fra(failover)");
	end(w);
}

static void a_failback_from_one_that_is_down(void **state)
{
	(void)state;
	struct world *w = pair("+ clear manual", "www:>fra(first)");
	orders(w, 2, "switch www ams", "www:fra>ams(kept)");
	does(w, 3, "fail m", "m:UD www/ams:UD www!(manual)");
	orders(w, 4, "failback www", "www:ams>fra(kept)");
	does(w, 5, "pass m", "m:DU www/ams:DU");
	is_refused(w, 5, "switch www ams", REFUSAL_DEPOSED);
	orders(w, 6, "clear www ams", "www:role");
	is_refused(w, 7, "clear www ams", REFUSAL_ALREADY);
	orders(w, 7, "switch www ams", "www:fra>ams(kept)");
	end(w);
}

static void words_end_by_themselves(void **state)
{
	(void)state;
	struct world *w = pair("", "www:>fra(first)");
	orders(w, 2, "pin www lon until=20", "www:fra>lon(pinned)");
	does(w, 3, "fail l", "l:UD www/lon:UD");
	is_refused(w, 3, "pin www lon", REFUSAL_DOWN);
	does(w, 20, "time", "www:over www:lon>fra(failover)");
	orders(w, 21, "freeze www until=40", "");
	does(w, 22, "fail f", "f:UD www/fra:UD");
	does(w, 40, "time", "www:over www:fra>ams(failover)");
	does(w, 41, "pass f l", "f:DU www/fra:DU www:role l:DU www/lon:DU www:role");
	does(w, 51, "time", "www:ams>fra(failback)");
	orders(w, 52, "offline www fra until=70", "www:fra>ams(drained)");
	does(w, 69, "time", "");
	does(w, 70, "time", "fra:over www:ams>fra(failback)");
	orders(w, 71, "out www fra until=80", "www:fra>ams(drained)");
	is_refused(w, 72, "pin www fra", REFUSAL_OUT);
	orders(w, 72, "pin www fra force=4 until=73", "www:ams>fra(pinned)");
	does(w, 73, "time", "www:over www:fra>ams(drained)");
	orders(w, 74, "online www fra", "");
	does(w, 83, "time", "www:ams>fra(failback)");
	orders(w, 84, "maintenance www fra from=90 until=110", "");
	does(w, 90, "time", "www:fra>ams(drained)");
	does(w, 110, "time", "fra:over www:ams>fra(failback)");
	orders(w, 111, "drill www fra until=120", "www/fra:UD www:fra>ams(failover)");
	does(w, 120, "time", "fra:over www/fra:DU www:role");
	orders(w, 121, "drill www ams until=200", "www/ams:UD www:ams>fra(failover)");
	orders(w, 122, "calm www ams", "www/ams:DU www:role");
	orders(w, 123, "pin www ams", "www:fra>ams(pinned)");
	orders(w, 124, "unpin www", "");
	is_refused(w, 125, "unpin www", REFUSAL_ALREADY);
	does(w, 133, "time", "www:ams>fra(failback)");
	/* Two at once: the later one ends later. */
	orders(w, 134, "freeze www until=140", "");
	orders(w, 135, "pin www ams until=150", "www:fra>ams(pinned)");
	does(w, 140, "time", "www:over");
	does(w, 150, "time", "www:over www:ams>fra(failback)");
	end(w);
}

static void a_pin_ends_that_ended_before_the_machine_started(void **state)
{
	(void)state;
	struct world *w = begin(FAST "www single auto keep 10 fra=f ams=m", "www:>fra(first)");
	struct standing standings[2] = {{.admin = ADMIN_OUT, .admin_until = at(-5)}};
	const struct memory memory = {.pick = {.on = endpoint_only(1),
					      .reason = PICK_PINNED,
					      .by = PICK_PINNED,
					      .chosen = true,
					      .switched = at(-9000)},
		.mandate = {.pinned = 1, .pinned_until = at(-5)},
		.standings = standings};
	engine_recall(w->engine, 0, &memory, at(1), &w->effects);
	expect(w, "recall", "fra:over www:over www:fra>ams(unknown)");
	does(w, 2, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 12, "time", "www:ams>fra(failback)");
	end(w);
}

static void a_new_start_is_not_for_who_was_deposed(void **state)
{
	(void)state;
	struct world *w = begin(FAST "www single auto keep 10 fra=f new=n", "www:>fra(first)");
	struct standing standings[2] = {0};
	const struct memory memory = {.pick = {.deposed = endpoint_only(0)},
		.mandate = {.pinned = ENDPOINT_NONE},
		.standings = standings};
	engine_recall(w->engine, 0, &memory, at(1), &w->effects);
	expect(w, "recall", "www:fra>new(first)");
	end(w);
}

static void a_restart_changes_nothing(void **state)
{
	(void)state;
	static const char *const text = FAST "breaker 1 1 1000\n"
					     "api single auto keep 10 fra=f ams=m\n"
					     "www single auto keep 10 fra=f ams=m";
	struct world *w = begin(text, "api:>fra(first) www:>fra(first)");
	does(w, 1, "pass f m", "f:?U api/fra:?U www/fra:?U m:?U api/ams:?U www/ams:?U");
	does(w, 2, "fail f", "f:UD api/fra:UD www/fra:UD api:fra>ams(failover) www!(breaker)");
	orders(w, 3, "offline www ams until=50", "");
	struct arena *const arena = arena_new();
	const struct engine_facts before = engine_facts_copy(engine_facts(w->engine), arena);
	struct world *next = begin(text, "api:>fra(first) www:>fra(first)");
	for (uint32_t i = 2; i-- > 0;) {
		const struct memory memory = {before.services[i], before.mandates[i],
			&before.standings[before.policy->services[i].first]};
		engine_recall(next->engine, i, &memory, at(4), &next->effects);
	}
	next->effects.n = 0;
	const struct engine_facts facts = engine_facts(next->engine);
	for (uint32_t i = 0; i < 2; i++) {
		assert_true(endpoint_same(&facts.services[i].on, &before.services[i].on));
		assert_true(endpoint_same(&facts.services[i].deposed, &before.services[i].deposed));
		assert_int_equal(facts.services[i].switched.ns, before.services[i].switched.ns);
	}
	assert_int_equal(facts.standings[3].admin, ADMIN_OFFLINE);
	/* What the last process spent is spent. */
	does(next, 5, "pass m", "m:?U api/ams:?U www/ams:?U");
	does(next, 6, "fail f", "f:?D api/fra:?D www/fra:?D www!(breaker)");
	arena_free(arena);
	end(next);
	end(w);
}

/* 10,000 services fail in one moment, each by its own outcome; half of them may move. */
static void the_breaker_is_exact(void **state)
{
	(void)state;
	enum { N = 10000, SHARE = 5000 };
	struct policy_check *const checks = mem_list(2 * N, sizeof *checks);
	struct policy_endpoint *const ends = mem_list(2 * N, sizeof *ends);
	struct policy_service *const services = mem_list(N, sizeof *services);
	uint32_t *const uses = mem_list(2 * N, sizeof *uses);
	char(*const names)[8] = mem_list(2 * N, sizeof *names);
	static const struct quorum one[] = {{1, 1}, {0, 0}};
	for (uint32_t i = 0; i < 2 * N; i++) {
		snprintf(names[i], sizeof names[i], "%05u", i);
		checks[i] = (struct policy_check){names[i], "p", {1, 1, span_ms(900000)}};
		ends[i] = (struct policy_endpoint){names[i], i / 2, i, 1, {true, false}};
		uses[i] = i;
	}
	for (uint32_t i = 0; i < N; i++)
		services[i] = (struct policy_service){.name = names[i],
			.first = 2 * i,
			.n = 2,
			.health = one,
			.n_health = 1,
			.with = POLICY_NONE,
			.after = POLICY_NONE};
	const struct policy policy = {2 * N, 2 * N, N, 2 * N, checks, ends, services, uses,
		{SHARE, span_ms(60000), 0, {0}}};
	struct effects out = {0};
	struct engine *const engine = engine_new(&policy, at(1), &out);
	for (uint32_t i = 0; i < 2 * N; i++)
		engine_step(engine,
			&(struct event){.kind = EVENT_OUTCOME, .check = i, .outcome = PROBE_PASS},
			at(2), &out);
	out.n = 0;
	for (uint32_t i = 0; i < N; i++)
		engine_step(engine,
			&(struct event){
				.kind = EVENT_OUTCOME, .check = 2 * i, .outcome = PROBE_FAIL},
			at(3), &out);
	size_t moved = 0, stuck = 0;
	for (size_t i = 0; i < out.n; i++) {
		moved += out.list[i].kind == EFFECT_SWITCH;
		stuck +=
			out.list[i].kind == EFFECT_STUCK && out.list[i].pick.reason == PICK_BREAKER;
	}
	assert_int_equal(moved, SHARE);
	assert_int_equal(stuck, N - SHARE);
	assert_int_equal(engine_next(engine).ns, at(63).ns);
	out.n = 0;
	engine_step(engine, &(struct event){.kind = EVENT_TIME}, at(63), &out);
	assert_int_equal(out.n, N - SHARE);
	engine_free(engine);
	free(out.list);
	free(checks);
	free(ends);
	free(services);
	free(uses);
	free(names);
}

static void who_moves_with_another(void **state)
{
	(void)state;
	/* Followers stand before their leader, too. */
	static const char *const text = FAST "breaker 3 0 1000\n"
					     "a single auto keep 10 x=x y=y\n+ with=m\n"
					     "m single auto keep 10 x=x y=y\n"
					     "s single auto keep 10 x=x y=y\n"
					     "z single auto keep 10 x=x y=y\n+ with=m";
	struct world *w = begin(text, "m:>x(first) s:>x(first) z:>x(first) a:>x(first)");
	does(w, 1, "pass x y", "x:?U a/x:?U m/x:?U s/x:?U z/x:?U y:?U a/y:?U m/y:?U s/y:?U z/y:?U");
	is_refused(w, 2, "switch a y", REFUSAL_WITH);
	is_refused(w, 2, "pin a y", REFUSAL_WITH);
	orders(w, 2, "switch m y until=900", "m:x>y(kept) z:x>y(kept) a:x>y(kept)");
	/* Three at once have no room after the one that moves first. */
	does(w, 3, "fail y",
		"y:UD a/y:UD m/y:UD s/y:UD z/y:UD m:y>x(failover) z:y>x(failover) "
		"a:y>x(failover)");
	reload(w, 4, text, "");
	does(w, 5, "pass y", "y:DU a/y:DU m/y:DU s/y:DU z/y:DU m:role z:role a:role");
	does(w, 6, "fail x",
		"x:UD a/x:UD m/x:UD s/x:UD z/x:UD m!(breaker) s!(breaker) z!(breaker) a!(breaker)");
	end(w);
	w = begin(FAST "breaker 3 0 1000\na single auto keep 10 x=x y=y\n"
		       "m single auto keep 10 x=x y=y\nz single auto keep 10 x=x y=y\n+ with=m\n"
		       "zz single auto keep 10 x=x y=y\n+ with=m",
		"a:>x(first) m:>x(first) z:>x(first) zz:>x(first)");
	does(w, 1, "pass y", "y:?U a/y:?U m/y:?U z/y:?U zz/y:?U");
	does(w, 2, "fail x",
		"x:?D a/x:?D m/x:?D z/x:?D zz/x:?D a:x>y(failover) m!(breaker) z!(breaker) "
		"zz!(breaker)");
	end(w);
}

static void who_comes_after_another(void **state)
{
	(void)state;
	/* app comes after db, and web after app; all die in one moment. */
	struct world *w = begin(FAST "app single auto keep 10 x=x y=y\n+ after=db\n"
				     "db single auto keep 10 x=x y=d\n"
				     "web single auto keep 10 x=x y=y\n+ after=app",
		"db:>x(first) app:>x(first) web:>x(first)");
	does(w, 1, "pass x y", "x:?U app/x:?U db/x:?U web/x:?U y:?U app/y:?U web/y:?U");
	does(w, 2, "fail x",
		"x:UD app/x:UD db/x:UD web/x:UD db!(none-left) app!(after) web!(after)");
	does(w, 3, "pass d", "d:?U db/y:?U db:x>y(failover) app:x>y(failover) web:x>y(failover)");
	end(w);
}

static void gates_open(void **state)
{
	(void)state;
	struct world *w = begin(FAST "www single manual keep 10 fra=f#fv ams=m#mv lon=l#lv\n"
				     "+ behind=5 clear",
		"www:>fra(first)");
	does(w, 1, "pass f m l", "f:?U www/fra:?U m:?U www/ams:?U l:?U www/lon:?U");
	reads(w, 2, "fv", "100", "fv:?U");
	reads(w, 2, "mv", "90", "mv:?U");
	is_refused(w, 2, "switch www ams", REFUSAL_GATE);
	does(w, 3, "fail f", "f:UD www/fra:UD www!(none-left)");
	reads(w, 4, "mv", "95", "www:fra>ams(failover)");
	does(w, 5, "pass f", "f:DU www/fra:DU");
	reads(w, 6, "lv", "95", "lv:?U");
	/* Out, and nobody fits: it stays until a gate opens. */
	orders(w, 7, "out www lon", "");
	is_refused(w, 7, "out www ams", REFUSAL_LAST);
	orders(w, 7, "out www ams force=9", "");
	does(w, 8, "time", "");
	orders(w, 9, "clear www fra", "www:ams>fra(drained)");
	reads(w, 10, "lv", "1", "");
	orders(w, 10, "online www lon", "");
	orders(w, 11, "out www fra force=9", "");
	reads(w, 12, "lv", "100", "www:fra>lon(drained)");
	end(w);
}

static void gates_of_a_pool(void **state)
{
	(void)state;
	struct world *w =
		begin(FAST "api pool auto keep 10 a=x#xv b=y#yv\n+ range=0:5", "api:>a+b(first)");
	does(w, 1, "pass x y", "x:?U api/a:?U y:?U api/b:?U");
	does(w, 2, "fail y", "y:UD api/b:UD api:a+b>a(failover)");
	reads(w, 3, "yv", "9", "yv:?U");
	does(w, 4, "pass y", "y:DU api/b:DU");
	does(w, 14, "time", "");
	reads(w, 20, "yv", "5", "api:a>a+b(failback)");
	reads(w, 21, "yv", "9", "");
	end(w);
}

/* Who is active changes what gates see: who fits by that comes at once, or by itself a bit later.
 */
static void gates_that_follow_each_other(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 10\n"
				"api pool auto keep 0 a=a#av b=b#bv c=c#cv d=d#dv\n+ behind=3",
		"api:>a+b+c+d(first)");
	does(w, 1, "pass a b c d", "a:?U api/a:?U b:?U api/b:?U c:?U api/c:?U d:?U api/d:?U");
	reads(w, 1, "av", "0", "av:?U");
	reads(w, 1, "bv", "3", "bv:?U");
	reads(w, 1, "cv", "6", "cv:?U");
	reads(w, 1, "dv", "9", "dv:?U");
	does(w, 2, "fail a b c",
		"a:UD api/a:UD api:a+b+c+d>b+c+d(failover) b:UD api/b:UD "
		"api:b+c+d>c+d(failover) c:UD api/c:UD api:c+d>d(failover)");
	does(w, 3, "pass a b", "a:DU api/a:DU b:DU api/b:DU");
	does(w, 10.5, "pass c", "c:DU api/c:DU api:d>c+d(failback) api:c+d>b+c+d(failback)");
	/* Unknown moves nothing, though a fits by now. */
	does(w, 11, "time", "av:U? bv:U? cv:U? d:U? dv:U? api/d:U?");
	does(w, 11.1, "time", "api:b+c+d>a+b+c+d(failback)");
	end(w);
}

static void what_a_decision_sees(void **state)
{
	(void)state;
	struct world *w = begin(
		FAST "www single manual keep 10 fra=f#v ams=m#w\n+ range=1:2", "www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	orders(w, 2, "maintenance www fra from=50 until=60 force=9", "");
	reads(w, 3, "w", "1", "w:?U"); /* one that is to leave is not at rest */
	const struct engine_facts facts = engine_facts(w->engine);
	const struct contender fra = facts_contender(&facts, 0, at(3));
	const struct contender ams = facts_contender(&facts, 1, at(3));
	assert_true(fra.planned.ns == at(50).ns && fra.gate == GATE_UNKNOWN);
	assert_true(ams.planned.ns == 0 && ams.gate == GATE_OPEN);
	const struct pick pick = engine_plan(w->engine, 0, NULL, 0, at(3), NULL, NULL);
	assert_true(same_pick(&pick, &engine_facts(w->engine).services[0]));
	end(w);
}

/* By IPv6 alone, and without an address: asked once. */
static void endpoints_of_one_family_or_none(void **state)
{
	(void)state;
	struct world *w = mem_new(sizeof *w);
	w->arena = arena_new();
	const struct policy *const p =
		policy_text(w->arena, FAST "www single auto keep 10 fra=f ams=m");
	struct policy_endpoint *const ends = (struct policy_endpoint *)(uintptr_t)p->endpoints;
	ends[0].has[FAMILY_V4] = ends[1].has[FAMILY_V4] = false;
	ends[1].has[FAMILY_V6] = true;
	w->engine = engine_new(p, at(0), &w->effects);
	expect(w, "new", "www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 2, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 3, "fail m", "m:UD www/ams:UD www!(none-left)");
	end(w);
}

/* The share of a standby comes and goes; with gates the service is not at rest while it could. */
static void a_trickle(void **state)
{
	(void)state;
	struct world *w = mem_new(sizeof *w);
	w->arena = arena_new();
	const struct policy *const p = policy_text(
		w->arena, FAST "www single auto keep 10 fra=f#v ams=m#w\n+ range=1:2 brief=20");
	struct service_rule *const rule = (struct service_rule *)(uintptr_t)&p->services[0].rule;
	rule->trickle = 100;
	rule->follows = true;
	w->engine = engine_new(p, at(0), &w->effects);
	for (double s = 1; s < 3; s++) {
		for (uint32_t i = 0; i < p->n_checks; i++) {
			const struct value value = {.text = "1", .read = at(s)};
			step(w, (struct event){.kind = EVENT_OUTCOME, .check = i, .value = &value},
				s);
		}
	}
	bool told = false;
	for (size_t i = 0; i < w->effects.n; i++)
		told |= w->effects.list[i].kind == EFFECT_TRICKLE;
	assert_true(told);
	assert_true(endpoint_has(&engine_facts(w->engine).services[0].trickle, 1));
	w->effects.n = 0;
	const struct decree decree = {
		.verb = DECREE_MAINTENANCE, .endpoint = 0, .from = at(15), .until = at(90)};
	step(w, (struct event){.kind = EVENT_DECREE, .decree = &decree}, 3);
	for (mono_t due = engine_next(w->engine); due.ns != 0 && due.ns < at(100).ns;
		due = engine_next(w->engine))
		engine_step(w->engine, &(struct event){.kind = EVENT_TIME}, due, &w->effects);
	assert_true(w->effects.n > 2);
	end(w);
}

/* Of three gates that time alone shuts, the first to do so ends the share. */
static void a_trickle_until_a_gate_shuts(void **state)
{
	(void)state;
	struct world *w = begin(FAST "www single auto keep 10 fra=f#a,b,c ams=m#x,y,z\n"
				     "+ fresh=30 fresh=20 fresh=25 trickle=100",
		"www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	reads(w, 2, "x", "1", "x:?U");
	reads(w, 2, "y", "1", "y:?U");
	reads(w, 2, "z", "1", "z:?U www~ams");
	assert_int_equal(engine_next(w->engine).ns, at(22).ns + 1);
	end(w);
}

static void a_cold_standby_starts_or_not(void **state)
{
	(void)state;
	struct world *w = begin(FAST "www single auto keep 10 fra=f/fr ams=m/mr lon=l/lr\n"
				     "+ start=20 clear",
		"www:>fra(first)");
	does(w, 1, "pass f mr lr", "f:?U www/fra:?U mr:?U lr:?U");
	does(w, 2, "fail m l fr", "m:?D www/ams:?D l:?D www/lon:?D fr:?D");
	/* It stopped, so it would be ready; it is not chosen again. */
	does(w, 3, "pass fr", "fr:DU");
	does(w, 4, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 23, "time", "");
	does(w, 24, "time", "www:ams>lon(failover)");
	does(w, 25, "pass l", "l:DU www/lon:DU");
	does(w, 26, "fail lr", "lr:UD");
	does(w, 60, "time", "");
	orders(w, 61, "offline www fra", "");
	orders(w, 61, "clear www fra", "www:role");
	does(w, 90, "time", "");
	orders(w, 91, "online www fra", "www:lon>fra(failback)");
	end(w);
}

static void families(void **state)
{
	(void)state;
	struct world *w = begin(FAST "api pool auto keep 10 a=a4|a6 b=b4|b6", "api:>a+b(first)");
	does(w, 1, "pass a4 a6 b4 b6", "a4:?U api/a:?U a6:?U b4:?U api/b:?U b6:?U");
	does(w, 2, "fail a4", "a4:UD api:a+b>a+b(kept)");
	assert_true(endpoint_has(&engine_facts(w->engine).services[0].dark[FAMILY_V4], 0));
	does(w, 3, "pass a4", "a4:DU api:a+b>a+b(kept)");
	does(w, 4, "fail a4 a6", "a4:UD api:a+b>a+b(kept) a6:UD api/a:UD api:a+b>b(failover)");
	reload(w, 5, FAST "api single auto keep 10 a=a4|a6 b=b4|b6", "");
	does(w, 6, "fail b4", "b4:UD");
	reload(w, 7, FAST "api single auto keep 10 a=a4|a6 b=b4|b6\n+ all-families",
		"api/b:UD api!(none-left)");
	does(w, 8, "pass b4", "b4:DU api/b:DU");
	end(w);
	/* Each has the state of its families, a standby that is cold those of its readiness. */
	w = begin(FAST
		"www single auto keep 10 a=a4|a6/ar4|ar6 b=b4|b6/br4|br6\n+ start=5 all-families",
		"www:>a(first)");
	does(w, 1, "pass br4", "br4:?U");
	does(w, 2, "fail a6", "a6:?D www/a:?D www!(none-left)");
	does(w, 3, "pass br6", "br6:?U www:a>b(failover)");
	end(w);
}

static void the_ttl_goes_down_before_a_failback(void **state)
{
	(void)state;
	struct world *w =
		begin(FAST "www single auto keep 60 fra=f ams=m\n+ brief=20", "www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U www:ttl+ m:?U www/ams:?U");
	does(w, 2, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 3, "pass f", "f:DU www/fra:DU www:role");
	does(w, 42, "time", "");
	does(w, 43, "time", "www:ttl-");
	does(w, 63, "time", "www:ams>fra(failback)");
	orders(w, 64, "maintenance www fra from=100 until=110", "");
	does(w, 79, "time", "");
	does(w, 80, "time", "www:ttl-");
	does(w, 100, "time", "www:fra>ams(drained)");
	end(w);
}

static void deposed_survives_that_nobody_is_left(void **state)
{
	(void)state;
	struct world *w =
		begin(FAST "www single auto keep 10 fra=f ams=m lon=l\n+ clear", "www:>fra(first)");
	does(w, 1, "pass f m l", "f:?U www/fra:?U m:?U www/ams:?U l:?U www/lon:?U");
	does(w, 2, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 3, "pass f", "f:DU www/fra:DU");
	orders(w, 3, "pin www ams until=50", "");
	reload(w, 4, FAST "www single auto keep 10 fra=f lon=l\n+ clear", "www:>lon(first)");
	/* The pin went with who was pinned. */
	does(w, 60, "time", "");
	orders(w, 61, "clear www fra", "www:lon>fra(failback)");
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_switch_and_its_end),
		cmocka_unit_test(a_failback_from_one_that_is_down),
		cmocka_unit_test(words_end_by_themselves),
		cmocka_unit_test(a_pin_ends_that_ended_before_the_machine_started),
		cmocka_unit_test(a_new_start_is_not_for_who_was_deposed),
		cmocka_unit_test(a_restart_changes_nothing),
		cmocka_unit_test(the_breaker_is_exact),
		cmocka_unit_test(who_moves_with_another),
		cmocka_unit_test(who_comes_after_another),
		cmocka_unit_test(gates_open),
		cmocka_unit_test(gates_of_a_pool),
		cmocka_unit_test(gates_that_follow_each_other),
		cmocka_unit_test(what_a_decision_sees),
		cmocka_unit_test(endpoints_of_one_family_or_none),
		cmocka_unit_test(a_trickle),
		cmocka_unit_test(a_trickle_until_a_gate_shuts),
		cmocka_unit_test(a_cold_standby_starts_or_not),
		cmocka_unit_test(families),
		cmocka_unit_test(the_ttl_goes_down_before_a_failback),
		cmocka_unit_test(deposed_survives_that_nobody_is_left),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
