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

bool store_backup_failed(const struct store_backup *backup, struct err *err, const char *why)
{
	return err_set(err, "%s: %s", backup->to, why);
}

static bool open_part(struct store_backup *backup, struct err *err)
{
	(void)unlink(backup->part); /* what lies there may be another name of something else */
	backup->fd = open(backup->part, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (backup->fd < 0 || fchmod(backup->fd, 0600) != 0)
		return store_backup_failed(backup, err, strerrordesc_np(errno));
	return (sqlite3_open_v2(backup->part, &backup->db,
			SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
		       sqlite3_exec(backup->db,
			       "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;", NULL, NULL,
			       NULL) == SQLITE_OK) ||
	       store_backup_failed(backup, err, sqlite3_errmsg(backup->db));
}

static struct store_backup *begin(struct store *store, const char *to, struct err *err)
{
	struct store_backup *const backup = mem_new(sizeof *backup);
	backup->store = store;
	backup->to = mem_text(to);
	backup->part = mem_format("%s.part", to);
	if (store != NULL)
		store->backup = backup;
	if (open_part(backup, err))
		return backup;
	store_backup_end(backup);
	return NULL;
}

static struct store_backup *begin_pages(
	struct store *store, sqlite3 *from, const char *to, struct err *err)
{
	struct store_backup *const backup = begin(store, to, err);
	if (backup == NULL)
		return NULL;
	backup->pages = sqlite3_backup_init(backup->db, "main", from, "main");
	if (backup->pages != NULL)
		return backup;
	(void)store_backup_failed(backup, err, sqlite3_errmsg(backup->db));
	store_backup_end(backup);
	return NULL;
}

static bool may_begin(const struct store *store, const char *to, struct err *err)
{
	if (store->db == NULL)
		return store_error(store, err, "cannot be read");
	return store->backup == NULL || err_set(err, "%s: another copy is made now", to);
}

struct store_backup *store_backup_begin(struct store *store, const char *to, struct err *err)
{
	const char *const name = to != NULL ? to : store->good;
	struct store_backup *const backup =
		may_begin(store, name, err) ? begin_pages(store, store->db, name, err) : NULL;
	if (backup != NULL)
		backup->is_last = to != NULL && !store->frozen;
	return backup;
}

struct store_backup *store_increment_begin(struct store *store, const char *to, struct err *err)
{
	struct store_mark since;
	struct stat there;
	if (!may_begin(store, to, err) || !store_mark_find(store, to, &since, err))
		return NULL;
	if (lstat(to, &there) == 0) {
		(void)err_set(err,
			"%s: is there already, and an increment takes no file's place: it may be "
			"what it follows; take another name",
			to);
		return NULL;
	}
	struct store_backup *const backup = begin(store, to, err);
	if (backup == NULL)
		return NULL;
	backup->is_increment = backup->is_last = true;
	backup->since = backup->at = since;
	if (store_increment_open(backup, err))
		return backup;
	store_backup_end(backup);
	return NULL;
}

/* What is there has the name, for good. */
static bool finish(struct store_backup *backup, struct err *err)
{
	if (sqlite3_close(backup->db) != SQLITE_OK)
		return store_backup_failed(backup, err, "cannot be closed");
	backup->db = NULL;
	if (fsync(backup->fd) != 0 || rename(backup->part, backup->to) != 0)
		return store_backup_failed(backup, err, strerrordesc_np(errno));
	backup->done = true;
	return store_sync_directory_of(backup->to, err) &&
	       (!backup->is_last || store_mark_set(backup->store, backup->to, err));
}

static enum store_progress copy_pages(struct store_backup *backup, int pages, struct err *err)
{
	const int code = sqlite3_backup_step(backup->pages, pages);
	if (code == SQLITE_OK)
		return STORE_MORE;
	if (code == SQLITE_DONE) {
		(void)sqlite3_backup_finish(backup->pages);
		backup->pages = NULL;
		if (store_marks_clear(backup->db))
			return STORE_DONE;
	}
	(void)store_backup_failed(backup, err,
		code == SQLITE_DONE ? sqlite3_errmsg(backup->db) : sqlite3_errstr(code));
	return STORE_FAILED;
}

enum store_progress store_backup_slice(struct store_backup *backup, int pages, struct err *err)
{
	if (backup->abandoned) {
		(void)store_backup_failed(
			backup, err, "the journal was replaced meanwhile; ask again");
		return STORE_FAILED;
	}
	const enum store_progress progress = backup->is_increment
						     ? store_increment_slice(backup, pages, err)
						     : copy_pages(backup, pages, err);
	if (progress == STORE_DONE)
		return finish(backup, err) ? STORE_DONE : STORE_FAILED;
	if (progress == STORE_FAILED)
		return STORE_FAILED;
	/* Now, a little at a time: else it all comes at the end. */
	if (fdatasync(backup->fd) != 0) {
		(void)store_backup_failed(backup, err, strerrordesc_np(errno));
		return STORE_FAILED;
	}
	/* It is not read again; kept in memory it would take long to be taken away. */
	(void)posix_fadvise(backup->fd, 0, 0, POSIX_FADV_DONTNEED);
	return STORE_MORE;
}

uint64_t store_backup_after(const struct store_backup *backup) { return backup->since.number; }

void store_backup_abandon(struct store_backup *backup)
{
	if (backup->pages != NULL)
		(void)sqlite3_backup_finish(backup->pages);
	backup->pages = NULL;
	if (backup->store != NULL)
		backup->store->backup = NULL;
	backup->store = NULL;
	backup->abandoned = true;
}

void store_backup_end(struct store_backup *backup)
{
	if (backup == NULL)
		return;
	store_backup_abandon(backup);
	(void)sqlite3_close(backup->db);
	if (backup->fd >= 0)
		(void)close(backup->fd);
	if (!backup->done)
		(void)unlink(backup->part);
	free(backup->to);
	free(backup->part);
	free(backup);
}

bool store_is_copying(const struct store *store) { return store->backup != NULL; }

/* All at once. */
static bool run(struct store_backup *backup, struct err *err)
{
	const bool done = backup != NULL && store_backup_slice(backup, -1, err) == STORE_DONE;
	store_backup_end(backup);
	return done;
}

bool store_backup(struct store *store, const char *to, struct err *err)
{
	return run(store_backup_begin(store, to, err), err);
}

bool store_copy(const char *from, const char *to, struct err *err)
{
	sqlite3 *db = NULL;
	bool done = sqlite3_open_v2(from, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK;
	if (!done)
		(void)err_set(err, "%s: %s", from, sqlite3_errmsg(db));
	done = done && run(begin_pages(NULL, db, to, err), err);
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
