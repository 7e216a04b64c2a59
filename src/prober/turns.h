/*
 * Whose turn it is to ask: so many attempts at a time in all, so many at one
 * host, and a queue that goes round the hosts, so that one of them with many
 * slow checks keeps nobody else waiting.  Pure but for the heap.
 */
#ifndef LOCUM_PROBER_TURNS_H
#define LOCUM_PROBER_TURNS_H

#include "base/address.h"
#include "base/attr.h"

#include <stddef.h>

enum { TURNS_BUCKETS = 1024 };

struct host;

struct turn { /* a part of who asks; zeroed before turns_join() */
	struct host *host;
	struct turn *before, *after; /* in its host's queue */
	bool queued;
};

struct turns {
	size_t asking, most; /* attempts under way; at most */
	size_t per_host;     /* ... at one address, of whatever port */
	size_t queued;
	struct host *first, *last; /* with somebody queued, and room for one more */
	struct host *buckets[TURNS_BUCKETS];
};

void turns_begin(struct turns *turns, size_t most, size_t per_host);
/* An address of length 0 is no host: only the limit of all goes for it. */
void turns_join(struct turns *turns, struct turn *turn, const struct address *address);
void turns_leave(struct turns *turns, struct turn *turn); /* neither queued nor asking */

/* Wants to ask: may at once (true: counted), or is queued. */
bool turns_take(struct turns *turns, struct turn *turn) MUST_USE;
void turns_cancel(struct turns *turns, struct turn *turn); /* of one that is queued */
void turns_over(struct turns *turns, struct turn *turn);   /* its attempt is */
/* Who was queued and may ask now (counted), to be called until NULL after whatever made room. */
struct turn *turns_next(struct turns *turns) MUST_USE;
/* Another limit from now on; what is under way goes on.  (`most` may be changed as one likes.) */
void turns_limit(struct turns *turns, size_t per_host);

#endif
