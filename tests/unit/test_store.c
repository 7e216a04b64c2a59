#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

struct place {
	char dir[128];
	struct arena *arena;
	struct store *store;
	enum store_origin origin;
	struct err err;
	char lines[64][256]; /* what each_entry() and each_run() saw */
	size_t n;
};

static int set_up(void **state)
{
	struct place *const p = mem_new(sizeof *p);
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/locum-test-store-XXXXXX");
	p->arena = arena_new();
	*state = p;
	return mkdtemp(p->dir) == NULL;
}

static int tear_down(void **state)
{
	struct place *const p = *state;
	store_close(p->store);
	(void)chmod(p->dir, 0700);
	char *const remove_all = arena_format(p->arena, "rm -rf %s", p->dir);
	const int done =
		system(remove_all); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
	arena_free(p->arena);
	free(p);
	return done;
}

static void shell(const char *words)
{
	/* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): our own words */
	assert_int_equal(system(words), 0);
}

static const char *path(const struct place *p, const char *name)
{
	return arena_format(p->arena, "%s/%s", p->dir, name);
}

static enum store_origin reopen(struct place *p)
{
	store_close(p->store);
	p->err.text[0] = '\0';
	p->store = store_open(p->dir, &p->origin, &p->err);
	return p->origin;
}

/* As a process that is killed: nothing is closed, what lies there is as it lies. */
static void abandon(struct place *p, const char *to)
{
	const char *const copy = path(p, to);
	assert_int_equal(mkdir(copy, 0700), 0);
	char *const command = arena_format(p->arena, "cp -p %s/journal* %s/", p->dir, copy);
	shell(command);
	store_close(p->store);
	p->store = NULL;
	(void)snprintf(p->dir, sizeof p->dir, "%s", copy);
}

static struct store_entry entry(const char *kind, const char *service, int64_t at)
{
	return (struct store_entry){.at_ns = at,
		.kind = kind,
		.author = "rule 13 failover",
		.service = service,
		.endpoint = "fra",
		.detail = "from fra to ams",
		.reason = "",
		.state = "{}",
		.generation = 7,
		.serial = 2026112201};
}

static bool put(struct place *p, const char *kind, const char *service, const char *json)
{
	const struct store_entry e = entry(kind, service, 1000);
	const struct store_state s = {service, json};
	const struct store_serial serial = {.zone = "example.com.", .serial = 2026112201};
	const struct store_batch batch = {.entries = &e,
		.states = &s,
		.serials = &serial,
		.n_entries = 1,
		.n_states = 1,
		.n_serials = 1};
	return store_append(p->store, &batch, &p->err);
}

static const char *state_of(struct place *p, const char *service)
{
	const struct store_state *list;
	size_t n;
	assert_true(store_states(p->store, p->arena, &list, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].service, service) == 0)
			return list[i].json;
	return "none";
}

static void each_entry(void *cookie, const struct store_entry *e)
{
	struct place *const p = cookie;
	if (p->n < COUNT_OF(p->lines))
		(void)snprintf(p->lines[p->n], sizeof p->lines[0],
			"%llu %lld %u %s %s %s %s %s %s %llu %u", (unsigned long long)e->number,
			(long long)e->at_ns, e->epoch, e->kind, e->author, e->service, e->endpoint,
			e->detail, e->reason, (unsigned long long)e->generation, e->serial);
	p->n++;
}

static void each_run(void *cookie, const struct store_run *run)
{
	struct place *const p = cookie;
	if (p->n < COUNT_OF(p->lines))
		(void)snprintf(p->lines[p->n], sizeof p->lines[0], "%s %lld %lld %d %u", run->check,
			(long long)run->from_ns, (long long)run->to_ns, run->outcome, run->n);
	p->n++;
}

static bool restore(struct place *p, const char *name)
{
	struct store_memory memory;
	const char *const file = path(p, name);
	return store_restore(p->store, &file, 1, p->arena, &memory, &p->err);
}

static bool is_sound(struct place *p)
{
	uint64_t wrong = 99;
	return store_verify(p->store, &wrong) && wrong == 0;
}

/* ---- as long as all is well ---- */

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

static bool is_sealed(struct place *p)
{
	const struct store_serial *list;
	size_t n;
	assert_true(store_serials(p->store, p->arena, &list, &n));
	assert_int_equal(n, 1);
	return list[0].seal != NULL && list[0].seal[31] == 'x';
}

static void put_seal(struct place *p)
{
	const struct store_serial serial = {.zone = "example.com.",
		.serial = 7,
		.seal = (const uint8_t *)"...............................x"};
	assert_true(store_append(
		p->store, &(struct store_batch){.serials = &serial, .n_serials = 1}, &p->err));
	assert_true(is_sealed(p));
}

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

/* What a snapshot says was true once: more may have been served since. */
static void test_a_seal_in_a_snapshot_is_broken(void **state)
{
	struct place *const p = *state;
	for (int damaged = 0; damaged <= 1; damaged++) {
		(void)reopen(p);
		put_seal(p);
		assert_true(store_backup(p->store, NULL, &p->err));
		assert_true(is_sealed(p));
		store_close(p->store);
		p->store = NULL;
		FILE *const file = fopen(path(p, "journal.db"), "w");
		assert_non_null(file);
		assert_true(
			!damaged || fputs("This was a journal, and is none any more.", file) > 0);
		(void)fclose(file);
		assert_int_equal(reopen(p), STORE_SNAPSHOT);
		assert_false(is_sealed(p));
	}
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
		{"before a time", {.before_ns = 500}, 4, "1 100"},
		{"the last before a time", {.before_ns = 501, .limit = 1}, 1, "5 500"},
		{"the last of one before a time", {.service = "even", .before_ns = 501, .limit = 1},
			1, "4 400"},
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

static void assert_private(const struct place *p, const char *name)
{
	struct stat st;
	if (stat(path(p, name), &st) == 0 && (st.st_mode & 0777) != 0600)
		fail_msg("%s has the mode %o", name, st.st_mode & 0777);
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

/* ---- the chain ---- */

static void doctor(struct place *p, const char *sql)
{
	sqlite3 *db;
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(sqlite3_open(path(p, "journal.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
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

/* ---- what lies there is no good ---- */

static void overwrite(
	const struct place *p, const char *name, long at, const char *octets, size_t n)
{
	FILE *const file = fopen(path(p, name), "r+");
	assert_non_null(file);
	assert_int_equal(fseek(file, at, SEEK_SET), 0);
	assert_int_equal(fwrite(octets, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static void cut(struct place *p) { assert_int_equal(truncate(path(p, "journal.db"), 5000), 0); }

static void zero(struct place *p)
{
	static const char zeros[4096 * 4];
	overwrite(p, "journal.db", 0, zeros, sizeof zeros);
}

static void zero_a_page(struct place *p)
{
	static const char zeros[4096];
	overwrite(p, "journal.db", 4096, zeros, sizeof zeros);
}

static void randomize(struct place *p)
{
	char octets[30000];
	unsigned seed = 4711;
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (char)rand_r(&seed);
	overwrite(p, "journal.db", 0, octets, sizeof octets);
}

static void randomize_inside(struct place *p)
{
	char octets[8000];
	unsigned seed = 4711;
	for (size_t i = 0; i < sizeof octets; i++)
		octets[i] = (char)rand_r(&seed);
	overwrite(p, "journal.db", 4096, octets, sizeof octets);
}

static void make_text(struct place *p)
{
	FILE *const file = fopen(path(p, "journal.db"), "w");
	assert_non_null(file);
	assert_true(fputs("{\"journal\": 1}\n", file) > 0);
	assert_int_equal(fclose(file), 0);
}

static void make_foreign(struct place *p)
{
	assert_int_equal(unlink(path(p, "journal.db")), 0);
	doctor(p, "CREATE TABLE other (a); INSERT INTO other VALUES (1)");
}

static void make_newer(struct place *p) { doctor(p, "PRAGMA user_version = 99"); }

static void lose_a_table(struct place *p) { doctor(p, "DROP TABLE journal"); }

static void lose_the_epoch(struct place *p) { doctor(p, "DELETE FROM meta"); }

static void make_directory(struct place *p)
{
	assert_int_equal(unlink(path(p, "journal.db")), 0);
	assert_int_equal(mkdir(path(p, "journal.db"), 0700), 0);
}

static void make_full_directory(struct place *p)
{
	make_directory(p);
	assert_int_equal(mkdir(path(p, "journal.db/within"), 0700), 0);
}

static void make_link(struct place *p)
{
	assert_int_equal(rename(path(p, "journal.db"), path(p, "elsewhere")), 0);
	assert_int_equal(symlink(path(p, "elsewhere"), path(p, "journal.db")), 0);
}

static void make_pipe(struct place *p)
{
	assert_int_equal(unlink(path(p, "journal.db")), 0);
	assert_int_equal(mkfifo(path(p, "journal.db"), 0600), 0);
}

static void each_state(void *cookie, const struct store_entry *e)
{
	struct place *const p = cookie;
	(void)snprintf(p->lines[p->n++], sizeof p->lines[0], "%s", e->state);
}

/* Of format 1, whose entries had no state, and whose hashes none. */
static void test_an_older_journal_is_taken_on(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	struct store_entry old = entry("switch", "www", 1000);
	old.state = "";
	const struct store_state s = {"www", "{\"on\":1}"};
	assert_true(store_append(p->store,
		&(struct store_batch){.entries = &old, .states = &s, .n_entries = 1, .n_states = 1},
		&p->err));
	doctor(p, "DROP INDEX journal_service; DROP INDEX runs_check;"
		  "ALTER TABLE journal DROP COLUMN state; PRAGMA user_version = 1;");
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_string_equal(state_of(p, "www"), "{\"on\":1}");
	assert_true(is_sound(p));
	assert_true(put(p, "switch", "www", "{\"on\":2}"));
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_true(is_sound(p));
	assert_true(store_entries(p->store, &(struct store_query){0}, each_state, p));
	assert_int_equal(p->n, 2);
	assert_string_equal(p->lines[0], "");
	assert_string_equal(p->lines[1], "{}");
	doctor(p, "DROP INDEX journal_service; DROP INDEX runs_check;"
		  "ALTER TABLE journal DROP COLUMN state; PRAGMA user_version = 1;");
	assert_int_equal(rename(path(p, "journal.db"), path(p, "older")), 0);
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(restore(p, "older"));
	assert_string_equal(state_of(p, "www"), "{\"on\":2}");
}

static void test_damage_never_refuses(void **state)
{
	struct place *const p = *state;
	static const struct {
		const char *sentence;
		void (*harm)(struct place *p);
	} rows[] = {{"cut", cut}, {"zeroes", zero}, {"a page of zeroes", zero_a_page},
		{"random octets", randomize}, {"random octets inside", randomize_inside},
		{"a text", make_text}, {"another's database", make_foreign},
		{"a later version", make_newer}, {"a table is gone", lose_a_table},
		{"the epoch is gone", lose_the_epoch}, {"a directory", make_directory},
		{"a directory that is not empty", make_full_directory}, {"a link", make_link},
		{"a pipe", make_pipe}};
	for (int snapshot = 1; snapshot >= 0; snapshot--)
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			(void)reopen(p);
			assert_true(put(p, "switch", "www", "{\"on\":1}"));
			if (snapshot != 0)
				assert_true(store_backup(p->store, NULL, &p->err));
			else
				(void)unlink(path(p, "journal.good.db"));
			assert_true(put(p, "switch", "www", "{\"on\":2}"));
			store_close(p->store);
			p->store = NULL;
			rows[i].harm(p);
			const enum store_origin origin = reopen(p);
			if (origin != (snapshot != 0 ? STORE_SNAPSHOT : STORE_LOST))
				fail_msg("%s: origin %d, %s", rows[i].sentence, (int)origin,
					p->err.text);
			assert_true(p->err.text[0] != '\0');
			assert_string_equal(
				state_of(p, "www"), snapshot != 0 ? "{\"on\":1}" : "none");
			if (!put(p, "switch", "www", "{\"on\":3}"))
				fail_msg("%s: %s", rows[i].sentence, p->err.text);
			assert_true(is_sound(p));
			assert_int_equal(reopen(p), STORE_KEPT);
			assert_string_equal(state_of(p, "www"), "{\"on\":3}");
		}
	assert_int_equal(access(path(p, "journal.db.damaged-28"), F_OK), 0);
}

static void test_a_damaged_snapshot_is_none(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	assert_true(store_backup(p->store, NULL, &p->err));
	store_close(p->store);
	p->store = NULL;
	randomize(p);
	overwrite(p, "journal.good.db", 4096, "no table is here, and none was", 30);
	overwrite(p, "journal.good.db", 0, "SQLite format 4", 15);
	assert_int_equal(reopen(p), STORE_LOST);
	assert_true(put(p, "switch", "www", "{}"));
}

static void test_every_cut_is_survived(void **state)
{
	struct place *const p = *state;
	(void)reopen(p);
	for (int i = 0; i < 20; i++)
		assert_true(put(p, "switch", "www", "{}"));
	assert_true(store_backup(p->store, NULL, &p->err));
	abandon(p, "killed");
	/* What was torn at the end of the -wal: what is before it counts. */
	struct stat st;
	assert_int_equal(stat(path(p, "journal.db-wal"), &st), 0);
	for (off_t size = st.st_size; size > 0; size -= 3001) {
		assert_int_equal(truncate(path(p, "journal.db-wal"), size), 0);
		char *const copy =
			arena_format(p->arena, "rm -rf %s/t && mkdir %s/t && cp %s/journal* %s/t/",
				p->dir, p->dir, p->dir, p->dir);
		shell(copy);
		enum store_origin origin;
		struct store *const store = store_open(path(p, "t"), &origin, &p->err);
		uint64_t wrong;
		assert_true(origin == STORE_KEPT || origin == STORE_SNAPSHOT);
		assert_true(store_last(store) <= 20);
		assert_true(store_verify(store, &wrong));
		store_close(store);
	}
	*strrchr(p->dir, '/') = '\0';
}

static void test_another_daemon_has_it(void **state)
{
	struct place *const p = *state;
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{}"));
	const char *const script = arena_format(p->arena,
		"/usr/bin/python3 - %s <<'END'\n"
		"import sqlite3, sys\n"
		"try: sqlite3.connect(sys.argv[1], timeout=0).execute('select * from journal')\n"
		"except sqlite3.OperationalError as e: sys.exit(0 if 'locked' in str(e) else 2)\n"
		"sys.exit(1)\nEND\n",
		path(p, "journal.db"));
	shell(script);
	assert_true(put(p, "switch", "www", "{}"));
}

/* ---- what cannot be written ---- */

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

static enum store_progress finish(struct place *p, struct store_backup *backup)
{
	enum store_progress progress;
	do
		progress = store_backup_slice(backup, 1, &p->err);
	while (progress == STORE_MORE);
	store_backup_end(backup);
	return progress;
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

/* ---- increments ---- */

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
		{"it is not there", {"full", "none"}, "is no whole increment"}};
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

static void test_no_folder_is_no_end(void **state)
{
	struct place *const p = *state;
	char was[sizeof p->dir];
	(void)snprintf(was, sizeof was, "%s", p->dir);
	(void)snprintf(p->dir, sizeof p->dir, "%.90s/not-there", was);
	assert_int_equal(reopen(p), STORE_NONE);
	assert_false(put(p, "switch", "www", "{}"));
	assert_non_null(strstr(p->err.text, "No such file"));
	assert_int_equal(store_last(p->store), 0);
	assert_int_equal(mkdir(p->dir, 0700), 0);
	store_heal(p->store);
	assert_true(put(p, "switch", "www", "{}"));
	(void)snprintf(p->dir, sizeof p->dir, "%s", was);
}

static void let_others_read(const struct place *p, const char *above)
{
	const char *const open_up =
		arena_format(p->arena, "chmod 755 %s %s; chmod 644 %s/j*", above, p->dir, p->dir);
	assert_int_equal(
		system(open_up), 0); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
}

/* What somebody who may read and not write knows, and that it is well once that is over. */
static void assert_frozen(struct place *p, const char *json)
{
	assert_int_equal(seteuid(65534), 0);
	const enum store_origin origin = reopen(p);
	const char *const is = state_of(p, "www");
	const bool wrote = put(p, "switch", "www", "{}");
	store_heal(p->store);
	const char *const still = state_of(p, "www");
	assert_int_equal(seteuid(0), 0);
	assert_int_equal(origin, STORE_FROZEN);
	assert_string_equal(is, json);
	assert_string_equal(still, json);
	assert_false(wrote);
	assert_non_null(strstr(p->err.text, "Permission denied"));
	store_heal(p->store); /* root may */
	assert_true(put(p, "switch", "www", "{\"on\":9}"));
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_string_equal(state_of(p, "www"), "{\"on\":9}");
}

static void test_read_only_is_read(void **state)
{
	struct place *const p = *state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	store_close(p->store);
	p->store = NULL;
	let_others_read(p, p->dir);
	assert_frozen(p, "{\"on\":1}");
}

static void test_read_only_is_read_with_its_wal(void **state)
{
	struct place *const p = *state;
	char was[sizeof p->dir];
	if (geteuid() != 0)
		skip();
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	(void)snprintf(was, sizeof was, "%s", p->dir);
	abandon(p, "killed");
	let_others_read(p, was);
	assert_frozen(p, "{\"on\":1}");
	store_close(p->store);
	p->store = NULL;
	(void)snprintf(p->dir, sizeof p->dir, "%s", was);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(test_what_is_appended_is_there),
		ROW(test_a_seal_is_the_last_thing_written),
		ROW(test_a_seal_in_a_snapshot_is_broken),
		ROW(test_what_a_killed_process_wrote_is_there),
		ROW(test_queries_choose),
		ROW(test_whole_forgets_the_others),
		ROW(test_history_is_bounded),
		ROW(test_history_does_not_grow_over_months),
		ROW(test_runs_are_found_by_their_time),
		ROW(test_an_older_journal_is_taken_on),
		ROW(test_files_are_ours_alone),
		ROW(test_the_chain_shows_what_was_doctored),
		ROW(test_damage_never_refuses),
		ROW(test_a_damaged_snapshot_is_none),
		ROW(test_every_cut_is_survived),
		ROW(test_another_daemon_has_it),
		ROW(test_copies_are_whole_or_not_there),
		ROW(test_a_copy_by_slices_is_of_its_last_moment),
		ROW(test_nothing_comes_of_a_copy_of_what_is_closed),
		ROW(test_restore_brings_it_back),
		ROW(test_a_backup_and_its_increments_are_the_whole),
		ROW(test_increments_that_do_not_follow_are_refused),
		ROW(test_an_increment_wants_a_backup_of_this_journal),
		ROW(test_restore_of_no_journal_changes_nothing),
		ROW(test_no_folder_is_no_end),
		ROW(test_read_only_is_read),
		ROW(test_read_only_is_read_with_its_wal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
