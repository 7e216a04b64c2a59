/* Copies, seals and what is brought back. */
#include "store_place.h"

/* Whatever is written, or only opened to be served from, breaks it. */
static void test_a_seal_is_the_last_thing_written(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_false(is_sealed(p));
	put_seal(p);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_true(is_sealed(p));
	assert_true(store_unseal(p->store));
	assert_false(is_sealed(p));
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_false(is_sealed(p));
	put_seal(p);
	assert_true(store_append(p->store, &(struct store_batch){0}, &p->err));
	assert_false(is_sealed(p));
	put_seal(p);
	assert_true(store_backup(p->store, path(p, "b"), &p->err));
	assert_true(restore(p, "b"));
	assert_false(is_sealed(p));
	assert_int_equal(store_epoch(p->store), 2);
}

static void test_copies_are_whole_or_not_there(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_false(store_backup(p->store, path(p, "no/such/folder"), &p->err));
	assert_non_null(strstr(p->err.text, "No such file"));
	assert_int_equal(mkdir(path(p, "folder"), 0700), 0);
	assert_false(store_backup(p->store, path(p, "folder"), &p->err));
	assert_int_equal(access(path(p, "folder.part"), F_OK), -1);
	assert_true(store_backup(p->store, path(p, "b"), &p->err));
	assert_true(store_backup(p->store, path(p, "b"), &p->err)); /* once more, over it */
}

static void test_a_copy_by_slices_is_of_its_last_moment(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	for (int i = 0; i < 100; i++)
		assert_true(put(p, "switch", "www", "{\"on\":1}"));
	struct store_backup *const backup = store_backup_begin(p->store, path(p, "b"), &p->err);
	assert_non_null(backup);
	assert_null(store_backup_begin(p->store, path(p, "c"), &p->err));
	assert_non_null(strstr(p->err.text, "another copy"));
	int slices = 0;
	while (store_backup_slice(backup, 1, &p->err) == STORE_MORE && ++slices < 10) {
		assert_int_equal(access(path(p, "b"), F_OK), -1);
		assert_true(put(p, "switch", slices % 2 == 0 ? "www" : "api", "{\"on\":2}"));
	}
	assert_int_equal(slices, 10);
	assert_int_equal(finish(p, backup), STORE_DONE);
	assert_false(store_is_copying(p->store));
	assert_int_equal(access(path(p, "b.part"), F_OK), -1);
	const uint64_t last = store_last(p->store);
	assert_true(put(p, "switch", "www", "{\"on\":3}"));
	assert_true(restore(p, "b"));
	assert_int_equal(store_last(p->store), last);
	assert_string_equal(state_of(p, "www"), "{\"on\":2}");
	assert_string_equal(state_of(p, "api"), "{\"on\":2}");
	assert_true(is_sound(p));
}

static void test_nothing_comes_of_a_copy_of_what_is_closed(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_true(store_backup(p->store, path(p, "whole"), &p->err));
	struct store_backup *backup = store_backup_begin(p->store, path(p, "b"), &p->err);
	assert_int_equal(store_backup_slice(backup, 1, &p->err), STORE_MORE);
	assert_true(restore(p, "whole"));
	assert_int_equal(finish(p, backup), STORE_FAILED);
	assert_non_null(strstr(p->err.text, "replaced meanwhile"));
	assert_int_equal(access(path(p, "b"), F_OK), -1);
	assert_int_equal(access(path(p, "b.part"), F_OK), -1);
	backup = store_backup_begin(p->store, path(p, "b"), &p->err);
	assert_int_equal(finish(p, backup), STORE_DONE);
}

static void test_restore_brings_it_back(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(store_backup(p->store, path(p, "b"), &p->err));
	assert_true(put(p, "switch", "www", "{\"on\":2}"));
	assert_true(put(p, "switch", "api", "{\"on\":2}"));
	assert_true(restore(p, "b"));
	assert_string_equal(state_of(p, "www"), "{\"on\":1}");
	assert_string_equal(state_of(p, "api"), "none");
	assert_int_equal(store_epoch(p->store), 2);
	assert_int_equal(store_last(p->store), 1);
	assert_true(put(p, "restore", "www", "{\"on\":3}"));
	assert_true(restore(p, "b"));
	assert_int_equal(store_epoch(p->store), 3);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_int_equal(store_epoch(p->store), 3);
	assert_true(is_sound(p));
}

static void test_restore_of_no_journal_changes_nothing(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	FILE *const file = fopen(path(p, "text"), "w");
	assert_true(fputs("hello\n", file) > 0);
	assert_int_equal(fclose(file), 0);
	static const char *const froms[] = {"text", "none", "."};
	for (size_t i = 0; i < COUNT_OF(froms); i++) {
		assert_false(restore(p, froms[i]));
		assert_true(p->err.text[0] != '\0');
	}
	assert_string_equal(state_of(p, "www"), "{\"on\":1}");
	assert_int_equal(store_epoch(p->store), 1);
	assert_true(put(p, "switch", "www", "{}"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_a_seal_is_the_last_thing_written),
		ROW(test_copies_are_whole_or_not_there),
		ROW(test_a_copy_by_slices_is_of_its_last_moment),
		ROW(test_nothing_comes_of_a_copy_of_what_is_closed),
		ROW(test_restore_brings_it_back),
		ROW(test_restore_of_no_journal_changes_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
