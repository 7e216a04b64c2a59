/*
 * What stream.c (one stream's life) and acceptor.c (listening, caps, deadlines) share; nobody else
 * includes it.  Owner: the thread of the loop.
 */
#ifndef LOCUM_NET_STREAM_OWN_H
#define LOCUM_NET_STREAM_OWN_H

#include "net/octets.h"
#include "net/stream.h"

#include <stdbool.h>

/* What a stream waits for.  Each has one length, so each list is in the order of its deadlines. */
enum phase {
	PHASE_LINGER,  /* the last octet was sent; the peer's close is awaited */
	PHASE_IDLE,    /* a message */
	PHASE_MESSAGE, /* the rest of a message */
	PHASE_DRAIN,   /* the peer, who does not take what was sent */
	PHASE_HELD,    /* stream_release() */
	PHASES
};

struct stream {
	struct acceptor *acceptor;
	struct stream *prev, *next; /* in the list of its phase */
	struct stream *next_ready;
	struct client *client; /* whose share it is of; NULL: nobody's */
	struct stream *prev_own, *next_own;
	struct watch *readable, *writable; /* writable: only while stuck */
	void *cookie;
	struct octets in, out;
	mono_t since; /* in this phase */
	struct address peer;
	int fd;
	enum phase phase;
	enum { WAY_OPEN, WAY_FINISH, WAY_SHUT, WAY_DEAD } way;
	bool held, eof, reading;
	bool stuck; /* the kernel takes no more for now */
	bool busy;  /* inside run(): it looks at the stream again when `take` has returned */
	bool ready; /* in the acceptor's list: run() in the next turn */
	/* Since the last settle(): a message was taken, all that waited was sent. */
	bool took, emptied;
};

struct list {
	struct stream *first, *last;
};

struct acceptor {
	struct loop *loop;
	const struct stream_rule *rule;
	void *cookie;
	int fd;
	struct watch *incoming, *resume, *deadline, *soon;
	mono_t due; /* of `deadline`; never later than the first deadline of all lists */
	bool due_set;
	struct list phases[PHASES];
	struct stream *ready; /* touched outside run() */
	uint8_t *scratch;     /* in_max octets: an idle stream holds no buffer */
	struct octets spare;  /* empty: for the next stream that has something to send */
	struct stream_counts counts;
};

/* `client`: whose share it is of; NULL: nobody's. */
void stream_begin(struct acceptor *acceptor, int fd, const struct address *peer,
	const uint64_t *client, mono_t now);
void stream_free(struct stream *stream); /* tells the user first */
/* Octets or room for them, or something was asked of it.  Does all that can be done now. */
enum stream_what { STREAM_GO_ON, STREAM_READ };
void stream_run(struct stream *stream, enum stream_what what, mono_t now); /* may free it */

/* Puts the stream last in the list of `phase`, and makes sure that its deadline will be noticed. */
void phase_enter(struct stream *stream, enum phase phase, mono_t now);
void phase_leave(struct stream *stream);

#endif
