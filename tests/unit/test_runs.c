/* What was heard around a moment. */
#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "policy_text.h"
#include "server/runs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t second = 1000000000;

/* In seconds; the store has those of `kept`, `recent` has the others. */
static const struct spell {
	int from, to;
	enum probe_outcome outcome;
	uint32_t n;
} kept[] = {{10, 14, PROBE_PASS, 5}, {15, 19, PROBE_PASS, 5}, {20, 21, PROBE_FAIL, 2},
	{22, 30, PROBE_PASS, 9}, {50, 55, PROBE_PASS, 6}},
  recent[] = {{50, 55, PROBE_PASS, 6}, {56, 57, PROBE_PASS, 2}, {58, 59, PROBE_FAIL, 2},
	  {60, 61, PROBE_FAIL, 2}};

static void fill(struct store_run *runs, const struct spell *spells, size_t n, const char *check)
{
	for (size_t i = 0; i < n; i++)
		runs[i] = (struct store_run){check, spells[i].from * second, spells[i].to * second,
			(int)spells[i].outcome, spells[i].n, 0};
}

static const char *print(const struct store_run *run, char room[64])
{
	static const char *const words[] = {"pass", "fail", "none"};
	if (run->n == 0)
		return "-";
	(void)snprintf(room, 64, "%d-%d %s %u", (int)(run->from_ns / second),
		(int)(run->to_ns / second), words[run->outcome], run->n);
	return room;
}

static void a_moment_has_the_run_before_and_the_next(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int at;
		const char *before, *after;
	} rows[] = {
		{"before all", 9, "-", "10-19 pass 10"},
		{"within a run, two pieces are one", 12, "10-19 pass 10", "20-21 fail 2"},
		{"in the second piece", 16, "10-19 pass 10", "20-21 fail 2"},
		{"a short one", 20, "20-21 fail 2", "22-30 pass 9"},
		{"a silence ends a run", 25, "22-30 pass 9", "50-57 pass 8"},
		{"in the silence", 40, "22-30 pass 9", "50-57 pass 8"},
		{"in the store and not yet in it: once", 52, "50-57 pass 8", "58-61 fail 4"},
		{"not in the store yet", 57, "50-57 pass 8", "58-61 fail 4"},
		{"the last", 70, "58-61 fail 4", "-"},
	};
	struct store_run in_store[COUNT_OF(kept)], others[COUNT_OF(recent) + 1];
	char dir[] = "/tmp/locum-test-runs-XXXXXX", command[64], a[64], b[64];
	enum store_origin origin;
	struct err err;
	assert_non_null(mkdtemp(dir));
	struct store *const store = store_open(dir, &origin, &err);
	fill(in_store, kept, COUNT_OF(kept), "web");
	fill(others, recent, COUNT_OF(recent), "web");
	others[COUNT_OF(recent)] =
		(struct store_run){"other", 12 * second, 13 * second, PROBE_FAIL, 1, 0};
	assert_true(store_append(store,
		&(struct store_batch){.runs = in_store, .n_runs = COUNT_OF(in_store)}, &err));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct runs runs = {
			.check = "web", .at_ns = rows[i].at * second, .stale = {5 * second}};
		assert_true(runs_at(&runs, store, others, COUNT_OF(others)));
		if (strcmp(print(&runs.before, a), rows[i].before) != 0 ||
			strcmp(print(&runs.after, b), rows[i].after) != 0)
			fail_msg("%s: %s, %s", rows[i].what, print(&runs.before, a),
				print(&runs.after, b));
	}
	store_close(store);
	(void)snprintf(command, sizeof command, "rm -rf %s", dir);
	assert_int_equal(
		system(command), 0); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
}

static void what_goes_on_is_recent(void **state)
{
	(void)state;
	struct arena *const arena = arena_new();
	const struct policy *const policy =
		policy_text(arena, "rise 2 fall 3 stale 5\nwww single auto keep 60 fra=a ams=b");
	struct recorder *const recorder = recorder_new(policy);
	const struct wall wall = {second};
	const bool both[] = {true, true}, first[] = {true, false};
	const struct store_run *list;
	for (int s = 1; s <= 3; s++)
		recorder_note(recorder, 0, PROBE_PASS, (mono_t){s * second});
	recorder_note(recorder, 0, PROBE_FAIL, (mono_t){4 * second});
	recorder_note(recorder, 1, PROBE_PASS, (mono_t){5 * second});
	const struct recorded recorded = recorder_facts(recorder);
	assert_int_equal(runs_recent(&recorded, policy, both, wall, arena, &list), 3);
	assert_int_equal(runs_recent(&recorded, policy, first, wall, arena, &list), 2);
	char room[64];
	assert_string_equal(print(&list[0], room), "2-4 pass 3");
	assert_string_equal(print(&list[1], room), "5-5 fail 1");
	assert_string_equal(list[1].check, policy->checks[0].identity);
	recorder_free(recorder);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_moment_has_the_run_before_and_the_next),
		cmocka_unit_test(what_goes_on_is_recent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
