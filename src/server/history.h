/*
 * What became of the attempts of one check: how the last 64 ended, how many there were, how long
 * those took that passed.  Of fixed size: there may be 100,000 checks.  Pure.
 */
#ifndef LOCUM_SERVER_HISTORY_H
#define LOCUM_SERVER_HISTORY_H

#include "failover/health.h"

#include <stddef.h>

enum { STRIP_LEN = 64, STRIP_ROOM = STRIP_LEN + 1 };

struct tally {                   /* zeroed: none yet */
	uint64_t passed, failed; /* bit n: the attempt n before the last one did */
	uint32_t passes, fails;
	uint32_t no_verdicts[FAULTS_MAX]; /* by whose fault */
};

struct tally tally_step(
	struct tally was, enum probe_outcome outcome, enum probe_fault fault) MUST_USE;
/* The last attempts, 64 at most, newest last: `.` passed, `x` failed, `?` no verdict. */
const char *tally_strip(const struct tally *tally, char room[STRIP_ROOM]);

/*
 * Two histograms of 5 minutes each, this one and the one before: what is told is of the last 5 to
 * 10 minutes.  Four buckets for each doubling from 8 us on, so a figure is off by an eighth at
 * most, and never outside of what was seen.
 */
enum { LATENCY_WINDOW_MS = 5 * 60 * 1000, LATENCY_BUCKETS = 96 };

struct latencies { /* zeroed: none yet */
	mono_t begun;
	struct latency_window {
		uint32_t least, most; /* microseconds */
		uint16_t counts[LATENCY_BUCKETS];
	} now, before;
};

void latencies_note(struct latencies *latencies, span_t took, mono_t now);

struct latency { /* microseconds */
	uint32_t n, min, median, p99;
};

struct latency latencies_sum(const struct latencies *latencies) MUST_USE;

#endif
