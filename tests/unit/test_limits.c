#include "base/attr.h"
#include "failover/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static mono_t at(int64_t s) { return mono_after((mono_t){0}, span_ms(s * 1000)); }

static struct decimal number(const char *text)
{
	struct decimal d = {0};
	if (text[0] != '\0' && !decimal_parse(text, &d))
		fail_msg("%s is no number", text);
	return d;
}

static void numbers(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *shown; /* NULL: no number */
	} rows[] = {
		{"zero", "0", "0"},
		{"there is no other zero", "-0.00", "0"},
		{"a sign", "+5", "5"},
		{"below zero", "-12", "-12"},
		{"leading zeros are decimal", "010", "10"},
		{"places", "0.350", "0.35"},
		{"no whole part", ".5", "0.5"},
		{"no places", "5.", "5"},
		{"all of 64 bits", "18446744073709551615", "18446744073709551615"},
		{"one more", "18446744073709551616", NULL},
		{"many more", "99999999999999999999999999", NULL},
		{"all of 18 places", "0.123456789012345678", "0.123456789012345678"},
		{"places that are cut", "0.1234567890123456789", "0.123456789012345678"},
		{"below zero by the last place", "-0.000000000000000001", "-0.000000000000000001"},
		{"nothing", "", NULL},
		{"a sign alone", "-", NULL},
		{"a point alone", ".", NULL},
		{"a sign and a point", "-.", NULL},
		{"two signs", "--1", NULL},
		{"two points", "1.2.3", NULL},
		{"an exponent", "1e3", NULL},
		{"a unit", "12%", NULL},
		{"a blank before", " 1", NULL},
		{"a blank behind", "1 ", NULL},
		{"hexadecimal", "0x10", NULL},
		{"a word", "nan", NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct decimal d = {0};
		char room[DECIMAL_TEXT_MAX];
		const bool is = decimal_parse(rows[i].text, &d);
		if (is != (rows[i].shown != NULL) ||
			(is && strcmp(decimal_text(&d, room), rows[i].shown) != 0))
			fail_msg("%s: \"%s\" is %s", rows[i].what, rows[i].text,
				is ? decimal_text(&d, room) : "no number");
	}
}

static void order_of_numbers(void **state)
{
	(void)state;
	static const char *const rising[] = {"-18446744073709551615", "-2", "-1.5", "-1.000000001",
		"-1", "-0.5", "0", "0.000000000000000001", "0.5", "1", "1.5", "9007199254740992",
		"9007199254740993", "18446744073709551614.9", "18446744073709551615"};
	for (size_t i = 0; i < COUNT_OF(rising); i++)
		for (size_t j = 0; j < COUNT_OF(rising); j++) {
			const struct decimal a = number(rising[i]), b = number(rising[j]);
			const int is = decimal_compare(&a, &b);
			if ((is > 0) != (i > j) || (is < 0) != (i < j))
				fail_msg("%s against %s: %d", rising[i], rising[j], is);
		}
}

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what, *min, *max;
		int64_t max_age_s;
		const char *value; /* of this attempt, at 100 s */
		int64_t changed_s, age_s;
		const char *why; /* NULL: kept */
	} rows[] = {
		{"1. no limits", "", "", 0, "anything", 100, 0, NULL},
		{"1. nor a value", "", "", 0, "", 0, 0, NULL},
		{"2. max, and nothing was read", "", "10", 0, "", 0, 0,
			"no value was read to hold against min, max or max-age"},
		{"2. max-age, and nothing was read", "", "", 5, "", 0, 0,
			"no value was read to hold against min, max or max-age"},
		{"3. a text where a number is due", "1", "", 0, "syncing", 100, 0,
			"value syncing is no number"},
		{"3. max-age alone takes any text", "", "", 5, "syncing", 100, 0, NULL},
		{"4. below min", "5", "", 0, "4.9", 100, 0, "value 4.9 is below min 5"},
		{"4. at min", "5", "", 0, "5.0", 100, 0, NULL},
		{"4. at max", "", "10", 0, "10", 100, 0, NULL},
		{"4. above max", "", "10", 0, "12", 100, 0, "value 12 is above max 10"},
		{"4. between", "5", "10", 0, "7", 100, 0, NULL},
		{"4. below both", "-5", "-1", 0, "-6", 100, 0, "value -6 is below min -5"},
		{"5. changed within max-age", "", "", 5, "7", 95, 0, NULL},
		{"5. unchanged for longer", "", "", 5, "7", 94, 0,
			"value 7 is 6.0s old, max-age 5s"},
		{"5. an age that was told counts, however long it is unchanged", "", "", 5, "7", 1,
			5, NULL},
		{"5. or short", "", "", 5, "7", 100, 6, "value 7 is 6.0s old, max-age 5s"},
		{"5. a good number may be too old", "1", "9", 5, "7", 100, 60,
			"value 7 is 60.0s old, max-age 5s"},
		{"4. comes before 5", "1", "9", 5, "0", 100, 60, "value 0 is below min 1"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct limits limits = {number(rows[i].min), number(rows[i].max),
			span_ms(rows[i].max_age_s * 1000)};
		struct finding known = {.at = at(100),
			.changed = at(rows[i].changed_s),
			.age = span_ms(rows[i].age_s * 1000)};
		char why[96] = "";
		const bool kept =
			limits_kept(&limits, rows[i].value, &known, at(100), why, sizeof why);
		if (kept != (rows[i].why == NULL) || strcmp(why, kept ? "" : rows[i].why) != 0)
			fail_msg("%s: %s \"%s\"", rows[i].what, kept ? "kept" : "not kept", why);
	}
}

static void a_value_is_as_old_as_its_last_change(void **state)
{
	(void)state;
	struct finding f = finding_step((struct finding){0}, "17", (span_t){0}, at(10));
	assert_int_equal(f.at.ns, at(10).ns);
	assert_int_equal(finding_age(&f, at(12)).ns, span_ms(2000).ns);
	f = finding_step(f, "17", (span_t){0}, at(15)); /* again, the same */
	assert_int_equal(f.at.ns, at(15).ns);
	assert_int_equal(f.changed.ns, at(10).ns);
	assert_int_equal(finding_age(&f, at(15)).ns, span_ms(5000).ns);
	f = finding_step(f, "18", (span_t){0}, at(20)); /* another */
	assert_string_equal(f.value, "18");
	assert_int_equal(finding_age(&f, at(21)).ns, span_ms(1000).ns);
	f = finding_step(f, "18", span_ms(500), at(30)); /* who is asked knows better */
	assert_int_equal(finding_age(&f, at(31)).ns, span_ms(1500).ns);
	assert_int_equal(f.changed.ns, at(20).ns);
}

static void a_long_value_is_cut(void **state)
{
	(void)state;
	char value[FINDING_VALUE_MAX];
	memset(value, 'x', sizeof value); /* not even its end is there */
	const struct finding f = finding_step((struct finding){0}, value, (span_t){0}, at(1));
	assert_int_equal(strlen(f.value), FINDING_VALUE_MAX - 1);
}

static void limits_that_are_the_same(void **state)
{
	(void)state;
	const struct limits a = {number("1"), number("2.50"), span_ms(5)};
	struct limits b = {number("1.0"), number("2.5"), span_ms(5)};
	assert_true(limits_same(&a, &b));
	assert_true(limits_any(&a));
	b.max = (struct decimal){0};
	assert_false(limits_same(&a, &b));
	assert_false(limits_same(&b, &a));
	b = a;
	b.max_age = span_ms(6);
	assert_false(limits_same(&a, &b));
	b = a;
	b.min = number("2");
	assert_false(limits_same(&a, &b));
	b = (struct limits){0};
	assert_false(limits_any(&b));
	assert_true(limits_same(&b, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers),
		cmocka_unit_test(order_of_numbers),
		cmocka_unit_test(rules),
		cmocka_unit_test(a_value_is_as_old_as_its_last_change),
		cmocka_unit_test(a_long_value_is_cut),
		cmocka_unit_test(limits_that_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
