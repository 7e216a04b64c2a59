/* For tests of the prober: one as a child, given orders, its reports heard; as locumd does it. */
#ifndef LOCUM_TESTS_PROBER_CHILD_H
#define LOCUM_TESTS_PROBER_CHILD_H

#include "conf/pack.h"
#include "prober/prober.h"
#include "prober/report.h"
#include "probes/http_options.h"
#include "tests/unit/probe_once.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>

enum { PATIENCE_MS = 20000 };

struct tcp_options { /* as the tables of the kinds have them */
	int expect;
};

struct child {
	pid_t pid;
	int fd;
	int said;                  /* its standard error */
	struct address open, mute; /* a server; one that accepts and is silent */
	int listeners[2];
};

static inline struct child start_within(rlim_t descriptors)
{
	struct child child = {.said = memfd_create("stderr", MFD_CLOEXEC)};
	child.listeners[0] = listen_on("127.0.0.1", &child.open);
	child.listeners[1] = listen_on("127.0.0.1", &child.mute);
	int pair[2];
	assert_int_equal(
		socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair), 0);
	(void)fflush(NULL);
	child.pid = fork();
	assert_true(child.pid >= 0);
	if (child.pid == 0) {
		(void)close(pair[0]);
		(void)dup2(child.said, STDERR_FILENO);
		const struct rlimit limit = {descriptors / 2, descriptors};
		if (descriptors > 0 && setrlimit(RLIMIT_NOFILE, &limit) != 0)
			_exit(99);
		exit(prober_run(pair[1])); /* not _exit(): a leak is to be found */
	}
	(void)close(pair[1]);
	child.fd = pair[0];
	return child;
}

static inline struct child start(void) { return start_within(0); }

/* The end of its socket ends it, and nothing else is wrong. */
static inline void stop(struct child *child)
{
	int status;
	(void)close(child->fd);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	if (status != 0) {
		char said[4096] = "";
		(void)!pread(child->said, said, sizeof said - 1, 0);
		fail_msg("status %x: %s", (unsigned)status, said);
	}
	(void)close(child->said);
	(void)close(child->listeners[0]);
	(void)close(child->listeners[1]);
}

static inline void send_all(struct child *child, const void *message, size_t len)
{
	struct pollfd p = {.fd = child->fd, .events = POLLOUT};
	while (send(child->fd, message, len, MSG_NOSIGNAL) < 0) {
		assert_int_equal(errno, EAGAIN);
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	}
}

static inline struct check_rule rule_of(int64_t every_ms, int64_t timeout_ms)
{
	const span_t every = span_ms(every_ms);
	return (struct check_rule){.every = every,
		.fast = every,
		.down = every,
		.timeout = span_ms(timeout_ms),
		.rise = 2,
		.fall = 3};
}

static inline void order_by(struct child *child, uint32_t id, const struct probe_kind *kind,
	const struct address *address, struct check_rule rule)
{
	static const struct range usual = {200, 399};
	static const struct http_options http = {
		.status = {1, &usual}, .tls = {.cover = TALK_CLEAR}};
	static const struct tcp_options tcp = {0};
	static uint8_t message[sizeof(struct order) + 512 + ORDER_OPTIONS_MAX];
	struct order o = {.kind = ORDER_WATCH,
		.id = id,
		.address = *address,
		.rule = rule,
		.kind_len = (uint16_t)strlen(kind->options.name),
		.host_len = 1};
	size_t at = sizeof o;
	memcpy(message + at, kind->options.name, o.kind_len);
	at += o.kind_len;
	message[at++] = 'h';
	const void *const options = kind == &probe_http ? (const void *)&http : &tcp;
	o.options_len = (uint32_t)pack_options(
		kind->options.fields, options, message + at, sizeof message - at);
	memcpy(message, &o, sizeof o);
	send_all(child, message, at + o.options_len);
}

static inline void order(struct child *child, uint32_t id, const struct probe_kind *kind,
	const struct address *address, int64_t every_ms, int64_t timeout_ms)
{
	order_by(child, id, kind, address, rule_of(every_ms, timeout_ms));
}

static inline void limit(struct child *child, uint32_t per_host, uint32_t enough)
{
	const struct order o = {.kind = ORDER_TERMS, .terms = {per_host, enough}};
	send_all(child, &o, sizeof o);
}

static inline void forget(struct child *child, uint32_t id)
{
	const struct order o = {.kind = ORDER_FORGET, .id = id};
	send_all(child, &o, sizeof o);
}

/* The next reports; waits for them. */
static inline size_t hear(struct child *child, struct report reports[REPORTS_MAX])
{
	struct pollfd p = {.fd = child->fd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	const ssize_t n = recv(child->fd, reports, REPORTS_MAX * sizeof reports[0], 0);
	if (n <= 0)
		fail_msg("the prober ended: %s", n < 0 ? strerrordesc_np(errno) : "EOF");
	assert_int_equal((size_t)n % sizeof reports[0], 0);
	return (size_t)n / sizeof reports[0];
}

/* Until a beat says that it knows `watched` checks; what else came is dropped. */
static inline struct report wait_for_beat(struct child *child, uint32_t watched)
{
	struct report reports[REPORTS_MAX];
	for (;;)
		for (size_t i = 0, n = hear(child, reports); i < n; i++)
			if (reports[i].kind == REPORT_ALIVE && reports[i].beat.checks == watched)
				return reports[i];
}

/* The next report of that kind about `id`. */
static inline struct report wait_for_kind(struct child *child, enum report_kind kind, uint32_t id)
{
	struct report reports[REPORTS_MAX];
	for (;;)
		for (size_t i = 0, n = hear(child, reports); i < n; i++)
			if (reports[i].kind == kind && reports[i].id == id)
				return reports[i];
}

/* The next outcome of `id`. */
static inline struct report wait_for(struct child *child, uint32_t id)
{
	return wait_for_kind(child, REPORT_OUTCOME, id);
}

#endif
