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
		const struct verdict is = verdict_merge(was, checks, n, (mono_t){9});
		if (is.state != state_of(rows[i].is) || is.since.ns != rows[i].since)
			fail_msg("%s: is %d since %d", rows[i].what, (int)is.state,
				(int)is.since.ns);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rules)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
