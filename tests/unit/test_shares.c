#include "base/attr.h"
#include "failover/shares.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { ENDS = 3 };

struct row {
	const char *what;
	bool weighted;
	uint32_t weights[ENDS];
	uint64_t on, trickle; /* bits */
	uint32_t shares[ENDS];
};

static void rules(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. a standby has a trickle", false, {1, 1, 1}, 1, 4, {9875, 0, 125}},
		{"2. no weights: all in every answer", false, {1, 1, 1}, 7, 0, {0}},
		{"2. one answers alone", true, {1, 1, 1}, 2, 0, {0}},
		{"2. whatever its weight", true, {1, 0, 1}, 2, 0, {0}},
		{"2. nobody answers", true, {1, 1, 1}, 0, 0, {0}},
		{"3. by weight", true, {1, 3, 2}, 7, 0, {1, 3, 2}},
		{"3. those that do not answer have no share", true, {1, 3, 2}, 5, 0, {1, 0, 2}},
		{"3. weight 0 gets nothing while one with more answers", true, {0, 3, 0}, 3, 0,
			{0, 3, 0}},
		{"4. unless all that answer have it", true, {0, 3, 0}, 5, 0, {1, 0, 1}},
	};
	/* A policy without one has none to give. */
	const struct service_rule none = {.trickle = 0};
	const struct pick had = {.on = {.bits = {1}}, .trickle = {.bits = {4}}};
	uint32_t nothing[ENDS];
	assert_int_equal(service_shares(&none, &had, NULL, ENDS, nothing), SHARE_ALL);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *const row = &rows[i];
		const struct service_rule rule = {.trickle = 125};
		const struct pick pick = {.on = {.bits = {row->on}},
			.trickle = {.bits = {row->trickle}},
			.chosen = true};
		uint32_t shares[ENDS] = {0};
		/* The sentence begins with the number of the rule. */
		const enum share_rule is = service_shares(
			&rule, &pick, row->weighted ? row->weights : NULL, ENDS, shares);
		if ((int)is != row->what[0] - '0')
			fail_msg("%s: rule %d", row->what, (int)is);
		for (size_t e = 0; e < ENDS; e++)
			if (shares[e] != row->shares[e])
				fail_msg("%s: %zu has %u", row->what, e, shares[e]);
	}
}

static void names(void **state)
{
	(void)state;
	assert_string_equal(share_rule_text(SHARE_TRICKLE), "trickle");
	assert_string_equal(share_rule_text(SHARE_ALIKE), "alike");
	assert_string_equal(trickle_rule_text(TRICKLE_NONE), "none");
	assert_string_equal(trickle_rule_text(TRICKLE_BEST), "best");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rules), cmocka_unit_test(names)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
