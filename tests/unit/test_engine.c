#include "base/mem.h"
#include "failover/engine.h"
#include "policy_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
	struct arena *arena;
	struct engine *engine;
	struct effects effects;
	char said[4096]; /* the effects of the last event */
};

static mono_t at(double s) { return (mono_t){(int64_t)(s * 1e9)}; }

static void say(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct world *w, const char *fmt, ...)
{
	const size_t n = strlen(w->said);
	if (n > 0)
		strcat(w->said, " ");
	va_list args;
	va_start(args, fmt);
	vsnprintf(w->said + strlen(w->said), sizeof(w->said) - strlen(w->said), fmt, args);
	va_end(args);
}

static const char *names(const struct policy *p, uint32_t service, const struct endpoint_set *set)
{
	static char rooms[2][256];
	static int next;
	char *room = rooms[next++ % 2];
	room[0] = '\0';
	for (uint32_t i = 0; i < p->services[service].n; i++) {
		if (!endpoint_has(set, i))
			continue;
		if (room[0] != '\0')
			strcat(room, "+");
		strcat(room, p->endpoints[p->services[service].first + i].name);
	}
	return room;
}

/* The effects as words: "check:UD  service/endpoint:UD  service:from>to(rule)  service!(rule)". */
static void hear(struct world *w)
{
	const struct policy *p = engine_facts(w->engine).policy;
	w->said[0] = '\0';
	for (size_t i = 0; i < w->effects.n; i++) {
		const struct effect *e = &w->effects.list[i];
		const char *rule = pick_reason_text(e->pick.reason);
		switch (e->kind) {
		case EFFECT_HEALTH:
			say(w, "%s:%c%c", p->checks[e->subject].identity, "?UD"[e->was],
				"?UD"[e->is]);
			break;
		case EFFECT_VERDICT:
			say(w, "%s/%s:%c%c", p->services[p->endpoints[e->subject].service].name,
				p->endpoints[e->subject].name, "?UD"[e->was], "?UD"[e->is]);
			break;
		case EFFECT_SWITCH:
			say(w, "%s:%s>%s(%s)", p->services[e->subject].name,
				names(p, e->subject, &e->from), names(p, e->subject, &e->pick.on),
				rule);
			break;
		case EFFECT_STUCK: say(w, "%s!(%s)", p->services[e->subject].name, rule); break;
		}
	}
	w->effects.n = 0;
}

static void expect(struct world *w, const char *what, const char *effects)
{
	hear(w);
	if (strcmp(w->said, effects) != 0)
		fail_msg("%s\n expected: %s\n got:      %s", what, effects, w->said);
}

static struct world *begin(const char *policy, const char *effects)
{
	struct world *w = mem_new(sizeof(*w));
	w->arena = arena_new();
	w->engine = engine_new(policy_text(w->arena, policy), at(0), &w->effects);
	expect(w, "new", effects);
	return w;
}

static void end(struct world *w)
{
	engine_free(w->engine);
	arena_free(w->arena);
	free(w->effects.list);
	free(w);
}

static void step(struct world *w, struct event event, double s)
{
	engine_step(w->engine, &event, at(s), &w->effects);
}

/* `event`: "pass CHECK ...", "fail CHECK ...", "none CHECK ...", "deaf", "time". */
static void does(struct world *w, double s, const char *event, const char *effects)
{
	char copy[256], *rest;
	snprintf(copy, sizeof(copy), "%s", event);
	const char *verb = strtok_r(copy, " ", &rest);
	if (strcmp(verb, "deaf") == 0)
		step(w, (struct event){.kind = EVENT_DEAF}, s);
	if (strcmp(verb, "time") == 0)
		step(w, (struct event){.kind = EVENT_TIME}, s);
	const enum probe_outcome outcome = strcmp(verb, "pass") == 0   ? PROBE_PASS
					   : strcmp(verb, "fail") == 0 ? PROBE_FAIL
								       : PROBE_NO_VERDICT;
	for (const char *check = strtok_r(NULL, " ", &rest); check != NULL;
		check = strtok_r(NULL, " ", &rest)) {
		const struct policy *p = engine_facts(w->engine).policy;
		uint32_t i = 0;
		while (strcmp(p->checks[i].identity, check) != 0)
			i++;
		step(w, (struct event){.kind = EVENT_OUTCOME, .check = i, .outcome = outcome}, s);
	}
	char what[300];
	snprintf(what, sizeof(what), "at %g: %s", s, event);
	expect(w, what, effects);
}

static void reload(struct world *w, double s, const char *policy, const char *effects)
{
	engine_adopt(w->engine, policy_text(w->arena, policy), at(s), &w->effects);
	expect(w, policy, effects);
}

/* Wakes when the engine asks for it, up to `until`; returns all that it then said, in the last. */
static double wake(struct world *w)
{
	const mono_t next = engine_next(w->engine);
	engine_step(w->engine, &(struct event){.kind = EVENT_TIME}, next, &w->effects);
	return (double)next.ns / 1e9;
}

static const char *const www = "www single auto keep 60 fra=f ams=m lon=l";
static const char *const all_up = "f:?U www/fra:?U m:?U www/ams:?U l:?U www/lon:?U";

static void an_outage_and_the_return(void **state)
{
	(void)state;
	struct world *w =
		begin("rise 2 fall 3 stale 500\nwww single auto keep 60 fra=f ams=m lon=l",
			"www:>fra(first)");
	does(w, 1, "pass f m l", all_up);
	does(w, 2, "fail f", "");
	does(w, 3, "fail f", "");
	does(w, 4, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 5, "fail f", "");
	does(w, 9, "pass f", "");
	does(w, 10, "pass f", "f:DU www/fra:DU");
	assert_int_equal(engine_next(w->engine).ns, at(70).ns);
	does(w, 69.999, "time", "");
	does(w, 70, "time", "www:ams>fra(failback)");
	const struct engine_facts facts = engine_facts(w->engine);
	assert_int_equal(facts.services[0].switched.ns, at(70).ns);
	assert_int_equal(facts.services[0].by, PICK_FAILBACK);
	assert_int_equal(facts.endpoints[0].since.ns, at(10).ns);
	assert_int_equal(facts.checks[0].since.ns, at(10).ns);
	end(w);
}

static void a_flap_shorter_than_the_hold(void **state)
{
	(void)state;
	struct world *w = begin(
		"rise 1 fall 1 stale 500\nwww single auto keep 60 fra=f ams=m", "www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 2, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 30, "pass f", "f:DU www/fra:DU");
	does(w, 89, "fail f", "f:UD www/fra:UD");
	assert_int_equal(engine_next(w->engine).ns, at(501).ns);
	does(w, 90, "time", "");
	does(w, 100, "pass f", "f:DU www/fra:DU");
	does(w, 160, "time", "www:ams>fra(failback)");
	end(w);
}

static void failback_by_hand_only(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 5000\nwww single manual keep 60 fra=f ams=m",
		"www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 2, "fail f", "f:UD www/fra:UD www:fra>ams(failover)");
	does(w, 3, "pass f", "f:DU www/fra:DU");
	assert_int_equal(engine_next(w->engine).ns, at(5001).ns);
	does(w, 900, "pass f", "");
	does(w, 901, "fail m", "m:UD www/ams:UD www:ams>fra(failover)");
	end(w);
}

static void a_better_standby_comes_during_the_hold(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 500\n"
				"www single auto keep 60 fra=f ams=m lon=l",
		"www:>fra(first)");
	does(w, 1, "pass f m l", all_up);
	does(w, 2, "fail m", "m:UD www/ams:UD");
	does(w, 3, "fail f", "f:UD www/fra:UD www:fra>lon(failover)");
	does(w, 10, "pass m", "m:DU www/ams:DU");
	does(w, 50, "pass f", "f:DU www/fra:DU");
	assert_int_equal(engine_next(w->engine).ns, at(70).ns);
	does(w, 70, "time", "www:lon>ams(failback)");
	assert_int_equal(engine_next(w->engine).ns, at(130).ns); /* not 110 */
	does(w, 130, "time", "www:ams>fra(failback)");
	end(w);
}

static void stuck_is_said_once(void **state)
{
	(void)state;
	struct world *w = begin(
		"rise 1 fall 1 stale 500\nwww single auto keep 60 fra=f ams=m", "www:>fra(first)");
	does(w, 1, "fail m", "m:?D www/ams:?D");
	does(w, 2, "fail f", "f:?D www/fra:?D www!(none-left)");
	does(w, 3, "fail f m", "");
	does(w, 4, "pass m", "m:DU www/ams:DU www:fra>ams(failover)");
	does(w, 5, "fail m", "m:UD www/ams:UD www!(none-left)");
	end(w);
}

static void all_down_all_answer(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 500\nwww single auto all 60 fra=f ams=m lon=l",
		"www:>fra(first)");
	does(w, 1, "fail f", "f:?D www/fra:?D www!(none-left)");
	does(w, 2, "fail m", "m:?D www/ams:?D");
	does(w, 3, "fail l", "l:?D www/lon:?D www:fra>fra+ams+lon(none-left)");
	does(w, 4, "deaf", "f:D? m:D? l:D? www/fra:D? www/ams:D? www/lon:D?");
	does(w, 5, "fail f m l", "f:?D www/fra:?D m:?D www/ams:?D l:?D www/lon:?D");
	does(w, 6, "pass l", "l:DU www/lon:DU www:fra+ams+lon>lon(failover)");
	does(w, 7, "pass f", "f:DU www/fra:DU");
	does(w, 67, "time", "www:lon>fra(failback)");
	end(w);
}

static void a_pool_withdraws_and_takes_back(void **state)
{
	(void)state;
	struct world *w = begin(
		"rise 1 fall 1 stale 500\napi pool auto all 10 a=x b=y c=z", "api:>a+b+c(first)");
	does(w, 1, "pass x y z", "x:?U api/a:?U y:?U api/b:?U z:?U api/c:?U");
	does(w, 2, "fail y", "y:UD api/b:UD api:a+b+c>a+c(failover)");
	does(w, 3, "pass y", "y:DU api/b:DU");
	does(w, 4, "fail x", "x:UD api/a:UD api:a+c>c(failover)");
	does(w, 5, "fail z", "z:UD api/c:UD api:c>b(failover)");
	does(w, 6, "pass x z", "x:DU api/a:DU z:DU api/c:DU");
	does(w, 16, "time", "api:b>a+b+c(failback)");
	end(w);
}

static void a_deaf_prober_moves_nothing(void **state)
{
	(void)state;
	struct world *w = begin(www, "www:>fra(first)");
	does(w, 1, "deaf", "");
	does(w, 1, "pass f m l", all_up);
	does(w, 2, "fail f", "");
	does(w, 3, "fail f", "");
	does(w, 3.5, "deaf", "f:U? m:U? l:U? www/fra:U? www/ams:U? www/lon:U?");
	does(w, 4, "deaf", "");
	does(w, 5, "none f", "");
	/* Not the third in a row: the silence ended the row. */
	does(w, 6, "fail f", "");
	does(w, 7, "pass m", "m:?U www/ams:?U");
	does(w, 8, "fail f", "");
	does(w, 9, "fail f", "f:?D www/fra:?D www:fra>ams(failover)");
	end(w);
}

static void what_is_not_heard_of_fades(void **state)
{
	(void)state;
	struct world *w = begin(www, "www:>fra(first)");
	assert_int_equal(engine_next(w->engine).ns, 0);
	does(w, 1, "pass f m l", all_up);
	assert_int_equal(engine_next(w->engine).ns, at(6).ns);
	does(w, 4, "pass f", "");
	/* The timers were not moved: the first wake is early for one and right for two. */
	assert_int_equal(engine_next(w->engine).ns, at(6).ns);
	does(w, 6, "time", "m:U? l:U? www/ams:U? www/lon:U?");
	assert_int_equal(engine_next(w->engine).ns, at(9).ns);
	does(w, 9, "time", "f:U? www/fra:U?");
	assert_int_equal(engine_next(w->engine).ns, 0);
	does(w, 10, "none f", "");
	assert_int_equal(engine_next(w->engine).ns, 0);
	does(w, 11, "fail f", "");
	assert_int_equal(engine_next(w->engine).ns, at(16).ns);
	/* Deaf: nothing is left that could fade, the timer goes out alone. */
	does(w, 12, "deaf", "");
	assert_true(wake(w) == 16);
	expect(w, "wake", "");
	assert_int_equal(engine_next(w->engine).ns, 0);
	end(w);
}

static void a_late_wake_is_as_good(void **state)
{
	(void)state;
	struct world *w = begin(
		"rise 1 fall 3 stale 5\nwww single auto keep 60 fra=f ams=m", "www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 2, "fail f", "");
	does(w, 3, "fail f", "");
	/* Stopped for a minute; the outcome is seen before the clock.  One fail is no row, and who
	 * was not heard of is not known to be up. */
	does(w, 60, "fail f", "f:U? m:U? www/fra:U? www/ams:U?");
	does(w, 61, "pass f m", "f:?U www/fra:?U m:?U www/ams:?U");
	does(w, 120, "pass f", "f:U? m:U? www/fra:U? www/ams:U? f:?U www/fra:?U");
	assert_int_equal(engine_facts(w->engine).endpoints[0].since.ns, at(120).ns);
	end(w);
}

static void a_hold_that_ends_with_a_failure_fails_back_to_nobody(void **state)
{
	(void)state;
	struct world *w = begin(
		"rise 1 fall 1 stale 500\nwww single auto keep 60 fra=f ams=m", "www:>fra(first)");
	does(w, 1, "pass m", "m:?U www/ams:?U");
	does(w, 2, "fail f", "f:?D www/fra:?D www:fra>ams(failover)");
	does(w, 3, "pass f", "f:DU www/fra:DU");
	does(w, 63, "fail f", "f:UD www/fra:UD");
	does(w, 64, "time", "");
	end(w);
}

static void a_check_that_endpoints_share(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 500\n"
				"api pool auto keep 10 a=host,x b=y\n"
				"www single auto keep 10 a=host b=y,z",
		"api:>a+b(first) www:>a(first)");
	does(w, 1, "pass host", "host:?U www/a:?U");
	does(w, 1, "pass x y z", "x:?U api/a:?U y:?U api/b:?U z:?U www/b:?U");
	does(w, 2, "fail host", "host:UD api/a:UD www/a:UD api:a+b>b(failover) www:a>b(failover)");
	end(w);
}

static void endpoints_without_checks_are_up(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 500\nwww single auto keep 10 a=x b=",
		"www/b:?U www:>a(first)");
	does(w, 1, "fail x", "x:?D www/a:?D www:a>b(failover)");
	end(w);
}

static void no_services_at_all(void **state)
{
	(void)state;
	struct world *w = begin("", "");
	does(w, 1, "time", "");
	does(w, 1, "deaf", "");
	assert_int_equal(engine_next(w->engine).ns, 0);
	reload(w, 2, www, "www:>fra(first)");
	reload(w, 3, "", "");
	end(w);
	engine_free(NULL);
}

/* Reloads.  Each begins with fra down and ams active, switched at 4. */
static struct world *switched(void)
{
	struct world *w =
		begin("rise 1 fall 3 stale 500\nwww single auto keep 60 fra=f ams=m lon=l",
			"www:>fra(first)");
	does(w, 1, "pass f m l", all_up);
	does(w, 2, "fail f f f", "f:UD www/fra:UD www:fra>ams(failover)");
	return w;
}

#define TIMES "rise 1 fall 3 stale 500\n"

static void a_reload_of_the_same_changes_nothing(void **state)
{
	(void)state;
	struct world *w = switched();
	does(w, 3, "fail m m", "");
	reload(w, 4, TIMES "www single auto keep 60 fra=f ams=m lon=l", "");
	const struct engine_facts facts = engine_facts(w->engine);
	assert_int_equal(facts.services[0].switched.ns, at(2).ns);
	assert_int_equal(facts.services[0].by, PICK_FAILOVER);
	assert_int_equal(facts.endpoints[0].since.ns, at(2).ns);
	assert_int_equal(facts.checks[1].streak, 2);
	does(w, 5, "fail m", "m:UD www/ams:UD www:ams>lon(failover)");
	end(w);
}

static void a_reload_that_brings_other_services(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4,
		TIMES "api single auto keep 60 one=f two=m\n"
		      "www single auto keep 60 fra=f ams=m lon=l\nzzz pool auto keep 60 a=l b=f",
		"api/one:?D api/two:?U zzz/a:?U zzz/b:?D api:>two(first) zzz:>a(first)");
	reload(w, 5, TIMES "zzz pool auto keep 60 a=l b=f", "");
	does(w, 6, "pass f", "f:DU zzz/b:DU");
	does(w, 66, "time", "zzz:a>a+b(failback)");
	end(w);
}

static void a_reload_that_renames_the_active_endpoint(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4, TIMES "www single auto keep 60 fra=f amsterdam=m lon=l",
		"www/amsterdam:?U www:>amsterdam(first)");
	end(w);
}

static void a_reload_that_removes_the_active_endpoint(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4, TIMES "www single auto keep 60 fra=f lon=l", "www:>lon(first)");
	does(w, 5, "pass f", "f:DU www/fra:DU");
	assert_int_equal(engine_next(w->engine).ns, at(65).ns);
	reload(w, 6, TIMES "www single auto keep 60 fra=f", "www:>fra(first)");
	end(w);
}

static void a_reload_that_changes_the_address_of_the_active_endpoint(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4, TIMES "www single auto keep 60 fra=f ams=m2 lon=l", "www/ams:U?");
	does(w, 5, "pass m2", "m2:?U www/ams:?U");
	end(w);
}

static void a_reload_that_reorders(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4, TIMES "www single auto keep 60 lon=l ams=m fra=f", "");
	/* lon is home now, and long up; the hold counts from the switch. */
	assert_int_equal(engine_next(w->engine).ns, at(62).ns);
	does(w, 62, "time", "www:ams>lon(failback)");
	end(w);
}

static void a_reload_that_makes_a_pool_and_back(void **state)
{
	(void)state;
	struct world *w = switched();
	reload(w, 4, TIMES "www pool auto keep 60 fra=f ams=m lon=l", "www:ams>ams+lon(failback)");
	does(w, 5, "pass f", "f:DU www/fra:DU");
	reload(w, 6, TIMES "www pool auto keep 60 lon=l ams=m fra=f", "");
	assert_int_equal(engine_facts(w->engine).services[0].withdrawn.bits[0], 4);
	does(w, 7, "fail l l l", "l:UD www/lon:UD www:lon+ams>ams(failover)");
	reload(w, 8, TIMES "www pool auto keep 60 ams=m new=n lon=l", "");
	assert_int_equal(engine_facts(w->engine).services[0].withdrawn.bits[0], 4);
	does(w, 9, "pass l", "l:DU www/lon:DU");
	does(w, 69, "time", "www:ams>ams+lon(failback)");
	reload(w, 70, TIMES "www single auto keep 60 fra=f lon=l ams=m", "www:lon+ams>lon(first)");
	end(w);
}

static void a_reload_with_other_times(void **state)
{
	(void)state;
	struct world *w = switched();
	does(w, 10, "pass f m", "f:DU www/fra:DU");
	reload(w, 20, TIMES "www single auto keep 5 fra=f ams=m lon=l", "www:ams>fra(failback)");
	reload(w, 20, "rise 1 fall 3 stale 15\nwww single auto keep 5 fra=f ams=m lon=l",
		"l:U? www/lon:U?");
	assert_int_equal(engine_next(w->engine).ns, at(25).ns);
	end(w);
}

static void all_fail_at_once(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 500\n"
				"a single auto keep 10 x=x y=y\nb single auto keep 10 x=x y=y\n"
				"c single auto keep 10 x=x y=y",
		"a:>x(first) b:>x(first) c:>x(first)");
	does(w, 1, "pass y", "y:?U a/y:?U b/y:?U c/y:?U");
	does(w, 1, "fail x",
		"x:?D a/x:?D b/x:?D c/x:?D a:x>y(failover) b:x>y(failover) c:x>y(failover)");
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_outage_and_the_return),
		cmocka_unit_test(a_flap_shorter_than_the_hold),
		cmocka_unit_test(failback_by_hand_only),
		cmocka_unit_test(a_better_standby_comes_during_the_hold),
		cmocka_unit_test(stuck_is_said_once),
		cmocka_unit_test(all_down_all_answer),
		cmocka_unit_test(a_pool_withdraws_and_takes_back),
		cmocka_unit_test(a_deaf_prober_moves_nothing),
		cmocka_unit_test(what_is_not_heard_of_fades),
		cmocka_unit_test(a_late_wake_is_as_good),
		cmocka_unit_test(a_hold_that_ends_with_a_failure_fails_back_to_nobody),
		cmocka_unit_test(a_check_that_endpoints_share),
		cmocka_unit_test(endpoints_without_checks_are_up),
		cmocka_unit_test(no_services_at_all),
		cmocka_unit_test(a_reload_of_the_same_changes_nothing),
		cmocka_unit_test(a_reload_that_brings_other_services),
		cmocka_unit_test(a_reload_that_renames_the_active_endpoint),
		cmocka_unit_test(a_reload_that_removes_the_active_endpoint),
		cmocka_unit_test(a_reload_that_changes_the_address_of_the_active_endpoint),
		cmocka_unit_test(a_reload_that_reorders),
		cmocka_unit_test(a_reload_that_makes_a_pool_and_back),
		cmocka_unit_test(a_reload_with_other_times),
		cmocka_unit_test(all_fail_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
