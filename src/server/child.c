#include "server/child.h"

#include "base/mem.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "server/orders.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	CHILD_FD = 3,     /* the prober's end of the pair, in the prober */
	WATCH_MS = 500,   /* how often we look whether it still speaks */
	WEDGED_MS = 2000, /* silent for so long: wedged */
	START_MS = 10000, /* ... right after its start */
	OLD_MS = 2000,    /* outcomes as old as that say nothing any more */
	BACK_OFF_MIN_MS = 50,
	BACK_OFF_MAX_MS = 1000,
	STEADY_MS = 1000, /* after this long alive the back-off begins anew */
	END_MS = 20, /* we wait so long for the end of what was killed; the rest in turns of look()
		      */
	UNENDED_MAX = 8, /* more of them, and no other is started */
	ORDER_ROOM = sizeof(struct order) + 512 + ORDER_OPTIONS_MAX,
};

struct child {
	struct loop *loop;
	const struct child_events *events;
	uint32_t number;
	struct orders *orders;
	enum child_state state;
	pid_t pid;
	int fd; /* -1: none */
	struct watch *readable, *writable, *watchdog, *restart;
	mono_t started, heard, looked;
	span_t back_off;
	uint32_t restarts, late_us;
	struct report_beat beat;
	struct clock_pair clocks;
	pid_t unended[UNENDED_MAX]; /* killed; they end when the kernel lets them */
	size_t n_unended;
	char trouble[128];
	uint8_t message[ORDER_ROOM];
};

static void start(void *cookie, mono_t now);

/* Whether it has ended, killed as it is, and how; waits for it so long at most. */
static bool reap(pid_t pid, int wait_ms, int *status)
{
	(void)kill(pid, SIGKILL);
	struct pollfd p = {.fd = pidfd_open(pid, 0), .events = POLLIN};
	if (p.fd >= 0) {
		(void)poll(&p, 1, wait_ms);
		(void)close(p.fd);
	}
	return waitpid(pid, status, WNOHANG) != 0;
}

/*
 * Ends it, if it has not ended; how it did.  False: it has not.  A process that sits in the kernel,
 * or is traced, may take its time: nobody waits for it.
 */
static bool dismiss(struct child *child, int *status)
{
	const pid_t pid = child->pid;
	child->pid = 0;
	*status = 0;
	if (pid <= 0 || reap(pid, END_MS, status))
		return true;
	child->unended[child->n_unended++] = pid;
	log_line(LOG_LINE_ERROR, "prober=killed pid=%d why=\"it has not ended yet\"", (int)pid);
	return false;
}

static void reap_others(struct child *child)
{
	for (size_t i = 0; i < child->n_unended;) {
		int status;
		if (!reap(child->unended[i], 0, &status)) {
			i++;
			continue;
		}
		log_line(LOG_LINE_INFO, "prober=ended pid=%d", (int)child->unended[i]);
		child->unended[i] = child->unended[--child->n_unended];
	}
}

static void hang_up(struct child *child)
{
	watch_free(child->readable);
	watch_free(child->writable);
	child->readable = child->writable = NULL;
	if (child->fd >= 0)
		(void)close(child->fd);
	child->fd = -1;
}

static void deaf(const struct child *child)
{
	uint32_t *checks;
	const size_t n = orders_checks(child->orders, &checks);
	child->events->deaf(child->events->cookie, checks, n);
	free(checks);
}

/* It is gone or of no use any more: nothing is known until the next one speaks. */
static void lost(struct child *child, mono_t now, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void lost(struct child *child, mono_t now, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
	(void)vsnprintf(child->trouble, sizeof child->trouble, fmt, args);
	va_end(args);

	int status;
	hang_up(child);
	(void)dismiss(child, &status);
	child->beat = (struct report_beat){.checks = 0};
	if (span_at_least(mono_between(child->started, now), span_ms(STEADY_MS)))
		child->back_off = span_ms(BACK_OFF_MIN_MS);
	child->state = CHILD_RESTARTING;
	child->restarts++;
	log_line(LOG_LINE_WARNING, "prober=lost why=\"%s\" restarts=%u again-in-ms=%lld number=%u",
		child->trouble, child->restarts, (long long)child->back_off.ns / 1000000,
		child->number + 1);
	watch_again(child->restart, mono_after(now, child->back_off));
	child->back_off.ns *= 2;
	if (span_at_least(child->back_off, span_ms(BACK_OFF_MAX_MS)))
		child->back_off = span_ms(BACK_OFF_MAX_MS);
	deaf(child);
}

static void ended(struct child *child, mono_t now)
{
	int status;
	if (!dismiss(child, &status))
		lost(child, now, "hung up, and does not end");
	else if (WIFSIGNALED(status))
		lost(child, now, "ended by SIG%s", sigabbrev_np(WTERMSIG(status)));
	else
		lost(child, now, "exited with status %d", WEXITSTATUS(status));
}

static void tell(void *cookie, mono_t now)
{
	struct child *const child = cookie;
	(void)now;
	size_t len;
	while (child->fd >= 0 &&
		(len = orders_next(child->orders, child->message, sizeof child->message)) > 0) {
		if (send(child->fd, child->message, len, MSG_NOSIGNAL) < 0) {
			if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
				watch_resume(child->writable);
			else
				watch_pause(child->writable); /* its end shows when we read */
			return;
		}
		orders_told(child->orders);
	}
	if (child->writable != NULL)
		watch_pause(child->writable);
}

/* What it said before the machine slept is of another time, whatever our clock makes of it. */
static void notice_sleep(struct child *child)
{
	const span_t slept = clock_slept(&child->clocks, clock_mono(), clock_boot());
	if (slept.ns == 0)
		return;
	log_line(LOG_LINE_WARNING, "machine=slept ms=%lld", (long long)slept.ns / 1000000);
	deaf(child);
}

static void take_beat(struct child *child, const struct report_beat *beat)
{
	if (beat->doubted && !child->beat.doubted)
		log_line(LOG_LINE_ERROR,
			"vantage=doubted references=%u silent=%u prober=%u why=\"failures count "
			"for nothing until they answer\"",
			beat->references, beat->silent, child->number + 1);
	if (!beat->doubted && child->beat.doubted)
		log_line(LOG_LINE_WARNING, "vantage=good references=%u silent=%u prober=%u",
			beat->references, beat->silent, child->number + 1);
	child->beat = *beat;
}

static void take(struct child *child, const struct report *report, mono_t now)
{
	if (report->kind == REPORT_ALIVE) {
		take_beat(child, &report->beat);
		child->late_us = report->late_us;
		return;
	}
	if (report->kind == REPORT_STEP || report->kind == REPORT_TRIAL) {
		child->events->trial(child->events->cookie, report);
		return;
	}
	/* What waited for us while we slept tells of another time. */
	if (span_at_least(mono_between(report->ended, now), span_ms(OLD_MS)))
		return;
	uint32_t check = 0;
	if (orders_check(child->orders, report->id, &check))
		child->events->outcome(child->events->cookie, check, report);
}

/* Its texts end, whatever it did to them. */
static void terminate(struct report *report)
{
	if (report->kind != REPORT_STEP)
		report->why[sizeof report->why - 1] = '\0';
	report->step[sizeof report->step - 1] = '\0';
}

static void hear(void *cookie, mono_t now)
{
	struct child *const child = cookie;
	struct report reports[REPORTS_MAX];
	for (;;) {
		const ssize_t n = recv(child->fd, reports, sizeof reports, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			return;
		if (n <= 0) {
			ended(child, now);
			return;
		}
		child->heard = now;
		notice_sleep(child);
		if (child->state == CHILD_STARTING)
			log_line(LOG_LINE_INFO, "prober=running pid=%d number=%u", (int)child->pid,
				child->number + 1);
		child->state = CHILD_RUNNING;
		for (size_t i = 0; i < (size_t)n / sizeof reports[0]; i++) {
			terminate(&reports[i]);
			take(child, &reports[i], now);
		}
	}
}

static void look(void *cookie, mono_t now)
{
	struct child *const child = cookie;
	watch_again(child->watchdog, mono_after(now, span_ms(WATCH_MS)));
	reap_others(child);
	notice_sleep(child);
	/* If we slept ourselves (suspend, SIGSTOP), its silence proves nothing yet. */
	const bool we_slept =
		span_at_least(mono_between(child->looked, now), span_ms((int64_t)2 * WATCH_MS));
	child->looked = now;
	if (child->fd < 0 || we_slept) {
		child->heard = now;
		return;
	}
	const int patience = child->state == CHILD_STARTING ? START_MS : WEDGED_MS;
	if (span_at_least(mono_between(child->heard, now), span_ms(patience)))
		lost(child, now, "silent for %d ms", patience);
}

/* The same binary again, with one end of the pair and no signal blocked. */
static int spawn(pid_t *pid, int fd)
{
	char *const argv[] = {(char[]){"locumd"}, (char[]){"prober"}, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fd, CHILD_FD);
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	const int error = posix_spawn(pid, "/proc/self/exe", &actions, &attr, argv, environ);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	return error;
}

static void start(void *cookie, mono_t now)
{
	struct child *const child = cookie;
	int pair[2];
	child->started = child->heard = now;
	if (child->n_unended == UNENDED_MAX) {
		lost(child, now, "%d that were killed have not ended", UNENDED_MAX);
		return;
	}
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair) != 0) {
		lost(child, now, "cannot make a socket pair: %s", strerrordesc_np(errno));
		return;
	}
	const int error = spawn(&child->pid, pair[1]);
	(void)close(pair[1]);
	if (error != 0) {
		(void)close(pair[0]);
		child->pid = 0;
		lost(child, now, "cannot start it: %s", strerrordesc_np(error));
		return;
	}
	child->fd = pair[0];
	child->state = CHILD_STARTING;
	child->beat = (struct report_beat){.checks = 0};
	child->readable = loop_readable(child->loop, child->fd, hear, child);
	child->writable = loop_writable(child->loop, child->fd, tell, child);
	orders_restart(child->orders);
	tell(child, now);
}

struct child *child_new(
	struct loop *loop, const struct child_events *events, uint32_t number, uint32_t *ids)
{
	struct child *const child = mem_new(sizeof *child);
	const mono_t now = loop_now(loop);
	child->loop = loop;
	child->events = events;
	child->number = number;
	child->orders = orders_new(ids);
	child->fd = -1;
	child->state = CHILD_RESTARTING;
	child->looked = now;
	child->back_off = span_ms(BACK_OFF_MIN_MS);
	child->restart = loop_at(loop, now, start, child);
	child->watchdog = loop_at(loop, mono_after(now, span_ms(WATCH_MS)), look, child);
	return child;
}

void child_adopt(struct child *child, const struct conf *conf, uint32_t of)
{
	orders_adopt(child->orders, conf, (struct share){child->number, of});
	tell(child, loop_now(child->loop));
}

uint32_t child_try(struct child *child, uint32_t check)
{
	if (child->fd < 0)
		return 0;
	const uint32_t id = orders_try(child->orders, check);
	tell(child, loop_now(child->loop));
	return id;
}

struct child_facts child_facts(const struct child *child)
{
	struct child_facts facts = {.state = child->state,
		.pid = child->pid,
		.restarts = child->restarts,
		.unended = (uint32_t)child->n_unended,
		.beat = child->beat,
		.late_us = child->late_us};
	memcpy(facts.trouble, child->trouble, sizeof facts.trouble);
	return facts;
}

void child_free(struct child *child)
{
	if (child == NULL)
		return;
	int status;
	hang_up(child);
	(void)dismiss(child, &status);
	watch_free(child->watchdog);
	watch_free(child->restart);
	orders_free(child->orders);
	free(child);
}
