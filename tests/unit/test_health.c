#include "failover/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static mono_t at(int64_t s) { return mono_after((mono_t){0}, span_ms(s * 1000)); }

static char letter(enum health_state state) { return "?UD"[state]; }

/*
 * A life of a check, one letter a second from 1 s on: p pass, f fail, n no verdict, l lost (deaf),
 * a age, . nothing.  rise 2, fall 3, stale 5 s.
 */
static struct health live(const char *life, struct health_rule rule)
{
	struct health h = {.since = at(0)};
	for (int64_t s = 1; *life != '\0'; s++, life++) {
		switch (*life) {
		case 'p': h = health_step(&rule, h, PROBE_PASS, at(s)); break;
		case 'f': h = health_step(&rule, h, PROBE_FAIL, at(s)); break;
		case 'n': h = health_step(&rule, h, PROBE_NO_VERDICT, at(s)); break;
		case 'l': h = health_lost(h, at(s)); break;
		case 'a': h = health_age(&rule, h, at(s)); break;
		case '.': break;
		default: fail_msg("no such letter: %c", *life);
		}
	}
	return h;
}

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what, *life;
		char is, known;
		uint16_t streak;
		int64_t since, heard;
		uint16_t margin;
	} rows[] = {
		{"never asked is unknown", "", '?', '?', 0, 0, 0, 1},
		{"1. no verdict says nothing of one never judged", "nnnn", '?', '?', 0, 0, 0, 1},
		{"1. nor of one that is up", "pnnn", 'U', 'U', 0, 1, 1, 3},
		{"1. it does not end a row", "pffnf", 'D', 'D', 0, 5, 5, 2},
		{"1. nor count in one", "pfnn", 'U', 'U', 1, 1, 2, 2},
		{"1. nor keep a state fresh", "pnnnna", '?', 'U', 0, 6, 1, 3},
		{"2. one pass makes it up", "p", 'U', 'U', 0, 1, 1, 3},
		{"2. one fail is not enough for down", "f", '?', '?', 1, 0, 1, 1},
		{"2. nor are two", "ff", '?', '?', 2, 0, 2, 1},
		{"2. three are", "fff", 'D', 'D', 0, 3, 3, 2},
		{"2. a pass after fails makes it up all the same", "ffp", 'U', 'U', 0, 3, 3, 3},
		{"3. passes confirm and do not move `since`", "ppp", 'U', 'U', 0, 1, 3, 3},
		{"3. fails confirm down", "fffff", 'D', 'D', 0, 3, 5, 2},
		{"3. a pass ends a row of fails", "pffpff", 'U', 'U', 2, 1, 6, 1},
		{"3. a fail ends a row of passes", "fffpfp", 'D', 'D', 1, 3, 6, 1},
		{"3. after a silence one pass confirms up", "plp", 'U', 'U', 0, 3, 3, 3},
		{"3. after a silence one fail confirms down", "ffflf", 'D', 'D', 0, 5, 5, 2},
		{"4. two fails of three leave it up", "pff", 'U', 'U', 2, 1, 3, 1},
		{"4. the third turns it down", "pfff", 'D', 'D', 0, 4, 4, 2},
		{"4. one pass of two leaves it down", "fffp", 'D', 'D', 1, 3, 4, 1},
		{"4. the second turns it up", "fffpp", 'U', 'U', 0, 5, 5, 3},
		{"4. half flapping never falls", "pfpfpfpf", 'U', 'U', 1, 1, 8, 2},
		{"4. while unknown it stays unknown until the row is full", "plff", '?', 'U', 2, 2,
			4, 1},
		{"4. and then is down", "plfff", 'D', 'D', 0, 5, 5, 2},
		{"4. rising out of unknown takes the whole row too", "ffflp", '?', 'D', 1, 4, 5, 1},
		{"4. and then is up", "ffflpp", 'U', 'U', 0, 6, 6, 3},
		{"lost: unknown, what was known stays", "pl", '?', 'U', 0, 2, 1, 3},
		{"lost again changes nothing", "p.l.l", '?', 'U', 0, 3, 1, 3},
		{"lost: a row does not go on after a silence", "pfflf", '?', 'U', 1, 4, 5, 2},
		{"lost: nor one of the never judged", "fflf", '?', '?', 1, 0, 4, 1},
		{"age: fresh enough", "p...a", 'U', 'U', 0, 1, 1, 3},
		{"age: stale to the second", "p....a", '?', 'U', 0, 6, 1, 3},
		{"age: counted from the last verdict, not from `since`", "pp....a", '?', 'U', 0, 7,
			2, 3},
		{"age: a row fades with the rest", "plf....a", '?', 'U', 0, 2, 3, 3},
	};
	const struct health_rule rule = {.rise = 2, .fall = 3, .stale = span_ms(5000)};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct health h = live(rows[i].life, rule);
		if (letter(h.state) != rows[i].is || letter(h.known) != rows[i].known ||
			h.streak != rows[i].streak || h.since.ns != at(rows[i].since).ns ||
			h.heard.ns != at(rows[i].heard).ns ||
			health_margin(&rule, h) != rows[i].margin)
			fail_msg("%s: is %c, known %c, streak %d, since %d, heard %d, margin %d",
				rows[i].what, letter(h.state), letter(h.known), h.streak,
				(int)(h.since.ns / 1000000000), (int)(h.heard.ns / 1000000000),
				health_margin(&rule, h));
	}
}

static void one_is_enough_where_the_rule_says_so(void **state)
{
	(void)state;
	const struct health_rule rule = {.rise = 1, .fall = 1, .stale = span_ms(5000)};
	assert_int_equal(live("f", rule).state, HEALTH_DOWN);
	assert_int_equal(live("pf", rule).state, HEALTH_DOWN);
	assert_int_equal(live("fp", rule).state, HEALTH_UP);
	assert_int_equal(health_margin(&rule, live("p", rule)), 1);
}

static void a_rule_that_shrank_under_a_row(void **state)
{
	(void)state;
	const struct health_rule slow = {.rise = 5, .fall = 9, .stale = span_ms(5000)};
	const struct health_rule fast = {.rise = 2, .fall = 2, .stale = span_ms(5000)};
	const struct health h = live("pffff", slow);
	assert_int_equal(health_margin(&slow, h), 5);
	assert_int_equal(health_margin(&fast, h), 1);
	assert_int_equal(health_step(&fast, h, PROBE_FAIL, at(6)).state, HEALTH_DOWN);
	assert_int_equal(health_step(&fast, h, PROBE_PASS, at(6)).streak, 0);
}

static void it_fades_when_its_last_verdict_is_stale(void **state)
{
	(void)state;
	const struct health_rule rule = {.rise = 1, .fall = 1, .stale = span_ms(5000)};
	assert_int_equal(health_fades(&rule, live("..p", rule)).ns, at(8).ns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(one_is_enough_where_the_rule_says_so),
		cmocka_unit_test(a_rule_that_shrank_under_a_row),
		cmocka_unit_test(it_fades_when_its_last_verdict_is_stale),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
