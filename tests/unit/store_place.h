/* A store in a directory of its own, and what the tests of it do with one. */
#ifndef LOCUM_TESTS_STORE_PLACE_H
#define LOCUM_TESTS_STORE_PLACE_H

#include "base/arena.h"
#include "base/attr.h"
#include "base/mem.h"
#include "store/store.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>
#include <sqlite3.h>

struct place {

	char dir[128];
	struct arena *arena;
	struct store *store;
	enum store_origin origin;
	struct err err;
	char lines[64][256]; /* what each_entry() and each_run() saw */
	size_t n;
};

static inline int set_up(void **state)
{
	struct place *const p = mem_new(sizeof *p);
	(void)snprintf(p->dir, sizeof p->dir, "/tmp/locum-test-store-XXXXXX");
	p->arena = arena_new();
	*state = p;
	return mkdtemp(p->dir) == NULL;
}

static inline int tear_down(void **state)
{
	struct place *const p = *state;
	store_close(p->store);
	(void)chmod(p->dir, 0700);
	char *const remove_all = arena_format(p->arena, "rm -rf %s", p->dir);
	const int done =
		system(remove_all); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
	arena_free(p->arena);
	free(p);
	return done;
}

static inline void shell(const char *words)
{
	/* NOLINTNEXTLINE(cert-env33-c,concurrency-mt-unsafe): our own words */
	assert_int_equal(system(words), 0);
}

static inline const char *path(const struct place *p, const char *name)
{
	return arena_format(p->arena, "%s/%s", p->dir, name);
}

static inline enum store_origin reopen(struct place *p)
{
	store_close(p->store);
	p->err.text[0] = '\0';
	p->store = store_open(p->dir, &p->origin, &p->err);
	return p->origin;
}

/* As a process that is killed: nothing is closed, what lies there is as it lies. */
static inline void abandon(struct place *p, const char *to)
{
	const char *const copy = path(p, to);
	assert_int_equal(mkdir(copy, 0700), 0);
	char *const command = arena_format(p->arena, "cp -p %s/journal* %s/", p->dir, copy);
	shell(command);
	store_close(p->store);
	p->store = NULL;
	(void)snprintf(p->dir, sizeof p->dir, "%s", copy);
}

static inline struct store_entry entry(const char *kind, const char *service, int64_t at)
{
	return (struct store_entry){.at_ns = at,
		.kind = kind,
		.author = "rule 13 failover",
		.service = service,
		.endpoint = "fra",
		.detail = "from fra to ams",
		.reason = "",
		.state = "{}",
		.generation = 7,
		.serial = 2026112201};
}

static inline bool put(struct place *p, const char *kind, const char *service, const char *json)
{
	const struct store_entry e = entry(kind, service, 1000);
	const struct store_state s = {service, json};
	const struct store_serial serial = {.zone = "example.com.", .serial = 2026112201};
	const struct store_batch batch = {.entries = &e,
		.states = &s,
		.serials = &serial,
		.n_entries = 1,
		.n_states = 1,
		.n_serials = 1};
	return store_append(p->store, &batch, &p->err);
}

static inline const char *state_of(struct place *p, const char *service)
{
	const struct store_state *list;
	size_t n;
	assert_true(store_states(p->store, p->arena, &list, &n));
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i].service, service) == 0)
			return list[i].json;
	return "none";
}

static inline void each_entry(void *cookie, const struct store_entry *e)
{
	struct place *const p = cookie;
	if (p->n < COUNT_OF(p->lines))
		(void)snprintf(p->lines[p->n], sizeof p->lines[0],
			"%llu %lld %u %s %s %s %s %s %s %llu %u", (unsigned long long)e->number,
			(long long)e->at_ns, e->epoch, e->kind, e->author, e->service, e->endpoint,
			e->detail, e->reason, (unsigned long long)e->generation, e->serial);
	p->n++;
}

static inline void each_run(void *cookie, const struct store_run *run)
{
	struct place *const p = cookie;
	if (p->n < COUNT_OF(p->lines))
		(void)snprintf(p->lines[p->n], sizeof p->lines[0], "%s %lld %lld %d %u", run->check,
			(long long)run->from_ns, (long long)run->to_ns, run->outcome, run->n);
	p->n++;
}

static inline bool restore(struct place *p, const char *name)
{
	struct store_memory memory;
	const char *const file = path(p, name);
	return store_restore(p->store, &file, 1, p->arena, &memory, &p->err);
}

static inline bool is_sound(struct place *p)
{
	uint64_t wrong = 99;
	return store_verify(p->store, &wrong) && wrong == 0;
}

static inline void assert_private(const struct place *p, const char *name)
{
	struct stat st;
	if (stat(path(p, name), &st) == 0 && (st.st_mode & 0777) != 0600)
		fail_msg("%s has the mode %o", name, st.st_mode & 0777);
}

static inline void doctor(struct place *p, const char *sql)
{
	sqlite3 *db;
	store_close(p->store);
	p->store = NULL;
	assert_int_equal(sqlite3_open(path(p, "journal.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline bool is_sealed(struct place *p)
{
	const struct store_serial *list;
	size_t n;
	assert_true(store_serials(p->store, p->arena, &list, &n));
	assert_int_equal(n, 1);
	return list[0].seal != NULL && list[0].seal[31] == 'x';
}

static inline void put_seal(struct place *p)
{
	const struct store_serial serial = {.zone = "example.com.",
		.serial = 7,
		.seal = (const uint8_t *)"...............................x"};
	assert_true(store_append(
		p->store, &(struct store_batch){.serials = &serial, .n_serials = 1}, &p->err));
	assert_true(is_sealed(p));
}

static inline enum store_progress finish(struct place *p, struct store_backup *backup)
{
	enum store_progress progress;
	do
		progress = store_backup_slice(backup, 1, &p->err);
	while (progress == STORE_MORE);
	store_backup_end(backup);
	return progress;
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
