/*
 * A sentry: an idle TCP connection to an endpoint that is up.  When the
 * program at the other end dies, its kernel closes it, and we know within a
 * moment that it is time to ask.  It proves nothing by itself: programs close
 * idle connections, and are learnt to (idle.h).  Not an octet is sent.
 * Owner: the prober's only thread.
 */
#ifndef LOCUM_PROBER_SENTRY_H
#define LOCUM_PROBER_SENTRY_H

#include "base/address.h"
#include "net/loop.h"

#include <stddef.h>

struct sentry;

struct sentries { /* how many there may be */
	size_t open, most;
	size_t wanting; /* checks that go without, for there are so many */
};

/* Borrows `loop`, `room` and `address`.  `ended` is called when one that stood has ended. */
struct sentry *sentry_new(struct loop *loop, struct sentries *room, const struct address *address,
	loop_fn *ended, void *cookie) MUST_USE;
/*
 * The endpoint has just passed: there shall be one, unless it rests, or has ended and nothing was
 * said to that yet.  `patience`: to connect.
 */
void sentry_post(struct sentry *sentry, span_t patience, mono_t now);
/* After `ended`: that meant nothing, the endpoint passes. */
void sentry_excuse(struct sentry *sentry, mono_t now);
/* The endpoint is down, or nobody knows: none is wanted until it passes. */
void sentry_dismiss(struct sentry *sentry);
void sentry_free(struct sentry *sentry); /* NULL is fine; not from `ended` */

#endif
