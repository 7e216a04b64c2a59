#include "prober/crew.h"

#include "net/clock.h"
#include "net/loop.h"

#include <assert.h>

enum {
	PULSE_MS = 10,
	ATTEMPTS_MAX = 4096,
	PER_HOST = 64, /* until an order says otherwise */
};

void crew_wake(struct crew *crew)
{
	const mono_t now = clock_mono();
	if (clock_slept(&crew->clocks, now, clock_boot()).ns > 0)
		lateness_slept(&crew->lateness, now);
}

static void on_pulse(void *cookie, mono_t now)
{
	struct crew *const crew = cookie;
	lateness_note(&crew->lateness, mono_between(crew->pulse_due, now), now);
	crew->pulse_due = (mono_t){0};
	if (crew->turns.asking > 0)
		crew_pulse(crew, now);
}

void crew_pulse(struct crew *crew, mono_t now)
{
	if (crew->pulse_due.ns != 0)
		return;
	crew->pulse_due = mono_after(now, span_ms(PULSE_MS));
	watch_again(crew->pulse, crew->pulse_due);
}

uint32_t crew_roll(struct crew *crew) /* xorshift32: jitter needs no more */
{
	uint32_t x = crew->dice;
	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	return crew->dice = x;
}

void crew_count(struct crew *crew)
{
	const size_t left = crew->descriptors > crew->sentries.open
				    ? crew->descriptors - crew->sentries.open
				    : 0;
	crew->turns.most = left < ATTEMPTS_MAX ? left : ATTEMPTS_MAX;
}

void crew_limit(struct crew *crew, size_t per_host, uint32_t enough)
{
	turns_limit(&crew->turns, per_host);
	crew->vantage.enough = enough;
}

void crew_begin(struct crew *crew, struct loop *loop, uint32_t dice, size_t descriptors)
{
	*crew = (struct crew){
		.loop = loop, .descriptors = descriptors, .start = dice, .dice = dice | 1};
	turns_begin(&crew->turns, 0, PER_HOST);
	crew->vantage.enough = 1;
	crew->sentries.most = descriptors / 2;
	crew_count(crew);
	crew_wake(crew);
	crew->pulse = loop_at(loop, loop_now(loop), on_pulse, crew);
	watch_pause(crew->pulse);
}

struct report_beat crew_beat(const struct crew *crew, uint32_t checks)
{
	struct report_beat beat = {.checks = checks,
		.asking = (uint32_t)crew->turns.asking,
		.queued = (uint32_t)crew->turns.queued,
		.standing = (uint32_t)crew->sentries.open,
		.wanting = (uint32_t)crew->sentries.wanting,
		.references = (uint32_t)crew->vantage.n,
		.silent = (uint32_t)vantage_silent(&crew->vantage),
		.doubted = crew->doubted,
		.attempts = crew->attempts};
	return beat;
}

void crew_end(struct crew *crew)
{
	assert(crew->turns.asking == 0 && crew->turns.queued == 0);
	assert(crew->telling.first == NULL && crew->held.first == NULL);
	assert(crew->sentries.open == 0 && crew->sentries.wanting == 0);
	watch_free(crew->pulse);
}
