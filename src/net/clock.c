#include "net/clock.h"

#include <time.h>

static int64_t read_ns(clockid_t id)
{
	struct timespec t;
	(void)clock_gettime(id, &t); /* cannot fail: the clocks are always there */
	return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

mono_t clock_mono(void) { return (mono_t){read_ns(CLOCK_MONOTONIC)}; }

int64_t clock_wall_ns(void) { return read_ns(CLOCK_REALTIME); }
