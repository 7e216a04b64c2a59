/* Outcomes become runs of like ones. */
#include "base/mem.h"
#include "policy_text.h"
#include "server/recorder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { WALL_S = 1000 };

static mono_t at(int64_t s) { return (mono_t){(s + 100) * 1000000000}; }

static const struct wall wall = {(int64_t)(WALL_S - 100) * 1000000000};

struct tape {
	struct arena *arena;
	struct recorder *recorder;
	char text[1024];
};

/* "a 0-4 pass 5, ...": what is taken. */
static const char *taken(struct tape *t, enum recorder_part part)
{
	static const char *const words[] = {"pass", "fail", "none"};
	struct store_run *runs;
	const size_t n = recorder_take(t->recorder, part, wall, t->arena, &runs);
	t->text[0] = '\0';
	for (size_t i = 0; i < n; i++)
		(void)snprintf(t->text + strlen(t->text), sizeof t->text - strlen(t->text),
			"%s%s %d-%d %s %u", i == 0 ? "" : ", ", runs[i].check,
			(int)(runs[i].from_ns / 1000000000) - WALL_S,
			(int)(runs[i].to_ns / 1000000000) - WALL_S, words[runs[i].outcome],
			runs[i].n);
	return t->text;
}

static int set_up(void **state)
{
	struct tape *const t = mem_new(sizeof *t);
	t->arena = arena_new();
	t->recorder = recorder_new(policy_text(t->arena, "rise 2 fall 3 stale 5\n"
							 "www single auto keep 60 fra=a ams=b"));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct tape *const t = *state;
	recorder_free(t->recorder);
	arena_free(t->arena);
	free(t);
	return 0;
}

static void note(struct tape *t, uint32_t check, enum probe_outcome outcome, int from, int to)
{
	for (int s = from; s <= to; s++)
		recorder_note(t->recorder, check, outcome, at(s));
}

static void like_outcomes_in_a_row_are_one_run(void **state)
{
	struct tape *const t = *state;
	note(t, 0, PROBE_PASS, 0, 4);
	note(t, 1, PROBE_FAIL, 0, 0);
	note(t, 0, PROBE_FAIL, 5, 6);
	note(t, 0, PROBE_NO_VERDICT, 7, 7);
	assert_string_equal(taken(t, RECORDER_SOME), "a 0-4 pass 5, a 5-6 fail 2");
	assert_string_equal(taken(t, RECORDER_SOME), "");
	assert_string_equal(taken(t, RECORDER_ALL), "a 7-7 none 1, b 0-0 fail 1");
	assert_string_equal(taken(t, RECORDER_ALL), "");
}

static void a_silence_ends_a_run(void **state)
{
	struct tape *const t = *state;
	note(t, 0, PROBE_PASS, 0, 1);
	note(t, 0, PROBE_PASS, 5, 5); /* not unknown yet */
	note(t, 0, PROBE_PASS, 10, 10);
	assert_string_equal(taken(t, RECORDER_ALL), "a 0-5 pass 3, a 10-10 pass 1");
}

static void so_does_an_hour(void **state)
{
	struct tape *const t = *state;
	note(t, 0, PROBE_PASS, 0, 3601);
	assert_string_equal(taken(t, RECORDER_SOME), "a 0-3599 pass 3600");
	assert_string_equal(taken(t, RECORDER_ALL), "a 3600-3601 pass 2");
}

static void they_are_taken_after_a_minute_or_when_many(void **state)
{
	struct tape *const t = *state;
	note(t, 0, PROBE_PASS, 0, 100);
	assert_false(recorder_is_due(t->recorder, at(10000)));
	note(t, 0, PROBE_FAIL, 101, 101);
	assert_false(recorder_is_due(t->recorder, at(160)));
	assert_true(recorder_is_due(t->recorder, at(161)));
	assert_string_equal(taken(t, RECORDER_SOME), "a 0-100 pass 101");
	assert_false(recorder_is_due(t->recorder, at(161)));
	for (int i = 0; i < 1001; i++)
		recorder_note(t->recorder, 0, i % 2 == 0 ? PROBE_PASS : PROBE_FAIL, at(162));
	assert_true(recorder_is_due(t->recorder, at(162)));
	struct store_run *runs;
	assert_int_equal(recorder_take(t->recorder, RECORDER_SOME, wall, t->arena, &runs),
		RECORDER_SOME_MAX);
	assert_int_equal(runs[0].n, 1);
	assert_int_equal(runs[0].outcome, PROBE_FAIL);
	assert_false(recorder_is_due(t->recorder, at(162)));
	assert_string_equal(taken(t, RECORDER_ALL), "a 162-162 fail 1, a 162-162 pass 1");
}

static void what_is_too_much_is_left_out(void **state)
{
	struct tape *const t = *state;
	struct store_run *runs;
	for (int i = 0; i < RECORDER_ENDED_MAX + 10; i++)
		recorder_note(t->recorder, 0, i % 2 == 0 ? PROBE_PASS : PROBE_FAIL, at(0));
	assert_int_equal(recorder_take(t->recorder, RECORDER_ALL, wall, t->arena, &runs),
		RECORDER_ENDED_MAX);
}

static void another_policy_takes_over_what_it_asks_too(void **state)
{
	struct tape *const t = *state;
	note(t, 0, PROBE_PASS, 0, 4);
	note(t, 1, PROBE_PASS, 0, 4);
	recorder_adopt(
		t->recorder, policy_text(t->arena,
				     "rise 2 fall 3 stale 5\nwww single auto keep 60 par=c lon=b"));
	assert_string_equal(taken(t, RECORDER_ENDED), "a 0-4 pass 5");
	note(t, 0, PROBE_PASS, 5, 5);
	note(t, 1, PROBE_PASS, 5, 5);
	assert_string_equal(taken(t, RECORDER_ALL), "c 5-5 pass 1, b 0-5 pass 6");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(like_outcomes_in_a_row_are_one_run),
		TEST(a_silence_ends_a_run),
		TEST(so_does_an_hour),
		TEST(they_are_taken_after_a_minute_or_when_many),
		TEST(what_is_too_much_is_left_out),
		TEST(another_policy_takes_over_what_it_asks_too),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
