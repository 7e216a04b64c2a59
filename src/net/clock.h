/* The one place that reads clocks. */
#ifndef LOCUM_NET_CLOCK_H
#define LOCUM_NET_CLOCK_H

#include "base/attr.h"
#include "base/mono.h"

mono_t clock_mono(void); /* CLOCK_MONOTONIC */
mono_t clock_boot(void); /* CLOCK_BOOTTIME: the same, and the machine's sleep counts */
int64_t clock_wall_ns(
	void); /* CLOCK_REALTIME, nanoseconds since 1970: for people, serials and logs only */

/* Two readings, one of each clock, tell whether the machine slept in between. */
struct clock_pair {   /* zero at first */
	span_t ahead; /* of CLOCK_BOOTTIME, when last asked */
	bool known;
};

/* How long it slept since the last call; less than 100 ms is none.  Pure. */
span_t clock_slept(struct clock_pair *pair, mono_t mono, mono_t boot) MUST_USE;

#endif
