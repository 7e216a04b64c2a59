/*
 * A burst: attempts right after each other, once a sentry has fallen out, until
 * it is clear whether the endpoint is down.  Pure.
 */
#ifndef LOCUM_PROBER_BURST_H
#define LOCUM_PROBER_BURST_H

#include "base/attr.h"
#include "failover/health.h"

#include <stdbool.h>

enum { BURST_PASSES = 3, BURST_BLANKS = 5 };

struct burst { /* zero: none */
	bool on;
	uint8_t passes, blanks; /* in a row; NO_VERDICT */
	mono_t began;
};

enum burst_word {
	BURST_GOES_ON,
	BURST_CONFIRMED, /* the endpoint is down */
	BURST_EXCUSED,   /* it is well: the connection was closed for another reason */
	BURST_OPEN,      /* nobody knows; the usual interval will tell */
};

struct burst burst_begin(mono_t now) MUST_USE;

/*
 * An attempt is over.
 *  1. It began before the burst: it says nothing of now.
 *  2. The state is DOWN: confirmed.
 *  3. It passed: three of them in a row are an excuse.  One is not: of a server of several
 * processes one may have died a moment before the others.
 *  4. No verdict: five of them, and we are in no state to tell.
 *  5. It failed: the next one decides, or the one after that.
 */
enum burst_word burst_step(struct burst *burst, enum probe_outcome outcome, mono_t started,
	enum health_state known) MUST_USE;

/* From the end of an attempt to the next: 2 ms, and after passes 8, then 32 ms. */
span_t burst_gap(const struct burst *burst) MUST_USE;

#endif
