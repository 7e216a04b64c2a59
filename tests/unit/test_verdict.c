#include "failover/verdict.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static enum health_state state_of(char letter)
{
	return letter == 'U' ? HEALTH_UP : letter == 'D' ? HEALTH_DOWN : HEALTH_UNKNOWN;
}

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what, *checks;
		char was, is;
		int64_t since; /* it was as it was since 3, now is 9 */
	} rows[] = {
		{"1. without checks nothing speaks against it", "", '?', 'U', 9},
		{"1. and goes on not speaking", "", 'U', 'U', 3},
		{"2. one down is down", "UDU", 'U', 'D', 9},
		{"2. at the end too", "UUD", 'U', 'D', 9},
		{"2. down is stronger than unknown", "?D?", 'U', 'D', 9},
		{"2. before an unknown too", "D?", 'U', 'D', 9},
		{"2. down stays down since it was", "DD", 'D', 'D', 3},
		{"3. one unknown is unknown", "U?U", 'U', '?', 9},
		{"3. unknown stays unknown since it was", "??", '?', '?', 3},
		{"4. all up is up", "UUU", 'D', 'U', 9},
		{"4. one up is up", "U", '?', 'U', 9},
		{"4. up stays up since it was", "UU", 'U', 'U', 3},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct health health[4] = {0};
		const struct health *checks[4];
		const size_t n = strlen(rows[i].checks);
		for (size_t k = 0; k < n; k++) {
			health[k].state = state_of(rows[i].checks[k]);
			checks[k] = &health[k];
		}
		const struct verdict was = {.state = state_of(rows[i].was), .since = {3}};
		struct quorum tree[5] = {{(uint16_t)n, (uint16_t)n}};
		const enum health_state states[] = {
			quorum_state(n > 0 ? tree : NULL, checks), HEALTH_UNKNOWN};
		const bool has[] = {true, false};
		const struct verdict is = verdict_merge(was, states, has, false, (mono_t){9});
		if (is.state != state_of(rows[i].is) || is.since.ns != rows[i].since)
			fail_msg("%s: is %d since %d", rows[i].what, (int)is.state,
				(int)is.since.ns);
	}
}

static void quorums(void **state)
{
	(void)state;
	static const struct quorum any[] = {{1, 3}, {0, 0}, {0, 0}, {0, 0}};
	static const struct quorum two[] = {{2, 3}, {0, 0}, {0, 0}, {0, 0}};
	/* {all: [a, {any: [b, c]}]} */
	static const struct quorum nested[] = {{2, 2}, {0, 0}, {1, 2}, {0, 0}, {0, 0}};
	static const struct {
		const char *what;
		const struct quorum *tree;
		const char *checks;
		char is;
	} rows[] = {
		{"2. one of any is enough", any, "DU?", 'U'},
		{"3. none can be any more", any, "DDD", 'D'},
		{"4. one still may be", any, "D?D", '?'},
		{"2. two of three", two, "UDU", 'U'},
		{"3. one of three is too few, whatever the rest", two, "UDD", 'D'},
		{"4. the unknown one decides", two, "UD?", '?'},
		{"2. nested: both parts", nested, "UDU", 'U'},
		{"3. nested: the first part fails", nested, "DUU", 'D'},
		{"3. nested: the second part fails", nested, "UDD", 'D'},
		{"4. nested: the second part is unknown", nested, "UD?", '?'},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct health health[3] = {0};
		const struct health *checks[3];
		for (size_t k = 0; k < 3; k++) {
			health[k].state = state_of(rows[i].checks[k]);
			checks[k] = &health[k];
		}
		if (quorum_state(rows[i].tree, checks) != state_of(rows[i].is))
			fail_msg("%s", rows[i].what);
	}
}

static void families(void **state)
{
	(void)state;
	static const struct {
		const char *what, *states; /* IPv4, IPv6; '-': it has none */
		bool all;
		char is;
	} rows[] = {
		{"any: one is enough", "DU", false, 'U'},
		{"any: both are down", "DD", false, 'D'},
		{"any: one may still be", "D?", false, '?'},
		{"all: one is too few", "DU", true, 'D'},
		{"all: both", "UU", true, 'U'},
		{"all: one is unknown", "U?", true, '?'},
		{"all of one", "-U", true, 'U'},
		{"the one it has not is not asked", "U-", true, 'U'},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		enum health_state states[FAMILIES_MAX];
		bool has[FAMILIES_MAX];
		for (size_t f = 0; f < FAMILIES_MAX; f++) {
			has[f] = rows[i].states[f] != '-';
			states[f] = state_of(rows[i].states[f]);
		}
		const struct verdict was = {.state = HEALTH_UNKNOWN};
		const struct verdict is = verdict_merge(was, states, has, rows[i].all, (mono_t){9});
		if (is.state != state_of(rows[i].is))
			fail_msg("%s", rows[i].what);
		for (size_t f = 0; f < FAMILIES_MAX; f++)
			assert_int_equal(is.family[f], has[f] ? states[f] : HEALTH_UNKNOWN);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules), cmocka_unit_test(quorums), cmocka_unit_test(families)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
