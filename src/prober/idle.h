/*
 * What is learnt of an endpoint that closes idle connections: after how long,
 * and when to try again.  Pure.
 */
#ifndef LOCUM_PROBER_IDLE_H
#define LOCUM_PROBER_IDLE_H

#include "base/attr.h"
#include "base/mono.h"

enum {
	IDLE_REST_MIN_MS = 500,
	IDLE_REST_MAX_MS = 300000,
	IDLE_WORTH_MS = 1000, /* closed sooner than this, it is not worth having */
};

struct idle {          /* zero at first */
	span_t last;   /* how old the last one was that ended for nothing */
	span_t learnt; /* how old they become; 0: not known */
	span_t rest;   /* before the next one is opened */
};

/*
 * A connection ended at `age`, and the endpoint is well.
 *  1. It stood for ten times its rest: rests begin at the shortest again.
 *  2. The one before ended at another age, or there was none: nothing is learnt, and the rest is
 *     twice the last.
 *  3. At about the same age: that is how the endpoint is.  The next one is replaced in time, so the
 *     rest is the shortest.  Closed too soon to be of use, it is the longest, and all is forgotten:
 *     things may have changed by then.
 */
struct idle idle_ended(struct idle was, span_t age) MUST_USE;
/* None could be opened, or it was of no use: a longer rest, nothing is learnt. */
struct idle idle_failed(struct idle was) MUST_USE;
/* One stayed, or the endpoint was down meanwhile: the next may be opened at once. */
struct idle idle_rested(struct idle was) MUST_USE;
/* When to replace a connection, as an age: well before the learnt one; 0: no need. */
span_t idle_replace(const struct idle *idle) MUST_USE;

#endif
