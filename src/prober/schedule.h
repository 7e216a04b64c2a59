/*
 * When attempts are due.  A check has slots, one every interval, at a phase of
 * its own; each attempt starts a little after its slot, by dice, so that
 * checks do not march in step and none drifts.  Pure.
 */
#ifndef LOCUM_PROBER_SCHEDULE_H
#define LOCUM_PROBER_SCHEDULE_H

#include "base/attr.h"
#include "base/mono.h"

enum {
	SCHEDULE_JITTER = 25, /* an attempt starts at most 1/25 of the interval after its slot */
	SCHEDULE_TICKS = 256, /* ... and at one of so many moments of it */
	SCHEDULE_TICK_MS = 4, /* which are no further apart */
	SCHEDULE_FIRST_MS = 10000, /* the first attempt, however long the interval */
	SCHEDULE_ASLEEP_MS = 1000,
};

/*
 * The phase of the n-th check: a fraction, in units of 2^-32.  However many there are, they stand
 * evenly (golden ratio); `start` is random, so that several probers do not ask at the same moments.
 */
uint32_t schedule_phase(uint32_t start, uint32_t n) MUST_USE;

/* The first slot: spread over the interval, or over SCHEDULE_FIRST_MS if that is less. */
mono_t schedule_first(mono_t now, span_t every, uint32_t phase) MUST_USE;

/*
 * When the attempt of `slot` is to start: at most 1/SCHEDULE_JITTER of the interval after it. Those
 * that are due at about the same time start at the same: to wake up for each of 10,000 a second
 * costs as much as the attempts.
 */
mono_t schedule_due(mono_t slot, span_t every, uint32_t dice) MUST_USE;

/*
 * The slot after `slot`, asked when its attempt is over.
 *  1. It comes an interval later.
 *  2. Missed by less than an interval (the attempt took so long): it stands, and is due at once.
 *  3. Missed by more: the first one after now.  What was left out is not made up for.
 */
mono_t schedule_next(mono_t slot, span_t every, mono_t now) MUST_USE;

/*
 * The slot when the interval becomes `every` again after one of another length: one of those that
 * count from `home`, a slot it had, and the first after `now`.  So those that failed together, and
 * asked fast together, are spread again as they were.
 */
mono_t schedule_home(mono_t home, span_t every, mono_t now) MUST_USE;

/*
 * Whether an attempt that was `due` and could have started only `now` is better left to its next
 * slot: we slept (SIGSTOP), and so did all others; they would ask in one burst.
 */
bool schedule_overslept(mono_t due, span_t every, mono_t now) MUST_USE;

/*
 * The slot that takes the place of `slot` when the interval becomes `every` from `was`: a new
 * interval after the last one, unless that is over; then as a first one.
 */
mono_t schedule_change(mono_t slot, span_t was, span_t every, mono_t now, uint32_t phase) MUST_USE;

#endif
