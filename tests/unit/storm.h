/* What a storm is made of: its dice, its state, and random policies with everything in them. */
#ifndef LOCUM_TESTS_STORM_H
#define LOCUM_TESTS_STORM_H

#include "engine_world.h"
#include "failover/shares.h"

#include <inttypes.h>

enum { SERVICES = 6, NAMES = 5, CHECKS = 16, TEXT_MAX = 4096, FAILOVERS = 64 };

struct storm {
	uint64_t dice, event;
	mono_t now;
	bool up[CHECKS];
	struct arena *arena;
	char text[TEXT_MAX]; /* of the policy in force */
	const struct policy *policy;
	bool weighted[SERVICES];
	uint32_t weights[SERVICES][NAMES]; /* of its endpoints */
	struct engine *engine;
	struct effects out;
	struct pick was[SERVICES]; /* before the step, as the effects told it */
	struct standing stood[TEXT_ENDPOINTS_MAX];
	bool frozen[SERVICES];
	const struct decree *decree; /* the step's */
	mono_t failovers[FAILOVERS]; /* newest first */
	size_t switches, failbacks, held, planned, refused, crashes, reloads, over, trickles;
};

#define MUST(s, condition)                                                                         \
	do {                                                                                       \
		if (!(condition))                                                                  \
			fail_msg("event %" PRIu64 ": not " #condition "\n%s", (s)->event,          \
				(s)->text);                                                        \
	} while (0)

/* splitmix64 */
static inline uint32_t roll(struct storm *s, uint32_t sides)
{
	uint64_t z = s->dice += 0x9e3779b97f4a7c15U;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9U;
	z = (z ^ z >> 27) * 0x94d049bb133111ebU;
	return (uint32_t)((z ^ z >> 31) >> 32) % sides;
}

static inline bool one_in(struct storm *s, uint32_t sides) { return roll(s, sides) == 0; }

/* ---- policies ---- */

static inline void add(struct storm *s, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline void add(struct storm *s, const char *fmt, ...)
{
	const size_t n = strlen(s->text);
	va_list args;
	va_start(args, fmt);
	vsnprintf(s->text + n, sizeof s->text - n, fmt, args);
	va_end(args);
}

static inline void add_options(
	struct storm *s, bool pool, bool cold, uint32_t gates, uint32_t service)
{
	static const char *const kinds[] = {" fresh=9", " behind=3", " same", " range=0:6"};
	static const char *const any[] = {" none", " home", " manual", " off", " clear", " wait=2",
		" limit=2/20", " limit=1/9", " brief=5", " brief=40", " all-families"};
	add(s, "+ start=%u", 1 + roll(s, 9));
	for (uint32_t i = roll(s, 4); i > 0; i--)
		add(s, "%s", any[roll(s, COUNT_OF(any))]);
	if (pool)
		add(s, " least=%u most=%u", roll(s, 3), one_in(s, 2) ? 0 : 1 + roll(s, 3));
	else if (one_in(s, 6))
		add(s, " promote");
	if (!pool && !cold && one_in(s, 2)) /* the configuration refuses it of others */
		add(s, " trickle=%u", 1 + roll(s, SHARES_WHOLE / 2));
	for (uint32_t i = 0; i < gates; i++)
		add(s, "%s%s", kinds[roll(s, COUNT_OF(kinds))], one_in(s, 3) ? " lenient" : "");
	if (service > 0 && one_in(s, 4))
		add(s, " after=s%u", roll(s, service));
	add(s, "\n");
}

/* Services s0, s1, ... ; those with odd numbers may be followed by one before them by name. */
static inline void random_text(struct storm *s)
{
	static const char *const backs[] = {"auto", "auto", "manual"};
	static const char *const holds[] = {"0", "2", "8"};
	s->text[0] = '\0';
	add(s, "rise %u fall %u stale %u\n", 1 + roll(s, 2), 1 + roll(s, 2), 4 + roll(s, 20));
	if (one_in(s, 2))
		add(s, "breaker %u %u 20\n", 1 + roll(s, 4), 1 + roll(s, 4));
	const uint32_t gone = roll(s, 2 * SERVICES);
	for (uint32_t i = 0; i < SERVICES; i++) {
		if (i == gone || (i == 5 && gone == 4))
			continue;
		const bool pool = i == 4 || i == 5 ? s->text[5] % 2 == 0 : one_in(s, 2);
		const bool follows = i == 4 && gone != 5;
		const uint32_t count = i >= 4 ? 3 : 1 + roll(s, 4),
			       first = i >= 4 ? 0 : roll(s, NAMES);
		const bool both = i < 4 && one_in(s, 3), cold = i < 4 && !pool && one_in(s, 4);
		const uint32_t gates = i < 4 && one_in(s, 3) ? 1 + roll(s, 2) : 0;
		add(s, "s%u %s %s %s %s", i, pool ? "pool" : "single", backs[roll(s, 3)],
			one_in(s, 3) ? "all" : "keep", holds[roll(s, 3)]);
		for (uint32_t e = 0; e < count; e++) {
			const uint32_t name = (first + e) % NAMES, check = name * 3 + i;
			add(s, " e%u=c%u", name, check % CHECKS);
			if (both)
				add(s, "|c%u", (check + 1) % CHECKS);
			if (cold)
				add(s, "/c%u", (check + 7) % CHECKS);
			if (cold && both)
				add(s, "|c%u", (check + 8) % CHECKS);
			for (uint32_t g = 0; g < gates; g++)
				add(s, "%cc%u", g == 0 ? '#' : ',', (check + 3 + g) % CHECKS);
		}
		add(s, "\n");
		if (follows)
			add(s, "+ with=s5\n");
		else
			add_options(s, pool, cold, gates, i == 5 ? 0 : i);
	}
}

static inline void random_weights(struct storm *s)
{
	for (uint32_t i = 0; i < SERVICES; i++) {
		s->weighted[i] = one_in(s, 2);
		for (uint32_t e = 0; e < NAMES; e++)
			s->weights[i][e] = one_in(s, 3) ? 0 : roll(s, WEIGHT_MAX + 1);
	}
}

#endif
