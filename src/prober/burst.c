#include "prober/burst.h"

enum { GAP_MS = 2, GAP_TIMES = 4 };

struct burst burst_begin(mono_t now) { return (struct burst){.on = true, .began = now}; }

static enum burst_word over(struct burst *burst, enum burst_word word)
{
	*burst = (struct burst){.on = false};
	return word;
}

enum burst_word burst_step(
	struct burst *burst, enum probe_outcome outcome, mono_t started, enum health_state known)
{
	/* 1. */
	if (!mono_reached(burst->began, started))
		return BURST_GOES_ON;
	/* 2. */
	if (known == HEALTH_DOWN)
		return over(burst, BURST_CONFIRMED);
	/* 3. */
	burst->passes = outcome == PROBE_PASS ? (uint8_t)(burst->passes + 1) : 0;
	if (burst->passes == BURST_PASSES)
		return over(burst, BURST_EXCUSED);
	/* 4. */
	if (outcome == PROBE_NO_VERDICT && ++burst->blanks == BURST_BLANKS)
		return over(burst, BURST_OPEN);
	/* 5. */
	return BURST_GOES_ON;
}

span_t burst_gap(const struct burst *burst)
{
	int64_t ms = GAP_MS;
	for (uint8_t i = 0; i < burst->passes; i++)
		ms *= GAP_TIMES;
	return span_ms(ms);
}
