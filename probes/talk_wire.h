/*
 * The socket of a conversation, for talk.c and talk_tls.c alone.  It counts what comes, remembers
 * the first error, and hands out only so much in one turn of the loop that no endpoint can keep the
 * thread for itself.
 */
#ifndef LOCUM_PROBES_TALK_WIRE_H
#define LOCUM_PROBES_TALK_WIRE_H

#include "probes/talk.h"

#include <sys/types.h>

struct wire {
	int fd;             /* -1: none */
	int error;          /* errno of the first call that failed; 0: none */
	bool ended;         /* the peer has closed its side */
	bool full;          /* it sent more than TALK_HEARD_MAX */
	size_t heard, turn; /* octets in all, and since wire_turn() */
};

enum wire_use { WIRE_CLEAR_WE_BEGIN, WIRE_CLEAR_THEY_BEGIN, WIRE_TLS };

/* Opens a socket and begins to connect: 0, or errno. */
int wire_connect(struct wire *wire, const struct address *to, enum wire_use use) MUST_USE;
void wire_close(struct wire *wire); /* with a reset; also when there is none */
void wire_turn(struct wire *wire);  /* a turn of the loop has begun */
/* How many octets; 0: none now, or one of the fields above says why there will be none. */
size_t wire_read(struct wire *wire, void *out, size_t room) MUST_USE;
/* How many octets were taken; 0: none now, or `error`. */
size_t wire_write(struct wire *wire, const void *octets, size_t len) MUST_USE;
struct probe_report wire_why(const struct wire *wire) MUST_USE; /* of `error` or `full` */
static inline bool wire_over(const struct wire *wire)
{
	return wire->error != 0 || wire->ended || wire->full;
}

#endif
