/* The one place that reads clocks. */
#ifndef LOCUM_NET_CLOCK_H
#define LOCUM_NET_CLOCK_H

#include "base/mono.h"

mono_t clock_mono(void); /* CLOCK_MONOTONIC */
int64_t clock_wall_ns(
	void); /* CLOCK_REALTIME, nanoseconds since 1970: for people, serials and logs only */

#endif
