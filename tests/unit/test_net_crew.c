#include "server/crew.h"

#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { PIECES = 10000 };

struct table {
	unsigned times[PIECES]; /* how often each piece was done */
	size_t last[CREW_MAX];  /* of each member: its pieces come in order */
	bool disorder;          /* atomic */
	size_t stop_at;         /* no more pieces after this one */
	unsigned watched;
	bool wait_for_watch; /* atomic */
};

static bool work(void *cookie, unsigned member, size_t i)
{
	struct table *const t = cookie;
	(void)__atomic_add_fetch(&t->times[i], 1, __ATOMIC_RELAXED);
	if (t->last[member] > i)
		__atomic_store_n(&t->disorder, true, __ATOMIC_RELAXED);
	t->last[member] = i;
	while (__atomic_load_n(&t->wait_for_watch, __ATOMIC_RELAXED))
		(void)sched_yield();
	return i != t->stop_at;
}

static void watch(void *cookie)
{
	struct table *const t = cookie;
	t->watched++;
	__atomic_store_n(&t->wait_for_watch, false, __ATOMIC_RELAXED);
}

/* Every piece once, in order for each member, however many there are. */
static void all_pieces_once(void **state)
{
	(void)state;
	static const unsigned members[] = {1, 2, 5, CREW_MAX};
	for (size_t k = 0; k < sizeof members / sizeof members[0]; k++) {
		struct table t = {.stop_at = SIZE_MAX};
		const struct crew_job job = {&t, PIECES, work, NULL};
		assert_int_equal(crew_run(&job, members[k]), PIECES);
		for (size_t i = 0; i < PIECES; i++)
			assert_int_equal(t.times[i], 1);
		assert_false(t.disorder);
	}
	const struct crew_job nothing = {NULL, 0, work, NULL};
	assert_int_equal(crew_run(&nothing, 3), 0);
}

/* What was begun is a first part without gaps, and it is done. */
static void stops_in_order(void **state)
{
	(void)state;
	struct table t = {.stop_at = 77};
	const struct crew_job job = {&t, PIECES, work, NULL};
	const size_t begun = crew_run(&job, 4);
	assert_true(begun > 77);
	for (size_t i = 0; i < PIECES; i++)
		assert_int_equal(t.times[i], i < begun ? 1 : 0);
}

/* The caller's thread hears of it when work takes long. */
static void watches(void **state)
{
	(void)state;
	struct table t = {.stop_at = SIZE_MAX, .wait_for_watch = true};
	const struct crew_job job = {&t, 3, work, watch};
	assert_int_equal(crew_run(&job, 2), 3);
	assert_true(t.watched > 0);
}

static void sizes(void **state)
{
	(void)state;
	assert_int_equal(crew_size(0), 1);
	assert_int_equal(crew_size(1), 1);
	assert_true(crew_size(1000000) >= 1 && crew_size(1000000) <= CREW_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_pieces_once),
		cmocka_unit_test(stops_in_order),
		cmocka_unit_test(watches),
		cmocka_unit_test(sizes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
