#include "server/loader.h"

#include "base/arena.h"
#include "base/mem.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/thread.h"
#include "server/mailbox.h"
#include "server/places.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum { STOP_MS = 1000 }; /* how long a job may take to see that it is not wanted any more */

struct loader {
	const char *path;
	const struct option_set *const *kinds;
	struct mailbox *results;
	struct loop *loop;
	struct mailbox *jobs;
	pthread_t thread;
	int ended;     /* an eventfd: the thread is done */
	bool stopping; /* atomic */
};

static bool stopping(const struct loader *loader)
{
	return __atomic_load_n(&loader->stopping, __ATOMIC_RELAXED);
}

bool loader_say_progress(void *cookie, size_t done, size_t all, size_t lines)
{
	struct loader_progress *const progress = cookie;
	const mono_t now = clock_mono();
	if (done < all && span_at_least(mono_between(progress->said, now), span_ms(1000))) {
		log_line(LOG_LINE_INFO, "loading zones=%zu of=%zu lines=%zu", done, all, lines);
		progress->said = now;
	}
	return true;
}

struct run {
	struct loader *loader;
	struct loader_progress progress;
};

static bool still_wanted(void *cookie, size_t done, size_t all, size_t lines)
{
	struct run *const run = cookie;
	return loader_say_progress(&run->progress, done, all, lines) && !stopping(run->loader);
}

static void read_job(struct loader *loader, const struct letter *job)
{
	struct letter *const result = letter_new(LETTER_LOADED);
	result->purpose = job->purpose;
	result->session = job->session;
	result->problems.arena = arena_new();
	struct run run = {loader, {clock_mono()}};
	const struct load_watch watch = {&run, still_wanted};
	result->load = load_read(loader->path, loader->kinds, job->load, &watch, &result->problems);
	if (result->load != NULL)
		result->n_changes = load_diff(
			job->load, result->load, result->problems.arena, &result->changes);
	mailbox_post(loader->results, result);
}

static void take(void *cookie, void *object)
{
	struct loader *const loader = cookie;
	struct letter *const job = object;
	if (job->kind == LETTER_EXPLAIN && !stopping(loader)) {
		places_find(job->explain, job->load);
		job->kind = LETTER_EXPLAINED;
		mailbox_post(loader->results, job);
		return;
	}
	if (job->kind == LETTER_READ && !stopping(loader))
		read_job(loader, job);
	letter_free(job); /* LETTER_DISCARD: this is the work */
	if (stopping(loader))
		loop_stop(loader->loop);
}

static void *run_thread(void *cookie)
{
	struct loader *const loader = cookie;
	loop_run(loader->loop);
	const uint64_t one = 1;
	(void)!write(loader->ended, &one, sizeof one);
	return NULL;
}

struct loader *loader_start(
	const char *path, const struct option_set *const kinds[], struct mailbox *results)
{
	struct loader *const loader = mem_new(sizeof *loader);
	loader->path = path;
	loader->kinds = kinds;
	loader->results = results;
	loader->loop = loop_new();
	loader->jobs = mailbox_new(loader->loop, take, loader);
	loader->ended = eventfd(0, EFD_CLOEXEC);
	if (loader->ended == -1) {
		log_line(LOG_LINE_ERROR, "cannot start the loader: %s", strerrordesc_np(errno));
		abort();
	}
	thread_start(&loader->thread, "loader", run_thread, loader);
	return loader;
}

void loader_read(
	struct loader *loader, struct load *was, enum read_purpose purpose, struct session *session)
{
	struct letter *const job = letter_new(LETTER_READ);
	job->load = load_ref(was);
	job->purpose = purpose;
	job->session = session;
	mailbox_post(loader->jobs, job);
}

void loader_discard(struct loader *loader, struct leavings leavings)
{
	struct letter *const job = letter_new(LETTER_DISCARD);
	job->leavings = leavings;
	mailbox_post(loader->jobs, job);
}

void loader_explain(struct loader *loader, struct letter *letter)
{
	mailbox_post(loader->jobs, letter);
}

static bool wait_for_end(const struct loader *loader)
{
	const mono_t last = mono_after(clock_mono(), span_ms(STOP_MS));
	struct pollfd ended = {.fd = loader->ended, .events = POLLIN};
	for (;;) {
		const int64_t left = mono_between(clock_mono(), last).ns / 1000000;
		const int n = poll(&ended, 1, left > 0 ? (int)left : 0);
		if (n >= 0 || errno != EINTR)
			return n == 1;
	}
}

bool loader_stop(struct loader *loader)
{
	if (loader == NULL)
		return true;
	__atomic_store_n(&loader->stopping, true, __ATOMIC_RELAXED);
	mailbox_post(loader->jobs, letter_new(LETTER_DISCARD)); /* to wake it */
	if (!wait_for_end(loader)) {
		(void)pthread_detach(loader->thread);
		return false;
	}
	(void)pthread_join(loader->thread, NULL);
	(void)close(loader->ended);
	mailbox_free(loader->jobs, letter_free);
	loop_free(loader->loop);
	free(loader);
	return true;
}

void loader_say_problems(const struct conf_problems *problems)
{
	struct arena *const arena = arena_new();
	for (size_t i = 0; i < problems->n; i++)
		log_line(problems->list[i].grade == CONF_ERROR ? LOG_LINE_ERROR : LOG_LINE_WARNING,
			"%s", conf_problem_text(&problems->list[i], arena));
	const char *rest[CONF_REST_MAX];
	const size_t n = conf_problems_rest(problems, arena, rest);
	for (size_t i = 0; i < n; i++)
		log_line(LOG_LINE_WARNING, "%s", rest[i]);
	arena_free(arena);
}
