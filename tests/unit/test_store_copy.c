/* Copies, seals and what is brought back. */
#include "store_place.h"

#include <fcntl.h>

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

/* Also as journal.db of another directory, which the manual allows. */
static void test_no_copy_has_a_seal(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	put_seal(p);
	assert_true(store_backup(p->store, path(p, "b"), &p->err));
	assert_true(store_backup(p->store, NULL, &p->err));
	assert_true(is_sealed(p));
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(rename(path(p, "b"), path(p, "journal.db")), 0);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_false(is_sealed(p));
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(truncate(path(p, "journal.db"), 5000), 0);
	assert_int_equal(reopen(p), STORE_SNAPSHOT);
	assert_false(is_sealed(p));
}

static void test_a_seal_is_for_the_next_hour(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence;
		int seconds;
		bool sealed;
	} rows[] = {{"nearly an hour ago", 3590, true}, {"an hour ago", 3610, false},
		{"the clock was set back", -20, false}};
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_seal(p);
		store_close(p->store);
		p->store = NULL;
		doctor(p, arena_format(p->arena,
				  "UPDATE meta SET value = value - %d WHERE key = 'seal at'",
				  rows[i].seconds));
		assert_int_equal(reopen(p), STORE_KEPT);
		if (is_sealed(p) != rows[i].sealed)
			fail_msg("%s", rows[i].sentence);
	}
}

static uint32_t serial_of(struct place *p)
{
	const struct store_serial *list;
	size_t n;
	assert_true(store_serials(p->store, p->arena, &list, &n));
	assert_int_equal(n, 1);
	return list[0].serial;
}

static void put_serial(struct place *p, uint32_t is)
{
	const struct store_serial serial = {.zone = "example.com.", .serial = is};
	assert_true(store_append(
		p->store, &(struct store_batch){.serials = &serial, .n_serials = 1}, &p->err));
}

static void test_a_restore_keeps_the_higher_serial(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	static const struct {
		const char *sentence;
		uint32_t backed_up, is, restored;
	} rows[] = {{"a later one", 7, 9, 9}, {"an earlier one", 9, 7, 9},
		{"past the end", 4294967295U, 3, 3}, {"before the end", 3, 4294967295U, 3},
		{"the same", 7, 7, 7}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		put_serial(p, rows[i].backed_up);
		assert_true(store_backup(p->store, path(p, "b"), &p->err));
		put_serial(p, rows[i].is);
		assert_true(restore(p, "b"));
		if (serial_of(p) != rows[i].restored)
			fail_msg("%s: %u", rows[i].sentence, serial_of(p));
	}
}

static void test_restore_reads_files_alone(void **state)
{
	struct place *const p = *state;
	static const char *const names[] = {"empty", "pipe", "."};
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(store_backup(p->store, path(p, "b"), &p->err));
	(void)close(open(path(p, "empty"), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
	assert_int_equal(mkfifo(path(p, "pipe"), 0600), 0);
	(void)alarm(20);
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		struct store_memory memory;
		const char *const files[] = {path(p, "b"), path(p, names[i])};
		if (store_restore(p->store, files + 1, 1, p->arena, &memory, &p->err) ||
			store_restore(p->store, files, 2, p->arena, &memory, &p->err))
			fail_msg("%s is taken on", names[i]);
	}
	(void)alarm(0);
	assert_true(restore(p, "b"));
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
		ROW(test_no_copy_has_a_seal),
		ROW(test_a_seal_is_for_the_next_hour),
		ROW(test_a_restore_keeps_the_higher_serial),
		ROW(test_restore_reads_files_alone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
