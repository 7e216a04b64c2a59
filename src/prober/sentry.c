#include "prober/sentry.h"

#include "base/mem.h"
#include "prober/idle.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	/* A peer that vanished without a word is found by its checks; this is so that a connection
	 * does not stand for ever when nobody is at its other end any more. */
	ALIVE_IDLE_S = 10,
	ALIVE_EVERY_S = 2,
	ALIVE_TIMES = 3,
	ALIVE_TIMEOUT_MS = 16000,
	HEARD_MAX = 65536, /* a greeting, yes; a stream of octets, no */
};

enum sentry_state { SENTRY_OFF, SENTRY_CONNECTING, SENTRY_STANDING };

struct sentry {
	struct loop *loop;
	struct sentries *room;
	const struct address *address;
	loop_fn *ended;
	void *cookie;
	enum sentry_state state;
	bool wanting; /* counted in room->wanting */
	bool accused; /* has ended, and is neither excused nor dismissed yet */
	int fd;
	size_t heard;
	span_t patience;
	mono_t since, not_before;
	span_t age; /* of the one that ended last */
	struct idle idle;
	struct watch *ready, *timer; /* timer: connected by, then to be replaced at */
};

static void want(struct sentry *sentry, bool wanting)
{
	if (wanting != sentry->wanting)
		sentry->room->wanting += wanting ? 1 : (size_t)-1;
	sentry->wanting = wanting;
}

static void hang_up(struct sentry *sentry)
{
	if (sentry->state == SENTRY_OFF)
		return;
	watch_free(sentry->ready);
	sentry->ready = NULL;
	watch_pause(sentry->timer);
	(void)close(sentry->fd);
	sentry->state = SENTRY_OFF;
	assert(sentry->room->open > 0);
	sentry->room->open--;
}

static void rest(struct sentry *sentry, struct idle idle, mono_t now)
{
	hang_up(sentry);
	sentry->idle = idle;
	sentry->not_before = mono_after(now, idle.rest);
}

static void fall_out(struct sentry *sentry, mono_t now)
{
	hang_up(sentry);
	sentry->age = mono_between(sentry->since, now);
	sentry->accused = true;
	sentry->ended(sentry->cookie, now);
}

static void listen_to(void *cookie, mono_t now)
{
	struct sentry *const sentry = cookie;
	char octets[4096];
	const ssize_t n = recv(sentry->fd, octets, sizeof octets, MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		fall_out(sentry, now);
		return;
	}
	sentry->heard += (size_t)n;
	if (sentry->heard > HEARD_MAX)
		rest(sentry, idle_failed(sentry->idle), now);
}

static void set(int fd, int level, int option, int value)
{
	(void)setsockopt(fd, level, option, &value, sizeof value); /* it stands without, too */
}

static void stand(struct sentry *sentry, mono_t now)
{
	set(sentry->fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	set(sentry->fd, IPPROTO_TCP, TCP_KEEPIDLE, ALIVE_IDLE_S);
	set(sentry->fd, IPPROTO_TCP, TCP_KEEPINTVL, ALIVE_EVERY_S);
	set(sentry->fd, IPPROTO_TCP, TCP_KEEPCNT, ALIVE_TIMES);
	set(sentry->fd, IPPROTO_TCP, TCP_USER_TIMEOUT, ALIVE_TIMEOUT_MS);
	watch_free(sentry->ready);
	sentry->ready = loop_readable(sentry->loop, sentry->fd, listen_to, sentry);
	sentry->state = SENTRY_STANDING;
	sentry->since = now;
	sentry->heard = 0;
	const span_t replace = idle_replace(&sentry->idle);
	if (replace.ns > 0)
		watch_again(sentry->timer, mono_after(now, replace));
	else
		watch_pause(sentry->timer);
}

static void on_connected(void *cookie, mono_t now)
{
	struct sentry *const sentry = cookie;
	int error = 0;
	socklen_t len = sizeof error;
	if (getsockopt(sentry->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0 || error != 0)
		rest(sentry, idle_failed(sentry->idle), now); /* its checks will tell why */
	else
		stand(sentry, now);
}

static void connect_to(struct sentry *sentry, mono_t now)
{
	const struct address *const to = sentry->address;
	const int fd = socket(to->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd >= 0 && (connect(fd, &to->any, to->len) == 0 || errno == EINPROGRESS)) {
		sentry->fd = fd;
		sentry->state = SENTRY_CONNECTING;
		sentry->room->open++;
		sentry->ready = loop_writable(sentry->loop, fd, on_connected, sentry);
		watch_again(sentry->timer, mono_after(now, sentry->patience));
		return;
	}
	if (fd >= 0)
		(void)close(fd);
	rest(sentry, idle_failed(sentry->idle), now);
}

static void on_timer(void *cookie, mono_t now)
{
	struct sentry *const sentry = cookie;
	if (sentry->state == SENTRY_CONNECTING) {
		rest(sentry, idle_failed(sentry->idle), now);
		return;
	}
	assert(sentry->state == SENTRY_STANDING);
	rest(sentry, idle_rested(sentry->idle), now); /* the relief */
	connect_to(sentry, now);
}

struct sentry *sentry_new(struct loop *loop, struct sentries *room, const struct address *address,
	loop_fn *ended, void *cookie)
{
	struct sentry *const sentry = mem_new(sizeof *sentry);
	sentry->loop = loop;
	sentry->room = room;
	sentry->address = address;
	sentry->ended = ended;
	sentry->cookie = cookie;
	sentry->fd = -1;
	sentry->timer = loop_at(loop, loop_now(loop), on_timer, sentry);
	watch_pause(sentry->timer);
	return sentry;
}

void sentry_post(struct sentry *sentry, span_t patience, mono_t now)
{
	if (sentry->state != SENTRY_OFF || sentry->accused ||
		!mono_reached(sentry->not_before, now))
		return;
	const bool room = sentry->room->open < sentry->room->most;
	want(sentry, !room);
	sentry->patience = patience;
	if (room)
		connect_to(sentry, now);
}

void sentry_excuse(struct sentry *sentry, mono_t now)
{
	sentry->accused = false;
	rest(sentry, idle_ended(sentry->idle, sentry->age), now);
}

void sentry_dismiss(struct sentry *sentry)
{
	hang_up(sentry);
	want(sentry, false);
	sentry->accused = false;
	sentry->idle = idle_rested(sentry->idle);
	sentry->not_before = (mono_t){0};
}

void sentry_free(struct sentry *sentry)
{
	if (sentry == NULL)
		return;
	sentry_dismiss(sentry);
	watch_free(sentry->timer);
	free(sentry);
}
