#include "server/history.h"

#include <string.h>

enum { LEAST_BITS = 3, PARTS = 4 }; /* below 2^3 us all is one bucket; four for each doubling */

/* ---- how they ended ---- */

struct tally tally_step(struct tally was, enum probe_outcome outcome, enum probe_fault fault)
{
	struct tally is = was;
	is.passed = was.passed << 1 | (outcome == PROBE_PASS);
	is.failed = was.failed << 1 | (outcome == PROBE_FAIL);
	if (outcome == PROBE_PASS)
		is.passes++;
	else if (outcome == PROBE_FAIL)
		is.fails++;
	else
		is.no_verdicts[fault < FAULTS_MAX ? fault : FAULT_NONE]++;
	return is;
}

static size_t attempts(const struct tally *tally)
{
	size_t n = (size_t)tally->passes + tally->fails;
	for (size_t i = 0; i < FAULTS_MAX; i++)
		n += tally->no_verdicts[i];
	return n;
}

const char *tally_strip(const struct tally *tally, char room[STRIP_ROOM])
{
	const size_t all = attempts(tally), n = all < STRIP_LEN ? all : STRIP_LEN;
	for (size_t i = 0; i < n; i++) {
		const uint64_t bit = (uint64_t)1 << (n - 1 - i);
		room[i] = '?';
		if ((tally->passed & bit) != 0)
			room[i] = '.';
		if ((tally->failed & bit) != 0)
			room[i] = 'x';
	}
	room[n] = '\0';
	return room;
}

/* ---- how long they took ---- */

static size_t bucket_of(uint32_t us)
{
	if (us < 1U << LEAST_BITS)
		return 0;
	const unsigned bits = 31U - (unsigned)__builtin_clz(us);
	const size_t part = us >> (bits - 2) & (PARTS - 1);
	const size_t bucket = 1 + (size_t)(bits - LEAST_BITS) * PARTS + part;
	return bucket < LATENCY_BUCKETS ? bucket : LATENCY_BUCKETS - 1;
}

/* What stands for those in a bucket: the middle of it. */
static uint32_t middle_of(size_t bucket)
{
	if (bucket == 0)
		return 1U << (LEAST_BITS - 1);
	const unsigned shift = (unsigned)((bucket - 1) / PARTS) + LEAST_BITS - 2;
	const uint32_t low = (uint32_t)(PARTS + (bucket - 1) % PARTS) << shift;
	return low + (1U << shift) / 2;
}

void latencies_note(struct latencies *latencies, span_t took, mono_t now)
{
	const span_t window = span_ms(LATENCY_WINDOW_MS),
		     past = mono_between(latencies->begun, now);
	if (span_at_least(past, window)) {
		if (span_at_least(past, (span_t){2 * window.ns}))
			latencies->before = (struct latency_window){0};
		else
			latencies->before = latencies->now;
		latencies->now = (struct latency_window){0};
		latencies->begun = now;
	}
	const int64_t us = took.ns / 1000;
	const uint32_t told = us < 0 ? 0 : us > UINT32_MAX ? UINT32_MAX : (uint32_t)us;
	struct latency_window *const w = &latencies->now;
	uint16_t *const count = &w->counts[bucket_of(told)];
	if (*count < UINT16_MAX)
		++*count;
	if (w->most == 0 || told < w->least)
		w->least = told;
	if (told >= w->most)
		w->most = told > 0 ? told : 1; /* 0: nothing was noted */
}

static uint32_t clamp(uint32_t us, uint32_t least, uint32_t most)
{
	return us < least ? least : us > most ? most : us;
}

struct latency latencies_sum(const struct latencies *latencies)
{
	const struct latency_window *const a = &latencies->now, *const b = &latencies->before;
	struct latency sum = {0};
	uint32_t counts[LATENCY_BUCKETS];
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		counts[i] = (uint32_t)a->counts[i] + b->counts[i];
		sum.n += counts[i];
	}
	if (sum.n == 0)
		return sum;
	const bool both = a->most > 0 && b->most > 0;
	sum.min = both ? (a->least < b->least ? a->least : b->least)
		       : (a->most > 0 ? a->least : b->least);
	const uint32_t most = a->most > b->most ? a->most : b->most;
	const uint32_t half = (sum.n + 1) / 2, nearly = sum.n - sum.n / 100; /* ranks, from 1 */
	uint32_t seen = 0;
	for (size_t i = 0; i < LATENCY_BUCKETS; i++) {
		if (seen < half && seen + counts[i] >= half)
			sum.median = clamp(middle_of(i), sum.min, most);
		if (seen < nearly && seen + counts[i] >= nearly)
			sum.p99 = clamp(middle_of(i), sum.min, most);
		seen += counts[i];
	}
	return sum;
}
