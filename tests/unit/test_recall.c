/* What the last process left, taken on by another clock. */
#include "conf_fixture.h"
#include "net/clock.h"
#include "server/memory.h"
#include "server/recall.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static mono_t seconds(mono_t now, int64_t s) { return (mono_t){now.ns + s * 1000000000}; }

/* An operator switched 10 s before the end and may not be undone for 300 s. */
static void test_a_clock_that_was_set_back_makes_nothing_longer(void **state)
{
	(void)state;
	static const struct {
		const char *sentence;
		int64_t back, stay; /* seconds; from now on */
	} rows[] = {{"it was not", 0, 290}, {"by less than since the switch", 5, 295},
		{"by a day", 86400, 300}, {"it was set ahead", -100, 190}};
	struct parsed parsed = parse_text(one_service);
	const struct policy *const policy = &parsed.conf->policy;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct effects effects = {0};
		const mono_t now = seconds(clock_mono(), 1000);
		struct engine *const engine = engine_new(policy, now, &effects);
		struct standing standings[2] = {{0}};
		struct memory memory = memory_of(engine_facts(engine), 0);
		memory.standings = standings;
		memory.pick.switched = memory.pick.moves[0] = seconds(now, -10);
		memory.pick.stay = memory.pick.exposed = memory.pick.steady = seconds(now, 290);
		const struct wall then = wall_at(now, clock_wall_ns() + rows[i].back * 1000000000);
		char *const json = memory_write(policy, 0, &memory, then);
		const struct store_state left = {"www", json};
		assert_int_equal(recall_states(engine, &left, 1, now, &effects), 0);
		const struct pick *const is = &engine_facts(engine).services[0];
		const int64_t stay = is->stay.ns - seconds(now, rows[i].stay).ns;
		const int64_t steady = is->steady.ns - seconds(now, rows[i].stay).ns;
		/* The wall clock is read twice. */
		if (llabs(stay) > 2000000000 || llabs(steady) > 2000000000 ||
			is->switched.ns > now.ns || is->moves[0].ns > now.ns)
			fail_msg("%s: %lld ms off", rows[i].sentence, (long long)stay / 1000000);
		free(json);
		engine_free(engine);
		free(effects.list);
	}
	parsed_free(&parsed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_clock_that_was_set_back_makes_nothing_longer),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
