#include "base/mem.h"
#include "conf/conf.h"
#include "server/load.h"
#include "server/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct policy_check checks[] = {{.identity = "tcp a"}, {.identity = "tcp b"}};
static struct conf conf = {.policy = {.checks = checks, .n_checks = 2}};
static struct load load = {.refs = 1000, .conf = &conf};

static mono_t at(int64_t s) { return (mono_t){s * 1000000000}; }

/* "tcp a 1-3 pass 3; ..." of what is given, in seconds of our own clock. */
static const char *given(struct runs *runs, enum runs_which which, char room[1024])
{
	struct keeping *const keeping = keeping_new(&load, at(100));
	size_t used = 0;
	room[0] = '\0';
	runs_give(runs, which, keeping);
	const struct store_batch batch = keeping_batch(keeping);
	for (size_t i = 0; i < batch.n_runs && used < 900; i++) {
		const struct store_run *const r = &batch.runs[i];
		used += (size_t)snprintf(room + used, 1024 - used, "%s%s %lld-%lld %d*%u",
			i > 0 ? "; " : "", r->check,
			(long long)(wall_mono(keeping->wall, r->from_ns).ns / 1000000000),
			(long long)(wall_mono(keeping->wall, r->to_ns).ns / 1000000000), r->outcome,
			r->n);
	}
	keeping_free(keeping);
	return room;
}

static void test_what_is_alike_is_one_run(void **state)
{
	struct runs *const runs = runs_new(2);
	char room[1024];
	(void)state;
	for (int s = 1; s <= 3; s++)
		runs_take(runs, 0, PROBE_PASS, at(s));
	assert_false(runs_any(runs));
	assert_string_equal(given(runs, RUNS_ENDED, room), "");
	runs_take(runs, 1, PROBE_PASS, at(3));
	runs_take(runs, 0, PROBE_FAIL, at(4));
	assert_true(runs_any(runs));
	assert_string_equal(given(runs, RUNS_ENDED, room), "tcp a 1-3 0*3");
	assert_string_equal(given(runs, RUNS_ENDED, room), "");
	runs_take(runs, 0, PROBE_FAIL, at(5));
	runs_take(runs, 0, PROBE_NO_VERDICT, at(6));
	assert_string_equal(
		given(runs, RUNS_ALL, room), "tcp a 4-5 1*2; tcp a 6-6 2*1; tcp b 3-3 0*1");
	assert_string_equal(given(runs, RUNS_ALL, room), "");
	runs_take(runs, 1, PROBE_PASS, at(7)); /* after all were given one begins anew */
	assert_string_equal(given(runs, RUNS_ALL, room), "tcp b 7-7 0*1");
	runs_free(runs);
}

static void test_no_run_is_longer_than_an_hour(void **state)
{
	struct runs *const runs = runs_new(2);
	char room[1024];
	(void)state;
	for (int s = 1; s <= 9000; s++)
		runs_take(runs, 0, PROBE_PASS, at(s));
	assert_string_equal(given(runs, RUNS_ALL, room),
		"tcp a 1-3600 0*3600; tcp a 3601-7200 0*3600; tcp a 7201-9000 0*1800");
	runs_free(runs);
}

static void test_what_is_held_is_bounded(void **state)
{
	struct runs *const runs = runs_new(2);
	(void)state;
	for (int s = 1; s <= RUNS_HELD_MAX + 500; s++)
		runs_take(runs, 0, s % 2 == 0 ? PROBE_PASS : PROBE_FAIL, at(s));
	struct keeping *const keeping = keeping_new(&load, at(100));
	runs_give(runs, RUNS_ENDED, keeping);
	assert_int_equal(keeping->n_runs, RUNS_HELD_MAX);
	keeping_free(keeping);
	runs_free(runs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_alike_is_one_run),
		cmocka_unit_test(test_no_run_is_longer_than_an_hour),
		cmocka_unit_test(test_what_is_held_is_bounded),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
