#include "base/arena.h"
#include "base/mem.h"
#include "store/inside.h"

#include <stdlib.h>
#include <string.h>

static const char *text(sqlite3_stmt *row, int column)
{
	const char *const is = (const char *)sqlite3_column_text(row, column);
	return is != NULL ? is : "";
}

static const char *kept(struct arena *arena, sqlite3_stmt *row, int column)
{
	const char *const is = text(row, column);
	return arena_text(arena, is, strlen(is));
}

bool store_states(
	struct store *store, struct arena *arena, const struct store_state **list, size_t *n)
{
	struct err err;
	sqlite3_stmt *const row =
		store_prepare(store, "SELECT service, json FROM state ORDER BY service", &err);
	struct store_state *all = NULL;
	size_t room = 0;
	int step = SQLITE_ERROR;
	*n = 0;
	while (row != NULL && (step = sqlite3_step(row)) == SQLITE_ROW) {
		all = mem_grow(all, &room, *n + 1, sizeof *all);
		all[(*n)++] = (struct store_state){kept(arena, row, 0), kept(arena, row, 1)};
	}
	(void)sqlite3_finalize(row);
	*list = arena_copy(arena, all, *n * sizeof *all);
	free(all);
	return step == SQLITE_DONE;
}

bool store_serials(
	struct store *store, struct arena *arena, const struct store_serial **list, size_t *n)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT zone, serial, value FROM serials LEFT JOIN meta ON key = 'seal ' || zone"
		" ORDER BY zone",
		&err);
	struct store_serial *all = NULL;
	size_t room = 0;
	int step = SQLITE_ERROR;
	*n = 0;
	while (row != NULL && (step = sqlite3_step(row)) == SQLITE_ROW) {
		all = mem_grow(all, &room, *n + 1, sizeof *all);
		const bool sealed = sqlite3_column_bytes(row, 2) == STORE_DIGEST;
		all[(*n)++] = (struct store_serial){kept(arena, row, 0),
			(uint32_t)sqlite3_column_int64(row, 1),
			sealed ? arena_copy(arena, sqlite3_column_blob(row, 2), STORE_DIGEST)
			       : NULL};
	}
	(void)sqlite3_finalize(row);
	*list = arena_copy(arena, all, *n * sizeof *all);
	free(all);
	return step == SQLITE_DONE;
}

static void read_entry(sqlite3_stmt *row, struct store_entry *entry)
{
	*entry = (struct store_entry){.number = (uint64_t)sqlite3_column_int64(row, 0),
		.at_ns = sqlite3_column_int64(row, 1),
		.epoch = (uint32_t)sqlite3_column_int64(row, 2),
		.kind = text(row, 3),
		.author = text(row, 4),
		.service = text(row, 5),
		.endpoint = text(row, 6),
		.detail = text(row, 7),
		.reason = text(row, 8),
		.generation = (uint64_t)sqlite3_column_int64(row, 9),
		.serial = (uint32_t)sqlite3_column_int64(row, 10)};
}

bool store_entries(struct store *store, const struct store_query *query,
	void (*each)(void *cookie, const struct store_entry *entry), void *cookie)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT * FROM (SELECT number, at, epoch, kind, author, service, endpoint, detail,"
		" reason, generation, serial FROM journal WHERE number > ?1 AND at >= ?2 AND"
		" (?3 IS NULL OR service = ?3) ORDER BY number DESC LIMIT ?4) ORDER BY number",
		&err);
	int step = SQLITE_ERROR;
	if (row != NULL) {
		(void)sqlite3_bind_int64(row, 1, (sqlite3_int64)query->after);
		(void)sqlite3_bind_int64(row, 2, query->since_ns);
		(void)sqlite3_bind_text(row, 3, query->service, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(
			row, 4, query->limit > 0 ? (sqlite3_int64)query->limit : -1);
	}
	while (row != NULL && (step = sqlite3_step(row)) == SQLITE_ROW) {
		struct store_entry entry;
		read_entry(row, &entry);
		each(cookie, &entry);
	}
	(void)sqlite3_finalize(row);
	return step == SQLITE_DONE;
}

/* Takes over `row`, NULL included. */
static bool each_run(
	sqlite3_stmt *row, void (*each)(void *cookie, const struct store_run *run), void *cookie)
{
	int step = SQLITE_ERROR;
	while (row != NULL && (step = sqlite3_step(row)) == SQLITE_ROW) {
		const struct store_run run = {text(row, 0), sqlite3_column_int64(row, 1),
			sqlite3_column_int64(row, 2), sqlite3_column_int(row, 3),
			(uint32_t)sqlite3_column_int64(row, 4),
			(uint64_t)sqlite3_column_int64(row, 5)};
		each(cookie, &run);
	}
	(void)sqlite3_finalize(row);
	return step == SQLITE_DONE;
}

bool store_runs(struct store *store, int64_t since_ns,
	void (*each)(void *cookie, const struct store_run *run), void *cookie)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT identity, began, ended, outcome, n, runs.id FROM runs JOIN checks ON"
		" checks.id = check_id WHERE ended >= ?1 ORDER BY began, runs.id",
		&err);
	if (row != NULL)
		(void)sqlite3_bind_int64(row, 1, since_ns);
	return each_run(row, each, cookie);
}

bool store_runs_after(struct store *store, int64_t since_ns, uint64_t after, size_t limit,
	void (*each)(void *cookie, const struct store_run *run), void *cookie)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT identity, began, ended, outcome, n, runs.id FROM runs JOIN checks ON"
		" checks.id = check_id WHERE runs.id > ?1 AND ended >= ?2 ORDER BY runs.id"
		" LIMIT ?3",
		&err);
	if (row != NULL) {
		(void)sqlite3_bind_int64(row, 1, (sqlite3_int64)after);
		(void)sqlite3_bind_int64(row, 2, since_ns);
		(void)sqlite3_bind_int64(row, 3, (sqlite3_int64)limit);
	}
	return each_run(row, each, cookie);
}

bool store_verify(struct store *store, uint64_t *wrong)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT number, at, epoch, kind, author, service, endpoint, detail, reason,"
		" generation, serial, hash FROM journal ORDER BY number",
		&err);
	uint8_t hash[HASH_OCTETS] = {0};
	uint64_t expected = 0;
	int step = SQLITE_ERROR;
	bool good = row != NULL;
	while (good && (step = sqlite3_step(row)) == SQLITE_ROW) {
		struct store_entry entry;
		uint8_t is[HASH_OCTETS];
		read_entry(row, &entry);
		store_hash(hash, &entry, is);
		good = entry.number == ++expected && sqlite3_column_bytes(row, 11) == HASH_OCTETS &&
		       memcmp(sqlite3_column_blob(row, 11), is, HASH_OCTETS) == 0;
		memcpy(hash, is, HASH_OCTETS);
	}
	(void)sqlite3_finalize(row);
	*wrong = good && step == SQLITE_DONE ? 0 : expected;
	return good && step == SQLITE_DONE;
}
