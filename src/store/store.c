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

enum {
	ASIDE_MAX = 100,
	SALVAGES_MAX = 10,
	TRIES_MAX = 3, /* at a start, before it counts as damaged, or lost */
};

static const char schema[] =
	"PRAGMA application_id = 1819304813;" /* "locm" */
	"PRAGMA user_version = 2;"
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value) WITHOUT ROWID;"
	"CREATE TABLE journal (number INTEGER PRIMARY KEY, at INTEGER, epoch INTEGER, kind TEXT,"
	" author TEXT, service TEXT, endpoint TEXT, detail TEXT, reason TEXT, generation INTEGER,"
	" serial INTEGER, hash BLOB, state TEXT);"
	"CREATE INDEX journal_service ON journal (service);"
	"CREATE TABLE state (service TEXT PRIMARY KEY, json TEXT) WITHOUT ROWID;"
	"CREATE TABLE serials (zone TEXT PRIMARY KEY, serial INTEGER) WITHOUT ROWID;"
	"CREATE TABLE checks (id INTEGER PRIMARY KEY, identity TEXT UNIQUE);"
	"CREATE TABLE runs (id INTEGER PRIMARY KEY, check_id INTEGER, began INTEGER, ended INTEGER,"
	" outcome INTEGER, n INTEGER);"
	"CREATE INDEX runs_check ON runs (check_id, began);"
	"INSERT INTO meta VALUES ('epoch', 1);";

/* Format 1 had no states in its entries. */
static const char upgrade[] = "BEGIN IMMEDIATE;"
			      "ALTER TABLE journal ADD COLUMN state TEXT;"
			      "DROP INDEX IF EXISTS runs_ended;"
			      "CREATE INDEX journal_service ON journal (service);"
			      "CREATE INDEX runs_check ON runs (check_id, began);"
			      "PRAGMA user_version = 2;"
			      "COMMIT;";

/* For questions about a time, and for the last of a kind.  Any file has them once it was open for
 * writing; without them the answers are the same. */
static const char indexes[] = "CREATE INDEX IF NOT EXISTS journal_at ON journal (at);"
			      "CREATE INDEX IF NOT EXISTS journal_kind ON journal (service, kind);";

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

bool store_set_epoch(struct store *store, uint32_t epoch, struct err *err)
{
	char sql[160];
	(void)snprintf(sql, sizeof sql,
		"UPDATE meta SET value = %u WHERE key = 'epoch';" STORE_UNSEAL, epoch);
	if (!store_run_sql(store, sql, err))
		return false;
	store->epoch = epoch;
	return true;
}

/* ---- opening ---- */

/* SQLite would make it with the umask's rights: made by us, it is ours alone from the first octet.
 */
static bool make_private(struct store *store, struct err *err)
{
	struct stat st;
	const int fd =
		open(store->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		store->damaged = errno == EISDIR || errno == ELOOP || errno == ENXIO;
		return err_set(err, "%s: %s", store->path, strerrordesc_np(errno));
	}
	store->damaged = fstat(fd, &st) == 0 && !S_ISREG(st.st_mode);
	const bool ours = !store->damaged && fchmod(fd, 0600) == 0;
	const int error = store->damaged ? EINVAL : errno;
	(void)close(fd);
	return ours || err_set(err, "%s: %s", store->path, strerrordesc_np(error));
}

/* "file:PATH?how", for a path of any octets. */
static char *uri_of(const char *path, const char *how)
{
	char *const uri = mem_list(3 * strlen(path) + strlen(how) + sizeof "file:?", 1);
	char *at = uri + sprintf(uri, "file:");
	for (; *path != '\0'; path++)
		at += *path == '?' || *path == '#' || *path == '%'
			      ? sprintf(at, "%%%02x", (unsigned)*path)
			      : sprintf(at, "%c", *path);
	(void)sprintf(at, "?%s", how);
	return uri;
}

/* The one number that a query gives; -1 and `err`: none. */
static int64_t ask_number(struct store *store, const char *sql, struct err *err)
{
	sqlite3_stmt *const row = store_prepare(store, sql, err);
	const bool any = row != NULL && sqlite3_step(row) == SQLITE_ROW;
	const int64_t number = any ? sqlite3_column_int64(row, 0) : -1;
	if (row != NULL && !any)
		(void)store_error(store, err, "cannot be read");
	(void)sqlite3_finalize(row);
	return number;
}

/* Whether it cannot be read. */
static bool is_unreadable(const struct store *store)
{
	const int code = sqlite3_extended_errcode(store->db);
	return code == SQLITE_IOERR_READ || code == SQLITE_IOERR_SHORT_READ ||
	       code == SQLITE_IOERR_DATA || code == SQLITE_IOERR_CORRUPTFS;
}

/* Whether it is the file that is wrong, and not that it cannot be got at: that is another's. */
static bool is_damage(const struct store *store)
{
	const int code = sqlite3_errcode(store->db) & 0xff;
	return code == SQLITE_CORRUPT || code == SQLITE_NOTADB || is_unreadable(store) ||
	       code == SQLITE_ERROR; /* a table that is not there */
}

static bool wrong_file(struct store *store, struct err *err, const char *what)
{
	store->damaged = true;
	return err_set(err, "%s: %s", store->path, what);
}

bool store_read_last(struct store *store, struct err *err)
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
	if (step != SQLITE_ROW && step != SQLITE_DONE)
		(void)store_error(store, err, "cannot be read");
	(void)sqlite3_finalize(row);
	const int64_t epoch = ask_number(
		store, "SELECT ifnull(max(value), 0) FROM meta WHERE key = 'epoch'", err);
	store->epoch = epoch > 0 ? (uint32_t)epoch : 0;
	if (epoch == 0)
		return wrong_file(store, err, "has no epoch");
	return (step == SQLITE_ROW || step == SQLITE_DONE) && epoch > 0;
}

static bool is_whole(struct store *store, struct err *err)
{
	sqlite3_stmt *const row = store_prepare(store, "PRAGMA quick_check(1)", err);
	const bool answers = row != NULL && sqlite3_step(row) == SQLITE_ROW;
	const bool whole = answers && strcmp((const char *)sqlite3_column_text(row, 0), "ok") == 0;
	if (!answers)
		(void)store_error(store, err, "cannot be checked");
	(void)sqlite3_finalize(row);
	return whole || (answers ? wrong_file(store, err, "is damaged") : false);
}

bool store_make_tables(sqlite3 *db)
{
	return sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL) == SQLITE_OK &&
	       sqlite3_exec(db, schema, NULL, NULL, NULL) == SQLITE_OK &&
	       sqlite3_exec(db, "COMMIT", NULL, NULL, NULL) == SQLITE_OK;
}

static bool read_file(struct store *store, struct err *err)
{
	return is_whole(store, err) && store_read_last(store, err);
}

static bool settle_file(struct store *store, struct err *err)
{
	/* EXCLUSIVE first: then there is no -shm, and nobody else comes in. */
	if (!store_run_sql(
		    store, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA trusted_schema = OFF;", err) ||
		(!store->frozen &&
			!store_run_sql(store,
				"PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;", err)))
		return false;
	const int64_t format = ask_number(store, "PRAGMA user_version", err);
	if (format == 1) /* of one that is frozen the states can be read, though not the entries */
		return (store->frozen || store_run_sql(store, upgrade, err)) &&
		       read_file(store, err);
	if (format == 0 && !store->frozen &&
		ask_number(store, "SELECT count(*) FROM sqlite_schema", err) == 0)
		return (store_make_tables(store->db) ||
			       store_error(store, err, "cannot be written")) &&
		       read_file(store, err);
	if (format >= 0 && format != STORE_FORMAT)
		return wrong_file(store, err, "is no journal of this version");
	return format == STORE_FORMAT && read_file(store, err);
}

void store_detach(struct store *store)
{
	if (store->backup != NULL)
		store_backup_abandon(store->backup);
	/* What the disk lost is not written once more on the way out. */
	if (store->db != NULL && store->suspect)
		(void)sqlite3_db_config(
			store->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, (int *)NULL);
	(void)sqlite3_close(store->db);
	store->db = NULL;
}

bool store_is_closed(const struct store *store, struct err *err)
{
	char *const wal = mem_format("%s-wal", store->path);
	const bool closed = access(wal, F_OK) != 0 && errno == ENOENT;
	if (!closed)
		(void)err_set(err, "%s: is not empty", wal);
	free(wal);
	return closed;
}

static bool attach(struct store *store, const char *name, int flags, struct err *err)
{
	if (sqlite3_open_v2(name, &store->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
		(void)store_error(store, err, "cannot be opened");
		store_detach(store);
		return false;
	}
	(void)sqlite3_extended_result_codes(store->db, 1);
	if (settle_file(store, err)) {
		struct err ignored;
		if (!store->frozen && !store_run_sql(store, indexes, &ignored))
			store_note_failure(store);
		store->opened++;
		return true;
	}
	store->damaged |= is_damage(store);
	store->shaky = is_unreadable(store);
	store->locked = (sqlite3_errcode(store->db) & 0xff) == SQLITE_BUSY;
	store_detach(store);
	return false;
}

bool store_attach(struct store *store, struct err *err)
{
	store->frozen = store->locked = store->shaky = false;
	return make_private(store, err) &&
	       attach(store, store->path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW, err);
}

/*
 * What is in it is known even if nothing can be written.  Without locks: whoever cannot write the
 * file is not the one who has it open.  First with the -wal that a killed process left, then,
 * where there is none and none can be made, the file alone.
 */
static bool attach_frozen(struct store *store)
{
	static const char *const ways[] = {"mode=ro&vfs=unix-none", "immutable=1"};
	bool attached = false;
	store->frozen = true;
	for (size_t i = 0; i < COUNT_OF(ways) && !attached; i++) {
		struct err ignored;
		char *const name = uri_of(store->path, ways[i]);
		attached = attach(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, &ignored);
		free(name);
	}
	return attached;
}

static void put_aside(const char *path, const char *tail, int number)
{
	char from[PATH_ROOM], to[PATH_ROOM];
	(void)snprintf(from, sizeof from, "%s%s", path, tail);
	(void)snprintf(to, sizeof to, "%s.damaged-%d%s", path, number, tail);
	if (rename(from, to) != 0 && errno != ENOENT)
		(void)unlink(from); /* better none than one that is taken for good */
}

char *store_put_aside(struct store *store)
{
	char *to = NULL;
	int i = 0;
	do {
		free(to);
		to = mem_format("%s.damaged-%d", store->path, ++i);
	} while (i < ASIDE_MAX && access(to, F_OK) == 0);
	put_aside(store->path, "", i);
	put_aside(store->path, "-wal", i);
	return to;
}

/* journal.db.new is whole when it is there, and what it replaces is suspect. */
static void take_fresh(struct store *store)
{
	if (access(store->fresh, F_OK) != 0)
		return;
	free(store_put_aside(store));
	(void)rename(store->fresh, store->path);
}

/* What cannot be looked at is something. */
static bool is_empty(const char *path)
{
	struct stat st;
	return stat(path, &st) != 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size == 0;
}

/* In the place of a file that is gone.  A -wal that it left would be taken for the copy's. */
static bool copy_good(struct store *store, struct err *err)
{
	if (!store_is_closed(store, err))
		free(store_put_aside(store));
	return store_copy(store->good, store->path, err);
}

/*
 * Numbers of entries that were lost are given again: nobody is to take the one for the other.  Its
 * seals go too: more may have been served since.
 */
static void begin_epoch(struct store *store)
{
	struct err err;
	if (!store_set_epoch(store, store->epoch + 1, &err))
		store_note_failure(store);
}

/* A damaged file is put aside for the last good snapshot, else for a new one. */
static enum store_origin replace(struct store *store)
{
	struct err ignored;
	enum store_origin origin = STORE_LOST;
	free(store_put_aside(store));
	if (!is_empty(store->good)) {
		origin = STORE_SNAPSHOT;
		if (copy_good(store, &ignored) && store_attach(store, &ignored)) {
			begin_epoch(store);
		} else {
			origin = STORE_LOST;
			free(store_put_aside(store));
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
	store->fresh = mem_format("%s/journal.db.new", dir);
	take_fresh(store);
	const bool was_empty = is_empty(store->path);
	*origin = was_empty ? STORE_NEW : STORE_KEPT;
	if (was_empty && !is_empty(store->good) && copy_good(store, err)) {
		*origin = STORE_SNAPSHOT;
		(void)err_set(err, "%s: is not there", store->path);
	}
	struct err why;
	for (int i = 0; i < TRIES_MAX; i++) {
		if (store_attach(store, &why)) {
			if (*origin == STORE_SNAPSHOT)
				begin_epoch(store);
			return store;
		}
		if (store->damaged && !store->shaky)
			break; /* that will not pass */
	}
	*err = why;
	store->trouble = *err;
	*origin = STORE_NONE;
	if (store->damaged)
		*origin = replace(store);
	else if (!was_empty && !store->locked && attach_frozen(store))
		*origin = STORE_FROZEN;
	store->unread = *origin == STORE_NONE && !was_empty;
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
	free(store->fresh);
	free(store);
}

uint32_t store_epoch(struct store *store) { return store->db != NULL ? store->epoch : 0; }

uint64_t store_opened(const struct store *store) { return store->opened; }

uint64_t store_last(struct store *store) { return store->db != NULL ? store->last : 0; }

/* What can be read of a file that the disk failed under, without what was said not to be stored. */
static bool salvage(struct store *store, const char *to, struct err *err)
{
	const uint64_t last = store->last; /* what lies there may say more */
	const bool copied = attach_frozen(store) && store_backup(store, to, err);
	store_detach(store);
	store->frozen = false;
	store->last = last;
	return copied;
}

static bool is_as_known(struct store *store, uint64_t last, struct err *err)
{
	char sql[160];
	uint64_t wrong;
	(void)snprintf(sql, sizeof sql, "DELETE FROM journal WHERE number > %llu",
		(unsigned long long)last);
	return store_run_sql(store, sql, err) && store_read_last(store, err) &&
	       store->last == last && store_verify(store, &wrong);
}

/*
 * A new file in the place of a suspect one.  The old one stays where it is until what can be read
 * of it is in journal.db.new, or it was tried often enough: then a new one begins empty.
 */
static bool make_anew(struct store *store, struct err *err)
{
	const uint64_t last = store->last;
	const uint32_t epoch = store->epoch;
	bool made = salvage(store, store->fresh, err);
	if (made) {
		take_fresh(store);
		made = store_attach(store, err) && is_as_known(store, last, err);
	} else if (++store->tries == SALVAGES_MAX) {
		free(store_put_aside(store));
		made = store_attach(store, err) && store_set_epoch(store, epoch + 1, err);
	}
	if (!made)
		store_detach(store);
	return made;
}

void store_heal(struct store *store)
{
	struct err err = {.text = "it cannot be read"};
	const bool frozen = store->frozen;
	if (store->suspect || store->away || frozen)
		store_detach(store);
	store->frozen = false;
	if (store->db != NULL)
		return;
	if (store->suspect ? make_anew(store, &err) : store_attach(store, &err)) {
		store->suspect = store->away = false;
		store->tries = 0;
		return;
	}
	store->trouble = err;
	if (frozen)
		(void)attach_frozen(store);
}

bool store_came_back(struct store *store)
{
	const bool back = store->unread && store->db != NULL && !store->frozen;
	if (back)
		store->unread = false;
	return back;
}

void store_wake(struct store *store)
{
	struct err err;
	if (store->db != NULL || !store->away || store->suspect)
		return;
	store->away = !store_attach(store, &err);
	if (store->away)
		store->trouble = err;
}
