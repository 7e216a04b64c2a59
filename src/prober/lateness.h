/*
 * How late the prober itself was: what its timers and its turns of work tell.
 * An attempt that timed out while we did not run proves nothing.  Pure.
 */
#ifndef LOCUM_PROBER_LATENESS_H
#define LOCUM_PROBER_LATENESS_H

#include "base/attr.h"
#include "failover/health.h"

enum {
	LATENESS_LEAST_MS = 5,    /* less than this is no stall, however short the timeout */
	LATENESS_PRESSES_MS = 20, /* so late that we are in need of every turn that we get, */
	LATENESS_PRESSES_FOR_MS = 1000,
};

struct lateness {        /* zero at first */
	mono_t last[63]; /* of those that lasted 2^index ns or longer, when the last one ended */
	mono_t slept;    /* when the machine last woke from a sleep; 0: never */
	span_t worst;    /* of both kinds below; whoever tells it sets it back to 0 */
};

/* We ran `late` later than we wanted to, at `now`. */
void lateness_note(struct lateness *lateness, span_t late, mono_t now);
/* An attempt began `late`: counts for the worst only, the wait may have been for room. */
void lateness_began(struct lateness *lateness, span_t late);
/* The machine slept (suspend) and is awake at `now`: timers do not show that. */
void lateness_slept(struct lateness *lateness, mono_t now);
/* Whether we were so late that nobody is to be let go first for a while. */
bool lateness_presses(const struct lateness *lateness, mono_t now) MUST_USE;
/* As reports tell it: microseconds, 0 when early. */
uint32_t lateness_us(span_t late) MUST_USE;

enum attempt_end {
	ATTEMPT_ANSWERED, /* the kind reported */
	ATTEMPT_TIMED_OUT,
};

/*
 * Whether the end of an attempt is worthless because we were late:
 *  1. the machine has slept since it began: whatever it met was of another time;
 *  2. it was answered, but we looked only when its time was over;
 *  3. it timed out, and within it we stalled for a quarter of its time.  (Stalls are kept by powers
 *     of two: it may be an eighth.)
 */
bool lateness_spoils(const struct lateness *lateness, enum attempt_end end, mono_t started,
	span_t timeout, mono_t now) MUST_USE;

#endif
