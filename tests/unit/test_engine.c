#include "engine_world.h"

/* Wakes when the engine asks for it; returns the second. */
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
	does(w, 10, "pass f", "f:DU www/fra:DU www:role");
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
	does(w, 30, "pass f", "f:DU www/fra:DU www:role");
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
	does(w, 3, "pass f", "f:DU www/fra:DU www:role");
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
	does(w, 50, "pass f", "f:DU www/fra:DU www:role");
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
	does(w, 7, "pass f", "f:DU www/fra:DU www:role");
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
	does(w, 3, "pass f", "f:DU www/fra:DU www:role");
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
	struct world *w = begin("rise 1 fall 1 stale 500\nwww single auto keep 10 a= b=",
		"www/a:?U www/b:?U www:>a(first)");
	does(w, 1, "time", "");
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
		cmocka_unit_test(all_fail_at_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
