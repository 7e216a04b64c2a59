/* What came since the backup before: entries and runs, and the whole of the facts, which are few.
 */
#include "base/mem.h"
#include "store/inside.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_A_PAGE = 16, MARKS_MAX = 32 };

static bool run_on(sqlite3 *db, const char *sql)
{
	return sqlite3_exec(db, sql, NULL, NULL, NULL) == SQLITE_OK;
}

/* ---- the last backup of a directory, in `meta` ---- */

/* "backup /var/backups"; NULL: there is no such directory. */
static char *key_of(const char *to)
{
	const char *const slash = strrchr(to, '/');
	char *const dir =
		slash == NULL ? mem_text(".") : mem_format("%.*s", (int)(slash - to) + 1, to);
	char *const whole = realpath(dir, NULL);
	char *const key = whole != NULL ? mem_format("backup %s", whole) : NULL;
	free(whole);
	free(dir);
	return key;
}

/* The hash of an entry that is there; that before the first is all zeroes. */
static bool hash_of(struct store *store, uint64_t number, uint8_t hash[HASH_OCTETS])
{
	struct err ignored;
	memset(hash, 0, HASH_OCTETS);
	if (number == 0)
		return true;
	sqlite3_stmt *const row =
		store_prepare(store, "SELECT hash FROM journal WHERE number = ?1", &ignored);
	if (row != NULL)
		(void)sqlite3_bind_int64(row, 1, (sqlite3_int64)number);
	const bool found = row != NULL && sqlite3_step(row) == SQLITE_ROW &&
			   sqlite3_column_bytes(row, 0) == HASH_OCTETS;
	if (found)
		memcpy(hash, sqlite3_column_blob(row, 0), HASH_OCTETS);
	(void)sqlite3_finalize(row);
	return found;
}

bool store_mark_find(struct store *store, const char *to, struct store_mark *mark, struct err *err)
{
	struct err ignored;
	char *const key = key_of(to);
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT CAST(value AS INTEGER), CAST(substr(value, instr(value, ' ')) AS INTEGER)"
		" FROM meta WHERE key = ?1",
		&ignored);
	if (row != NULL)
		(void)sqlite3_bind_text(row, 1, key, -1, SQLITE_STATIC);
	bool found = row != NULL && key != NULL && sqlite3_step(row) == SQLITE_ROW;
	if (found) {
		mark->number = (uint64_t)sqlite3_column_int64(row, 0);
		mark->run = sqlite3_column_int64(row, 1);
		found = hash_of(store, mark->number, mark->hash);
	}
	(void)sqlite3_finalize(row);
	free(key);
	return found || err_set(err,
				"%s: there is no backup in this directory that it could follow, or "
				"the journal was restored since; make a full one",
				to);
}

bool store_mark_set(struct store *store, const char *to, struct err *err)
{
	char *const key = key_of(to);
	sqlite3_stmt *const s = store_prepare(store,
		"INSERT OR REPLACE INTO meta VALUES (?1, ?2 || ' ' ||"
		" (SELECT ifnull(max(id), 0) FROM runs))",
		err);
	bool set = s != NULL && key != NULL;
	if (set) {
		(void)sqlite3_bind_text(s, 1, key, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(s, 2, (sqlite3_int64)store->last);
		set = sqlite3_step(s) == SQLITE_DONE;
	}
	if (s != NULL && !set)
		store_note_failure(store);
	(void)sqlite3_finalize(s);
	free(key);
	char *const sql = mem_format("DELETE FROM meta WHERE key LIKE 'backup %%' AND key NOT IN"
				     " (SELECT key FROM meta WHERE key LIKE 'backup %%' ORDER BY"
				     " CAST(value AS INTEGER) DESC LIMIT %d)",
		MARKS_MAX);
	set = set && store_run_sql(store, sql, err);
	free(sql);
	return set || err_set(err,
			      "%s is made, but the journal cannot remember it: no increment can "
			      "follow it",
			      to);
}

bool store_marks_clear(sqlite3 *db)
{
	return run_on(db, "DELETE FROM meta WHERE key LIKE 'backup %';" STORE_UNSEAL);
}

/* ---- rows ---- */

/* "INSERT INTO journal VALUES (?,?,...)" */
static sqlite3_stmt *prepare_insert(sqlite3 *to, const char *table, int columns)
{
	sqlite3_stmt *insert = NULL;
	char marks[64] = "?";
	for (int i = 1; i < columns; i++)
		memcpy(&marks[2 * i - 1], ",?", 3);
	char *const sql = mem_format("INSERT INTO %s VALUES (%s)", table, marks);
	(void)sqlite3_prepare_v2(to, sql, -1, &insert, NULL);
	free(sql);
	return insert;
}

/* The rows of a table that `where` chooses by ?1, ?2; how many, -1: it failed.  The first column
 * of the last one in `last` unless that is NULL. */
static int copy_rows(sqlite3 *from, sqlite3 *to, const char *table, const char *where, int64_t a,
	int64_t b, int64_t *last)
{
	sqlite3_stmt *row = NULL, *insert = NULL;
	char *const sql = mem_format("SELECT * FROM %s %s", table, where);
	int step = SQLITE_ERROR, n = 0;
	if (sqlite3_prepare_v2(from, sql, -1, &row, NULL) == SQLITE_OK)
		insert = prepare_insert(to, table, sqlite3_column_count(row));
	(void)sqlite3_bind_int64(row, 1, a);
	(void)sqlite3_bind_int64(row, 2, b);
	for (; insert != NULL && (step = sqlite3_step(row)) == SQLITE_ROW; n++) {
		for (int i = 0; i < sqlite3_column_count(row); i++)
			(void)sqlite3_bind_value(insert, i + 1, sqlite3_column_value(row, i));
		if (last != NULL)
			*last = sqlite3_column_int64(row, 0);
		if (sqlite3_step(insert) != SQLITE_DONE)
			break;
		(void)sqlite3_reset(insert);
	}
	(void)sqlite3_finalize(insert);
	(void)sqlite3_finalize(row);
	free(sql);
	return step == SQLITE_DONE ? n : -1;
}

/* ---- making one ---- */

bool store_increment_open(struct store_backup *backup, struct err *err)
{
	char version[48];
	(void)snprintf(version, sizeof version, "PRAGMA user_version = %d", INCREMENT_FORMAT);
	return (store_make_tables(backup->db) && run_on(backup->db, version) &&
		       run_on(backup->db, "DROP INDEX runs_check")) ||
	       store_backup_failed(backup, err, sqlite3_errmsg(backup->db));
}

static bool write_facts(const struct store_backup *backup)
{
	sqlite3 *const from = backup->store->db;
	sqlite3_stmt *after = NULL;
	bool good = copy_rows(from, backup->db, "state", "", 0, 0, NULL) >= 0 &&
		    copy_rows(from, backup->db, "serials", "", 0, 0, NULL) >= 0 &&
		    copy_rows(from, backup->db, "checks", "", 0, 0, NULL) >= 0 &&
		    run_on(backup->db, "DELETE FROM meta") &&
		    copy_rows(from, backup->db, "meta", "WHERE key = 'epoch'", 0, 0, NULL) == 1 &&
		    sqlite3_prepare_v2(backup->db,
			    "INSERT INTO meta VALUES ('after', ?1), ('after_hash', ?2),"
			    " ('first_run', ?3), ('after_run', ?4)",
			    -1, &after, NULL) == SQLITE_OK;
	if (good) {
		int64_t oldest = INT64_MAX; /* what is older is forgotten */
		sqlite3_stmt *row = NULL;
		if (sqlite3_prepare_v2(from, "SELECT min(id) FROM runs", -1, &row, NULL) ==
				SQLITE_OK &&
			sqlite3_step(row) == SQLITE_ROW &&
			sqlite3_column_type(row, 0) == SQLITE_INTEGER)
			oldest = sqlite3_column_int64(row, 0);
		(void)sqlite3_finalize(row);
		(void)sqlite3_bind_int64(after, 1, (sqlite3_int64)backup->since.number);
		(void)sqlite3_bind_blob(after, 2, backup->since.hash, HASH_OCTETS, SQLITE_STATIC);
		(void)sqlite3_bind_int64(after, 3, oldest);
		(void)sqlite3_bind_int64(after, 4, backup->since.run);
		good = sqlite3_step(after) == SQLITE_DONE;
	}
	(void)sqlite3_finalize(after);
	return good;
}

/* Entries first, then runs; with the last ones, of the same moment, the facts. */
enum store_progress store_increment_slice(struct store_backup *backup, int pages, struct err *err)
{
	sqlite3 *const from = backup->store->db;
	const int64_t rows = pages < 0 ? INT64_MAX : (int64_t)pages * ROWS_A_PAGE;
	int64_t entry = (int64_t)backup->at.number, run = backup->at.run;
	bool good = run_on(backup->db, "BEGIN");
	const int entries =
		!good ? -1
		      : copy_rows(from, backup->db, "journal",
				"WHERE number > ?1 ORDER BY number LIMIT ?2", entry, rows, &entry);
	const int runs =
		entries < 0 || entries == rows
			? 0
			: copy_rows(from, backup->db, "runs", "WHERE id > ?1 ORDER BY id LIMIT ?2",
				  run, rows - entries, &run);
	good = entries >= 0 && runs >= 0;
	const bool all = good && entries + runs < rows;
	good = good && (!all || write_facts(backup)) && run_on(backup->db, "COMMIT");
	backup->at.number = (uint64_t)entry;
	backup->at.run = run;
	if (!good) {
		(void)store_backup_failed(backup, err, sqlite3_errmsg(backup->db));
		return STORE_FAILED;
	}
	return all ? STORE_DONE : STORE_MORE;
}

/* ---- taking one on ---- */

struct increment { /* what its meta says */
	int64_t epoch, after, first_run, after_run;
	uint8_t hash[HASH_OCTETS];
};

static bool read_increment(sqlite3 *db, struct increment *is)
{
	sqlite3_stmt *row = NULL;
	const bool good = sqlite3_prepare_v2(db,
				  "SELECT user_version, quick_check,"
				  " (SELECT value FROM meta WHERE key = 'epoch'),"
				  " (SELECT value FROM meta WHERE key = 'after'),"
				  " (SELECT value FROM meta WHERE key = 'first_run'),"
				  " (SELECT value FROM meta WHERE key = 'after_hash'),"
				  " (SELECT value FROM meta WHERE key = 'after_run')"
				  " FROM pragma_user_version, pragma_quick_check(1)",
				  -1, &row, NULL) == SQLITE_OK &&
			  sqlite3_step(row) == SQLITE_ROW &&
			  sqlite3_column_int(row, 0) == INCREMENT_FORMAT &&
			  strcmp((const char *)sqlite3_column_text(row, 1), "ok") == 0 &&
			  sqlite3_column_bytes(row, 5) == HASH_OCTETS &&
			  sqlite3_column_type(row, 6) == SQLITE_INTEGER;
	if (good) {
		is->epoch = sqlite3_column_int64(row, 2);
		is->after = sqlite3_column_int64(row, 3);
		is->first_run = sqlite3_column_int64(row, 4);
		is->after_run = sqlite3_column_int64(row, 6);
		memcpy(is->hash, sqlite3_column_blob(row, 5), HASH_OCTETS);
	}
	(void)sqlite3_finalize(row);
	return good;
}

/* 0: there is none. */
static int64_t last_run(struct store *store)
{
	struct err ignored;
	sqlite3_stmt *const row =
		store_prepare(store, "SELECT ifnull(max(id), 0) FROM runs", &ignored);
	const int64_t last =
		row != NULL && sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : -1;
	(void)sqlite3_finalize(row);
	return last;
}

static bool follows(
	struct store *store, const char *file, const struct increment *is, struct err *err)
{
	if (is->epoch != store->epoch)
		return err_set(err,
			"%s: is of epoch %" PRId64 ", what is before it of epoch %" PRIu32
			": it belongs to another journal",
			file, is->epoch, store->epoch);
	if (is->after != (int64_t)store->last)
		return err_set(err,
			"%s: follows entry %" PRId64 ", what is before it ends with %" PRIu64
			": %s",
			file, is->after, store->last,
			is->after > (int64_t)store->last ? "an increment between them is missing"
							 : "it was made earlier");
	if (memcmp(is->hash, store->hash, HASH_OCTETS) != 0)
		return err_set(err,
			"%s: follows another entry %" PRIu64
			" than the one before it: it belongs to another journal",
			file, store->last);
	const int64_t last = last_run(store); /* there may be no entries between two of them */
	return is->after_run == last ||
	       err_set(err,
		       "%s: follows outcome %" PRId64 ", what is before it ends with %" PRId64
		       ": %s",
		       file, is->after_run, last,
		       is->after_run > last ? "an increment between them is missing"
					    : "it was made earlier");
}

static bool replace(sqlite3 *from, sqlite3 *to, const char *table)
{
	char *const sql = mem_format("DELETE FROM %s", table);
	const bool good = run_on(to, sql) && copy_rows(from, to, table, "", 0, 0, NULL) >= 0;
	free(sql);
	return good;
}

static bool apply(sqlite3 *from, sqlite3 *to, const struct increment *is)
{
	char *const forget = mem_format("DELETE FROM runs WHERE id < %" PRId64, is->first_run);
	const bool good = run_on(to, "BEGIN") && run_on(to, forget) &&
			  copy_rows(from, to, "journal", "ORDER BY number", 0, 0, NULL) >= 0 &&
			  copy_rows(from, to, "runs", "ORDER BY id", 0, 0, NULL) >= 0 &&
			  replace(from, to, "state") && replace(from, to, "serials") &&
			  replace(from, to, "checks") && run_on(to, "COMMIT");
	free(forget);
	return good;
}

bool store_increment_apply(struct store *store, const char *file, struct err *err)
{
	sqlite3 *db = NULL;
	struct increment is = {0};
	bool good = (sqlite3_open_v2(file, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
			    read_increment(db, &is)) ||
		    err_set(err, "%s: is no whole increment of this version", file);
	good = good && follows(store, file, &is, err) &&
	       (apply(db, store->db, &is) || store_error(store, err, "cannot be written")) &&
	       store_read_last(store, err);
	(void)sqlite3_close(db);
	return good;
}
