/* What came since a backup. */
#include "store_place.h"

static bool record(struct place *p, const char *check, int64_t at)
{
	const struct store_run run = {check, at, at + 9, 0, 5, 0};
	return store_append(p->store, &(struct store_batch){.runs = &run, .n_runs = 1}, &p->err);
}

static bool increment(struct place *p, const char *name)
{
	struct store_backup *const backup = store_increment_begin(p->store, path(p, name), &p->err);
	return backup != NULL && finish(p, backup) == STORE_DONE;
}

static bool restore_all(struct place *p, const char *const names[], size_t n)
{
	const char *files[8];
	struct store_memory memory;
	for (size_t i = 0; i < n; i++)
		files[i] = path(p, names[i]);
	return store_restore(p->store, files, n, p->arena, &memory, &p->err);
}

/* All that is in a file, as text. */
static const char *dump(struct place *p, const char *name)
{
	static const char *const tables[] = {"journal", "state", "serials", "checks", "runs"};
	sqlite3 *db;
	const char *all = "";
	assert_int_equal(sqlite3_open(path(p, name), &db), SQLITE_OK);
	for (size_t t = 0; t < COUNT_OF(tables); t++) {
		sqlite3_stmt *row;
		const char *const sql =
			arena_format(p->arena, "SELECT * FROM %s ORDER BY 1", tables[t]);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
		while (sqlite3_step(row) == SQLITE_ROW) {
			for (int i = 0; i < sqlite3_column_count(row); i++)
				all = arena_format(p->arena, "%s|%s", all,
					(const char *)sqlite3_column_text(row, i));
			all = arena_format(p->arena, "%s\n", all);
		}
		(void)sqlite3_finalize(row);
	}
	(void)sqlite3_close(db);
	return all;
}

/* A full backup, three increments of what came since, and a full one at the end. */
static void make_chain(struct place *p)
{
	const mode_t was = umask(0);
	assert_int_equal(reopen(p), STORE_NEW);
	for (int64_t i = 0; i < 40; i++)
		assert_true(record(p, i % 2 == 0 ? "a" : "b", i * 10));
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(store_backup(p->store, path(p, "full"), &p->err));
	assert_true(put(p, "switch", "www", "{\"on\":2}"));
	assert_true(put(p, "switch", "api", "{\"on\":2}"));
	assert_true(record(p, "c", 1000));
	assert_true(increment(p, "one"));
	assert_true(increment(p, "two")); /* of nothing */
	const struct store_state s = {"api", "{}"};
	assert_true(store_append(p->store,
		&(struct store_batch){.states = &s, .n_states = 1, .whole = true}, &p->err));
	assert_true(record(p, "a", 2000));
	assert_true(put(p, "switch", "api", "{\"on\":4}"));
	(void)store_trim(p->store, 20);
	assert_true(increment(p, "three"));
	assert_true(store_backup(p->store, path(p, "all"), &p->err));
	static const char *const names[] = {"full", "one", "two", "three", "all"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_private(p, names[i]);
	(void)umask(was);
}

static void test_a_backup_and_its_increments_are_the_whole(void **state)
{
	struct place *const p = *state;
	static const char *const names[] = {"full", "one", "two", "three"};
	make_chain(p);
	assert_true(put(p, "switch", "www", "{\"on\":5}"));
	assert_true(restore_all(p, names, COUNT_OF(names)));
	assert_int_equal(store_epoch(p->store), 2);
	assert_int_equal(store_last(p->store), 4);
	assert_true(is_sound(p));
	assert_string_equal(state_of(p, "www"), "none");
	assert_string_equal(state_of(p, "api"), "{\"on\":4}");
	assert_true(store_backup(p->store, path(p, "again"), &p->err));
	assert_string_equal(dump(p, "again"), dump(p, "all"));
	assert_true(restore_all(p, names, 2));
	assert_int_equal(store_last(p->store), 3);
	assert_string_equal(state_of(p, "www"), "{\"on\":2}");
}

static void test_increments_that_do_not_follow_are_refused(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence, *files[4];
		const char *words;
	} rows[] = {{"one is missing", {"full", "three"}, "an increment between them is missing"},
		{"one is missing behind the first", {"full", "one", "three", "two"},
			"was made earlier"},
		{"one comes twice", {"full", "one", "one"}, "was made earlier"},
		{"no full one", {"one", "two"}, "the full backup comes first"},
		{"a full one as an increment", {"full", "all"}, "is no whole increment"},
		{"another's", {"full", "other-life/other"}, "follows another entry"},
		{"of another epoch", {"full", "other-life/epoch"}, "is of epoch 2"},
		{"it was changed", {"full", "doctored"}, "does not follow from the one before"},
		{"it is not there", {"full", "none"}, "No such file"},
		{"it is cut", {"full", "cut"}, "is no whole increment"}};
	make_chain(p);
	char was[sizeof p->dir];
	(void)snprintf(was, sizeof was, "%s", p->dir);
	(void)snprintf(p->dir, sizeof p->dir, "%.90s/other-life", was);
	assert_int_equal(mkdir(p->dir, 0700), 0);
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "other", "{}"));
	assert_true(store_backup(p->store, path(p, "full"), &p->err));
	assert_true(put(p, "switch", "other", "{}"));
	assert_true(increment(p, "other"));
	assert_true(restore_all(p, (const char *const[]){"full"}, 1));
	assert_true(store_backup(p->store, path(p, "full"), &p->err));
	assert_true(increment(p, "epoch"));
	(void)snprintf(p->dir, sizeof p->dir, "%s", was);
	assert_int_equal(reopen(p), STORE_KEPT);
	shell(arena_format(p->arena, "cp %s %s", path(p, "one"), path(p, "doctored")));
	shell(arena_format(p->arena, "head -c 9000 %s > %s", path(p, "one"), path(p, "cut")));
	sqlite3 *db;
	assert_int_equal(sqlite3_open(path(p, "doctored"), &db), SQLITE_OK);
	assert_int_equal(
		sqlite3_exec(db, "UPDATE journal SET reason = 'x'", NULL, NULL, NULL), SQLITE_OK);
	(void)sqlite3_close(db);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		size_t n = 0;
		while (n < COUNT_OF(rows[i].files) && rows[i].files[n] != NULL)
			n++;
		if (restore_all(p, rows[i].files, n) || strstr(p->err.text, rows[i].words) == NULL)
			fail_msg("%s: %s", rows[i].sentence, p->err.text);
		assert_int_equal(store_epoch(p->store), 1);
		assert_int_equal(store_last(p->store), 4);
	}
	assert_int_equal(access(path(p, "journal.db.part"), F_OK), -1);
	assert_true(is_sound(p) && put(p, "switch", "www", "{}"));
}

static void test_an_increment_wants_a_backup_of_this_journal(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_false(increment(p, "i"));
	assert_non_null(strstr(p->err.text, "make a full one"));
	assert_int_equal(access(path(p, "i"), F_OK), -1);
	assert_true(store_backup(p->store, NULL, &p->err)); /* the snapshot is none */
	assert_false(increment(p, "i"));
	assert_int_equal(mkdir(path(p, "there"), 0700), 0);
	assert_true(store_backup(p->store, path(p, "there/full"), &p->err));
	assert_false(increment(p, "i"));
	assert_true(increment(p, "there/i"));
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_true(increment(p, "there/../there/j"));
	assert_true(restore(p, "there/full"));
	assert_false(increment(p, "there/k"));
	assert_non_null(strstr(p->err.text, "restored since"));
	/* It is no journal by itself. */
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(rename(path(p, "there/i"), path(p, "journal.db")), 0);
	assert_int_equal(reopen(p), STORE_SNAPSHOT);
}

/* Each has the states and serials of its time: also there the last is to be the last. */
static void test_increments_without_entries_have_an_order(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence, *files[4];
		size_t n;
		const char *words; /* NULL: it is taken on */
	} rows[] = {{"as they were made", {"full", "one", "two"}, 3, NULL},
		{"the other way round", {"full", "two", "one"}, 3, "between them is missing"},
		{"without the first", {"full", "two"}, 2, "between them is missing"},
		{"one twice", {"full", "one", "one"}, 3, "was made earlier"}};
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_true(store_backup(p->store, path(p, "full"), &p->err));
	assert_true(record(p, "a", 1000));
	assert_true(increment(p, "one"));
	assert_true(record(p, "a", 2000));
	assert_true(increment(p, "two"));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const bool done = restore_all(p, rows[i].files, rows[i].n);
		if (done != (rows[i].words == NULL) ||
			(!done && strstr(p->err.text, rows[i].words) == NULL))
			fail_msg("%s: %s", rows[i].sentence, p->err.text);
	}
}

static void test_an_increment_takes_no_files_place(void **state)
{
	struct place *const p = *state;
	make_chain(p);
	assert_true(put(p, "switch", "www", "{}"));
	assert_false(increment(p, "all")); /* what it would follow */
	assert_non_null(strstr(p->err.text, "is there"));
	assert_false(increment(p, "one"));
	assert_int_equal(symlink("nothing", path(p, "link")), 0);
	assert_false(increment(p, "link"));
	assert_true(increment(p, "new"));
	assert_true(restore_all(p, (const char *const[]){"all", "new"}, 2));
	assert_int_equal(store_last(p->store), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_a_backup_and_its_increments_are_the_whole),
		ROW(test_increments_that_do_not_follow_are_refused),
		ROW(test_an_increment_wants_a_backup_of_this_journal),
		ROW(test_increments_without_entries_have_an_order),
		ROW(test_an_increment_takes_no_files_place),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
