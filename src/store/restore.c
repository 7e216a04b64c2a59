#include "base/mem.h"
#include "store/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A pipe would be waited for, and all else with it. */
static bool may_read(const char *path, struct err *err)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return err_set(err, "%s: %s", path, strerrordesc_np(errno));
	return S_ISREG(st.st_mode) || err_set(err, "%s: is no file", path);
}

/* Whether a file is a whole journal of ours. */
static bool is_journal(const char *path, struct err *err)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *row = NULL;
	const bool read =
		sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
		sqlite3_prepare_v2(db,
			"SELECT user_version, (SELECT count(*) FROM journal), quick_check FROM"
			" pragma_user_version, pragma_quick_check(1)",
			-1, &row, NULL) == SQLITE_OK &&
		sqlite3_step(row) == SQLITE_ROW;
	const int format = read ? sqlite3_column_int(row, 0) : 0;
	const bool good = format >= 1 && format <= STORE_FORMAT &&
			  strcmp((const char *)sqlite3_column_text(row, 2), "ok") == 0;
	(void)sqlite3_finalize(row);
	(void)sqlite3_close(db);
	if (format == INCREMENT_FORMAT)
		return err_set(err, "%s: is an increment; the full backup comes first", path);
	return good || err_set(err, "%s: is no whole journal of this version", path);
}

static bool add_increments(
	struct store *staged, const char *const files[], size_t n, struct err *err)
{
	uint64_t wrong;
	for (size_t i = 0; i < n; i++)
		if (!store_increment_apply(staged, files[i], err))
			return false;
	return n == 0 || store_verify(staged, &wrong) ||
	       err_set(err, "%s: entry %llu does not follow from the one before: it was changed",
		       files[n - 1], (unsigned long long)wrong);
}

/* A copy beside, complete and with the epoch that it will have: until then nothing has changed. */
static bool stage(struct store *staged, const char *const files[], size_t n,
	const struct store *store, struct err *err)
{
	for (size_t i = 0; i < n; i++)
		if (!may_read(files[i], err))
			return false;
	char *const wal = mem_format("%s-wal", staged->path);
	(void)unlink(staged->path);
	(void)unlink(wal); /* it would be taken for the new one's */
	const bool clean = access(wal, F_OK) != 0 && errno == ENOENT;
	free(wal);
	if (!clean)
		return err_set(err, "%s-wal: is in the way", staged->path);
	return is_journal(files[0], err) && store_copy(files[0], staged->path, err) &&
	       store_attach(staged, err) && add_increments(staged, files + 1, n - 1, err) &&
	       store_set_epoch(staged,
		       (store->epoch > staged->epoch ? store->epoch : staged->epoch) + 1, err);
}

/* Of a zone the higher one (RFC 1982 3.2): a crash before the next append does not lose it. */
static bool keep_serials(
	struct store *staged, struct store *store, struct arena *arena, struct err *err)
{
	const struct store_serial *list;
	size_t n;
	bool good =
		store_serials(store, arena, &list, &n) || store_error(store, err, "cannot be read");
	sqlite3_stmt *const s = store_prepare(staged,
		"INSERT INTO serials VALUES (?1, ?2) ON CONFLICT (zone) DO UPDATE SET serial = ?2"
		" WHERE (?2 - serial) & 4294967295 BETWEEN 1 AND 2147483647",
		err);
	good = good && s != NULL;
	for (size_t i = 0; good && i < n; i++) {
		(void)sqlite3_bind_text(s, 1, list[i].zone, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(s, 2, list[i].serial);
		good = sqlite3_step(s) == SQLITE_DONE ||
		       store_error(staged, err, "cannot be written");
		(void)sqlite3_reset(s);
	}
	(void)sqlite3_finalize(s);
	return good;
}

/* All of it is in one file now, and on the disk. */
static bool close_staged(struct store *staged, struct err *err)
{
	store_detach(staged);
	return store_is_closed(staged, err) && store_sync(staged->path, O_RDONLY, err);
}

static bool swap(struct store *store, const struct store *staged, struct err *err)
{
	struct err again;
	store_detach(store);
	/* A -wal that could not be emptied would be taken for the new file's. */
	bool swapped = store_is_closed(store, err);
	if (swapped && rename(staged->path, store->path) != 0)
		swapped = err_set(err, "%s: %s", store->path, strerrordesc_np(errno));
	if (swapped) {
		store->last = staged->last;
		store->epoch = staged->epoch;
		memcpy(store->hash, staged->hash, HASH_OCTETS);
		store->suspect = !store_sync_directory_of(store->path, &again);
	}
	if (!store_attach(store, &again)) {
		store->trouble = again;
		store->away = true;
	}
	return swapped;
}

bool store_restore(struct store *store, const char *const files[], size_t n, struct arena *arena,
	struct store_memory *memory, struct err *err)
{
	if (store->db == NULL || store->frozen || store->suspect)
		return err_set(err, "%s: cannot be written: %s", store->path, store->trouble.text);
	struct store staged = {.path = mem_format("%s.part", store->path)};
	bool done = stage(&staged, files, n, store, err);
	if (done)
		*memory = store_memory(&staged, arena);
	done = done && keep_serials(&staged, store, arena, err) && close_staged(&staged, err) &&
	       swap(store, &staged, err);
	store_detach(&staged);
	if (!done)
		(void)unlink(staged.path);
	free(staged.path);
	return done;
}
