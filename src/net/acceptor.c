#include "base/mem.h"
#include "net/clients.h"
#include "net/loop.h"
#include "net/stream_own.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	ACCEPTS_A_TURN = 16,
	PAUSE_MS = 100, /* after descriptors ran out */
};

static span_t patience(const struct stream_rule *rule, enum phase phase)
{
	switch (phase) {
	case PHASE_IDLE: return rule->idle;
	case PHASE_MESSAGE: return rule->message;
	case PHASE_HELD: return rule->hold;
	case PHASE_LINGER:
	case PHASE_DRAIN:
	case PHASES: break;
	}
	return rule->drain;
}

/* Makes sure that the deadline of `stream` will be noticed. */
static void expect(struct acceptor *acceptor, const struct stream *stream)
{
	const span_t span = patience(acceptor->rule, stream->phase);
	if (stream->phase == PHASE_HELD && span.ns == 0)
		return;
	const mono_t due = mono_after(stream->since, span);
	if (acceptor->due_set && mono_reached(acceptor->due, due))
		return;
	acceptor->due = due;
	acceptor->due_set = true;
	watch_again(acceptor->deadline, due);
}

void phase_enter(struct stream *stream, enum phase phase, mono_t now)
{
	struct list *const list = &stream->acceptor->phases[phase];
	stream->phase = phase;
	stream->since = now;
	stream->prev = list->last;
	stream->next = NULL;
	*(list->last != NULL ? &list->last->next : &list->first) = stream;
	list->last = stream;
	expect(stream->acceptor, stream);
}

void phase_leave(struct stream *stream)
{
	struct list *const list = &stream->acceptor->phases[stream->phase];
	*(stream->prev != NULL ? &stream->prev->next : &list->first) = stream->next;
	*(stream->next != NULL ? &stream->next->prev : &list->last) = stream->prev;
}

static void on_soon(void *cookie, mono_t now)
{
	struct acceptor *const acceptor = cookie;
	while (acceptor->ready != NULL) {
		struct stream *const stream = acceptor->ready;
		acceptor->ready = stream->next_ready;
		stream->ready = false;
		stream_run(stream, STREAM_GO_ON, now);
	}
}

static void on_deadline(void *cookie, mono_t now)
{
	struct acceptor *const acceptor = cookie;
	const struct stream_rule *const rule = acceptor->rule;
	acceptor->due_set = false;
	for (enum phase phase = 0; phase < PHASES; phase++) {
		struct list *const list = &acceptor->phases[phase];
		if (phase == PHASE_HELD && rule->hold.ns == 0)
			continue;
		while (list->first != NULL &&
			mono_reached(mono_after(list->first->since, patience(rule, phase)), now)) {
			if (phase != PHASE_LINGER)
				acceptor->counts.timed_out++;
			stream_free(list->first);
		}
		if (list->first != NULL)
			expect(acceptor, list->first);
	}
}

/* Ends the stream that will be missed least, of the phases up to `last`; false: there is none. */
static bool make_room(struct acceptor *acceptor, enum phase last)
{
	for (enum phase phase = 0; phase <= last; phase++)
		if (acceptor->phases[phase].first != NULL) {
			acceptor->counts.crowded_out++;
			stream_free(acceptor->phases[phase].first);
			return true;
		}
	return false;
}

/* The same among those that are being answered: one whose peer is gone, and would not know. */
static bool make_room_of_gone(struct acceptor *acceptor)
{
	for (struct stream *held = acceptor->phases[PHASE_HELD].first; held != NULL;
		held = held->next) {
		struct pollfd peer = {.fd = stream_fd(held)};
		if (poll(&peer, 1, 0) == 1 && (peer.revents & (POLLHUP | POLLERR)) != 0) {
			acceptor->counts.crowded_out++;
			stream_free(held);
			return true;
		}
	}
	return false;
}

/* Ends the client's own stream that waits for nothing longest, of whichever acceptor.  The list
 * begins with the newest: of those of one turn the first that came goes. */
static bool make_own_room(const struct client *client)
{
	struct stream *oldest = NULL;
	for (struct stream *own = client_first(client); own != NULL; own = own->next_own)
		if (own->phase <= PHASE_IDLE &&
			(oldest == NULL || own->phase < oldest->phase ||
				(own->phase == oldest->phase && own->since.ns <= oldest->since.ns)))
			oldest = own;
	if (oldest != NULL)
		stream_free(oldest);
	return oldest != NULL;
}

/* Whether there is room for one more of its client's, if need be after one of them is closed. */
static bool within_share(struct acceptor *acceptor, uint64_t number, size_t most)
{
	const struct clients *const clients = acceptor->rule->clients;
	const struct client *client;
	while ((client = clients_find(clients, number)) != NULL && client_streams(client) >= most) {
		acceptor->counts.over_share++;
		if (!make_own_room(client))
			return false;
	}
	return true;
}

static void welcome(struct acceptor *acceptor, int fd, const struct address *peer, mono_t now)
{
	const struct stream_rule *const rule = acceptor->rule;
	uint64_t client = 0;
	acceptor->counts.accepted++;
	const size_t most = rule->share != NULL ? rule->share(acceptor->cookie, peer, &client) : 0;
	if (most > 0 && !within_share(acceptor, client, most)) {
		(void)close(fd);
		return;
	}
	/* What is being answered to somebody is not given up, for no newcomer. */
	if (acceptor->counts.open >= rule->connections && !make_room(acceptor, PHASE_DRAIN) &&
		!make_room_of_gone(acceptor)) {
		acceptor->counts.crowded_out++;
		(void)close(fd);
		return;
	}
	stream_begin(acceptor, fd, peer, most > 0 ? &client : NULL, now);
}

/*
 * Out of descriptors, the listener stays readable: without a pause it would spin.  One stream that
 * waits for nothing is given up, so that somebody can come in after the pause.
 */
static void take_breath(struct acceptor *acceptor, mono_t now)
{
	acceptor->counts.no_descriptor++;
	(void)make_room(acceptor, PHASE_IDLE);
	watch_pause(acceptor->incoming);
	watch_again(acceptor->resume, mono_after(now, span_ms(PAUSE_MS)));
}

static void on_incoming(void *cookie, mono_t now)
{
	struct acceptor *const acceptor = cookie;
	for (int i = 0; i < ACCEPTS_A_TURN; i++) {
		struct address peer = {.len = sizeof peer.v6};
		const int fd =
			accept4(acceptor->fd, &peer.any, &peer.len, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd != -1) {
			welcome(acceptor, fd, &peer, now);
			continue;
		}
		switch (errno) {
		case EAGAIN: return;
		case EMFILE:
		case ENFILE:
		case ENOBUFS:
		case ENOMEM: take_breath(acceptor, now); return;
		default: break; /* of one connection, which is gone: accept(2) says to go on */
		}
	}
}

static void on_resume(void *cookie, mono_t now)
{
	(void)now;
	struct acceptor *const acceptor = cookie;
	watch_resume(acceptor->incoming);
}

struct acceptor *acceptor_new(
	struct loop *loop, int fd, const struct stream_rule *rule, void *cookie)
{
	assert(rule->in_max > 0 && rule->connections > 0);
	struct acceptor *const acceptor = mem_new(sizeof *acceptor);
	acceptor->loop = loop;
	acceptor->rule = rule;
	acceptor->cookie = cookie;
	acceptor->fd = fd;
	acceptor->incoming = loop_readable(loop, fd, on_incoming, acceptor);
	const mono_t now = loop_now(loop);
	acceptor->resume = loop_at(loop, now, on_resume, acceptor);
	acceptor->deadline = loop_at(loop, now, on_deadline, acceptor);
	acceptor->soon = loop_at(loop, now, on_soon, acceptor);
	watch_pause(acceptor->resume);
	watch_pause(acceptor->deadline);
	watch_pause(acceptor->soon);
	return acceptor;
}

struct stream_counts acceptor_counts(const struct acceptor *acceptor) { return acceptor->counts; }

void acceptor_free(struct acceptor *acceptor)
{
	if (acceptor == NULL)
		return;
	for (enum phase phase = 0; phase < PHASES; phase++)
		while (acceptor->phases[phase].first != NULL)
			stream_free(acceptor->phases[phase].first);
	watch_free(acceptor->incoming);
	watch_free(acceptor->resume);
	watch_free(acceptor->deadline);
	watch_free(acceptor->soon);
	(void)close(acceptor->fd);
	free(acceptor->scratch);
	octets_free(&acceptor->spare);
	free(acceptor);
}
