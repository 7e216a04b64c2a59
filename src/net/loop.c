#include "net/loop.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/log.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <event2/event.h>
#include <event2/event_struct.h>

struct after {
	loop_fn *fn;
	void *cookie;
};

struct loop {
	struct event_base *base;
	mono_t now;
	enum { TURN_NONE, TURN_WAITING, TURN_AWAKE } turn; /* awake: `now` is this turn's */
	bool stopping;
	struct after *after;
	size_t n_after, after_room;
};

struct watch {
	struct event event;
	struct loop *loop;
	loop_fn *fn;
	void *cookie;
	mono_t due; /* of loop_at() */
};

static void *grow_octets(void *p, size_t size)
{
	size_t room = 0;
	return mem_grow(p, &room, size, 1);
}

static void say(int severity, const char *text)
{
	if (severity >= EVENT_LOG_WARN)
		log_line(LOG_LINE_WARNING, "libevent: %s", text);
}

static void prepare_library(void)
{
	event_set_mem_functions(mem_new, grow_octets, free);
	event_set_log_callback(say);
}

/* What the kernel cannot refuse but for want of memory.  There is no going on without it. */
static void must(bool done, const char *what)
{
	if (done)
		return;
	log_line(LOG_LINE_ERROR, "cannot %s: %s", what, strerrordesc_np(errno));
	abort();
}

static struct loop *new_loop(int flags)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, prepare_library);

	struct event_config *const config = event_config_new();
	(void)event_config_set_flag(
		config, EVENT_BASE_FLAG_NOLOCK | EVENT_BASE_FLAG_IGNORE_ENV | flags);
	struct loop *const loop = mem_new(sizeof *loop);
	loop->base = event_base_new_with_config(config);
	must(loop->base != NULL, "make an event loop");
	event_config_free(config);
	loop->now = clock_mono();
	return loop;
}

struct loop *loop_new(void) { return new_loop(EVENT_BASE_FLAG_PRECISE_TIMER); }

struct loop *loop_new_coarse(void) { return new_loop(0); }

void loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	event_base_free(loop->base);
	free(loop->after);
	free(loop);
}

mono_t loop_now(const struct loop *loop) { return loop->now; }

static void wake(struct loop *loop)
{
	if (loop->turn == TURN_AWAKE)
		return;
	loop->now = clock_mono();
	loop->turn = TURN_AWAKE;
}

/*
 * libevent counts a delay from its own reading of the clock: the one of the wake-up while it
 * calls back, a fresh one otherwise.  We count from the same.
 */
static void arm(struct watch *watch)
{
	const mono_t from = watch->loop->turn == TURN_AWAKE ? watch->loop->now : clock_mono();
	int64_t us = (mono_between(from, watch->due).ns + 999) / 1000;
	if (us < 0)
		us = 0;
	const struct timeval delay = {.tv_sec = us / 1000000, .tv_usec = us % 1000000};
	must(event_add(&watch->event, &delay) == 0, "set a timer");
}

static void on_ready(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	struct watch *const watch = cookie;
	wake(watch->loop);
	watch->fn(watch->cookie, watch->loop->now); /* may free the watch */
}

static void on_due(evutil_socket_t fd, short what, void *cookie)
{
	(void)fd;
	(void)what;
	struct watch *const watch = cookie;
	wake(watch->loop);
	if (!mono_reached(watch->due, watch->loop->now))
		arm(watch); /* the two clock readings differ by a little */
	else
		watch->fn(watch->cookie, watch->loop->now); /* may free the watch */
}

static struct watch *watch_new(struct loop *loop, loop_fn *fn, void *cookie)
{
	struct watch *const watch = mem_new(sizeof *watch);
	watch->loop = loop;
	watch->fn = fn;
	watch->cookie = cookie;
	return watch;
}

static struct watch *watch_fd(struct loop *loop, int fd, short what, loop_fn *fn, void *cookie)
{
	struct watch *const watch = watch_new(loop, fn, cookie);
	const short flags = (short)(what | EV_PERSIST);
	must(event_assign(&watch->event, loop->base, fd, flags, on_ready, watch) == 0,
		"watch a descriptor");
	watch_resume(watch);
	return watch;
}

struct watch *loop_readable(struct loop *loop, int fd, loop_fn *fn, void *cookie)
{
	return watch_fd(loop, fd, EV_READ, fn, cookie);
}

struct watch *loop_writable(struct loop *loop, int fd, loop_fn *fn, void *cookie)
{
	return watch_fd(loop, fd, EV_WRITE, fn, cookie);
}

struct watch *loop_at(struct loop *loop, mono_t due, loop_fn *fn, void *cookie)
{
	struct watch *const watch = watch_new(loop, fn, cookie);
	must(event_assign(&watch->event, loop->base, -1, 0, on_due, watch) == 0, "set a timer");
	watch_again(watch, due);
	return watch;
}

void watch_again(struct watch *watch, mono_t due)
{
	assert(watch->event.ev_fd == -1);
	watch->due = due;
	arm(watch);
}

void watch_pause(struct watch *watch) { (void)event_del(&watch->event); }

void watch_resume(struct watch *watch)
{
	assert(watch->event.ev_fd != -1);
	must(event_add(&watch->event, NULL) == 0, "watch a descriptor");
}

void watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	(void)event_del(&watch->event);
	free(watch);
}

void loop_after_turn(struct loop *loop, loop_fn *fn, void *cookie)
{
	loop->after =
		mem_grow(loop->after, &loop->after_room, loop->n_after + 1, sizeof *loop->after);
	loop->after[loop->n_after++] = (struct after){.fn = fn, .cookie = cookie};
}

void loop_run(struct loop *loop)
{
	while (!loop->stopping) {
		loop->turn = TURN_WAITING;
		must(event_base_loop(loop->base, EVLOOP_ONCE | EVLOOP_NO_EXIT_ON_EMPTY) >= 0,
			"wait for events");
		wake(loop);
		loop->turn = TURN_NONE; /* libevent has forgotten its reading of the clock */
		for (size_t i = 0; i < loop->n_after; i++)
			loop->after[i].fn(loop->after[i].cookie, loop->now);
	}
	loop->stopping = false;
}

void loop_stop(struct loop *loop) { loop->stopping = true; }
