#include "net/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec t;
	(void)clock_gettime(id, &t); /* cannot fail: the clocks are always there */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

mono_t clock_mono(void) { return (mono_t){read_ns(CLOCK_MONOTONIC)}; }

mono_t clock_boot(void) { return (mono_t){read_ns(CLOCK_BOOTTIME)}; }

int64_t clock_wall_ns(void) { return read_ns(CLOCK_REALTIME); }

span_t clock_slept(struct clock_pair *pair, mono_t mono, mono_t boot)
{
	enum { LEAST_MS = 100 };
	const span_t ahead = mono_between(mono, boot);
	const span_t gained = {pair->known ? ahead.ns - pair->ahead.ns : 0};
	const bool slept = span_at_least(gained, span_ms(LEAST_MS));
	/* Less than none: we were held up between the two readings, now or then. */
	if (!pair->known || slept || gained.ns < 0)
		pair->ahead = ahead;
	pair->known = true;
	return slept ? gained : (span_t){0};
}
