#include "journal_world.h"

static void test_a_switch_is_seen_when_it_is_durable(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(0, 15);
	turn(w, 1, false);
	assert_int_equal(published(), 0);
	const int64_t took = run(w, 1, 1000);
	assert_int_equal(published(), 1);
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	/* So slow that the wait may end first: then it says so. */
	const bool in_time = took < JOURNAL_WAIT_MS;
#else
	const bool in_time = true;
	assert_true(took < JOURNAL_WAIT_MS);
#endif
	if (in_time) {
		assert_false(journal_facts(w->journal).behind);
		assert_int_equal(journal_facts(w->journal).last, 1);
	}
	assert_string_equal(left(w, room, &pinned), "switch");
	assert_true(pinned);
}

static void test_a_slow_disk_is_waited_for_50_ms(void **state)
{
	struct world *const w = *state;
	disk(0, 400);
	(void)run(w, 0, 1); /* what the loop takes for now is now */
	turn(w, 1, false);
	(void)run(w, 0, JOURNAL_WAIT_MS / 2);
	assert_int_equal(published(), 0);
	(void)run(w, 0, JOURNAL_WAIT_MS);
	assert_int_equal(published(), 1);
	assert_true(journal_facts(w->journal).behind);
	assert_string_equal(journal_facts(w->journal).trouble, "the disk is slow");
	turn(w, 0, false); /* nothing waits any more */
	assert_int_equal(published(), 2);
	decree(w, 1); /* but it is sent, and a command waits for its turn */
	assert_string_equal(w->said, "");
	(void)run(w, 3, 3000);
	assert_string_equal(w->said, "done");
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).last, 3);
}

static void test_what_is_urgent_is_seen_at_once(void **state)
{
	struct world *const w = *state;
	disk(0, 15);
	turn(w, 1, false);
	turn(w, 0, true);
	assert_int_equal(published(), 2);
	(void)run(w, 2, 1000);
	assert_int_equal(published(), 2);
	assert_false(journal_facts(w->journal).behind);
}

static void test_a_verdict_shows_nothing_that_waits(void **state)
{
	struct world *const w = *state;
	struct effect one = {.kind = EFFECT_VERDICT};
	const struct effects verdict = {&one, 1, 1};
	struct minutes minutes = {0};
	disk(0, 15);
	turn(w, 1, false);
	const struct journal_now now = now_of(w);
	journal_turn(w->journal, &now, &verdict, &minutes, false);
	assert_int_equal(published(), 0);
	(void)run(w, 1, 1000);
	assert_int_equal(published(), 1);
}

static void test_a_disk_that_does_not_answer_counts_as_broken(void **state)
{
	struct world *const w = *state;
	disk(0, 700);
	turn(w, 1, false);
	(void)run(w, 0, JOURNAL_WAIT_MS + 20);
	assert_int_equal(published(), 1);
	turn(w, 0, false);
	(void)run(w, 0, 30);
	disk(0, 1500);
	turn(w, 1, false);
	(void)run(w, 1, 3000);
	(void)run(w, 0, 1100);
	tick(w);
	assert_string_equal(journal_facts(w->journal).trouble, "the disk does not answer");
	decree(w, 0);
	assert_string_equal(w->said, "the disk does not answer");
	disk(0, 0);
	(void)run(w, 3, 5000);
	tick(w);
	(void)run(w, 4, 3000);
	assert_false(journal_facts(w->journal).behind);
}

struct patient {                /* work that goes on until it is told to end */
	int end, slices, ended; /* atomic */
};

static enum keeper_more wait_on(void *cookie, struct store *store)
{
	struct patient *const patient = cookie;
	(void)store;
	(void)__atomic_add_fetch(&patient->slices, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(&patient->end, __ATOMIC_RELAXED) != 0 ? KEEPER_DONE : KEEPER_AGAIN;
}

static void end_patient(void *cookie)
{
	__atomic_store_n(&((struct patient *)cookie)->ended, 1, __ATOMIC_RELAXED);
}

static void test_a_command_is_kept_between_slices_of_long_work(void **state)
{
	struct world *const w = *state;
	struct patient first = {0}, second = {0}, last = {0};
	keeper_work(w->keeper, wait_on, end_patient, &first);
	keeper_work(w->keeper, wait_on, end_patient, &second);
	decree(w, 1);
	(void)run(w, 1, 5000);
	assert_string_equal(w->said, "done");
	assert_int_equal(__atomic_load_n(&first.ended, __ATOMIC_RELAXED), 0);
	assert_true(__atomic_load_n(&second.slices, __ATOMIC_RELAXED) > 0);
	__atomic_store_n(&first.end, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&second.end, 1, __ATOMIC_RELAXED);
	keeper_work(w->keeper, wait_on, end_patient, &last);
	decree(w, 0);
	(void)run(w, 2, 5000);
	assert_true(keeper_stop(w->keeper)); /* with one that has not ended by itself */
	assert_int_equal(first.ended + second.ended + last.ended, 3);
	enum store_origin origin;
	struct err err;
	w->keeper = keeper_start(store_open(w->dir, &origin, &err), w->mailbox);
}

static void test_without_a_keeper_nothing_waits(void **state)
{
	struct world *const w = *state;
	struct journal *const kept = w->journal;
	w->journal = journal_new(w->loop, NULL);
	turn(w, 1, false);
	assert_int_equal(published(), 1);
	decree(w, 0);
	assert_string_equal(w->said, "there is none");
	assert_false(journal_facts(w->journal).kept);
	journal_free(w->journal);
	w->journal = kept;
}

static void test_what_waits_at_the_end_is_seen(void **state)
{
	struct world *const w = *state;
	disk(0, 300);
	turn(w, 1, false);
	journal_free(w->journal);
	w->journal = NULL;
	assert_int_equal(published(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_a_switch_is_seen_when_it_is_durable),
		ROW(test_a_slow_disk_is_waited_for_50_ms),
		ROW(test_what_is_urgent_is_seen_at_once),
		ROW(test_a_verdict_shows_nothing_that_waits),
		ROW(test_a_disk_that_does_not_answer_counts_as_broken),
		ROW(test_a_command_is_kept_between_slices_of_long_work),
		ROW(test_without_a_keeper_nothing_waits),
		ROW(test_what_waits_at_the_end_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
