/* What cannot be written is held back, and written later. */
#include "journal_world.h"

static void test_an_error_is_told_and_mended(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(EIO, 0);
	turn(w, 0, false);
	(void)run(w, 2, 1000);
	assert_int_equal(published(), 2); /* answers go on */
	assert_true(journal_facts(w->journal).behind);
	assert_non_null(strstr(journal_facts(w->journal).trouble, "disk I/O error"));
	decree(w, 1);
	assert_non_null(strstr(w->said, "disk I/O error"));
	turn(w, 1, false);
	assert_int_equal(published(), 3);
	assert_int_equal(journal_facts(w->journal).held, 2);
	tick(w); /* in vain */
	(void)run(w, 3, 1000);
	assert_true(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 2);
	disk(0, 0);
	tick(w);
	(void)run(w, 4, 1000);
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 0);
	decree(w, 0);
	(void)run(w, 5, 1000);
	assert_string_equal(w->said, "done");
	assert_string_equal(left(w, room, &pinned), "switch switch switch caught-up decree:fra");
	assert_false(pinned);
}

static void test_what_happens_while_it_is_mended_is_not_lost(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(0, 30);
	tick(w);
	turn(w, 0, false); /* the whole that is on its way does not know of it */
	(void)run(w, 2, 2000);
	assert_true(journal_facts(w->journal).behind);
	tick(w);
	(void)run(w, 3, 2000);
	assert_false(journal_facts(w->journal).behind);
	(void)left(w, room, &pinned);
	assert_false(pinned);
	assert_string_equal(room, "switch caught-up switch caught-up");
}

static void test_a_command_that_was_not_kept_is_no_entry(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(EIO, 0);
	decree(w, 0);
	assert_string_equal(w->said, "");
	(void)run(w, 2, 1000);
	assert_non_null(strstr(w->said, "disk I/O error"));
	disk(0, 0);
	tick(w);
	(void)run(w, 3, 1000);
	assert_false(journal_facts(w->journal).behind);
	assert_string_equal(left(w, room, &pinned), "switch caught-up");
	assert_true(pinned);
}

/* As one switch that is many. */
static void much(struct world *w, size_t n)
{
	struct minutes minutes = {0};
	struct effects effects = {mem_list(n, sizeof *effects.list), n, n};
	const struct journal_now now = now_of(w);
	for (size_t i = 0; i < n; i++)
		effects.list[i] = (struct effect){
			.kind = EFFECT_SWITCH, .pick = engine_facts(w->engine).services[0]};
	journal_turn(w->journal, &now, &effects, &minutes, true);
	free(effects.list);
}

static void count(void *cookie, const struct store_entry *entry)
{
	*(size_t *)cookie += strcmp(entry->kind, "switch") == 0;
}

static void test_only_the_last_are_lost_when_there_are_too_many(void **state)
{
	struct world *const w = *state;
	enum store_origin origin;
	struct err err;
	size_t n = 0;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	much(w, JOURNAL_HELD_MAX - 100);
	assert_int_equal(journal_facts(w->journal).held, JOURNAL_HELD_MAX - 99);
	disk(ENOSPC, 50);
	tick(w); /* in vain; meanwhile there are more */
	assert_int_equal(journal_facts(w->journal).held, JOURNAL_HELD_MAX - 99);
	much(w, 99);
	much(w, 50);
	(void)run(w, 2, 20000);
	disk(0, 0);
	tick(w);
	(void)run(w, 3, 20000);
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 0);
	end(w);
	struct store *const store = store_open(w->dir, &origin, &err);
	assert_true(store_entries(store, &(struct store_query){0}, count, &n));
	store_close(store);
	begin(w);
	assert_int_equal(n, JOURNAL_HELD_MAX);
}

static void test_what_is_held_back_does_not_grow_with_each_try(void **state)
{
	struct world *const w = *state;
	const uint32_t refs = w->load.refs;
	const struct decree pin = {.verb = DECREE_PIN, .endpoint = 1};
	const mono_t now = loop_now(w->loop);
	struct keeping *const held = keeping_new(&w->load, now);
	keeping_decrees(held, w->engine, now, &pin, 1, "uid=0", "because");
	const char *before = NULL;
	for (int i = 0; i < 3; i++) {
		struct keeping *const whole = keeping_new(&w->load, now);
		keeping_all(whole, engine_facts(w->engine), w->view, "caught-up", "", (mono_t){0});
		whole->before = held;
		const struct store_batch batch = keeping_batch(whole);
		assert_int_equal(batch.n_entries, 2);
		assert_non_null(strstr(batch.entries[0].state, "\"pinned\":\"ams\""));
		assert_string_equal(batch.entries[0].reason, "because");
		assert_string_equal(batch.entries[1].kind, "caught-up");
		assert_true(i == 0 || batch.entries[0].state == before); /* not made anew */
		before = batch.entries[0].state;
		whole->before = NULL;
		keeping_free(whole);
		assert_int_equal(w->load.refs, refs); /* a reload is not held up by it */
	}
	keeping_free(held);
}

static void test_a_reload_is_not_held_by_what_is_held_back(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	const uint32_t refs = w->load.refs;
	turn(w, 0, false);
	turn(w, 1, false);
	assert_int_equal(w->load.refs, refs + 2);
	struct load next = {.refs = 1 << 20, .conf = w->parsed.conf};
	struct journal_now now = now_of(w);
	now.load = &next;
	journal_whole(w->journal, &now, "reload", "", (mono_t){0});
	assert_int_equal(w->load.refs, refs - 1);
	disk(0, 0);
	tick(w);
	(void)run(w, 2, 1000);
	assert_string_equal(left(w, room, &pinned), "switch switch switch reload caught-up");
	assert_true(pinned);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_an_error_is_told_and_mended),
		ROW(test_what_happens_while_it_is_mended_is_not_lost),
		ROW(test_a_command_that_was_not_kept_is_no_entry),
		ROW(test_only_the_last_are_lost_when_there_are_too_many),
		ROW(test_what_is_held_back_does_not_grow_with_each_try),
		ROW(test_a_reload_is_not_held_by_what_is_held_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
