/* For tests of probe kinds: one attempt on a loop of its own, and listeners on loopback addresses.
 */
#ifndef LOCUM_TESTS_PROBE_ONCE_H
#define LOCUM_TESTS_PROBE_ONCE_H

#include "net/clock.h"
#include "net/loop.h"
#include "probes/probe.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { GUARD_MS = 10000 }; /* far more than any attempt here takes */

struct once {
	struct loop *loop;
	bool started, done;
	struct probe_report report;
};

static inline void once_done(void *cookie, const struct probe_report *report)
{
	struct once *const once = cookie;
	assert_true(once->started); /* never before start() has returned */
	assert_false(once->done);   /* exactly once */
	once->done = true;
	once->report = *report;
	loop_stop(once->loop);
}

static inline void once_guard(void *cookie, mono_t now)
{
	(void)now;
	loop_stop(cookie);
}

/* Runs the loop until somebody stops it, or for `ms` at most. */
static inline void run_for(struct loop *loop, int64_t ms)
{
	struct watch *const guard =
		loop_at(loop, mono_after(clock_mono(), span_ms(ms)), once_guard, loop);
	loop_run(loop);
	watch_free(guard);
}

/* One attempt; without an answer within `ms` it is cancelled, and why says "no report". */
static inline struct probe_report ask_within(struct loop *loop, const struct probe_kind *kind,
	const struct probe_target *target, const void *options, int64_t ms)
{
	struct once once = {.loop = loop};
	void *const shared = kind->begin(loop);
	void *const probe = kind->open(shared, target, options);
	kind->start(probe, once_done, &once);
	once.started = true;
	run_for(loop, ms);
	if (!once.done) {
		kind->cancel(probe);
		once.report = probe_fault(FAULT_LATE, "no report");
	}
	kind->close(probe);
	kind->end(shared);
	return once.report;
}

static inline void expect_report(const char *what, const struct probe_report *got,
	enum probe_outcome outcome, const char *why)
{
	if (got->outcome != outcome || strcmp(got->why, why) != 0)
		fail_msg("%s: got %d \"%s\", not %d \"%s\"", what, (int)got->outcome, got->why,
			(int)outcome, why);
}

/* A listening socket on a port that the kernel chose; `address` gets it. */
static inline int listen_on(const char *text, struct address *address)
{
	assert_true(address_parse(text, address));
	const int fd =
		socket(address->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &address->any, address->len), 0);
	assert_int_equal(listen(fd, 1024), 0);
	socklen_t len = sizeof(struct sockaddr_in6);
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

/* A port that nobody listens on: bound, so that nobody else gets it. */
static inline int refuse_on(const char *text, struct address *address)
{
	assert_true(address_parse(text, address));
	const int fd = socket(address->any.sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, &address->any, address->len), 0);
	socklen_t len = sizeof(struct sockaddr_in6);
	assert_int_equal(getsockname(fd, &address->any, &len), 0);
	return fd;
}

/* Lets no descriptor be opened any more; returns what to give to descriptors_back(). */
static inline struct rlimit no_descriptors(void)
{
	struct rlimit was;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	const int lowest_free = dup(STDIN_FILENO);
	assert_true(lowest_free >= 0);
	assert_int_equal(close(lowest_free), 0);
	const struct rlimit none = {(rlim_t)lowest_free, was.rlim_max};
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	return was;
}

static inline void descriptors_back(struct rlimit was)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
}

static inline int lowest_descriptor(void)
{
	const int fd = dup(STDIN_FILENO);
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	return fd;
}

#endif
