/*
 * Heartbeats: who reports in, and the outcomes that their silence makes.  One timer a check judges
 * every `every` and when the limit is reached, so rise and fall count as for any probe.
 * Owner: control thread.
 */
#ifndef LOCUM_SERVER_BEATS_H
#define LOCUM_SERVER_BEATS_H

#include "prober/report.h"
#include "server/load.h"

struct beats;
struct loop;

struct beats_events {
	void *cookie;
	void (*outcome)(void *cookie, uint32_t check, const struct report *report);
};

enum { BEAT_WINDOW_MS = 30000 }; /* a datagram's time and ours may differ by so much */

/*
 * `fd`: a UDP socket, not owned; -1: there is none.  Borrows `events`.
 *
 * A datagram is a line of text, "HMAC beat1 KEY TIME NAME [VALUE]".  HMAC: HMAC-SHA256 of what
 * follows the blank behind it, line ends excluded, in hexadecimal.  TIME: nanoseconds since 1970.
 * It is taken when
 *  1. KEY is known and the signature is right;
 *  2. TIME is within BEAT_WINDOW_MS of ours;
 *  3. a heartbeat has that NAME and KEY;
 *  4. TIME is later than that of its last one, and than our own start: nothing is taken twice.
 * Nothing is ever answered.
 */
struct beats *beats_new(struct loop *loop, int fd, const struct beats_events *events) MUST_USE;
/* The heartbeats of `load` from now on, borrowed; those that stay keep what was heard of them. */
void beats_adopt(struct beats *beats, const struct load *load);
/* A report in person; how many heartbeats have that name.  `value` may be NULL. */
size_t beats_take(struct beats *beats, const char *name, const char *value);
void beats_free(struct beats *beats); /* NULL is fine */

#endif
