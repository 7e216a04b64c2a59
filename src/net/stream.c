#include "net/stream.h"

#include "base/mem.h"
#include "net/clients.h"
#include "net/loop.h"
#include "net/stream_own.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SEND_AT = 16384,    /* octets gathered before the kernel is asked to take them */
	SPARE_MAX = 262144, /* a buffer that is larger is not kept for the next stream */
};

/* In the order of a life's end: no watch on a closed descriptor, no list with a freed stream. */
void stream_free(struct stream *stream)
{
	struct acceptor *const acceptor = stream->acceptor;
	stream->way = WAY_DEAD;
	stream->busy = true; /* whatever `gone` asks of it now is in vain */
	if (acceptor->rule->gone != NULL)
		acceptor->rule->gone(acceptor->cookie, stream);
	phase_leave(stream);
	clients_leave(acceptor->rule->clients, stream);
	for (struct stream **at = &acceptor->ready; stream->ready; at = &(*at)->next_ready)
		if (*at == stream) {
			*at = stream->next_ready;
			break;
		}
	watch_free(stream->readable);
	watch_free(stream->writable);
	(void)close(stream->fd);
	octets_free(&stream->in);
	octets_free(&stream->out);
	free(stream);
	acceptor->counts.open--;
}

static void flush(struct stream *stream)
{
	if (stream->out.len == 0)
		return;
	while (stream->out.len > 0 && !stream->stuck && stream->way != WAY_DEAD) {
		const ssize_t n = send(stream->fd, stream->out.at + stream->out.begin,
			stream->out.len, MSG_NOSIGNAL);
		if (n >= 0) {
			octets_drop(&stream->out, (size_t)n);
		} else if (errno == EAGAIN || errno == ENOBUFS) {
			stream->stuck = true;
		} else if (errno != EINTR) {
			stream->way = WAY_DEAD;
		}
	}
	stream->emptied = stream->emptied || stream->out.len == 0;
}

static bool may_take(const struct stream *stream)
{
	return stream->way == WAY_OPEN && !stream->held && !stream->stuck;
}

/* Offers `data`, which is `in` or fresh octets, and keeps in `in` what was not used. */
static void feed(struct stream *stream, const uint8_t *data, size_t len)
{
	struct acceptor *const acceptor = stream->acceptor;
	size_t used = 0;
	while (used < len && may_take(stream)) {
		const size_t n =
			acceptor->rule->take(acceptor->cookie, stream, data + used, len - used);
		assert(n <= len - used);
		if (n == 0)
			break;
		used += n;
		stream->took = true;
		if (stream->out.len >= SEND_AT)
			flush(stream);
	}
	if (stream->in.len > 0)
		octets_drop(&stream->in, used);
	else
		octets_add(&stream->in, data + used, len - used);
	if (stream->in.len >= acceptor->rule->in_max && may_take(stream)) {
		acceptor->counts.overrun++;
		stream->way = WAY_DEAD;
	}
}

static void read_more(struct stream *stream)
{
	struct acceptor *const acceptor = stream->acceptor;
	const size_t room = acceptor->rule->in_max - stream->in.len;
	if (acceptor->scratch == NULL)
		acceptor->scratch = mem_new(acceptor->rule->in_max);
	const ssize_t n = recv(stream->fd, acceptor->scratch, room, 0);
	if (n == 0)
		stream->eof = true;
	else if (n < 0 && errno != EAGAIN && errno != EINTR)
		stream->way = WAY_DEAD;
	if (n <= 0 || stream->way != WAY_OPEN)
		return; /* lingering: read and forgotten, so that close() sends no reset */
	if (stream->in.len == 0) {
		feed(stream, acceptor->scratch, (size_t)n);
		return;
	}
	octets_add(&stream->in, acceptor->scratch, (size_t)n);
	feed(stream, stream->in.at + stream->in.begin, stream->in.len);
}

static enum phase phase_of(const struct stream *stream)
{
	if (stream->way == WAY_SHUT)
		return PHASE_LINGER;
	if (stream->stuck || stream->way == WAY_FINISH)
		return PHASE_DRAIN;
	if (stream->held)
		return PHASE_HELD;
	return stream->in.len > 0 ? PHASE_MESSAGE : PHASE_IDLE;
}

/* A stream that waits for octets holds no buffer for them, either way. */
static void give_back(struct stream *stream)
{
	if (stream->in.len == 0)
		octets_free(&stream->in);
	if (stream->out.len == 0 && stream->out.at != NULL) {
		if (stream->out.room > SPARE_MAX)
			octets_free(&stream->out);
		octets_free(&stream->acceptor->spare);
		stream->acceptor->spare = stream->out;
		stream->out = (struct octets){0};
	}
}

static void on_readable(void *cookie, mono_t now);
static void on_writable(void *cookie, mono_t now);

static void wait_for(struct stream *stream)
{
	const bool reading = !stream->eof && (stream->way == WAY_SHUT || may_take(stream));
	if (reading && stream->readable == NULL)
		stream->readable =
			loop_readable(stream->acceptor->loop, stream->fd, on_readable, stream);
	else if (reading && !stream->reading)
		watch_resume(stream->readable);
	if (!reading && stream->reading)
		watch_pause(stream->readable);
	stream->reading = reading;
	if (stream->stuck && stream->writable == NULL)
		stream->writable =
			loop_writable(stream->acceptor->loop, stream->fd, on_writable, stream);
	if (!stream->stuck) {
		watch_free(stream->writable);
		stream->writable = NULL;
	}
}

/*
 * What follows from the state of things.
 * 1. Finished and all sent: our side is shut.
 * 2. Broken, or too much for a limit: the end.
 * 3. The peer's side is shut, nothing is being made and all is sent: the end.
 * 4. Otherwise it waits, and the waiting has a deadline.
 */
static void settle(struct stream *stream, mono_t now)
{
	if (stream->way == WAY_FINISH)
		octets_free(&stream->in);
	if (stream->way == WAY_FINISH && stream->out.len == 0) {
		(void)shutdown(stream->fd, SHUT_WR);
		stream->way = WAY_SHUT;
	}
	const bool made = !stream->held || stream->way == WAY_SHUT;
	if (stream->way == WAY_DEAD || (stream->eof && made && stream->out.len == 0)) {
		stream_free(stream);
		return;
	}
	give_back(stream);
	wait_for(stream);
	const enum phase phase = phase_of(stream);
	/* A drip, either way, does not move a deadline. */
	const bool again = phase == PHASE_DRAIN ? stream->emptied : stream->took;
	stream->emptied = stream->took = false;
	if (phase == stream->phase && !again)
		return;
	phase_leave(stream);
	phase_enter(stream, phase, now);
}

void stream_run(struct stream *stream, enum stream_what what, mono_t now)
{
	stream->busy = true;
	flush(stream);
	if (what == STREAM_READ && stream->way != WAY_DEAD)
		read_more(stream);
	else if (stream->in.len > 0 && may_take(stream))
		feed(stream, stream->in.at + stream->in.begin, stream->in.len);
	flush(stream);
	stream->busy = false;
	settle(stream, now);
}

static void on_readable(void *cookie, mono_t now) { stream_run(cookie, STREAM_READ, now); }

static void on_writable(void *cookie, mono_t now)
{
	struct stream *const stream = cookie;
	stream->stuck = false;
	stream_run(stream, STREAM_GO_ON, now);
}

void stream_begin(struct acceptor *acceptor, int fd, const struct address *peer,
	const uint64_t *client, mono_t now)
{
	struct stream *const stream = mem_new(sizeof *stream);
	stream->acceptor = acceptor;
	stream->fd = fd;
	stream->peer = *peer;
	phase_enter(stream, PHASE_IDLE, now);
	if (client != NULL)
		clients_join(acceptor->rule->clients, *client, stream);
	acceptor->counts.open++;
	stream_run(stream, STREAM_READ, now); /* most that come have said something already */
}

/* Something was asked of the stream: stream_run() now or in the next turn. */
static void touch(struct stream *stream)
{
	struct acceptor *const acceptor = stream->acceptor;
	if (stream->busy || stream->ready)
		return;
	stream->ready = true;
	stream->next_ready = acceptor->ready;
	acceptor->ready = stream;
	watch_again(acceptor->soon, loop_now(acceptor->loop));
}

void stream_send(struct stream *stream, const void *data, size_t len)
{
	struct acceptor *const acceptor = stream->acceptor;
	const size_t out_max = acceptor->rule->out_max;
	if (stream->way != WAY_OPEN)
		return;
	if (stream->out.at == NULL) {
		stream->out = acceptor->spare;
		acceptor->spare = (struct octets){0};
	}
	octets_add(&stream->out, data, len);
	if (stream->out.len > out_max)
		flush(stream);
	if (stream->out.len > out_max) {
		acceptor->counts.overrun++;
		stream->way = WAY_DEAD;
	}
	touch(stream);
}

void stream_finish(struct stream *stream)
{
	if (stream->way == WAY_OPEN)
		stream->way = WAY_FINISH;
	touch(stream);
}

void stream_hold(struct stream *stream)
{
	stream->held = true;
	touch(stream);
}

void stream_release(struct stream *stream)
{
	stream->held = false;
	touch(stream);
}

void *stream_cookie(const struct stream *stream) { return stream->cookie; }

void stream_set_cookie(struct stream *stream, void *cookie) { stream->cookie = cookie; }

const struct address *stream_peer(const struct stream *stream) { return &stream->peer; }

int stream_fd(const struct stream *stream) { return stream->fd; }
