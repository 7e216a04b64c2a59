/* Recorded outcomes under a policy: what moves, how often it flaps, how long answers are wrong. */
#include "base/mem.h"
#include "policy_text.h"
#include "server/replay.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { RUNS_MAX = 4096 };

struct recorded {
	struct store_run runs[RUNS_MAX];
	size_t n;
	int64_t asked_ns; /* 0: with the last outcome */
	char names[RUNS_MAX][8];
};

/* "a +0-100 x101-130 ?131 +140-200 =210": of check a, an outcome every second; asked for at 210. */
static void record(struct recorded *recorded, const char *text)
{
	char check[8];
	int read = 0;
	assert_int_equal(sscanf(text, "%7s%n", check, &read), 1);
	for (text += read; *text != '\0'; text += read) {
		char what;
		unsigned from, to = 0;
		/* NOLINTNEXTLINE(cert-err34-c): our own words */
		assert_int_equal(sscanf(text, " %c%u%n", &what, &from, &read), 2);
		text += read;
		to = from;
		if (*text == '-') {
			/* NOLINTNEXTLINE(cert-err34-c): likewise */
			assert_int_equal(sscanf(text, "-%u%n", &to, &read), 1);
			text += read;
		}
		read = 0;
		if (what == '=') {
			recorded->asked_ns = (1700000000 + (int64_t)from) * 1000000000;
			continue;
		}
		struct store_run *const run = &recorded->runs[recorded->n];
		memcpy(recorded->names[recorded->n++], check, sizeof check);
		*run = (struct store_run){.check = recorded->names[recorded->n - 1],
			.from_ns = (1700000000 + (int64_t)from) * 1000000000,
			.to_ns = (1700000000 + (int64_t)to) * 1000000000,
			.outcome = what == '+'   ? PROBE_PASS
				   : what == 'x' ? PROBE_FAIL
						 : PROBE_NO_VERDICT,
			.n = to - from + 1};
	}
}

static struct replayed play(const char *policy, struct recorded *recorded)
{
	struct arena *const arena = arena_new();
	const struct policy *const p = policy_text(arena, policy);
	const struct replayed played = replay(p, recorded->runs, recorded->n, recorded->asked_ns);
	arena_free(arena);
	return played;
}

#define AUTO "www single auto keep 60 fra=a ams=b"

static void what_a_policy_makes_of_it(void **state)
{
	(void)state;
	static const struct {
		const char *what, *policy, *runs[3];
		uint32_t switches, flaps;
		int64_t wrong_s;
		size_t silent;
	} rows[] = {
		{"nothing happens", AUTO, {"a +0-1000", "b +0-1000"}, 0, 0, 0, 0},
		{"nothing was recorded", AUTO, {NULL}, 0, 0, 0, 2},
		{"an outage: wrong until the third fail, home again after the hold", AUTO,
			{"a +0-100 x101-130 +131-300", "b +0-300"}, 2, 0, 2, 0},
		{"fall 1: not wrong for a moment", "rise 2 fall 1 stale 5\n" AUTO,
			{"a +0-100 x101-130 +131-300", "b +0-300"}, 2, 0, 0, 0},
		{"fall 40: wrong as long as it lasts", "rise 2 fall 40 stale 5\n" AUTO,
			{"a +0-100 x101-130 +131-300", "b +0-300"}, 0, 0, 30, 0},
		{"home is failed back to by hand", "www single manual keep 60 fra=a ams=b",
			{"a +0-100 x101-130 +131-300", "b +0-300"}, 1, 0, 2, 0},
		{"two failures are wrong, and no reason to move", AUTO,
			{"a +0-100 x101-102 +103-300", "b +0-300"}, 0, 0, 2, 0},
		{"wrong only while another fits", AUTO,
			{"a +0-100 x101-130 +131-300", "b +0-50 x51-110 +111-300"}, 2, 0, 1, 0},
		{"wrong until nothing is known any more", "rise 2 fall 40 stale 5\n" AUTO,
			{"a +0-100 x101-130", "b +0-140"}, 0, 0, 34, 0},
		{"still wrong when the record ends", "rise 2 fall 40 stale 50\n" AUTO,
			{"a +0-100 x101-130", "b +0-140"}, 0, 0, 39, 0},
		{"the same switches again within ten minutes are flaps", AUTO,
			{"a +0-100 x101-130 +131-200 x201-230 +231-500", "b +0-500"}, 4, 2, 4, 0},
		{"... and later they are none", AUTO,
			{"a +0-100 x101-130 +131-800 x801-830 +831-1500", "b +0-1500"}, 4, 0, 4, 0},
		{"without a hold home is back with the second pass",
			"www single auto keep 1 fra=a ams=b",
			{"a +0-100 x101-130 +131-300", "b +0-300"}, 2, 0, 2, 0},
		{"silence is unknown and moves nothing", AUTO, {"a +0-100 +200-300", "b +0-300"}, 0,
			0, 0, 0},
		{"two fails, silence, a fail: not three in a row", AUTO,
			{"a +0-100 x101-102 x200 +201-300", "b +0-300"}, 0, 0, 7, 0},
		{"no verdict counts for nothing", AUTO, {"a +0-100 ?101-103 +104-300", "b +0-300"},
			0, 0, 0, 0},
		{"a check that nobody asked before", AUTO, {"a +0-100 x101-300"}, 0, 0, 0, 1},
		{"checks of another policy only lengthen the time", AUTO,
			{"z x0-1000", "a +0-10", "b +0-10"}, 0, 0, 0, 0},
		{"asked after the hold was over, before the next outcome", AUTO,
			{"a +0-100 x101-130 +131-191", "b +0-191 =193"}, 2, 0, 2, 0},
		{"silence between the last outcome and the question",
			"rise 2 fall 40 stale 5\n" AUTO, {"a +0-100 x101-130", "b +0-140 =500"}, 0,
			0, 34, 0},
		{"a pool: the one that fails is withdrawn, and comes back",
			"api pool auto keep 10 x=a y=b", {"a +0-100 x101-130 +131-300", "b +0-300"},
			2, 0, 2, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct recorded *const recorded = mem_new(sizeof *recorded);
		for (size_t k = 0; k < 3 && rows[i].runs[k] != NULL; k++)
			record(recorded, rows[i].runs[k]);
		struct replayed played = play(rows[i].policy, recorded);
		const struct replayed_service *const is = &played.services[0];
		if (is->switches != rows[i].switches || is->flaps != rows[i].flaps ||
			is->wrong.ns != rows[i].wrong_s * 1000000000 ||
			played.silent != rows[i].silent)
			fail_msg("%s: %u switches, %u flaps, %lld ms wrong, %zu silent",
				rows[i].what, is->switches, is->flaps,
				(long long)is->wrong.ns / 1000000, played.silent);
		free(played.services);
		free(recorded);
	}
}

/* Runs are played in leaps; one outcome after the other gives the same. */
static void leaps_change_nothing(void **state)
{
	(void)state;
	static const char policy[] = "rise 2 fall 3 stale 4\n"
				     "api pool auto keep 20 x=a y=b z=c\n"
				     "www single auto all 30 fra=a ams=b,c";
	uint32_t dice = 7;
	for (int round = 0; round < 50; round++) {
		struct recorded *const runs = mem_new(sizeof *runs), *const singles = mem_new(
									     sizeof *singles);
		for (unsigned check = 0; check < 3; check++)
			for (unsigned t = 0; t < 1000;) {
				dice = dice * 1664525 + 1013904223;
				const unsigned length =
					1 + (dice >> 16) % ((dice >> 8) % 4 == 0 ? 90 : 5);
				const char what = "+++xx?"[(dice >> 24) % 6];
				char text[64];
				(void)snprintf(text, sizeof text, "%c %c%u-%u", 'a' + (int)check,
					what, t, t + length - 1);
				record(runs, text);
				for (unsigned k = 0; k < length; k++) {
					(void)snprintf(text, sizeof text, "%c %c%u",
						'a' + (int)check, what, t + k);
					record(singles, text);
				}
				t += length + ((dice >> 28) == 0 ? 20 : 0);
			}
		struct replayed a = play(policy, runs), b = play(policy, singles);
		assert_memory_equal(a.services, b.services, 2 * sizeof *a.services);
		assert_true(a.outcomes == b.outcomes);
		assert_true(a.services[0].switches > 0);
		free(a.services);
		free(b.services);
		free(runs);
		free(singles);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_a_policy_makes_of_it),
		cmocka_unit_test(leaps_change_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
