/*
 * Accepting and reading byte streams from strangers: DNS over TCP, the control
 * socket and the status endpoint stand on it.  Every limit stands here once:
 * connections, how many of them one client has, octets waiting each way, a deadline per message
 * (not per read), a pause when descriptors run out.  Owner: the thread of its loop.
 */
#ifndef LOCUM_NET_STREAM_H
#define LOCUM_NET_STREAM_H

#include "base/address.h"
#include "base/attr.h"
#include "base/mono.h"

#include <stddef.h>
#include <stdint.h>

struct loop;
struct clients;
struct acceptor;
struct stream;

struct stream_rule {
	/* At most; at the cap the longest idle one is closed for a new one, then one whose peer is
	 * known to have left while it was held. */
	size_t connections;
	/*
	 * How many streams the client of `peer` may hold at once, over all acceptors with these
	 * `clients`; 0: as many as it likes.  `*client` becomes its number, which all its addresses
	 * have.  At its share the longest idle of its own is closed for a new one, or the new one
	 * where none is idle.  NULL: no such share.
	 */
	size_t (*share)(void *cookie, const struct address *peer, uint64_t *client);
	struct clients *clients; /* borrowed: it outlives the acceptors; net/clients.h */
	size_t in_max;  /* octets of the longest message; as many without a whole one close */
	size_t out_max; /* octets not yet taken by the peer; more closes the stream */
	span_t idle;    /* without a message begun */
	span_t message; /* from the first octet of a message to its last */
	span_t drain;   /* for the peer to take what is waiting, also after stream_finish() */
	span_t hold;    /* from stream_hold() to stream_release(); 0 for as long as it takes */

	/*
	 * Some octets are there: `data` begins with a message.  Returns how many octets were used
	 * up: 0 when the message is not whole yet.  Called again while something is left, but
	 * neither while the stream is held nor while the peer does not take what was sent.
	 * `cookie` is acceptor_new()'s.
	 */
	size_t (*take)(void *cookie, struct stream *stream, const uint8_t *data, size_t len);
	/* NULL: nobody asks.  Once for every stream; it is freed afterwards. */
	void (*gone)(void *cookie, struct stream *stream);
};

struct stream_counts { /* since the start */
	uint64_t accepted, crowded_out, over_share, timed_out, overrun, no_descriptor;
	uint64_t open; /* now */
};

/* Takes ownership of `fd`, a listening socket; borrows `rule`, which outlives it. */
struct acceptor *acceptor_new(
	struct loop *loop, int fd, const struct stream_rule *rule, void *cookie) MUST_USE;
struct stream_counts acceptor_counts(const struct acceptor *acceptor);
/* Closes the listener and every stream; NULL is fine.  Not from a stream's callback. */
void acceptor_free(struct acceptor *acceptor);

/*
 * The calls below may be made in `take` and, until `gone` is called, anywhere in the loop's
 * thread.  None of them calls back: what follows from them happens when `take` has returned, or in
 * the next turn.
 */

/* Copies.  What a peer that closed its side still reads is sent as well. */
void stream_send(struct stream *stream, const void *data, size_t len);
/* Send what is waiting, then close; nothing more is taken. */
void stream_finish(struct stream *stream);
/* A reply is being made elsewhere: no `take`, no idle time-out. */
void stream_hold(struct stream *stream);
void stream_release(struct stream *stream);       /* ... it is made */
void *stream_cookie(const struct stream *stream); /* the user's own word for it; NULL at first */
void stream_set_cookie(struct stream *stream, void *cookie);
int stream_fd(const struct stream *stream);                     /* for SO_PEERCRED */
const struct address *stream_peer(const struct stream *stream); /* of TCP; borrowed */

#endif
