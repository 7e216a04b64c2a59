#include "engine_world.h"

static const char *const all_up = "f:?U www/fra:?U m:?U www/ams:?U l:?U www/lon:?U";

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
	does(w, 5, "pass f", "f:DU www/fra:DU www:role"); /* deposed until it is up */
	assert_int_equal(engine_next(w->engine).ns, at(65).ns);
	reload(w, 6, TIMES "www single auto keep 60 fra=f", "www:>fra(first)");
	end(w);
}

/* Its first pick is nobody, who answered before too: that the service is stuck is the news. */
static void a_reload_that_leaves_only_who_is_down(void **state)
{
	(void)state;
	struct world *w = begin(TIMES "api single auto keep 60 one=f\n"
				      "www single auto keep 60 fra=m\n+ none",
		"api:>one(first) www:>fra(first)");
	does(w, 1, "pass f m", "f:?U api/one:?U m:?U www/fra:?U");
	does(w, 2, "fail f f f", "f:UD api/one:UD api!(none-left)");
	reload(w, 3,
		TIMES "api single auto keep 60 one=f\n"
		      "www single auto keep 60 new=f\n+ none",
		"www/new:?D www!(none-left)");
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
	does(w, 10, "pass f m", "f:DU www/fra:DU www:role");
	reload(w, 20, TIMES "www single auto keep 5 fra=f ams=m lon=l", "www:ams>fra(failback)");
	reload(w, 20, "rise 1 fall 3 stale 15\nwww single auto keep 5 fra=f ams=m lon=l",
		"l:U? www/lon:U?");
	assert_int_equal(engine_next(w->engine).ns, at(25).ns);
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reload_of_the_same_changes_nothing),
		cmocka_unit_test(a_reload_that_brings_other_services),
		cmocka_unit_test(a_reload_that_renames_the_active_endpoint),
		cmocka_unit_test(a_reload_that_removes_the_active_endpoint),
		cmocka_unit_test(a_reload_that_leaves_only_who_is_down),
		cmocka_unit_test(a_reload_that_changes_the_address_of_the_active_endpoint),
		cmocka_unit_test(a_reload_that_reorders),
		cmocka_unit_test(a_reload_that_makes_a_pool_and_back),
		cmocka_unit_test(a_reload_with_other_times),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
