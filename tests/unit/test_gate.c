#include "failover/gate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Read at `read` (0: never) when it was `age` old; now is 100. */
struct seen {
	const char *text;
	int64_t read, age;
};

static struct value value_of(struct seen seen)
{
	struct value value = {.read = {seen.read}, .age = {seen.age}};
	strcpy(value.text, seen.text);
	return value;
}

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct gate_rule rule;
		struct seen mine, its;
		enum gate_state is;
	} rows[] = {
		{"1. fresh: never read", {.kind = GATE_FRESH, .age = {50}}, {"", 0, 0}, {"", 0, 0},
			GATE_UNKNOWN},
		{"1. lenient: what is unknown lets pass",
			{.kind = GATE_FRESH, .age = {50}, .lenient = true}, {"", 0, 0}, {"", 0, 0},
			GATE_OPEN},
		{"2. lenient: what is known does not",
			{.kind = GATE_FRESH, .age = {50}, .lenient = true}, {"x", 1, 0}, {"", 0, 0},
			GATE_SHUT},
		{"2. fresh: just young enough", {.kind = GATE_FRESH, .age = {50}}, {"x", 60, 10},
			{"", 0, 0}, GATE_OPEN},
		{"2. fresh: too old by now", {.kind = GATE_FRESH, .age = {50}}, {"x", 59, 10},
			{"", 0, 0}, GATE_SHUT},
		{"2. fresh: too old when it was read", {.kind = GATE_FRESH, .age = {50}},
			{"x", 99, 50}, {"", 0, 0}, GATE_SHUT},
		{"1. same: its own was never read", {.kind = GATE_SAME}, {"x", 1, 0}, {"", 0, 0},
			GATE_UNKNOWN},
		{"2. same: the text", {.kind = GATE_SAME}, {"x", 1, 0}, {"x", 2, 0}, GATE_OPEN},
		{"2. same: not the number", {.kind = GATE_SAME}, {"1.0", 1, 0}, {"1", 2, 0},
			GATE_SHUT},
		{"1. behind: its own was never read", {.kind = GATE_BEHIND, .max = 5}, {"7", 1, 0},
			{"", 0, 0}, GATE_UNKNOWN},
		{"1. behind: no number", {.kind = GATE_BEHIND, .max = 5}, {"x", 1, 0}, {"7", 1, 0},
			GATE_UNKNOWN},
		{"1. behind: its own is no number", {.kind = GATE_BEHIND, .max = 5}, {"7", 1, 0},
			{"x", 1, 0}, GATE_UNKNOWN},
		{"2. behind: just near enough", {.kind = GATE_BEHIND, .max = 5}, {"7", 1, 0},
			{"12", 1, 0}, GATE_OPEN},
		{"2. behind: too far", {.kind = GATE_BEHIND, .max = 5}, {"7", 1, 0}, {"12.1", 1, 0},
			GATE_SHUT},
		{"2. behind: ahead is not behind", {.kind = GATE_BEHIND, .max = 5}, {"99", 1, 0},
			{"12", 1, 0}, GATE_OPEN},
		{"2. behind: times of a directory, in seconds", {.kind = GATE_BEHIND, .max = 5},
			{"20261231235958.000000Z#000000#001#000000", 1, 0},
			{"20270101000003.000000Z#000000#002#000000", 1, 0}, GATE_OPEN},
		{"2. behind: and too far", {.kind = GATE_BEHIND, .max = 5},
			{"20261231235958.000000Z#000000#001#000000", 1, 0},
			{"20270101000003.500000Z#000000#002#000000", 1, 0}, GATE_SHUT},
		{"1. limits: no number", {.kind = GATE_LIMITS, .min = 1, .max = 3}, {"1 2", 1, 0},
			{"", 0, 0}, GATE_UNKNOWN},
		{"2. limits: the lowest", {.kind = GATE_LIMITS, .min = 1, .max = 3}, {"1", 1, 0},
			{"", 0, 0}, GATE_OPEN},
		{"2. limits: the highest", {.kind = GATE_LIMITS, .min = 1, .max = 3}, {"3", 1, 0},
			{"", 0, 0}, GATE_OPEN},
		{"2. limits: below", {.kind = GATE_LIMITS, .min = 1, .max = 3}, {"0.9", 1, 0},
			{"", 0, 0}, GATE_SHUT},
		{"2. limits: above", {.kind = GATE_LIMITS, .min = 1, .max = 3}, {"3.1", 1, 0},
			{"", 0, 0}, GATE_SHUT},
	};
	/* A kind that there is not lets nobody pass. */
	const struct gate_rule none = {.kind = (enum gate_kind)(GATE_LIMITS + 1)};
	const struct value read = value_of((struct seen){"1", 1, 0});
	assert_int_equal(gate_judge(&none, &read, &read, (mono_t){100}), GATE_UNKNOWN);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct value mine = value_of(rows[i].mine), its = value_of(rows[i].its);
		const enum gate_state is = gate_judge(&rows[i].rule, &mine, &its, (mono_t){100});
		if (is != rows[i].is)
			fail_msg("%s: %d", rows[i].what, (int)is);
		/* What time alone does. */
		const mono_t shuts = gate_shuts(&rows[i].rule, &mine), far = {INT64_MAX / 2};
		const enum gate_state later = gate_judge(&rows[i].rule, &mine, &its, far);
		if (later != (shuts.ns != 0 ? GATE_SHUT : is))
			fail_msg("%s: %d in the end", rows[i].what, (int)later);
		if (shuts.ns == 0)
			continue;
		const mono_t before = {shuts.ns - 1};
		if (gate_judge(&rows[i].rule, &mine, &its, shuts) != GATE_SHUT ||
			gate_judge(&rows[i].rule, &mine, &its, before) != GATE_OPEN)
			fail_msg("%s: it does not shut then", rows[i].what);
	}
}

static void numbers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		bool is;
		double number;
	} rows[] = {
		{"12", true, 12},
		{"-1.5e3", true, -1500},
		{"", false, 0},
		{"12 ", false, 0},
		{"12x", false, 0},
		{"0x10", false, 0},
		{"inf", false, 0},
		{"nan", false, 0},
		{"e", false, 0},
		{"19700101000000Z", true, 0},
		{"19700301000000Z", true, 59 * 86400.0},
		{"20000229120000Z", true, 951825600},
		{"20000301000000.25Z", true, 951868800.25},
		{"20261122052426.Z", true, 1795325066},
		{"20261122052426", true, 20261122052426},
		{"2026112205242xZ", false, 0},
		{"2026112205242/Z", false, 0},
		{"20261122052426.5", true, 20261122052426.5},
		{"20261122052426+01", false, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		double number;
		const bool is = value_number(rows[i].text, &number);
		if (is != rows[i].is || (is && number != rows[i].number))
			fail_msg("%s: %d %f", rows[i].text, is, number);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(rules), cmocka_unit_test(numbers)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
