/* As long as all is well. */
#include "store_place.h"

static void test_what_is_appended_is_there(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_int_equal(store_last(p->store), 0);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(put(p, "switch", "api", "{\"on\":2}"));
	assert_true(put(p, "switch", "www", "{\"on\":3}"));
	assert_int_equal(store_last(p->store), 3);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_int_equal(store_last(p->store), 3);
	assert_int_equal(store_epoch(p->store), 1);
	assert_string_equal(state_of(p, "www"), "{\"on\":3}");
	assert_string_equal(state_of(p, "api"), "{\"on\":2}");
	const struct store_serial *serials;
	size_t n;
	assert_true(store_serials(p->store, p->arena, &serials, &n));
	assert_int_equal(n, 1);
	assert_string_equal(serials[0].zone, "example.com.");
	assert_int_equal(serials[0].serial, 2026112201);
	assert_true(store_entries(p->store, &(struct store_query){0}, each_entry, p));
	assert_int_equal(p->n, 3);
	assert_string_equal(p->lines[1], "2 1000 1 switch rule 13 failover api fra from fra to ams "
					 " 7 2026112201");
	assert_true(is_sound(p));
}

static void test_what_a_killed_process_wrote_is_there(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(put(p, "switch", "www", "{\"on\":2}"));
	char was[sizeof p->dir];
	(void)snprintf(was, sizeof was, "%s", p->dir);
	abandon(p, "killed");
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_int_equal(store_last(p->store), 2);
	assert_string_equal(state_of(p, "www"), "{\"on\":2}");
	assert_true(is_sound(p));
	store_close(p->store);
	p->store = NULL;
	(void)snprintf(p->dir, sizeof p->dir, "%s", was);
}

static void test_queries_choose(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	for (int64_t i = 1; i <= 10; i++) {
		const struct store_entry e = entry("switch", i % 2 == 0 ? "even" : "odd", i * 100);
		assert_true(store_append(
			p->store, &(struct store_batch){.entries = &e, .n_entries = 1}, &p->err));
	}
	struct store_entry last = entry("stop", "", 1100);
	last.generation = 0;
	assert_true(store_append(
		p->store, &(struct store_batch){.entries = &last, .n_entries = 1}, &p->err));
	static const struct {
		const char *sentence;
		struct store_query query;
		size_t n;
		const char *first;
	} rows[] = {
		{"all", {0}, 11, "1 100"},
		{"of one service", {.service = "even"}, 5, "2 200"},
		{"behind a number", {.after = 7}, 4, "8 800"},
		{"since a time", {.since_ns = 500}, 7, "5 500"},
		{"the newest", {.limit = 2}, 2, "10 1000"},
		{"the newest of one service", {.service = "odd", .limit = 2}, 2, "7 700"},
		{"none", {.service = "gone"}, 0, ""},
		{"up to a number", {.upto = 4}, 4, "1 100"},
		{"the last up to a number", {.upto = 5, .limit = 1}, 1, "5 500"},
		{"the last of one up to a number", {.service = "even", .upto = 5, .limit = 1}, 1,
			"4 400"},
		{"the first since a time", {.since_ns = 501, .limit = 1, .first = true}, 1,
			"6 600"},
		{"the first of one since a time",
			{.service = "odd", .since_ns = 501, .limit = 2, .first = true}, 2, "7 700"},
		{"of a kind", {.kind = "stop"}, 1, "11 1100"},
		{"of no service", {.service = "", .kind = "stop"}, 1, "11 1100"},
		{"of a kind and a service", {.service = "odd", .kind = "stop"}, 0, ""},
		{"that a view showed", {.shown = true, .limit = 1}, 1, "10 1000"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p->n = 0;
		p->lines[0][0] = '\0';
		assert_true(store_entries(p->store, &rows[i].query, each_entry, p));
		if (p->n != rows[i].n ||
			strncmp(p->lines[0], rows[i].first, strlen(rows[i].first)) != 0)
			fail_msg("%s: %zu, first %s", rows[i].sentence, p->n, p->lines[0]);
	}
}

static void test_whole_forgets_the_others(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_true(put(p, "switch", "api", "{}"));
	const struct store_state s = {"new", "{}"};
	assert_true(store_append(p->store,
		&(struct store_batch){.states = &s, .n_states = 1, .whole = true}, &p->err));
	assert_string_equal(state_of(p, "new"), "{}");
	assert_string_equal(state_of(p, "www"), "none");
	assert_string_equal(state_of(p, "api"), "none");
	assert_int_equal(store_last(p->store), 2);
}

static void test_history_is_bounded(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	for (int64_t i = 0; i < 30; i++) {
		const struct store_run run = {
			i % 2 == 0 ? "a" : "b", i * 10, i * 10 + 9, (int)(i % 3), 5, 0};
		assert_true(store_append(
			p->store, &(struct store_batch){.runs = &run, .n_runs = 1}, &p->err));
	}
	assert_true(store_runs_after(p->store, 285, 0, 64, each_run, p));
	assert_int_equal(p->n, 2);
	assert_string_equal(p->lines[0], "a 280 289 1 5");
	assert_false(store_trim(p->store, 10));
	p->n = 0;
	assert_true(store_runs_after(p->store, 0, 0, 64, each_run, p));
	assert_int_equal(p->n, 10);
	assert_string_equal(p->lines[0], "a 200 209 2 5");
	assert_false(store_trim(p->store, 10));
	p->n = 0;
	assert_true(store_runs_after(p->store, 0, 0, 64, each_run, p));
	assert_int_equal(p->n, 10);
}

static int64_t count(struct place *p, const char *table)
{
	sqlite3 *db;
	sqlite3_stmt *row;
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(sqlite3_open(path(p, "journal.db"), &db), SQLITE_OK);
	const char *const sql = arena_format(p->arena, "SELECT count(*) FROM %s", table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &row, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(row), SQLITE_ROW);
	const int64_t n = sqlite3_column_int64(row, 0);
	(void)sqlite3_finalize(row);
	(void)sqlite3_close(db);
	assert_int_equal(reopen(p), STORE_KEPT);
	return n;
}

/* Also where the clock was wrong: an hour ahead, and at 1970. */
static void test_a_time_has_a_last_entry(void **state)
{
	struct place *const p = *state;
	static const int64_t times[] = {100, 200, 200, 9000, 9100, 300, 1, 2, 400};
	static const struct {
		int64_t at_ns;
		uint64_t number;
	} rows[] = {{0, 0}, {1, 7}, {99, 8}, {100, 1}, {199, 1}, {200, 3}, {299, 3}, {300, 6},
		{399, 6}, {400, 9}, {8999, 9}, {9050, 4}, {INT64_MAX, 5}};
	uint64_t number = 42;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(store_number_at(p->store, 1, &number));
	assert_int_equal(number, 0);
	for (size_t i = 0; i < COUNT_OF(times); i++) {
		const struct store_entry e = entry("switch", "www", times[i]);
		assert_true(store_append(
			p->store, &(struct store_batch){.entries = &e, .n_entries = 1}, &p->err));
	}
	for (int round = 0; round < 2; round++) { /* with the indexes, and opened again without */
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			assert_true(store_number_at(p->store, rows[i].at_ns, &number));
			assert_int_equal(number, rows[i].number);
		}
		doctor(p, "DROP INDEX journal_at; DROP INDEX journal_kind");
		assert_int_equal(reopen(p), STORE_KEPT);
		assert_int_equal(
			count(p, "sqlite_schema WHERE name IN ('journal_at', 'journal_kind')"), 2);
	}
}

static off_t size_of(struct place *p)
{
	struct stat st;
	assert_int_equal(count(p, "runs"), 4000); /* and what is in the -wal is in the file */
	assert_int_equal(stat(path(p, "journal.db"), &st), 0);
	return st.st_size;
}

/* Each month another configuration: all of its checks are new ones. */
static void live_a_month(struct place *p, int month)
{
	struct store_run runs[400];
	char names[100][64];
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)snprintf(names[i], sizeof names[i], "http 192.0.2.%zu /month-%d", i, month);
	for (int day = 0; day < 30; day++) {
		for (size_t i = 0; i < COUNT_OF(runs); i++) {
			const int64_t at = INT64_C(1795000000000000000) +
					   ((int64_t)month * 30 + day) * 1000 + (int64_t)i;
			runs[i] =
				(struct store_run){names[i % COUNT_OF(names)], at, at + 9, 0, 5, 0};
		}
		assert_true(store_append(p->store,
			&(struct store_batch){.runs = runs, .n_runs = COUNT_OF(runs)}, &p->err));
		while (store_trim(p->store, 4000))
			;
	}
}

static void test_history_does_not_grow_over_months(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	for (int month = 0; month < 5; month++)
		live_a_month(p, month);
	const off_t early = size_of(p);
	for (int month = 5; month < 25; month++)
		live_a_month(p, month);
	const off_t late = size_of(p);
	if (late > early + early / 50) /* a page or two */
		fail_msg("%lld octets have become %lld", (long long)early, (long long)late);
	assert_int_equal(count(p, "checks"), 100);
}

static void test_runs_are_found_by_their_time(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence, *check;
		int64_t at_ns;
		enum store_side side;
		const char *run;
	} rows[] = {
		{"within one", "a", 15, STORE_BEFORE, "a 10 20 0 3"},
		{"at its first outcome", "a", 10, STORE_BEFORE, "a 10 20 0 3"},
		{"the next", "a", 15, STORE_AFTER, "a 30 40 1 2"},
		{"in the pause after one", "a", 25, STORE_BEFORE, "a 10 20 0 3"},
		{"before the first", "a", 9, STORE_BEFORE, ""},
		{"the first is the next", "a", 9, STORE_AFTER, "a 10 20 0 3"},
		{"after the last", "a", 99, STORE_BEFORE, "a 30 40 1 2"},
		{"there is no next", "a", 99, STORE_AFTER, ""},
		{"of another check", "b", 15, STORE_BEFORE, "b 12 13 2 1"},
		{"of none", "c", 15, STORE_BEFORE, ""},
	};
	static const struct store_run runs[] = {
		{"b", 12, 13, 2, 1, 0}, {"a", 10, 20, 0, 3, 0}, {"a", 30, 40, 1, 2, 0}};
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(store_runs_begin(p->store) == 0);
	assert_true(
		store_append(p->store, &(struct store_batch){.runs = runs, .n_runs = 3}, &p->err));
	assert_true(store_runs_begin(p->store) == 12);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		p->n = 0;
		p->lines[0][0] = '\0';
		assert_true(store_runs_near(
			p->store, rows[i].check, rows[i].at_ns, rows[i].side, 1, each_run, p));
		if (p->n > 1 || strcmp(p->lines[0], rows[i].run) != 0)
			fail_msg("%s: %s", rows[i].sentence, p->lines[0]);
	}
}

static void test_files_are_ours_alone(void **state)
{
	struct place *const p = *state;
	const mode_t was = umask(0);
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_true(store_backup(p->store, NULL, &p->err));
	assert_true(store_backup(p->store, path(p, "backup"), &p->err));
	static const char *const names[] = {
		"journal.db", "journal.db-wal", "journal.good.db", "backup"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		assert_private(p, names[i]);
	assert_int_equal(access(path(p, "journal.db-wal"), F_OK), 0);
	assert_int_equal(access(path(p, "journal.db-shm"), F_OK), -1);
	assert_int_equal(access(path(p, "backup.part"), F_OK), -1);
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(chmod(path(p, "journal.db"), 0666), 0);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_private(p, "journal.db");
	(void)umask(was);
}

static void test_the_chain_shows_what_was_doctored(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence, *sql, *undo;
		uint64_t wrong;
	} rows[] = {
		{"a text", "UPDATE journal SET reason = 'because' WHERE number = 2",
			"UPDATE journal SET reason = '' WHERE number = 2", 2},
		{"a time", "UPDATE journal SET at = at + 1 WHERE number = 1",
			"UPDATE journal SET at = at - 1 WHERE number = 1", 1},
		{"a serial", "UPDATE journal SET serial = 1 WHERE number = 3",
			"UPDATE journal SET serial = 2026112201 WHERE number = 3", 3},
		{"an author", "UPDATE journal SET author = 'uid=0' WHERE number = 3",
			"UPDATE journal SET author = 'rule 13 failover' WHERE number = 3", 3},
		{"texts that change places",
			"UPDATE journal SET kind = 'switchx', author = 'rule 13 failover' WHERE"
			" number = 3",
			"UPDATE journal SET kind = 'switch' WHERE number = 3", 3},
		{"a state", "UPDATE journal SET state = '' WHERE number = 2",
			"UPDATE journal SET state = '{}' WHERE number = 2", 2},
		{"one taken out", "DELETE FROM journal WHERE number = 2", "SELECT 1", 2},
	};
	assert_int_equal(reopen(p), STORE_NEW);
	for (int i = 0; i < 3; i++)
		assert_true(put(p, "switch", "www", "{}"));
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint64_t wrong = 0;
		doctor(p, rows[i].sql);
		assert_int_equal(reopen(p), STORE_KEPT);
		if (store_verify(p->store, &wrong) || wrong != rows[i].wrong)
			fail_msg("%s: %llu", rows[i].sentence, (unsigned long long)wrong);
		doctor(p, rows[i].undo);
		(void)reopen(p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(test_what_is_appended_is_there),
		ROW(test_what_a_killed_process_wrote_is_there),
		ROW(test_queries_choose),
		ROW(test_a_time_has_a_last_entry),
		ROW(test_whole_forgets_the_others),
		ROW(test_history_is_bounded),
		ROW(test_history_does_not_grow_over_months),
		ROW(test_runs_are_found_by_their_time),
		ROW(test_files_are_ours_alone),
		ROW(test_the_chain_shows_what_was_doctored),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
