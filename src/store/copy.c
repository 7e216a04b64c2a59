#include "base/mem.h"
#include "store/inside.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool store_sync(const char *path, int flags, struct err *err)
{
	const int fd = open(path, flags | O_CLOEXEC);
	const bool synced = fd >= 0 && fsync(fd) == 0;
	const int error = errno;
	if (fd >= 0)
		(void)close(fd);
	return synced || err_set(err, "%s: %s", path, strerrordesc_np(error));
}

bool store_sync_directory_of(const char *path, struct err *err)
{
	char *const copy = mem_text(path);
	char *const slash = strrchr(copy, '/');
	if (slash != NULL)
		slash[slash == copy ? 1 : 0] = '\0';
	const bool synced = store_sync(slash != NULL ? copy : ".", O_RDONLY | O_DIRECTORY, err);
	free(copy);
	return synced;
}

/* Page by page through SQLite: consistent whatever is written meanwhile. */
static bool copy_pages(sqlite3 *from, const char *to, struct err *err)
{
	sqlite3 *db = NULL;
	(void)unlink(to); /* what lies there may be another name of something else */
	const int fd = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
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
	return done && store_sync(to, O_RDONLY, err);
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
	return done && store_sync_directory_of(to, err);
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

static bool is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

/* All that begins with "journal." in the store's directory is its own. */
static bool is_own_name(const char *name)
{
	return strncmp(name, "journal.", strlen("journal.")) == 0;
}

/* Whether it is one of these files, whatever it is called. */
static bool is_own_file(const struct store *store, const struct stat *file)
{
	DIR *const dir = opendir(store->dir);
	bool own = false;
	const struct dirent *entry;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): nobody else reads this one */
	while (dir != NULL && !own && (entry = readdir(dir)) != NULL) {
		struct stat st;
		own = is_own_name(entry->d_name) &&
		      fstatat(dirfd(dir), entry->d_name, &st, 0) == 0 && is_same(&st, file);
	}
	if (dir != NULL)
		(void)closedir(dir);
	return own;
}

bool store_may_make(const struct store *store, const char *file, struct err *err)
{
	struct stat ours, theirs, there;
	const char *const slash = strrchr(file, '/');
	const char *const name = slash != NULL ? slash + 1 : file;
	char *const dir = mem_format("%.*s.", (int)(name - file), file);
	bool own = stat(store->dir, &ours) == 0 && stat(dir, &theirs) == 0 &&
		   is_same(&ours, &theirs) && is_own_name(name);
	const bool exists = stat(file, &there) == 0;
	free(dir);
	own = own || (exists && is_own_file(store, &there));
	if (own)
		return err_set(err, "%s: is the journal in use; take another name", file);
	return !exists || S_ISREG(there.st_mode) || err_set(err, "%s: is no file", file);
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
