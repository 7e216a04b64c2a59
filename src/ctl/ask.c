#include "ctl/ask.h"

#include "base/mem.h"
#include "net/clock.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum {
	READ_OCTETS = 65536,
	REPLY_MAX = 512 << 20, /* the status of some 300,000 services */
};

struct talk {
	const struct ask *ask;
	int fd;
	mono_t start, notice;
};

/* False, and `err`, when the patience is at its end. */
static bool wait_for(struct talk *talk, short events, struct err *err)
{
	const struct ask *const ask = talk->ask;
	const mono_t due = mono_after(talk->start, ask->patience);
	for (;;) {
		const mono_t now = clock_mono();
		if (mono_reached(due, now))
			return err_set(err,
				"locumd at %s did not answer within %lld s; is it stopped or very "
				"busy? Its log says more",
				ask->path, (long long)(ask->patience.ns / 1000000000));
		if (ask->notice.ns > 0 && mono_reached(talk->notice, now)) {
			ask->waiting(ask->cookie, mono_between(talk->start, now));
			talk->notice = mono_after(now, ask->notice);
		}
		const bool soon = ask->notice.ns > 0 && talk->notice.ns < due.ns;
		const int64_t ns = mono_between(now, soon ? talk->notice : due).ns;
		struct pollfd poll_fd = {.fd = talk->fd, .events = events};
		if (poll(&poll_fd, 1, (int)((ns + 999999) / 1000000)) > 0)
			return true;
	}
}

static bool unreachable(const char *path, int why, struct err *err)
{
	switch (why) {
	case ENOENT:
	case ECONNREFUSED:
		return err_set(err,
			"no locumd answers on %s (%s); start it, or name the socket that "
			"server.control has: -s SOCKET or LOCUM_SOCKET",
			path, strerrordesc_np(why));
	case EACCES:
	case EPERM:
		return err_set(err,
			"not allowed to use %s; run as root or as a member of the socket's group",
			path);
	default: return err_set(err, "cannot reach locumd at %s: %s", path, strerrordesc_np(why));
	}
}

/* A busy daemon's backlog can be full: EAGAIN is tried again while there is patience. */
static bool reach(struct talk *talk, struct err *err)
{
	struct sockaddr_un at = {.sun_family = AF_UNIX};
	const char *const path = talk->ask->path;
	const size_t len = strlen(path);
	if (len == 0 || len >= sizeof at.sun_path)
		return err_set(err, "%s: a socket's path has 1 to %zu octets, not %zu", path,
			sizeof at.sun_path - 1, len);
	memcpy(at.sun_path, path, len);
	talk->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (talk->fd == -1)
		return unreachable(path, errno, err);
	while (connect(talk->fd, (const struct sockaddr *)&at, sizeof at) != 0) {
		if (errno != EAGAIN)
			return unreachable(path, errno, err);
		if (mono_reached(mono_after(talk->start, talk->ask->patience), clock_mono()))
			return err_set(err, "locumd at %s accepts nobody; is it stopped?", path);
		(void)poll(NULL, 0, 20);
	}
	return true;
}

/* Whatever it was about to do: it may be done, or not. */
static bool hung_up(const struct talk *talk, struct err *err)
{
	return err_set(err,
		"locumd at %s closed the connection without an answer: it has ended, or too many "
		"ask at once; see what it did, and ask again",
		talk->ask->path);
}

static bool say(struct talk *talk, const char *text, size_t len, struct err *err)
{
	while (len > 0) {
		const ssize_t n = send(talk->fd, text, len, MSG_NOSIGNAL);
		if (n >= 0) {
			text += n;
			len -= (size_t)n;
		} else if (errno != EAGAIN && errno != EINTR) {
			return hung_up(talk, err);
		} else if (!wait_for(talk, POLLOUT, err)) {
			return false;
		}
	}
	return true;
}

static char *hear(struct talk *talk, size_t *len, struct err *err)
{
	char *text = NULL;
	size_t room = 0;
	*len = 0;
	while (*len < REPLY_MAX) {
		if (!wait_for(talk, POLLIN, err))
			goto fail;
		text = mem_grow(text, &room, *len + READ_OCTETS, 1);
		const ssize_t n = recv(talk->fd, text + *len, READ_OCTETS, 0);
		if (n < 0 && (errno == EAGAIN || errno == EINTR))
			continue;
		if (n <= 0) {
			(void)hung_up(talk, err);
			goto fail;
		}
		const char *const end = memchr(text + *len, '\n', (size_t)n);
		if (end != NULL) {
			*len = (size_t)(end - text);
			return text;
		}
		*len += (size_t)n;
	}
	(void)err_set(
		err, "what answers at %s is no locumd: its line does not end", talk->ask->path);
fail:
	free(text);
	return NULL;
}

char *ask_daemon(const struct ask *ask, size_t *len, struct err *err)
{
	const mono_t now = clock_mono();
	struct talk talk = {.ask = ask, .fd = -1, .start = now};
	talk.notice = mono_after(now, ask->notice);
	char *reply = NULL;
	if (reach(&talk, err) && say(&talk, ask->line, strlen(ask->line), err) &&
		say(&talk, "\n", 1, err))
		reply = hear(&talk, len, err);
	if (talk.fd != -1)
		(void)close(talk.fd);
	return reply;
}
