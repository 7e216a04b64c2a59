#include "base/arena.h"
#include "base/mem.h"
#include "store/inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERIFY_SOME = 1000 }; /* takes some milliseconds */

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
		"SELECT zone, serial, value FROM serials LEFT JOIN meta ON key = 'seal ' || zone "
		"AND"
		" unixepoch() - (SELECT value FROM meta WHERE key = 'seal at') BETWEEN 0 AND ?1"
		" ORDER BY zone",
		&err);
	if (row != NULL)
		(void)sqlite3_bind_int(row, 1, STORE_SEAL_HOLDS_S);
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

struct store_memory store_memory(struct store *store, struct arena *arena)
{
	struct store_memory memory = {0};
	(void)store_states(store, arena, &memory.states, &memory.n_states);
	(void)store_serials(store, arena, &memory.serials, &memory.n_serials);
	return memory;
}

#define COLUMNS                                                                                    \
	"number, at, epoch, kind, author, service, endpoint, detail, reason, generation, serial, " \
	"state"

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
		.serial = (uint32_t)sqlite3_column_int64(row, 10),
		.state = text(row, 11)};
}

bool store_number_at(struct store *store, int64_t at_ns, uint64_t *number)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT number FROM journal WHERE at <= ?1 ORDER BY at DESC, number DESC LIMIT 1",
		&err);
	if (row != NULL)
		(void)sqlite3_bind_int64(row, 1, at_ns);
	const int step = row != NULL ? sqlite3_step(row) : SQLITE_ERROR;
	*number = step == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(row, 0) : 0;
	(void)sqlite3_finalize(row);
	return step == SQLITE_ROW || step == SQLITE_DONE;
}

/* Those of one service, and of one kind of it, stand in an index by number; with "+" the one by
 * time is left alone, which would have to be sorted. */
static sqlite3_stmt *entries_of(struct store *store, const struct store_query *query)
{
	struct err err;
	const char *const order = query->first ? "ASC" : "DESC";
	char sql[640];
	(void)snprintf(sql, sizeof sql,
		"SELECT * FROM (SELECT " COLUMNS " FROM journal WHERE number > ?1 AND +at >= ?2"
		" AND number <= ?3%s%s%s ORDER BY number %s LIMIT ?6) ORDER BY number",
		query->service != NULL ? " AND service = ?4" : "",
		query->kind != NULL ? " AND kind = ?5" : "",
		query->shown ? " AND generation > 0" : "", order);
	sqlite3_stmt *const row = store_prepare(store, sql, &err);
	if (row == NULL)
		return NULL;
	(void)sqlite3_bind_int64(row, 1, (sqlite3_int64)query->after);
	(void)sqlite3_bind_int64(row, 2, query->since_ns);
	if (query->service != NULL)
		(void)sqlite3_bind_text(row, 4, query->service, -1, SQLITE_STATIC);
	if (query->kind != NULL)
		(void)sqlite3_bind_text(row, 5, query->kind, -1, SQLITE_STATIC);
	(void)sqlite3_bind_int64(row, 3, query->upto > 0 ? (sqlite3_int64)query->upto : INT64_MAX);
	(void)sqlite3_bind_int64(row, 6, query->limit > 0 ? (sqlite3_int64)query->limit : -1);
	return row;
}

bool store_entries(struct store *store, const struct store_query *query,
	void (*each)(void *cookie, const struct store_entry *entry), void *cookie)
{
	sqlite3_stmt *const row = entries_of(store, query);
	int step = SQLITE_ERROR;
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

bool store_runs_near(struct store *store, const char *check, int64_t at_ns, enum store_side side,
	size_t most, void (*each)(void *cookie, const struct store_run *run), void *cookie)
{
	static const char *const ways[] = {[STORE_BEFORE] = "<= ?2 ORDER BY began DESC",
		[STORE_AFTER] = "> ?2 ORDER BY began"};
	struct err err;
	char sql[256];
	(void)snprintf(sql, sizeof sql,
		"SELECT identity, began, ended, outcome, n, runs.id FROM runs JOIN checks ON"
		" checks.id = check_id WHERE identity = ?1 AND began %s LIMIT ?3",
		ways[side]);
	sqlite3_stmt *const row = store_prepare(store, sql, &err);
	if (row != NULL) {
		(void)sqlite3_bind_text(row, 1, check, -1, SQLITE_STATIC);
		(void)sqlite3_bind_int64(row, 2, at_ns);
		(void)sqlite3_bind_int64(row, 3, (sqlite3_int64)most);
	}
	return each_run(row, each, cookie);
}

int64_t store_runs_begin(struct store *store)
{
	struct err err;
	sqlite3_stmt *const row =
		store_prepare(store, "SELECT began FROM runs ORDER BY id LIMIT 1", &err);
	const bool any = row != NULL && sqlite3_step(row) == SQLITE_ROW;
	const int64_t began = any ? sqlite3_column_int64(row, 0) : 0;
	(void)sqlite3_finalize(row);
	return began;
}

enum store_progress store_verify_slice(struct store *store, struct store_chain *chain)
{
	struct err err;
	if (chain->opened != store->opened) /* another file: from the beginning */
		*chain = (struct store_chain){.opened = store->opened};
	sqlite3_stmt *const row = store_prepare(store,
		"SELECT " COLUMNS ", hash FROM journal WHERE number > ?1 ORDER BY number LIMIT ?2",
		&err);
	int step = SQLITE_ERROR, n = 0;
	bool good = true;
	if (row != NULL) {
		(void)sqlite3_bind_int64(row, 1, (sqlite3_int64)chain->number);
		(void)sqlite3_bind_int(row, 2, VERIFY_SOME);
	}
	for (; row != NULL && good && (step = sqlite3_step(row)) == SQLITE_ROW; n++) {
		struct store_entry entry;
		uint8_t is[HASH_OCTETS];
		read_entry(row, &entry);
		store_hash(chain->hash, &entry, is);
		good = entry.number == ++chain->number &&
		       sqlite3_column_bytes(row, 12) == HASH_OCTETS &&
		       memcmp(sqlite3_column_blob(row, 12), is, HASH_OCTETS) == 0;
		memcpy(chain->hash, is, HASH_OCTETS);
	}
	(void)sqlite3_finalize(row);
	if (row == NULL || !good || step != SQLITE_DONE) {
		chain->wrong = good ? 0 : chain->number;
		return STORE_FAILED;
	}
	return n == VERIFY_SOME ? STORE_MORE : STORE_DONE;
}

bool store_verify(struct store *store, uint64_t *wrong)
{
	struct store_chain chain = {0};
	enum store_progress progress;
	do
		progress = store_verify_slice(store, &chain);
	while (progress == STORE_MORE);
	*wrong = chain.wrong;
	return progress == STORE_DONE;
}
