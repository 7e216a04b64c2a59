/* What follows the end of an idle connection, and what is learnt from it. */
#include "prober/burst.h"
#include "prober/idle.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static mono_t at(int64_t ms) { return (mono_t){1000000000 + ms * 1000000}; }

/* Outcomes (p, f, -: no verdict) of attempts after the burst began, with fall 3. */
static void bursts(void **state)
{
	(void)state;
	static const struct {
		const char *what, *outcomes;
		enum burst_word word; /* of the last one; those before went on */
	} rows[] = {
		{"dead", "fff", BURST_CONFIRMED},
		{"alive", "ppp", BURST_EXCUSED},
		{"one process of it was dead first", "pfff", BURST_CONFIRMED},
		{"... and another one later", "ppfff", BURST_CONFIRMED},
		{"a moment of weakness", "ffppp", BURST_EXCUSED},
		{"not decided yet", "ffpp", BURST_GOES_ON},
		{"we cannot ask", "-----", BURST_OPEN},
		{"we cannot ask well", "-f-f-f", BURST_CONFIRMED},
		{"we can hardly ask", "p-p-p-f-p-", BURST_OPEN},
	};
	const struct health_rule rule = {.rise = 2, .fall = 3};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct health health = {.known = HEALTH_UP, .state = HEALTH_UP};
		struct burst burst = burst_begin(at(0));
		/* The one under way tells of before. */
		assert_int_equal(burst_step(&burst, PROBE_PASS, at(-1), HEALTH_UP), BURST_GOES_ON);
		assert_int_equal(burst.passes, 0);
		enum burst_word word = BURST_GOES_ON;
		for (const char *c = rows[i].outcomes; *c != '\0'; c++) {
			if (word != BURST_GOES_ON)
				fail_msg("%s: ended too soon", rows[i].what);
			const enum probe_outcome outcome = *c == 'p'   ? PROBE_PASS
							   : *c == 'f' ? PROBE_FAIL
								       : PROBE_NO_VERDICT;
			health = health_step(&rule, health, outcome, at(1));
			assert_true(burst_gap(&burst).ns >= span_ms(2).ns);
			assert_true(burst_gap(&burst).ns <= span_ms(32).ns);
			word = burst_step(&burst, outcome, at(1), health.known);
		}
		if (word != rows[i].word)
			fail_msg("%s: %d", rows[i].what, (int)word);
		assert_int_equal(burst.on, word == BURST_GOES_ON);
	}
}

static void learning(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t ages_ms[8]; /* of connections that ended for nothing */
		int64_t replace_ms, rest_ms;
	} rows[] = {
		{"once is nothing", {60000}, 0, IDLE_REST_MIN_MS},
		{"twice is how it is", {60000, 60100}, 45000, IDLE_REST_MIN_MS},
		{"other ages are accidents, ever rarer", {3000, 900, 4000}, 0, 2000},
		{"a long life ends the rests", {900, 3000, 1200, 60000}, 0, IDLE_REST_MIN_MS},
		{"one learnt, and one sooner", {60000, 60000, 20000}, 45000, IDLE_REST_MIN_MS},
		{"learnt anew", {60000, 60000, 20000, 20500}, 15000, IDLE_REST_MIN_MS},
		{"closed at once: not worth having", {3, 5}, 0, IDLE_REST_MAX_MS},
		{"and tried again later", {3, 5, 60000, 61000}, 45000, IDLE_REST_MIN_MS},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct idle idle = {.last = {0}};
		for (size_t k = 0; k < 8 && rows[i].ages_ms[k] != 0; k++)
			idle = idle_ended(idle, span_ms(rows[i].ages_ms[k]));
		if (idle_replace(&idle).ns != span_ms(rows[i].replace_ms).ns ||
			idle.rest.ns != span_ms(rows[i].rest_ms).ns)
			fail_msg("%s: %lld %lld", rows[i].what, (long long)idle_replace(&idle).ns,
				(long long)idle.rest.ns);
	}
}

static void rests_grow_to_a_limit(void **state)
{
	(void)state;
	struct idle idle = {.last = {0}};
	for (int i = 0; i < 20; i++)
		idle = idle_failed(idle);
	assert_int_equal(idle.rest.ns, span_ms(IDLE_REST_MAX_MS).ns);
	assert_int_equal(idle_rested(idle).rest.ns, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bursts),
		cmocka_unit_test(learning),
		cmocka_unit_test(rests_grow_to_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
