/* What lies there is no good, is older, or cannot be written. */
#include "store_place.h"

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

static void put_noise(struct place *p, int at, size_t n)
{
	char octets[30000];
	unsigned seed = 4711;
	assert_true(n <= sizeof octets);
	for (size_t i = 0; i < n; i++)
		octets[i] = (char)rand_r(&seed);
	overwrite(p, "journal.db", at, octets, n);
}

static void randomize(struct place *p) { put_noise(p, 0, 30000); }

static void randomize_inside(struct place *p) { put_noise(p, 4096, 8000); }

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

static void make_older(struct place *p)
{
	doctor(p, "DROP INDEX journal_service; DROP INDEX runs_check;"
		  "CREATE INDEX runs_ended ON runs (ended);"
		  "ALTER TABLE journal DROP COLUMN state; PRAGMA user_version = 1;");
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
	make_older(p);
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
	make_older(p);
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
			assert_true(snapshot == 0 || store_epoch(p->store) == i + 2);
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

/* A -wal of what is gone has pages of another time than the snapshot. */
static void test_what_a_lost_file_left_is_not_of_the_snapshot(void **state)
{
	struct place *const p = *state;
	char was[sizeof p->dir];
	assert_int_equal(reopen(p), STORE_NEW);
	assert_true(put(p, "switch", "www", "{\"on\":1}"));
	assert_true(store_backup(p->store, NULL, &p->err));
	for (int i = 0; i < 100; i++)
		assert_true(put(p, "switch", "www", "{\"on\":2}"));
	(void)snprintf(was, sizeof was, "%s", p->dir);
	abandon(p, "killed");
	assert_int_equal(unlink(path(p, "journal.db")), 0);
	assert_int_equal(reopen(p), STORE_SNAPSHOT);
	assert_int_equal(store_last(p->store), 1);
	assert_int_equal(store_epoch(p->store), 2);
	assert_string_equal(state_of(p, "www"), "{\"on\":1}");
	assert_true(is_sound(p) && put(p, "switch", "www", "{\"on\":3}"));
	assert_int_equal(access(path(p, "journal.db.damaged-1-wal"), F_OK), 0);
	assert_int_equal(reopen(p), STORE_KEPT);
	assert_true(is_sound(p));
	store_close(p->store);
	p->store = NULL;
	(void)snprintf(p->dir, sizeof p->dir, "%s", was);
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

/* Its entries wait until it can be written. */
static void test_an_older_one_that_is_read_only_is_read(void **state)
{
	struct place *const p = *state;
	if (geteuid() != 0)
		skip();
	assert_int_equal(reopen(p), STORE_NEW);
	struct store_entry old = entry("switch", "www", 1000);
	old.state = "";
	const struct store_state s = {"www", "{\"on\":1}"};
	assert_true(store_append(p->store,
		&(struct store_batch){.entries = &old, .states = &s, .n_entries = 1, .n_states = 1},
		&p->err));
	store_close(p->store);
	p->store = NULL;
	make_older(p);
	let_others_read(p, p->dir);
	assert_frozen(p, "{\"on\":1}");
	assert_true(store_entries(p->store, &(struct store_query){0}, each_state, p));
	assert_int_equal(p->n, 2);
	assert_true(is_sound(p));
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
	const struct CMUnitTest tests[] = {
		ROW(test_an_older_journal_is_taken_on),
		ROW(test_damage_never_refuses),
		ROW(test_a_damaged_snapshot_is_none),
		ROW(test_a_seal_in_a_snapshot_is_broken),
		ROW(test_every_cut_is_survived),
		ROW(test_what_a_lost_file_left_is_not_of_the_snapshot),
		ROW(test_another_daemon_has_it),
		ROW(test_no_folder_is_no_end),
		ROW(test_read_only_is_read),
		ROW(test_an_older_one_that_is_read_only_is_read),
		ROW(test_read_only_is_read_with_its_wal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
