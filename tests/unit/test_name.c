#include "dns/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t *parse(uint8_t out[NAME_MAX_OCTETS], const char *text)
{
	struct err err;
	if (!name_parse(out, text, strlen(text), NULL, &err))
		fail_msg("%s: %s", text, err.text);
	return out;
}

static void text_goes_round(void **state)
{
	(void)state;
	static const struct {
		const char *what, *in, *out;
	} rows[] = {
		{"the root", ".", "."},
		{"an ordinary name keeps its case", "Www.Example.COM.", "Www.Example.COM."},
		{"without the last dot it is absolute when there is no origin", "a.b", "a.b."},
		{"an escaped dot is no separator", "a\\.b.c.", "a\\.b.c."},
		{"decimal escapes", "\\000\\255\\032x.", "\\000\\255\\032x."},
		{"characters of zone files are escaped", "\\@\\$\\;\\(\\).", "\\@\\$\\;\\(\\)."},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t name[NAME_MAX_OCTETS];
		char text[NAME_TEXT_MAX];
		if (strcmp(name_text(parse(name, rows[i].in), text), rows[i].out) != 0)
			fail_msg("%s: got %s", rows[i].what, text);
	}
}

static void bad_names_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "..", ".a", "a..b", "\\", "\\25", "\\256", "\\2x5",
		"0123456789012345678901234567890123456789012345678901234567890123"};
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		uint8_t name[NAME_MAX_OCTETS];
		struct err err;
		if (name_parse(name, bad[i], strlen(bad[i]), NULL, &err))
			fail_msg("\"%s\" was taken", bad[i]);
	}
}

static void length_limits(void **state)
{
	(void)state;
	char text[600] = "";
	for (int i = 0; i < 127; i++)
		strcat(text, "a.");
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	assert_true(name_parse(name, text, strlen(text), NULL, &err));
	assert_int_equal(name_len(name), 255);
	assert_int_equal(name_labels(name), 127);
	assert_int_equal(name_check(name, sizeof name), 255);
	strcat(text, "a.");
	assert_false(name_parse(name, text, strlen(text), NULL, &err));
	uint8_t origin[NAME_MAX_OCTETS];
	parse(origin, "0123456789.example.");
	assert_false(name_parse(name, text, 251, origin, &err));
}

static void origin_is_added(void **state)
{
	(void)state;
	uint8_t origin[NAME_MAX_OCTETS], name[NAME_MAX_OCTETS];
	parse(origin, "example.com.");
	char text[NAME_TEXT_MAX];
	struct err err;
	assert_true(name_parse(name, "www", 3, origin, &err));
	assert_string_equal(name_text(name, text), "www.example.com.");
	assert_true(name_parse(name, "@", 1, origin, &err));
	assert_string_equal(name_text(name, text), "example.com.");
	assert_true(name_parse(name, "www.", 4, origin, &err));
	assert_string_equal(name_text(name, text), "www.");
}

static void canonical_order(void **state)
{
	(void)state;
	static const char *const sorted[] = {/* RFC 4034 6.1 */
		"example.", "a.example.", "yljkjljk.a.example.", "Z.a.example.", "zABC.a.EXAMPLE.",
		"z.example.", "\\001.z.example.", "*.z.example.", "\\200.z.example."};
	for (size_t i = 0; i < COUNT_OF(sorted); i++)
		for (size_t j = 0; j < COUNT_OF(sorted); j++) {
			uint8_t a[NAME_MAX_OCTETS], b[NAME_MAX_OCTETS];
			const int d = name_compare(parse(a, sorted[i]), parse(b, sorted[j]));
			assert_true(i < j ? d < 0 : i > j ? d > 0 : d == 0);
			assert_int_equal(name_equal(a, b), i == j);
		}
}

static void under(void **state)
{
	(void)state;
	uint8_t a[NAME_MAX_OCTETS], b[NAME_MAX_OCTETS];
	assert_true(name_under(parse(a, "A.example."), parse(b, "EXAMPLE.")));
	assert_true(name_under(parse(a, "example."), parse(b, "example.")));
	assert_true(name_under(parse(a, "example."), name_root));
	assert_false(name_under(parse(a, "xexample."), parse(b, "example.")));
	assert_false(name_under(parse(a, "example."), parse(b, "a.example.")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_goes_round),
		cmocka_unit_test(bad_names_are_refused),
		cmocka_unit_test(length_limits),
		cmocka_unit_test(origin_is_added),
		cmocka_unit_test(canonical_order),
		cmocka_unit_test(under),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
