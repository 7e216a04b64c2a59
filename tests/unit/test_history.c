#include "base/attr.h"
#include "server/history.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static mono_t at(int64_t ms) { return mono_after((mono_t){0}, span_ms(1000000 + ms)); }

static span_t us(int64_t n) { return (span_t){n * 1000}; }

/* One letter an attempt: p pass, f fail, l late, o our own trouble. */
static struct tally lived(const char *life)
{
	struct tally tally = {0};
	for (; *life != '\0'; life++)
		tally = *life == 'p'   ? tally_step(tally, PROBE_PASS, FAULT_NONE)
			: *life == 'f' ? tally_step(tally, PROBE_FAIL, FAULT_NONE)
			: *life == 'l' ? tally_step(tally, PROBE_NO_VERDICT, FAULT_LATE)
				       : tally_step(tally, PROBE_NO_VERDICT, FAULT_LOCAL);
	return tally;
}

static void strips(void **state)
{
	(void)state;
	static const struct {
		const char *what, *life, *strip;
	} rows[] = {
		{"nothing yet", "", ""},
		{"one", "p", "."},
		{"the newest is last", "pfl", ".x?"},
		{"no verdict at first is none all the same", "lop", "??."},
		{"64, and the first are gone",
			"ffffpppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppf",
			"...............................................................x"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct tally tally = lived(rows[i].life);
		char room[STRIP_ROOM];
		if (strcmp(tally_strip(&tally, room), rows[i].strip) != 0)
			fail_msg("%s: %s", rows[i].what, room);
	}
	const struct tally tally = lived("pplfollp");
	assert_int_equal(tally.passes, 3);
	assert_int_equal(tally.fails, 1);
	assert_int_equal(tally.no_verdicts[FAULT_LATE], 3);
	assert_int_equal(tally.no_verdicts[FAULT_LOCAL], 1);
	assert_int_equal(tally.no_verdicts[FAULT_NONE], 0);
}

static void an_unknown_fault_is_counted_as_some_other(void **state)
{
	(void)state;
	const struct tally tally =
		tally_step((struct tally){0}, PROBE_NO_VERDICT, (enum probe_fault)4711);
	assert_int_equal(tally.no_verdicts[FAULT_NONE], 1);
}

static void near(const char *what, uint32_t got, double wanted)
{
	if (got < wanted * 7 / 8 - 1 || got > wanted * 9 / 8 + 1)
		fail_msg("%s: %u, not about %.0f", what, got, wanted);
}

static void one_latency_is_told_exactly(void **state)
{
	(void)state;
	static const int64_t rows[] = {0, 1, 7, 8, 9, 999, 123456, 59999999, 4000000000};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct latencies l = {0};
		latencies_note(&l, us(rows[i]), at(0));
		const struct latency sum = latencies_sum(&l);
		assert_int_equal(sum.n, 1);
		assert_int_equal(sum.min, rows[i]);
		assert_in_range(sum.median, rows[i], rows[i] + (rows[i] == 0));
		assert_int_equal(sum.p99, sum.median);
	}
}

static int rising(const void *a, const void *b)
{
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return x < y ? -1 : x > y;
}

/* Against what sorting says, from microseconds to minutes. */
static void quantiles(void **state)
{
	(void)state;
	enum { N = 997 };
	static uint32_t all[N];
	uint32_t dice = 4711;
	for (int round = 0; round < 20; round++) {
		struct latencies l = {0};
		for (size_t i = 0; i < N; i++) {
			dice = dice * 1664525 + 1013904223;
			all[i] = 8 + (dice >> 6 & 0xffff) * (1U << round % 10);
			latencies_note(&l, us(all[i]), at((int64_t)i));
		}
		qsort(all, N, sizeof all[0], rising);
		const struct latency sum = latencies_sum(&l);
		assert_int_equal(sum.n, N);
		assert_int_equal(sum.min, all[0]);
		near("median", sum.median, all[(N + 1) / 2 - 1]);
		near("p99", sum.p99, all[N - N / 100 - 1]);
	}
}

static void one_in_a_hundred_does_not_move_the_p99(void **state)
{
	(void)state;
	struct latencies l = {0};
	for (int i = 0; i < 100; i++)
		latencies_note(&l, us(i == 50 ? 1000000 : 1000), at(i));
	near("p99 of 100", latencies_sum(&l).p99, 1000);
	latencies_note(&l, us(1000000), at(100));
	near("two of 101", latencies_sum(&l).p99, 1000000);
}

static void old_latencies_are_forgotten(void **state)
{
	(void)state;
	struct latencies l = {0};
	latencies_note(&l, us(1000000), at(0));
	latencies_note(&l, us(100), at(LATENCY_WINDOW_MS)); /* the next window */
	assert_int_equal(latencies_sum(&l).n, 2);
	assert_int_equal(latencies_sum(&l).min, 100);
	near("p99 of both", latencies_sum(&l).p99, 1000000);
	latencies_note(&l, us(100), at(2 * LATENCY_WINDOW_MS)); /* the one after */
	assert_int_equal(latencies_sum(&l).n, 2);
	assert_int_equal(latencies_sum(&l).p99, 100);
	latencies_note(&l, us(300), at(9 * LATENCY_WINDOW_MS)); /* after a long silence */
	assert_int_equal(latencies_sum(&l).n, 1);
	assert_int_equal(latencies_sum(&l).min, 300);
}

static void a_check_takes_little_room(void **state)
{
	(void)state;
	assert_true(
		sizeof(struct tally) + sizeof(struct latencies) + sizeof(struct latency) <= 512);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strips),
		cmocka_unit_test(an_unknown_fault_is_counted_as_some_other),
		cmocka_unit_test(one_latency_is_told_exactly),
		cmocka_unit_test(quantiles),
		cmocka_unit_test(one_in_a_hundred_does_not_move_the_p99),
		cmocka_unit_test(old_latencies_are_forgotten),
		cmocka_unit_test(a_check_takes_little_room),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
