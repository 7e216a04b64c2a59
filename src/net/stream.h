/*
 * Accepting and reading byte streams from strangers: DNS over TCP, the control
 * socket and the status endpoint stand on it.  Every limit stands here once:
 * connections, octets waiting each way, a deadline per message (not per read), a
 * pause when descriptors run out.  Owner: the thread of its loop.
 */
#ifndef LOCUM_NET_STREAM_H
#define LOCUM_NET_STREAM_H

#include "base/address.h"
#include "base/attr.h"
#include "base/mono.h"

#include <stddef.h>
#include <stdint.h>

struct loop;
struct acceptor;
struct stream;

struct stream_rule {
	size_t connections; /* at most; at the cap the longest idle one is closed for a new one */
	size_t in_max;      /* octets of a message that is not yet whole; more closes the stream */
	size_t out_max;     /* octets not yet taken by the peer; more closes the stream */
	span_t idle;        /* without a message begun */
	span_t message;     /* from the first octet of a message to its last */
	span_t drain;       /* for what is still to be sent after stream_finish() */

	/*
	 * Some octets are there: `data` begins with a message.  Returns how many octets were used
	 * up: 0 when the message is not whole yet.  Called again while something is left.
	 */
	size_t (*take)(void *cookie, struct stream *stream, const uint8_t *data, size_t len);
	void (*gone)(void *cookie,
		struct stream *stream); /* NULL: nobody asks; the stream is freed after it */
};

struct stream_counts { /* since the start */
	uint64_t accepted, crowded_out, timed_out, overrun, no_descriptor;
	uint64_t open; /* now */
};

/* Takes ownership of `fd`, a listening socket; borrows `rule`, which outlives it. */
struct acceptor *acceptor_new(
	struct loop *loop, int fd, const struct stream_rule *rule, void *cookie) MUST_USE;
struct stream_counts acceptor_counts(const struct acceptor *acceptor);
void acceptor_free(
	struct acceptor *acceptor); /* closes the listener and every stream; NULL is fine */

void stream_send(struct stream *stream, const void *data,
	size_t len); /* copies; sent when the peer takes it */
void stream_finish(
	struct stream *stream); /* send what is waiting, then close; nothing more is taken */
void stream_close(struct stream *stream); /* at once; freed when its callback has returned */
void stream_hold(
	struct stream *stream); /* a reply is being made elsewhere: no `take`, no idle time-out */
void stream_release(struct stream *stream);       /* ... it is made */
void *stream_cookie(const struct stream *stream); /* the user's own word for this stream: see set */
void stream_set_cookie(struct stream *stream, void *cookie);
int stream_fd(const struct stream *stream); /* for SO_PEERCRED */

#endif
