/* Whose turn it is: limits and fairness. */
#include "base/mem.h"
#include "prober/turns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct address host(unsigned n, uint16_t port)
{
	char text[64];
	struct address address;
	(void)snprintf(
		text, sizeof text, n % 2 != 0 ? "10.0.%u.%u" : "fd00::%u:%u", n / 200, n % 200);
	assert_true(address_parse(text, &address));
	return address_with_port(address, port);
}

static void a_host_gets_its_share_and_no_more(void **state)
{
	(void)state;
	struct turns turns;
	struct turn many[10] = {{.host = NULL}}, other = {.host = NULL};
	turns_begin(&turns, 100, 4);
	for (uint16_t i = 0; i < 10; i++) { /* other ports, the same host */
		const struct address address = host(1, (uint16_t)(i + 1));
		turns_join(&turns, &many[i], &address);
		assert_int_equal(turns_take(&turns, &many[i]), i < 4);
	}
	const struct address elsewhere = host(2, 1);
	turns_join(&turns, &other, &elsewhere);
	assert_true(turns_take(&turns, &other)); /* the busy host is none of its business */
	assert_int_equal(turns.queued, 6);
	assert_null(turns_next(&turns));
	turns_over(&turns, &many[2]);
	assert_ptr_equal(turns_next(&turns), &many[4]); /* first come, first served */
	assert_null(turns_next(&turns));
	turns_cancel(&turns, &many[5]);
	turns_limit(&turns, 6); /* room for two more */
	assert_ptr_equal(turns_next(&turns), &many[6]);
	assert_ptr_equal(turns_next(&turns), &many[7]);
	assert_null(turns_next(&turns));
	turns_cancel(&turns, &many[8]);
	turns_cancel(&turns, &many[9]);
	static const int asking[] = {0, 1, 3, 4, 6, 7};
	for (size_t i = 0; i < COUNT_OF(asking); i++)
		turns_over(&turns, &many[asking[i]]);
	turns_over(&turns, &other);
	assert_int_equal(turns.asking, 0);
	for (size_t i = 0; i < 10; i++)
		turns_leave(&turns, &many[i]);
	turns_leave(&turns, &other);
}

static void without_an_address_only_the_limit_of_all_counts(void **state)
{
	(void)state;
	struct turns turns;
	struct turn all[5] = {{.host = NULL}};
	const struct address none = {.len = 0};
	turns_begin(&turns, 4, 1);
	for (size_t i = 0; i < 5; i++) {
		turns_join(&turns, &all[i], &none);
		assert_int_equal(turns_take(&turns, &all[i]), i < 4);
	}
	turns_cancel(&turns, &all[4]);
	for (size_t i = 0; i < 5; i++) {
		if (i < 4)
			turns_over(&turns, &all[i]);
		turns_leave(&turns, &all[i]);
	}
}

/* 5,000 are due at once: 4,000 of one host, one of each of 1,000 others; there is room for 64. */
static void a_crowded_host_keeps_nobody_waiting(void **state)
{
	(void)state;
	enum { CROWD = 4000, OTHERS = 1000, ALL = CROWD + OTHERS, MOST = 64 };
	struct turns turns;
	struct turn *const turn = mem_list(ALL, sizeof *turn);
	uint32_t *const served = mem_list(ALL, sizeof *served); /* in which order */
	turns_begin(&turns, MOST, MOST);
	struct turn *asking[MOST];
	size_t n = 0;
	for (unsigned i = 0; i < ALL; i++) {
		const struct address address = host(i < CROWD ? 1 : i, 80);
		turns_join(&turns, &turn[i], &address);
		if (turns_take(&turns, &turn[i]))
			asking[n++] = &turn[i];
	}
	assert_int_equal(n, MOST);
	assert_int_equal(turns.queued, ALL - MOST);
	for (uint32_t over = 1; n > 0; over++) { /* they end one after the other */
		struct turn *const first = asking[0];
		for (size_t i = 1; i < n; i++)
			asking[i - 1] = asking[i];
		n--;
		served[first - turn] = over;
		turns_over(&turns, first);
		for (struct turn *next; (next = turns_next(&turns)) != NULL;)
			asking[n++] = next;
		assert_true(n <= MOST);
	}
	for (unsigned i = 0; i < ALL; i++) {
		assert_true(served[i] > 0);
		if (i >= CROWD) /* the hosts take turns: half of the room was theirs */
			assert_true(served[i] <= 2 * OTHERS + 2 * MOST);
		turns_leave(&turns, &turn[i]);
	}
	for (size_t i = 0; i < TURNS_BUCKETS; i++)
		assert_null(turns.buckets[i]);
	free(turn);
	free(served);
}

/* Anything in any order: the limits hold, everybody gets a turn, nothing is left behind. */
static void whatever_happens_the_limits_hold(void **state)
{
	(void)state;
	enum { N = 60, HOSTS = 7 };
	struct turns turns;
	struct turn turn[N] = {{.host = NULL}};
	enum { IDLE, QUEUED, ASKING } is[N] = {IDLE};
	turns_begin(&turns, 12, 3);
	for (unsigned i = 0; i < N; i++) {
		const struct address address = host(i % HOSTS, 1);
		turns_join(&turns, &turn[i], &address);
	}
	srand(1);
	for (int step = 0; step < 200000; step++) {
		const unsigned i = (unsigned)rand() % N;
		if (is[i] == IDLE)
			is[i] = turns_take(&turns, &turn[i]) ? ASKING : QUEUED;
		else if (is[i] == QUEUED && step % 7 == 0)
			turns_cancel(&turns, &turn[i]), is[i] = IDLE;
		else if (is[i] == ASKING)
			turns_over(&turns, &turn[i]), is[i] = IDLE;
		if (step % 1000 == 0)
			turns.most = 1 + (unsigned)rand() % 20;
		if (step % 3001 == 0)
			turns_limit(&turns, 1 + (unsigned)rand() % 5);
		for (struct turn *t; (t = turns_next(&turns)) != NULL;) {
			assert_int_equal(is[t - turn], QUEUED);
			is[t - turn] = ASKING;
		}
		size_t asking = 0, queued = 0;
		for (unsigned k = 0; k < N; k++) {
			asking += is[k] == ASKING;
			queued += is[k] == QUEUED;
		}
		assert_int_equal(asking, turns.asking);
		assert_int_equal(queued, turns.queued);
	}
	for (unsigned i = 0; i < N; i++) {
		if (is[i] == QUEUED)
			turns_cancel(&turns, &turn[i]);
		else if (is[i] == ASKING)
			turns_over(&turns, &turn[i]);
		turns_leave(&turns, &turn[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_host_gets_its_share_and_no_more),
		cmocka_unit_test(without_an_address_only_the_limit_of_all_counts),
		cmocka_unit_test(a_crowded_host_keeps_nobody_waiting),
		cmocka_unit_test(whatever_happens_the_limits_hold),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
