#include "store/store.h"

#include "base/mem.h"
#include "store/inside.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ASIDE_MAX = 100 };

static const char schema[] =
	"PRAGMA application_id = 1819304813;" /* "locm" */
	"PRAGMA user_version = 1;"
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE journal (number INTEGER PRIMARY KEY, at INTEGER, epoch INTEGER, kind TEXT,"
	" author TEXT, service TEXT, endpoint TEXT, detail TEXT, reason TEXT, generation INTEGER,"
	" serial INTEGER, hash BLOB);"
	"CREATE TABLE state (service TEXT PRIMARY KEY, json TEXT) WITHOUT ROWID;"
	"CREATE TABLE serials (zone TEXT PRIMARY KEY, serial INTEGER) WITHOUT ROWID;"
	"CREATE TABLE checks (id INTEGER PRIMARY KEY, identity TEXT UNIQUE);"
	"CREATE TABLE runs (id INTEGER PRIMARY KEY, check_id INTEGER, began INTEGER, ended INTEGER,"
	" outcome INTEGER, n INTEGER);"
	"CREATE INDEX runs_ended ON runs (ended);"
	"INSERT INTO meta VALUES ('epoch', 1);";

bool store_error(const struct store *store, struct err *err, const char *what)
{
	const char *const why = store->db != NULL ? sqlite3_errmsg(store->db) : store->trouble.text;
	return err_set(err, "%s: %s: %s", store->path, what, why);
}

bool store_run_sql(struct store *store, const char *sql, struct err *err)
{
	return sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK ||
	       store_error(store, err, "cannot be written");
}

sqlite3_stmt *store_prepare(struct store *store, const char *sql, struct err *err)
{
	sqlite3_stmt *statement = NULL;
	if (store->db == NULL ||
		sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL) != SQLITE_OK)
		(void)store_error(store, err, "cannot be read");
	return statement;
}

/* ---- opening ---- */

/* SQLite would make it with the umask's rights: made by us, it is ours alone from the first octet.
 */
static bool make_private(const char *path, struct err *err)
{
	const int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, "%s: %s", path, strerrordesc_np(errno));
	const bool ours = fchmod(fd, 0600) == 0;
	(void)close(fd);
	return ours || err_set(err, "%s: %s", path, strerrordesc_np(errno));
}

/* The one number that a query gives; -1: none. */
static int64_t ask_number(struct store *store, const char *sql)
{
	struct err ignored;
	sqlite3_stmt *const row = store_prepare(store, sql, &ignored);
	const bool any = row != NULL && sqlite3_step(row) == SQLITE_ROW;
	const int64_t number = any ? sqlite3_column_int64(row, 0) : -1;
	(void)sqlite3_finalize(row);
	return number;
}

static bool is_whole(struct store *store)
{
	struct err ignored;
	sqlite3_stmt *const row = store_prepare(store, "PRAGMA quick_check(1)", &ignored);
	const bool whole = row != NULL && sqlite3_step(row) == SQLITE_ROW &&
			   strcmp((const char *)sqlite3_column_text(row, 0), "ok") == 0;
	(void)sqlite3_finalize(row);
	return whole;
}

static bool read_last(struct store *store, struct err *err)
{
	sqlite3_stmt *const row = store_prepare(
		store, "SELECT number, hash FROM journal ORDER BY number DESC LIMIT 1", err);
	if (row == NULL)
		return false;
	const int step = sqlite3_step(row);
	store->last = 0;
	memset(store->hash, 0, sizeof store->hash);
	if (step == SQLITE_ROW && sqlite3_column_bytes(row, 1) == HASH_OCTETS) {
		store->last = (uint64_t)sqlite3_column_int64(row, 0);
		memcpy(store->hash, sqlite3_column_blob(row, 1), HASH_OCTETS);
	}
	(void)sqlite3_finalize(row);
	store->epoch = (uint32_t)ask_number(store, "SELECT value FROM meta WHERE key = 'epoch'");
	return step == SQLITE_ROW || step == SQLITE_DONE ||
	       err_set(err, "%s: the journal cannot be read", store->path);
}

static bool settle_file(struct store *store, struct err *err)
{
	if (!store_run_sql(store,
		    "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
		    "PRAGMA synchronous = FULL; PRAGMA trusted_schema = OFF;",
		    err))
		return false;
	const int64_t format = ask_number(store, "PRAGMA user_version");
	if (format == 0 && ask_number(store, "SELECT count(*) FROM sqlite_schema") == 0) {
		if (!store_run_sql(store, "BEGIN IMMEDIATE", err) ||
			!store_run_sql(store, schema, err) || !store_run_sql(store, "COMMIT", err))
			return false;
	} else if (format != STORE_FORMAT) {
		return err_set(err, "%s: is no journal of this version", store->path);
	}
	if (!is_whole(store))
		return err_set(err, "%s: is damaged", store->path);
	return read_last(store, err);
}

void store_detach(struct store *store)
{
	(void)sqlite3_close(store->db);
	store->db = NULL;
}

bool store_attach(struct store *store, struct err *err)
{
	if (!make_private(store->path, err))
		return false;
	if (sqlite3_open_v2(store->path, &store->db,
		    SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_NOFOLLOW,
		    NULL) != SQLITE_OK) {
		(void)store_error(store, err, "cannot be opened");
		store_detach(store);
		return false;
	}
	(void)sqlite3_extended_result_codes(store->db, 1);
	if (settle_file(store, err))
		return true;
	store_detach(store);
	return false;
}

void store_put_aside(struct store *store)
{
	for (int i = 1; i <= ASIDE_MAX; i++) {
		char to[PATH_ROOM];
		(void)snprintf(to, sizeof to, "%s.damaged-%d", store->path, i);
		if (i < ASIDE_MAX && access(to, F_OK) == 0)
			continue;
		(void)rename(store->path, to);
		break;
	}
	char wal[PATH_ROOM];
	(void)snprintf(wal, sizeof wal, "%s-wal", store->path);
	(void)unlink(wal);
}

static bool is_empty(const char *path)
{
	struct stat st;
	return stat(path, &st) != 0 || st.st_size == 0;
}

/* Whether it is the file that is wrong, and not that it cannot be got at. */
static bool is_damage(const struct store *store)
{
	struct stat st;
	return stat(store->path, &st) == 0 && st.st_size > 0 && access(store->path, W_OK) == 0 &&
	       access(store->dir, W_OK) == 0;
}

/* A damaged file is put aside for the last good snapshot, else for a new one. */
static enum store_origin replace(struct store *store)
{
	struct err ignored;
	enum store_origin origin = STORE_LOST;
	store_put_aside(store);
	if (!is_empty(store->good)) {
		origin = STORE_SNAPSHOT;
		if (!store_copy(store->good, store->path, &ignored) ||
			!store_attach(store, &ignored)) {
			origin = STORE_LOST;
			store_put_aside(store);
		}
	}
	if (origin == STORE_LOST && !store_attach(store, &ignored)) {
		store->trouble = ignored;
		origin = STORE_NONE;
	}
	return origin;
}

struct store *store_open(const char *dir, enum store_origin *origin, struct err *err)
{
	struct store *const store = mem_new(sizeof *store);
	store->dir = mem_text(dir);
	store->path = mem_format("%s/journal.db", dir);
	store->good = mem_format("%s/journal.good.db", dir);
	const bool was_empty = is_empty(store->path);
	*origin = was_empty ? STORE_NEW : STORE_KEPT;
	if (store_attach(store, err))
		return store;
	store->trouble = *err;
	*origin = STORE_NONE;
	if (is_damage(store))
		*origin = replace(store);
	return store;
}

void store_close(struct store *store)
{
	if (store == NULL)
		return;
	store_detach(store);
	free(store->dir);
	free(store->path);
	free(store->good);
	free(store);
}

uint32_t store_epoch(struct store *store) { return store->db != NULL ? store->epoch : 0; }

uint64_t store_last(struct store *store) { return store->db != NULL ? store->last : 0; }

void store_heal(struct store *store)
{
	struct err err;
	if (store->suspect) {
		store_detach(store);
		store_put_aside(store);
		store->suspect = false;
	}
	if (store->db == NULL && !store_attach(store, &err))
		store->trouble = err;
}
