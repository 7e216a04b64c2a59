#include "server/keeper.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/thread.h"
#include "server/letter.h"
#include "server/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	STOP_MS = 1000,
	SNAPSHOT_EVERY_MS = 3600 * 1000,
	SNAPSHOT_FIRST_MS = 60000,
	RUNS_MAX = 2000000,
	TRIM_AFTER = 50000 /* runs: or else with the snapshot */
};

struct job { /* both NULL: the last one */
	struct keeping *keeping;
	keeper_work_fn *work;
	keeper_drop_fn *drop;
	void *cookie;
	struct job *next; /* that goes on */
};

struct keeper {
	struct store *store;
	struct mailbox *results, *jobs;
	struct loop *loop;
	struct watch *snapshot;
	struct job *first, **last; /* works that want to be called again, in this order */
	struct watch *again;
	size_t untrimmed; /* runs that came since */
	bool suspect;     /* what control was told of the store */
	pthread_t thread;
	int ended; /* an eventfd: the thread is done */
};

static enum keeper_more trim(void *cookie, struct store *store)
{
	(void)cookie;
	return store_trim(store, RUNS_MAX) ? KEEPER_AGAIN : KEEPER_DONE;
}

static void trim_soon(struct keeper *keeper)
{
	keeper->untrimmed = 0;
	keeper_work(keeper, trim, NULL, NULL);
}

/* False: what was to be written did not know of it. */
static bool give_memory(struct keeper *keeper, struct err *err)
{
	struct letter *const letter = letter_new(LETTER_RESTORED);
	letter->arena = arena_new();
	letter->memory = store_memory(keeper->store, letter->arena);
	letter->text = mem_text("what could not be read at the start");
	mailbox_post(keeper->results, letter);
	return err_set(err, "it can be read again, and what it remembers comes first");
}

static void keep(struct keeper *keeper, struct keeping *keeping)
{
	struct letter *const letter = letter_new(LETTER_KEPT);
	struct kept *const kept = &letter->kept;
	const struct store_batch batch = keeping_batch(keeping);
	kept->ticket = keeping->ticket;
	/* Whoever sends the whole has heard that something failed, or will not mind. */
	if (batch.whole)
		store_heal(keeper->store);
	if (store_came_back(keeper->store))
		kept->good = give_memory(keeper, &kept->err);
	else
		kept->good = store_append(keeper->store, &batch, &kept->err);
	kept->last = store_last(keeper->store);
	kept->epoch = store_epoch(keeper->store);
	keeper->suspect = !kept->good; /* it hears of that with this */
	keeper->untrimmed += batch.n_runs;
	if (keeper->untrimmed >= TRIM_AFTER)
		trim_soon(keeper);
	if (kept->good)
		keeping_free(keeping);
	else
		kept->keeping = keeping;
	mailbox_post(keeper->results, letter);
}

static void free_job(void *object)
{
	struct job *const job = object;
	keeping_free(job->keeping);
	if (job->drop != NULL)
		job->drop(job->cookie);
	free(job);
}

/* Else the next command would find out. */
static void say_if_suspect(struct keeper *keeper)
{
	struct err err;
	const bool suspect = store_is_suspect(keeper->store, &err);
	if (suspect && !keeper->suspect) {
		struct letter *const letter = letter_new(LETTER_SUSPECT);
		letter->kept.err = err;
		mailbox_post(keeper->results, letter);
	}
	keeper->suspect = suspect;
}

/* Takes over the job. */
static void do_work(struct keeper *keeper, struct job *job)
{
	const enum keeper_more more = job->work(job->cookie, keeper->store);
	say_if_suspect(keeper);
	if (more == KEEPER_DONE) {
		free_job(job);
		return;
	}
	job->next = NULL;
	*keeper->last = job;
	keeper->last = &job->next;
	watch_again(keeper->again, loop_now(keeper->loop)); /* with the next turn */
}

/* One slice of the work whose turn it is. */
static void go_on(void *cookie, mono_t now)
{
	struct keeper *const keeper = cookie;
	struct job *const job = keeper->first;
	(void)now;
	keeper->first = job->next;
	if (keeper->first == NULL)
		keeper->last = &keeper->first;
	else
		watch_again(keeper->again, loop_now(keeper->loop));
	store_wake(keeper->store);
	do_work(keeper, job);
}

static void take(void *cookie, void *object)
{
	struct keeper *const keeper = cookie;
	struct job *const job = object;
	store_wake(keeper->store);
	if (job->work != NULL) {
		do_work(keeper, job);
		return;
	}
	if (job->keeping != NULL)
		keep(keeper, job->keeping);
	else
		loop_stop(keeper->loop);
	job->keeping = NULL;
	free_job(job);
}

struct snapshot_work {
	struct store_backup *backup; /* NULL: not yet */
};

static enum keeper_more snapshot(void *cookie, struct store *store)
{
	struct snapshot_work *const work = cookie;
	struct err err;
	enum store_progress progress = STORE_FAILED;
	if (work->backup == NULL) {
		if (store_is_copying(store))
			return KEEPER_AGAIN;
		if (store_last(store) == 0)
			return KEEPER_DONE;
		work->backup = store_backup_begin(store, NULL, &err);
	}
	if (work->backup != NULL)
		progress = store_backup_slice(work->backup, KEEPER_SLICE_PAGES, &err);
	if (progress == STORE_FAILED)
		log_line(LOG_LINE_WARNING, "snapshot=failed why=\"%s\"", err.text);
	return progress == STORE_MORE ? KEEPER_AGAIN : KEEPER_DONE;
}

static void drop_snapshot(void *cookie)
{
	struct snapshot_work *const work = cookie;
	store_backup_end(work->backup);
	free(work);
}

static void make_snapshot(void *cookie, mono_t now)
{
	struct keeper *const keeper = cookie;
	watch_again(keeper->snapshot, mono_after(now, span_ms(SNAPSHOT_EVERY_MS)));
	trim_soon(keeper);
	keeper_work(keeper, snapshot, drop_snapshot, mem_new(sizeof(struct snapshot_work)));
}

static void *run_thread(void *cookie)
{
	struct keeper *const keeper = cookie;
	loop_run(keeper->loop);
	const uint64_t one = 1;
	(void)!write(keeper->ended, &one, sizeof one);
	return NULL;
}

struct keeper *keeper_start(struct store *store, struct mailbox *results)
{
	struct keeper *const keeper = mem_new(sizeof *keeper);
	keeper->store = store;
	keeper->results = results;
	keeper->loop = loop_new();
	keeper->jobs = mailbox_new(keeper->loop, take, keeper);
	keeper->last = &keeper->first;
	keeper->again = loop_at(keeper->loop, loop_now(keeper->loop), go_on, keeper);
	watch_pause(keeper->again);
	keeper->snapshot = loop_at(keeper->loop,
		mono_after(loop_now(keeper->loop), span_ms(SNAPSHOT_FIRST_MS)), make_snapshot,
		keeper);
	keeper->ended = eventfd(0, EFD_CLOEXEC);
	if (keeper->ended == -1) {
		log_line(LOG_LINE_ERROR, "cannot start the keeper: %s", strerrordesc_np(errno));
		abort();
	}
	thread_start(&keeper->thread, "keeper", run_thread, keeper);
	return keeper;
}

static void post(struct keeper *keeper, struct job job)
{
	mailbox_post(keeper->jobs, mem_copy(&job, sizeof job));
}

void keeper_keep(struct keeper *keeper, struct keeping *keeping)
{
	post(keeper, (struct job){.keeping = keeping});
}

void keeper_work(struct keeper *keeper, keeper_work_fn *work, keeper_drop_fn *drop, void *cookie)
{
	post(keeper, (struct job){.work = work, .drop = drop, .cookie = cookie});
}

static bool wait_for_end(const struct keeper *keeper)
{
	const mono_t last = mono_after(clock_mono(), span_ms(STOP_MS));
	struct pollfd ended = {.fd = keeper->ended, .events = POLLIN};
	for (;;) {
		const int64_t left = mono_between(clock_mono(), last).ns / 1000000;
		const int n = poll(&ended, 1, left > 0 ? (int)left : 0);
		if (n >= 0 || errno != EINTR)
			return n == 1;
	}
}

bool keeper_stop(struct keeper *keeper)
{
	if (keeper == NULL)
		return true;
	post(keeper, (struct job){0}); /* behind all others */
	if (!wait_for_end(keeper)) {
		(void)pthread_detach(keeper->thread);
		return false;
	}
	(void)pthread_join(keeper->thread, NULL);
	(void)close(keeper->ended);
	for (struct job *job = keeper->first, *next; job != NULL; job = next) {
		next = job->next;
		free_job(job);
	}
	watch_free(keeper->again);
	watch_free(keeper->snapshot);
	mailbox_free(keeper->jobs, free_job);
	loop_free(keeper->loop);
	store_close(keeper->store);
	free(keeper);
	return true;
}
