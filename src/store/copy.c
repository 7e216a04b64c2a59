#include "base/mem.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static bool sync_path(const char *path, int flags, struct err *err)
{
	const int fd = open(path, flags | O_CLOEXEC);
	const bool synced = fd >= 0 && fsync(fd) == 0;
	const int error = errno;
	if (fd >= 0)
		(void)close(fd);
	return synced || err_set(err, "%s: %s", path, strerrordesc_np(error));
}

/* The name, too, is there after a power cut. */
static bool sync_directory_of(const char *path, struct err *err)
{
	char *const copy = mem_text(path);
	char *const slash = strrchr(copy, '/');
	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	const bool synced = sync_path(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY, err);
	free(copy);
	return synced;
}

/* Page by page through SQLite: consistent whatever is written meanwhile. */
static bool copy_pages(sqlite3 *from, const char *to, struct err *err)
{
	sqlite3 *db = NULL;
	const int fd = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		return err_set(err, "%s: %s", to, strerrordesc_np(errno));
	(void)fchmod(fd, 0600);
	(void)close(fd);
	if (sqlite3_open_v2(to, &db, SQLITE_OPEN_READWRITE, NULL) != SQLITE_OK) {
		(void)err_set(err, "%s: %s", to, sqlite3_errmsg(db));
		(void)sqlite3_close(db);
		return false;
	}
	sqlite3_backup *const backup = sqlite3_backup_init(db, "main", from, "main");
	const int code = backup != NULL ? sqlite3_backup_step(backup, -1) : SQLITE_ERROR;
	if (backup != NULL)
		(void)sqlite3_backup_finish(backup);
	/* A copy is one file: no -wal beside it. */
	const bool done = code == SQLITE_DONE && sqlite3_exec(db, "PRAGMA journal_mode = DELETE",
							 NULL, NULL, NULL) == SQLITE_OK;
	if (!done)
		(void)err_set(err, "%s: %s", to,
			code == SQLITE_DONE ? sqlite3_errmsg(db) : sqlite3_errstr(code));
	(void)sqlite3_close(db);
	return done && sync_path(to, O_RDONLY, err);
}

static bool copy_from(sqlite3 *from, const char *to, struct err *err)
{
	char *const part = mem_format("%s.part", to);
	bool done = copy_pages(from, part, err);
	if (done && rename(part, to) != 0)
		done = err_set(err, "%s: %s", to, strerrordesc_np(errno));
	if (!done)
		(void)unlink(part);
	free(part);
	return done && sync_directory_of(to, err);
}

bool store_copy(const char *from, const char *to, struct err *err)
{
	sqlite3 *db = NULL;
	bool done = sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
	if (!done)
		(void)err_set(err, "%s: %s", from, sqlite3_errmsg(db));
	done = done && copy_from(db, to, err);
	(void)sqlite3_close(db);
	return done;
}

bool store_is_own(const struct store *store, const char *file)
{
	struct stat ours, theirs;
	const char *const slash = strrchr(file, '/');
	const char *const name = slash != NULL ? slash + 1 : file;
	char *const dir = mem_format("%.*s.", (int)(name - file), file);
	const bool here = stat(store->dir, &ours) == 0 && stat(dir, &theirs) == 0 &&
			  ours.st_dev == theirs.st_dev && ours.st_ino == theirs.st_ino;
	free(dir);
	return here && strncmp(name, "journal.db", strlen("journal.db")) == 0;
}

bool store_backup(struct store *store, const char *to, struct err *err)
{
	if (store->db == NULL)
		return store_error(store, err, "cannot be read");
	return copy_from(store->db, to, err);
}

bool store_snapshot(struct store *store, struct err *err)
{
	return store_backup(store, store->good, err);
}

/* Whether a file is a whole journal of ours. */
static bool is_journal(const char *path, struct err *err)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return err_set(err, "%s: %s", path, strerrordesc_np(errno));
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	const bool good =
		sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db,
			"SELECT user_version, (SELECT count(*) FROM journal), quick_check FROM"
			" pragma_user_version, pragma_quick_check(1)",
			-1, &row, NULL) == SQLITE_OK &&
		sqlite3_step(row) == SQLITE_ROW && sqlite3_column_int(row, 0) == STORE_FORMAT &&
		strcmp((const char *)sqlite3_column_text(row, 2), "ok") == 0;
	(void)sqlite3_finalize(row);
	(void)sqlite3_close(db);
	return good || err_set(err, "%s: is no whole journal of this version", path);
}

bool store_set_epoch(struct store *store, uint32_t epoch, struct err *err)
{
	char sql[160];
	(void)snprintf(sql, sizeof sql,
		"BEGIN; UPDATE meta SET value = %u WHERE key = 'epoch'; " STORE_UNSEAL " COMMIT;",
		epoch);
	if (!store_run_sql(store, sql, err)) {
		(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return false;
	}
	store->epoch = epoch;
	return true;
}

bool store_restore(struct store *store, const char *from, struct err *err)
{
	const uint32_t epoch = store->epoch;
	struct err again;
	if (store->db == NULL || store->frozen || store->suspect)
		return err_set(err, "%s: cannot be written: %s", store->path, store->trouble.text);
	if (!is_journal(from, err))
		return false;
	store_detach(store);
	/* A -wal that could not be emptied would be taken for the new file's. */
	const bool copied = store_is_closed(store, err) && store_copy(from, store->path, err);
	if (!store_attach(store, &again)) {
		store->trouble = again;
		return copied ? err_set(err, "%s", again.text) : false;
	}
	return copied &&
	       store_set_epoch(store, (epoch > store->epoch ? epoch : store->epoch) + 1, err);
}
