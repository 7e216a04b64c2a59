#include "store/inside.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

enum { TRIM_SOME = 1000 }; /* takes some milliseconds */

/* ---- the chain ---- */

static void hash_text(EVP_MD_CTX *context, const char *text)
{
	/* With its NUL: "ab","c" is not "a","bc". */
	(void)EVP_DigestUpdate(context, text, strlen(text) + 1);
}

void store_hash(
	const uint8_t prev[HASH_OCTETS], const struct store_entry *entry, uint8_t hash[HASH_OCTETS])
{
	char numbers[160];
	(void)snprintf(numbers, sizeof numbers, "%llu %lld %u %llu %u",
		(unsigned long long)entry->number, (long long)entry->at_ns, entry->epoch,
		(unsigned long long)entry->generation, entry->serial);
	EVP_MD_CTX *const context = EVP_MD_CTX_new();
	unsigned len = 0;
	assert(context != NULL);
	(void)EVP_DigestInit_ex(context, EVP_sha256(), NULL);
	(void)EVP_DigestUpdate(context, prev, HASH_OCTETS);
	hash_text(context, numbers);
	hash_text(context, entry->kind);
	hash_text(context, entry->author);
	hash_text(context, entry->service);
	hash_text(context, entry->endpoint);
	hash_text(context, entry->detail);
	hash_text(context, entry->reason);
	if (entry->state[0] != '\0') /* those of format 1 have none */
		hash_text(context, entry->state);
	(void)EVP_DigestFinal_ex(context, hash, &len);
	assert(len == HASH_OCTETS);
	EVP_MD_CTX_free(context);
}

/* ---- writing ---- */

struct writing {
	struct store *store;
	struct err *err;
	uint64_t last;
	uint8_t hash[HASH_OCTETS];
};

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	(void)sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

/* Once more with the next values; false: the disk, or its end. */
static bool step(const struct writing *w, sqlite3_stmt *statement)
{
	const bool done = sqlite3_step(statement) == SQLITE_DONE;
	if (!done)
		(void)store_error(w->store, w->err, "cannot be written");
	(void)sqlite3_reset(statement);
	return done;
}

static bool write_entries(struct writing *w, const struct store_batch *batch)
{
	sqlite3_stmt *const s = store_prepare(w->store,
		"INSERT INTO journal VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, "
		"?13)",
		w->err);
	bool all = s != NULL;
	for (size_t i = 0; all && i < batch->n_entries; i++) {
		struct store_entry entry = batch->entries[i];
		uint8_t hash[HASH_OCTETS];
		entry.number = ++w->last;
		entry.epoch = w->store->epoch;
		entry.state = entry.state != NULL ? entry.state : "";
		store_hash(w->hash, &entry, hash);
		(void)sqlite3_bind_int64(s, 1, (sqlite3_int64)entry.number);
		(void)sqlite3_bind_int64(s, 2, entry.at_ns);
		(void)sqlite3_bind_int64(s, 3, entry.epoch);
		bind_text(s, 4, entry.kind);
		bind_text(s, 5, entry.author);
		bind_text(s, 6, entry.service);
		bind_text(s, 7, entry.endpoint);
		bind_text(s, 8, entry.detail);
		bind_text(s, 9, entry.reason);
		(void)sqlite3_bind_int64(s, 10, (sqlite3_int64)entry.generation);
		(void)sqlite3_bind_int64(s, 11, entry.serial);
		(void)sqlite3_bind_blob(s, 12, hash, HASH_OCTETS, SQLITE_STATIC);
		bind_text(s, 13, entry.state);
		all = step(w, s);
		memcpy(w->hash, hash, HASH_OCTETS);
	}
	(void)sqlite3_finalize(s);
	return all;
}

static bool write_states(struct writing *w, const struct store_batch *batch)
{
	if (batch->whole && !store_run_sql(w->store, "DELETE FROM state", w->err))
		return false;
	sqlite3_stmt *const s =
		store_prepare(w->store, "INSERT OR REPLACE INTO state VALUES (?1, ?2)", w->err);
	bool all = s != NULL;
	for (size_t i = 0; all && i < batch->n_states; i++) {
		bind_text(s, 1, batch->states[i].service);
		bind_text(s, 2, batch->states[i].json);
		all = step(w, s);
	}
	(void)sqlite3_finalize(s);
	return all;
}

/* In any case those that there were are broken: something happens. */
static bool write_seals(struct writing *w, const struct store_batch *batch)
{
	static const char when[] = "INSERT OR REPLACE INTO meta VALUES ('seal at', unixepoch())";
	sqlite3_stmt *const s = store_prepare(
		w->store, "INSERT OR REPLACE INTO meta VALUES ('seal ' || ?1, ?2)", w->err);
	bool all = s != NULL && store_run_sql(w->store, STORE_UNSEAL, w->err);
	for (size_t i = 0; all && i < batch->n_serials; i++) {
		if (batch->serials[i].seal == NULL)
			continue;
		bind_text(s, 1, batch->serials[i].zone);
		(void)sqlite3_bind_blob(s, 2, batch->serials[i].seal, STORE_DIGEST, SQLITE_STATIC);
		all = step(w, s) && store_run_sql(w->store, when, w->err);
	}
	(void)sqlite3_finalize(s);
	return all;
}

static bool write_serials(struct writing *w, const struct store_batch *batch)
{
	sqlite3_stmt *const s =
		store_prepare(w->store, "INSERT OR REPLACE INTO serials VALUES (?1, ?2)", w->err);
	bool all = s != NULL && write_seals(w, batch);
	for (size_t i = 0; all && i < batch->n_serials; i++) {
		bind_text(s, 1, batch->serials[i].zone);
		(void)sqlite3_bind_int64(s, 2, batch->serials[i].serial);
		all = step(w, s);
	}
	(void)sqlite3_finalize(s);
	return all;
}

static bool write_runs(struct writing *w, const struct store_batch *batch)
{
	sqlite3_stmt *const name = store_prepare(
		w->store, "INSERT OR IGNORE INTO checks (identity) VALUES (?1)", w->err);
	sqlite3_stmt *const s = store_prepare(w->store,
		"INSERT INTO runs (check_id, began, ended, outcome, n) VALUES"
		" ((SELECT id FROM checks WHERE identity = ?1), ?2, ?3, ?4, ?5)",
		w->err);
	bool all = name != NULL && s != NULL;
	for (size_t i = 0; all && i < batch->n_runs; i++) {
		const struct store_run *const run = &batch->runs[i];
		bind_text(name, 1, run->check);
		bind_text(s, 1, run->check);
		(void)sqlite3_bind_int64(s, 2, run->from_ns);
		(void)sqlite3_bind_int64(s, 3, run->to_ns);
		(void)sqlite3_bind_int(s, 4, run->outcome);
		(void)sqlite3_bind_int64(s, 5, run->n);
		all = step(w, name) && step(w, s);
	}
	(void)sqlite3_finalize(name);
	(void)sqlite3_finalize(s);
	return all;
}

void store_note_failure(struct store *store)
{
	const int code = sqlite3_errcode(store->db) & 0xff;
	store->suspect = code == SQLITE_IOERR || code == SQLITE_CORRUPT || code == SQLITE_NOTADB;
	store->away = !store->suspect && code != SQLITE_FULL; /* such as a -wal opened to read */
}

bool store_is_suspect(const struct store *store, struct err *err)
{
	if (store->suspect) /* fsync() tells of an error once: the next success proves nothing */
		(void)err_set(err, "%s: the disk failed; a new one is not made yet", store->path);
	return store->suspect;
}

bool store_append(struct store *store, const struct store_batch *batch, struct err *err)
{
	if (store->db == NULL || store->frozen)
		return err_set(err, "%s: cannot be written: %s", store->path, store->trouble.text);
	if (store_is_suspect(store, err))
		return false;
	struct writing w = {.store = store, .err = err, .last = store->last};
	memcpy(w.hash, store->hash, HASH_OCTETS);
	const bool stored = store_run_sql(store, "BEGIN IMMEDIATE", err) &&
			    write_entries(&w, batch) && write_states(&w, batch) &&
			    write_serials(&w, batch) && write_runs(&w, batch) &&
			    store_run_sql(store, "COMMIT", err);
	if (stored) {
		store->last = w.last;
		memcpy(store->hash, w.hash, HASH_OCTETS);
		return true;
	}
	store_note_failure(store);
	(void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return false;
}

bool store_unseal(struct store *store)
{
	struct err err;
	if (store->db == NULL || store->frozen || store->suspect)
		return false;
	const bool broken = store_run_sql(store, STORE_UNSEAL, &err);
	if (!broken)
		store_note_failure(store);
	return broken;
}

/* How many rows went; -1: it failed. */
static int forget(struct store *store, const char *sql, int64_t a, int64_t b)
{
	struct err err;
	sqlite3_stmt *const s = store_prepare(store, sql, &err);
	if (s == NULL)
		return -1;
	(void)sqlite3_bind_int64(s, 1, a);
	(void)sqlite3_bind_int64(s, 2, b);
	const bool done = sqlite3_step(s) == SQLITE_DONE;
	if (!done)
		store_note_failure(store);
	(void)sqlite3_finalize(s);
	return done ? sqlite3_changes(store->db) : -1;
}

static int64_t last_check(struct store *store)
{
	struct err err;
	sqlite3_stmt *const row = store_prepare(store, "SELECT max(id) FROM checks", &err);
	const int64_t last =
		row != NULL && sqlite3_step(row) == SQLITE_ROW ? sqlite3_column_int64(row, 0) : 0;
	(void)sqlite3_finalize(row);
	return last;
}

bool store_trim(struct store *store, size_t most)
{
	if (store->suspect || store->frozen)
		return false;
	const int runs = forget(store,
		"DELETE FROM runs WHERE id IN (SELECT id FROM runs WHERE id <="
		" (SELECT max(id) FROM runs) - ?1 ORDER BY id LIMIT ?2)",
		(int64_t)most, TRIM_SOME);
	if (runs == TRIM_SOME)
		return true;
	const int checks =
		runs < 0 ? -1
			 : forget(store,
				   "DELETE FROM checks WHERE id > ?1 AND id <= ?2 AND NOT"
				   " EXISTS (SELECT 1 FROM runs WHERE check_id = checks.id)",
				   store->swept, store->swept + TRIM_SOME);
	store->swept += TRIM_SOME;
	if (checks >= 0 && store->swept < last_check(store))
		return true;
	store->swept = 0;
	return false;
}
