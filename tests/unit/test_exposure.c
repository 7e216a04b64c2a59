/* Until when clients may hold what was answered before, and what the facts alone say of gates. */
#include "engine_world.h"

static void is_exposed(struct world *w, const char *row, uint32_t service, double until)
{
	const mono_t exposed = engine_facts(w->engine).services[service].exposed;
	if (exposed.ns != at(until).ns)
		fail_msg("%s: until %g, not %g", row, (double)exposed.ns / 1e9, until);
}

static void the_ttl_that_was_in_force_counts(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 2 stale 9000\n"
				"www single auto keep 10 fra=f ams=m\n+ brief=100/5 manual\n",
		"www:>fra(first)");
	is_exposed(w, "a first pick replaces nothing", 0, 0);
	does(w, 1, "pass f m", "f:?U www/fra:?U www:ttl+ m:?U www/ams:?U");
	orders(w, 10, "switch www ams until=8000", "www:fra>ams(kept)");
	is_exposed(w, "the long TTL, from the switch on", 0, 110);
	does(w, 200, "fail m", "www:ttl-");
	is_exposed(w, "a lower TTL is no switch", 0, 110);
	orders(w, 220, "switch www fra", "www:ams>fra(kept)");
	is_exposed(w, "the long one was given until 200, 20 s before the switch", 0, 300);
	does(w, 400, "fail f", "www:ttl-");
	orders(w, 600, "switch www ams until=8000", "www:fra>ams(kept)");
	is_exposed(w, "the short one alone was given for long enough", 0, 605);
	end(w);
}

static void who_follows_has_a_ttl_of_its_own(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 9000\n"
				"mail single auto keep 10 fra=f ams=m\n+ brief=50/5 with=www\n"
				"www single auto keep 10 fra=f ams=m\n+ brief=100/5\n",
		"www:>fra(first) mail:>fra(first)");
	does(w, 1, "pass f m",
		"f:?U mail/fra:?U www/fra:?U www:ttl+ mail:ttl+ m:?U mail/ams:?U www/ams:?U");
	does(w, 10, "fail f",
		"f:UD mail/fra:UD www/fra:UD www:fra>ams(failover) mail:fra>ams(failover)");
	is_exposed(w, "www", 1, 110);
	is_exposed(w, "mail", 0, 60);
	end(w);
}

static void a_plan_and_a_restart_expose_nobody(void **state)
{
	(void)state;
	struct world *w = begin("rise 1 fall 1 stale 9000\n"
				"www single auto keep 10 fra=f ams=m\n+ brief=100/5\n",
		"www:>fra(first)");
	does(w, 1, "pass f m", "f:?U www/fra:?U www:ttl+ m:?U www/ams:?U");
	const struct decree decree = {.verb = DECREE_SWITCH, .endpoint = 1};
	(void)!engine_plan(w->engine, 0, &decree, 1, at(5), NULL, NULL).home;
	is_exposed(w, "a plan", 0, 0);
	struct standing said[2] = {0};
	struct memory memory = {.pick = engine_facts(w->engine).services[0],
		.mandate = {.pinned = ENDPOINT_NONE},
		.standings = said};
	memory.pick.on = endpoint_only(1);
	memory.pick.exposed = at(77);
	engine_recall(w->engine, 0, &memory, at(6), &w->effects);
	is_exposed(w, "what was remembered", 0, 77);
	end(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_ttl_that_was_in_force_counts),
		cmocka_unit_test(who_follows_has_a_ttl_of_its_own),
		cmocka_unit_test(a_plan_and_a_restart_expose_nobody),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
