/* A journal with the real keeper on a real file; only how the disk behaves is played: fdatasync()
 * and fsync(). */
#ifndef LOCUM_TESTS_JOURNAL_WORLD_H
#define LOCUM_TESTS_JOURNAL_WORLD_H

#include "base/mem.h"
#include "conf_fixture.h"
#include "net/clock.h"
#include "net/loop.h"
#include "responder/publish.h"
#include "server/journal.h"
#include "server/letter.h"
#include "server/load.h"
#include "server/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the disk ---- */

static int disk_error, disk_delay_ms; /* atomic */

static inline int sync_of(long call, int fd)
{
	const int error = __atomic_load_n(&disk_error, __ATOMIC_RELAXED);
	const int ms = __atomic_load_n(&disk_delay_ms, __ATOMIC_RELAXED);
	(void)poll(NULL, 0, ms); /* that is what a slow disk does */
	errno = error;
	return error != 0 ? -1 : (int)syscall(call, fd);
}

/* In the place of libc's, for SQLite too. */
int fdatasync(int fildes) { return sync_of(SYS_fdatasync, fildes); }
int fsync(int fd) { return sync_of(SYS_fsync, fd); }

static inline void disk(int error, int delay_ms)
{
	__atomic_store_n(&disk_error, error, __ATOMIC_RELAXED);
	__atomic_store_n(&disk_delay_ms, delay_ms, __ATOMIC_RELAXED);
}

/* ---- a daemon without prober and sockets ---- */

struct world {
	char dir[64];
	struct loop *loop;
	struct mailbox *mailbox;
	struct keeper *keeper;
	struct journal *journal;
	struct parsed parsed;
	struct load load;
	struct engine *engine;
	struct effects effects;
	struct view *view;
	struct watch *patience;
	uint64_t wanted; /* stop when so many answers came */
	uint64_t answers;
	char said[128]; /* of the last decree */
};

static inline void take(void *cookie, void *object)
{
	struct world *const w = cookie;
	struct letter *const letter = object;
	journal_kept(w->journal, &letter->kept);
	letter_free(letter);
	if (++w->answers == w->wanted)
		loop_stop(w->loop);
}

static inline void too_long(void *cookie, mono_t now)
{
	(void)now;
	loop_stop(((struct world *)cookie)->loop);
}

static inline void begin(struct world *w)
{
	enum store_origin origin;
	struct err err = {.text = ""};
	struct store *const store = store_open(w->dir, &origin, &err);
	w->loop = loop_new();
	w->mailbox = mailbox_new(w->loop, take, w);
	w->keeper = keeper_start(store, w->mailbox);
	w->journal = journal_new(w->loop, w->keeper);
	w->patience = loop_at(w->loop, loop_now(w->loop), too_long, w);
	watch_pause(w->patience);
	w->engine = engine_new(&w->parsed.conf->policy, loop_now(w->loop), &w->effects);
	w->effects.n = 0;
	w->view = view_empty();
	w->answers = 0;
	view_unref(journal_publish(w->journal, w->view));
}

static inline void end(struct world *w)
{
	disk(0, 0);
	assert_true(keeper_stop(w->keeper));
	mailbox_free(w->mailbox, letter_free);
	journal_free(w->journal);
	watch_free(w->patience);
	engine_free(w->engine);
	view_unref(w->view);
	view_unref(publish_view(NULL));
	loop_free(w->loop);
}

static inline int set_up(void **state)
{
	struct world *const w = mem_new(sizeof *w);
	(void)snprintf(w->dir, sizeof w->dir, "/tmp/locum-test-journal-XXXXXX");
	*state = w;
	if (mkdtemp(w->dir) == NULL)
		return -1;
	w->parsed = parse_text(one_service);
	assert_non_null(w->parsed.conf);
	w->load = (struct load){.refs = 1 << 20, .conf = w->parsed.conf};
	begin(w);
	return 0;
}

static inline int tear_down(void **state)
{
	struct world *const w = *state;
	char command[96];
	end(w);
	(void)snprintf(command, sizeof command, "rm -rf %s", w->dir);
	const int done =
		system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
	parsed_free(&w->parsed);
	free(w->effects.list);
	free(w);
	return done;
}

/* Until so many answers of the keeper came in all, or the time is over; how long it took. */
static inline int64_t run(struct world *w, uint64_t answers, int64_t ms)
{
	const mono_t began = clock_mono();
	w->wanted = answers;
	watch_again(w->patience, mono_after(began, span_ms(ms)));
	if (w->answers < answers || answers == 0)
		loop_run(w->loop);
	return mono_between(began, clock_mono()).ns / 1000000;
}

static inline uint64_t published(void)
{
	publish_join();
	publish_wake();
	const uint64_t generation = view_generation(publish_current());
	publish_sleep();
	publish_leave();
	return generation;
}

static inline struct journal_now now_of(struct world *w)
{
	return (struct journal_now){
		.load = &w->load, .facts = engine_facts(w->engine), .view = w->view};
}

/* A pin of `end`, as if a rule had done it: a switch with a view of its own.  At first fra (0)
 * answers. */
static inline void turn(struct world *w, uint8_t end, bool urgent)
{
	const struct decree decree = {.verb = DECREE_PIN, .endpoint = end};
	struct minutes minutes = {0};
	engine_step(w->engine, &(struct event){.kind = EVENT_DECREE, .decree = &decree},
		loop_now(w->loop), &w->effects);
	struct view *const next = view_on(w->view, view_terms(w->view));
	view_unref(w->view);
	w->view = next;
	const struct journal_now now = now_of(w);
	journal_turn(w->journal, &now, &w->effects, &minutes, urgent);
	w->effects.n = 0;
}

static inline void then(void *cookie, const char *error)
{
	struct world *const w = cookie;
	(void)snprintf(w->said, sizeof w->said, "%s", error != NULL ? error : "done");
}

static inline void decree(struct world *w, uint8_t end)
{
	const struct decree pin = {.verb = DECREE_PIN, .endpoint = end};
	const struct journal_decrees decrees = {&pin, 1, "uid=0 pid=1", "because"};
	w->said[0] = '\0';
	journal_decree(w->journal, &w->load, w->engine, &decrees, then, w);
}

static inline void tick(struct world *w)
{
	const struct journal_now now = now_of(w);
	journal_tick(w->journal, &now);
}

static inline void each(void *cookie, const struct store_entry *entry)
{
	char *const text = cookie;
	const size_t used = strlen(text);
	(void)snprintf(text + used, 512 - used, "%s%s%s%s", used > 0 ? " " : "", entry->kind,
		entry->endpoint[0] != '\0' ? ":" : "", entry->endpoint);
}

/* What a next process finds: the kinds of the entries, and the state of www. */
static inline const char *left(struct world *w, char room[512], bool *pinned_ams)
{
	enum store_origin origin;
	struct err err;
	struct arena *const arena = arena_new();
	const struct store_state *states;
	size_t n;
	uint64_t wrong;
	disk(0, 0);
	end(w);
	struct store *const store = store_open(w->dir, &origin, &err);
	assert_int_equal(origin, STORE_KEPT);
	room[0] = '\0';
	assert_true(store_entries(store, &(struct store_query){0}, each, room));
	assert_true(store_states(store, arena, &states, &n));
	*pinned_ams = n == 1 && strstr(states[0].json, "\"pinned\":\"ams\"") != NULL;
	assert_true(store_verify(store, &wrong));
	store_close(store);
	arena_free(arena);
	begin(w);
	return room;
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

#endif
