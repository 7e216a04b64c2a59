#include "net/clock.h"
#include "prober/lateness.h"
#include "prober/schedule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const mono_t t0 = {5000000000000};

static mono_t at_ms(int64_t ms) { return mono_after(t0, span_ms(ms)); }

static int by_time(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return x < y ? -1 : x > y;
}

/* However many checks, the gaps between neighbours are less than three times the even one; at the
 * end of the interval is room for the dice. */
static void first_round_is_spread(void **state)
{
	(void)state;
	static const uint32_t numbers[] = {2, 3, 10, 100, 1000, 10000};
	for (size_t k = 0; k < COUNT_OF(numbers); k++)
		for (uint32_t start = 0; start < 5; start++) {
			const uint32_t n = numbers[k];
			const span_t every = span_ms(1000);
			int64_t *const first = calloc(n, sizeof *first);
			for (uint32_t i = 0; i < n; i++) {
				const uint32_t phase = schedule_phase(start * 0x12345679U, i);
				first[i] = schedule_first(t0, every, phase).ns - t0.ns;
				assert_in_range(first[i], 0, every.ns - 1);
			}
			qsort(first, n, sizeof *first, by_time);
			const int64_t wrap = first[0] + every.ns - first[n - 1];
			int64_t widest = wrap - every.ns / SCHEDULE_JITTER;
			for (uint32_t i = 1; i < n; i++)
				if (first[i] - first[i - 1] > widest)
					widest = first[i] - first[i - 1];
			assert_true(widest < 3 * every.ns / n);
			free(first);
		}
}

static void the_first_attempt_waits_no_longer_than_an_interval(void **state)
{
	(void)state;
	static const int64_t intervals_ms[] = {1, 10, 100, 1000, 10000, 3600000};
	for (size_t i = 0; i < COUNT_OF(intervals_ms); i++) {
		const span_t every = span_ms(intervals_ms[i]);
		const mono_t slot = schedule_first(t0, every, UINT32_MAX);
		const mono_t due = schedule_due(slot, every, UINT32_MAX);
		assert_true(mono_reached(due, mono_after(t0, every)));
	}
	/* ... nor ten seconds, however long that is. */
	const mono_t slot = schedule_first(t0, span_ms(3600000), UINT32_MAX);
	assert_true(mono_reached(slot, at_ms(SCHEDULE_FIRST_MS)));
}

static void dice_move_an_attempt_but_never_its_slots(void **state)
{
	(void)state;
	const span_t every = span_ms(100);
	mono_t slot = t0;
	uint32_t dice = 1;
	int64_t least = INT64_MAX, most = 0;
	for (int i = 0; i < 1000; i++) {
		dice = dice * 1664525 + 1013904223;
		const mono_t due = schedule_due(slot, every, dice);
		const int64_t off = mono_between(slot, due).ns;
		least = off < least ? off : least;
		most = off > most ? off : most;
		slot = schedule_next(slot, every, mono_after(due, span_ms(2)));
	}
	assert_int_equal(slot.ns, mono_after(t0, (span_t){1000 * every.ns}).ns);
	assert_true(least >= 0 && least < 100000 + every.ns / SCHEDULE_TICKS);
	assert_true(most > 3500000 && most <= every.ns / SCHEDULE_JITTER);
}

static void many_start_together(void **state)
{
	(void)state;
	static const struct {
		int64_t every_ms;
		size_t most; /* moments in a second */
	} rows[] = {{1000, 257 + 11}, {60000, 251}, {100, 2561 + 11}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const span_t every = span_ms(rows[i].every_ms);
		size_t moments = 0;
		int64_t before = 0;
		/* Without dice they would be due one after the other, every 100 us. */
		for (int64_t us = 0; us < 1000000; us += 100) {
			const mono_t slot = {t0.ns + us * 1000};
			const mono_t due = schedule_due(slot, every, 0);
			assert_true(mono_reached(slot, due));
			moments += due.ns != before;
			before = due.ns;
		}
		assert_in_range(moments, 100, rows[i].most);
	}
}

static void next_slot(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t now_ms, next_ms; /* after the slot, interval 100 ms */
	} rows[] = {
		{"a quick attempt", 3, 100},
		{"one that took the whole interval", 100, 100},
		{"a bit more: the missed slot is due at once", 104, 100},
		{"nearly two intervals", 199, 100},
		{"two: only the next is left", 200, 300},
		{"a minute: nothing is made up for", 60050, 60100},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const mono_t next = schedule_next(t0, span_ms(100), at_ms(rows[i].now_ms));
		if (next.ns != at_ms(rows[i].next_ms).ns)
			fail_msg("%s: in %lld ns", rows[i].what, (long long)(next.ns - t0.ns));
	}
}

static void oversleeping(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t every_ms, late_ms;
		bool overslept;
	} rows[] = {
		{"in time", 1000, 0, false},
		{"a busy moment", 10, 50, false},
		{"frequent, and long late", 10, 1000, true},
		{"less than its interval: better late than never", 10000, 5000, false},
		{"a minute in SIGSTOP", 1000, 60000, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (schedule_overslept(t0, span_ms(rows[i].every_ms), at_ms(rows[i].late_ms)) !=
			rows[i].overslept)
			fail_msg("%s", rows[i].what);
}

static void a_new_interval_counts_from_the_last_slot(void **state)
{
	(void)state;
	/* Slot in 400 ms with an interval of 1 s: the last one was 600 ms ago. */
	const mono_t longer = schedule_change(at_ms(400), span_ms(1000), span_ms(5000), t0, 77);
	assert_int_equal(longer.ns, at_ms(4400).ns);
	const mono_t shorter = schedule_change(at_ms(400), span_ms(1000), span_ms(700), t0, 77);
	assert_int_equal(shorter.ns, at_ms(100).ns);
	/* It would be over: spread as a first round is, or all would ask at once. */
	for (uint32_t i = 0; i < 100; i++) {
		const uint32_t phase = schedule_phase(9, i);
		const mono_t much =
			schedule_change(at_ms(400), span_ms(1000), span_ms(100), t0, phase);
		assert_int_equal(much.ns, schedule_first(t0, span_ms(100), phase).ns);
	}
}

/* 1,000 checks fail together and are asked every 10 ms: back at 1 s they stand as they stood. */
static void they_are_spread_again_after_a_common_trouble(void **state)
{
	(void)state;
	const span_t every = span_ms(1000);
	for (uint32_t i = 0; i < 1000; i++) {
		const mono_t home = schedule_first(t0, every, schedule_phase(4, i));
		const mono_t now = at_ms(7500 + i % 10);
		const mono_t back = schedule_home(home, every, now);
		assert_true(back.ns > now.ns && back.ns <= mono_after(now, every).ns);
		assert_int_equal((back.ns - home.ns) % every.ns, 0);
	}
	assert_int_equal(schedule_home(at_ms(300), every, t0).ns, at_ms(300).ns); /* still ahead */
}

static void a_timeout_counts_only_if_we_ran(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t stall_ms, ended_ms; /* after the start; timeout 100 ms */
		enum attempt_end end;
		int64_t now_ms;
		bool spoilt;
	} rows[] = {
		{"answered in time", 0, 0, ATTEMPT_ANSWERED, 30, false},
		{"answered just before the end, after a stall", 50, 90, ATTEMPT_ANSWERED, 99,
			false},
		{"answered while we looked away", 80, 120, ATTEMPT_ANSWERED, 120, true},
		{"timed out", 0, 0, ATTEMPT_TIMED_OUT, 100, false},
		{"timed out after small delays", 12, 60, ATTEMPT_TIMED_OUT, 100, false},
		{"timed out after a stall", 40, 60, ATTEMPT_TIMED_OUT, 100, true},
		{"the stall was before", 40, -1, ATTEMPT_TIMED_OUT, 100, false},
		{"it reached into the attempt", 40, 1, ATTEMPT_TIMED_OUT, 100, true},
		{"its end was seen too late", 60000, 60000, ATTEMPT_TIMED_OUT, 60000, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct lateness lateness = {.worst = {0}};
		lateness_note(&lateness, span_ms(rows[i].stall_ms), at_ms(rows[i].ended_ms));
		lateness_note(&lateness, span_ms(1), at_ms(rows[i].now_ms)); /* always happens */
		if (lateness_spoils(&lateness, rows[i].end, t0, span_ms(100),
			    at_ms(rows[i].now_ms)) != rows[i].spoilt)
			fail_msg("%s", rows[i].what);
	}
}

static void a_short_timeout_is_not_spoilt_by_every_breath(void **state)
{
	(void)state;
	struct lateness lateness = {.worst = {0}};
	lateness_note(&lateness, span_ms(3), at_ms(5));
	assert_false(lateness_spoils(&lateness, ATTEMPT_TIMED_OUT, t0, span_ms(8), at_ms(8)));
	lateness_note(&lateness, span_ms(LATENESS_LEAST_MS), at_ms(6));
	assert_true(lateness_spoils(&lateness, ATTEMPT_TIMED_OUT, t0, span_ms(8), at_ms(8)));
}

/* Who is late for a while does without politeness. */
static void it_presses_for_a_second(void **state)
{
	(void)state;
	struct lateness lateness = {.worst = {0}};
	assert_false(lateness_presses(&lateness, at_ms(5)));
	lateness_note(&lateness, span_ms(8), at_ms(5));
	assert_false(lateness_presses(&lateness, at_ms(5)));
	lateness_note(&lateness, span_ms(LATENESS_PRESSES_MS), at_ms(6));
	assert_true(lateness_presses(&lateness, at_ms(6)));
	assert_true(lateness_presses(&lateness, at_ms(5 + LATENESS_PRESSES_FOR_MS)));
	assert_false(lateness_presses(&lateness, at_ms(6 + LATENESS_PRESSES_FOR_MS)));
}

/* Suspended while an attempt was under way: whatever it met is of another time. */
static void a_sleep_of_the_machine_spoils_what_was_under_way(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int64_t mono_ms, boot_ms; /* gone by since the last look */
		int64_t slept_ms;
	} rows[] = {
		{"the first look", 0, 5000, 0},
		{"awake", 10, 10, 0},
		{"held up between the readings", 10, 60, 0},
		{"a suspend, and that before", 10, 60010, 60050},
		{"awake again", 10, 10, 0},
		{"held up for long: taken for a sleep", 10, 310, 300},
		{"... and made good", 310, 10, 0},
		{"a short suspend", 10, 160, 150},
	};
	struct clock_pair clocks = {.known = false};
	mono_t mono = t0, boot = t0;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		mono = mono_after(mono, span_ms(rows[i].mono_ms));
		boot = mono_after(boot, span_ms(rows[i].boot_ms));
		const span_t slept = clock_slept(&clocks, mono, boot);
		if (slept.ns != span_ms(rows[i].slept_ms).ns)
			fail_msg("%s: %lld ns", rows[i].what, (long long)slept.ns);
	}
	struct lateness lateness = {.worst = {0}};
	const span_t timeout = span_ms(1000);
	lateness_slept(&lateness, at_ms(50));
	assert_true(lateness_spoils(&lateness, ATTEMPT_ANSWERED, at_ms(20), timeout, at_ms(60)));
	assert_true(lateness_spoils(&lateness, ATTEMPT_TIMED_OUT, at_ms(50), timeout, at_ms(60)));
	assert_false(lateness_spoils(&lateness, ATTEMPT_ANSWERED, at_ms(51), timeout, at_ms(60)));
}

static void the_worst_is_kept(void **state)
{
	(void)state;
	struct lateness lateness = {.worst = {0}};
	lateness_note(&lateness, span_ms(3), t0);
	lateness_began(&lateness, span_ms(7));
	lateness_note(&lateness, span_ms(5), t0);
	lateness_note(&lateness, span_ms(-5), t0);
	assert_int_equal(lateness_us(lateness.worst), 7000);
	assert_int_equal(lateness_us(span_ms(-1)), 0);
	assert_int_equal(lateness_us(span_ms(86400000)), UINT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_round_is_spread),
		cmocka_unit_test(the_first_attempt_waits_no_longer_than_an_interval),
		cmocka_unit_test(dice_move_an_attempt_but_never_its_slots),
		cmocka_unit_test(many_start_together),
		cmocka_unit_test(next_slot),
		cmocka_unit_test(oversleeping),
		cmocka_unit_test(a_new_interval_counts_from_the_last_slot),
		cmocka_unit_test(they_are_spread_again_after_a_common_trouble),
		cmocka_unit_test(a_timeout_counts_only_if_we_ran),
		cmocka_unit_test(a_short_timeout_is_not_spoilt_by_every_breath),
		cmocka_unit_test(it_presses_for_a_second),
		cmocka_unit_test(a_sleep_of_the_machine_spoils_what_was_under_way),
		cmocka_unit_test(the_worst_is_kept),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
