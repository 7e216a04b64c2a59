/* Single attempts that a person asks for, beside the schedule. */
#include "tests/unit/prober_child.h"

static void try_check(struct child *child, uint32_t id, uint32_t check)
{
	const struct order o = {.kind = ORDER_TRY, .id = id, .check = check};
	send_all(child, &o, sizeof o);
}

struct heard {
	size_t n;
	struct report steps[8];
	struct report end;
};

/* All that is told of trial `id`, until its end. */
static struct heard wait_for_trial(struct child *child, uint32_t id)
{
	struct heard heard = {0};
	struct report r[REPORTS_MAX];
	for (;;)
		for (size_t i = 0, n = hear(child, r); i < n; i++) {
			if (r[i].id != id || r[i].kind == REPORT_ALIVE)
				continue;
			if (r[i].kind == REPORT_STEP) {
				assert_true(heard.n < COUNT_OF(heard.steps));
				heard.steps[heard.n++] = r[i];
				continue;
			}
			assert_int_equal(r[i].kind, REPORT_TRIAL);
			heard.end = r[i];
			return heard;
		}
}

enum { HOUR_MS = 3600000 };

static void steps_are_told_and_then_the_end(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_tcp, &child.open, HOUR_MS, 5000);
	try_check(&child, 7, 1);
	const struct heard h = wait_for_trial(&child, 7);
	assert_int_equal(h.n, 2);
	assert_string_equal(h.steps[0].step, "connecting");
	assert_string_equal(h.steps[1].step, "connected; given up with a reset");
	assert_int_equal(h.end.outcome, PROBE_PASS);
	for (size_t i = 0; i < h.n; i++) {
		assert_int_equal(h.steps[i].started.ns, h.end.started.ns);
		assert_true(mono_reached(h.end.started, h.steps[i].ended));
		assert_true(mono_reached(h.steps[i].ended, h.end.ended));
	}
	stop(&child);
}

static void silence_times_out(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, HOUR_MS, 60);
	struct heard h;
	uint32_t id = 7;
	do { /* late is possible on a busy machine, not for ever */
		try_check(&child, id, 1);
		h = wait_for_trial(&child, id++);
	} while (h.end.outcome == PROBE_NO_VERDICT);
	assert_int_equal(h.end.outcome, PROBE_FAIL);
	assert_string_equal(h.end.why, "timed out");
	assert_true(mono_between(h.end.started, h.end.ended).ns >= span_ms(60).ns);
	stop(&child);
}

static void an_unknown_check_is_refused(void **state)
{
	(void)state;
	struct child child = start();
	try_check(&child, 7, 4711);
	const struct heard h = wait_for_trial(&child, 7);
	assert_int_equal(h.end.outcome, PROBE_NO_VERDICT);
	assert_int_equal(h.end.fault, FAULT_TOOL);
	assert_string_equal(h.end.why, "the prober does not know this check");
	stop(&child);
}

static void its_check_may_be_forgotten_meanwhile(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, HOUR_MS, 100);
	try_check(&child, 7, 1);
	forget(&child, 1);
	(void)wait_for_beat(&child, 0);
	try_check(&child, 8, 1);
	(void)wait_for_trial(&child, 8); /* it came later and is over at once */
	stop(&child);                    /* the other may still wait, and is given up */
}

static void there_are_not_too_many(void **state)
{
	(void)state;
	enum { MANY = 70, MOST = 64 };
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, HOUR_MS, 10000);
	for (uint32_t i = 0; i < MANY; i++)
		try_check(&child, 100 + i, 1);
	struct report r[REPORTS_MAX];
	for (uint32_t refused = 0; refused < MANY - MOST;)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind != REPORT_TRIAL)
				continue;
			assert_string_equal(r[i].why, "too many are tried at once");
			assert_true(r[i].id >= 100 + MOST);
			refused++;
		}
	stop(&child);
}

static void the_schedule_goes_on(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_tcp, &child.open, 20, 1000);
	for (uint32_t id = 7; id < 17; id++) {
		(void)wait_for(&child, 1);
		try_check(&child, id, 1);
		assert_int_equal(wait_for_trial(&child, id).end.outcome, PROBE_PASS);
	}
	stop(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(steps_are_told_and_then_the_end),
		cmocka_unit_test(silence_times_out),
		cmocka_unit_test(an_unknown_check_is_refused),
		cmocka_unit_test(its_check_may_be_forgotten_meanwhile),
		cmocka_unit_test(there_are_not_too_many),
		cmocka_unit_test(the_schedule_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
