#include "base/attr.h"
#include "base/err.h"
#include "base/mem.h"
#include "probes/pattern.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

static void matches(void **state)
{
	(void)state;
	static const struct {
		const char *what, *pattern, *text;
		enum pattern_end end;
		size_t group;
		const char *got; /* NULL: not found */
	} rows[] = {
		{"anywhere", "b+", "abbc", PATTERN_MORE, 0, "bb"},
		{"the first of several", "[0-9]+", "a1b23", PATTERN_MORE, 0, "1"},
		{"not there", "d", "abc", PATTERN_WHOLE, 0, NULL},
		{"the beginning", "^b", "ab", PATTERN_WHOLE, 0, NULL},
		{"the beginning in one of two", "x|^a", "ab", PATTERN_WHOLE, 0, "a"},
		{"of a line is not it", "^b", "a\nb", PATTERN_WHOLE, 0, NULL},
		{"the end", "b$", "ab", PATTERN_WHOLE, 0, "b"},
		{"is not where more may come", "b$", "ab", PATTERN_MORE, 0, NULL},
		{"over a line's end", "a.b", "a\nb", PATTERN_WHOLE, 0, "a\nb"},
		{"a group", "(a)(b)", "xab", PATTERN_WHOLE, 2, "b"},
		{"a group that has no part", "(a)|b", "b", PATTERN_WHOLE, 1, ""},
		{"two of it", "(ab){2}", "xabab", PATTERN_WHOLE, 0, "abab"},
		{"nothing is everywhere", "()", "abc", PATTERN_WHOLE, 1, ""},
		{"nothing in nothing", "x*", "", PATTERN_WHOLE, 0, ""},
		{"a brace that is one", "[{]a[}]", "{a}", PATTERN_WHOLE, 0, "{a}"},
		{"octets above 127", "\xc3.", "a\xc3\xa4", PATTERN_WHOLE, 0, "\xc3\xa4"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct pattern *const pattern = pattern_new(rows[i].pattern);
		struct found found = {0, 0};
		const char *const text = rows[i].text;
		const bool got = pattern_group(
			pattern, text, strlen(text), rows[i].end, rows[i].group, &found);
		if (got != (rows[i].got != NULL))
			fail_msg("%s: %s", rows[i].what, got ? "found" : "not found");
		if (got && (found.len != strlen(rows[i].got) ||
				   memcmp(text + found.from, rows[i].got, found.len) != 0))
			fail_msg("%s: got \"%.*s\"", rows[i].what, (int)found.len,
				text + found.from);
		pattern_free(pattern);
	}
}

/* What regexec() alone would take seconds for: it is read in a loop that others wait for. */
static void a_long_text_costs_little(void **state)
{
	(void)state;
	static const char *const patterns[] = {"[a-z]+:", "a.*b.*c", "(x|y)*z", "^(.*,)*$|(q+)+r"};
	enum { LEN = 64 * 1024 };
	char *const text = mem_new(LEN + 1);
	memset(text, 'a', LEN);
	for (size_t i = 0; i < COUNT_OF(patterns); i++) {
		struct rusage before, after;
		struct pattern *const pattern = pattern_new(patterns[i]);
		assert_int_equal(getrusage(RUSAGE_SELF, &before), 0);
		assert_false(pattern_find(pattern, text, LEN, NULL));
		assert_int_equal(getrusage(RUSAGE_SELF, &after), 0);
		const double spent =
			(double)(after.ru_utime.tv_sec - before.ru_utime.tv_sec) +
			(double)(after.ru_utime.tv_usec - before.ru_utime.tv_usec) / 1e6;
		if (spent > 0.2)
			fail_msg("%s took %.2f s", patterns[i], spent);
		pattern_free(pattern);
	}
	free(text);
}

static void wrong_ones_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"(", "a)", "a)b|c", "(a))|(b", "[)]a)", "[", "[[:alpha:]])", "(a)\\1", "\\"};
	struct err err;
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		if (pattern_check(bad[i], &err))
			fail_msg("%s was taken", bad[i]);
	assert_true(pattern_check(NULL, &err));
	static const char *const good[] = {
		"^a(b|c)*[)]$", "\\)", "[^])]", "[])]", "([[:digit:])]+)", "[[.].])]", "((a)|(b))"};
	for (size_t i = 0; i < COUNT_OF(good); i++)
		if (!pattern_check(good[i], &err))
			fail_msg("%s: %s", good[i], err.text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(matches),
		cmocka_unit_test(a_long_text_costs_little),
		cmocka_unit_test(wrong_ones_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
