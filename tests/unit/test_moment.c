#include "base/attr.h"
#include "base/moment.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static const int64_t second = 1000000000, now = 1795384800 * INT64_C(1000000000);

static void what_is_a_moment(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		enum moment_side side;
		int64_t after_now_ns; /* INT64_MIN: it is none */
	} rows[] = {
		{"2026-11-22T22:00Z", MOMENT_AHEAD, 0},
		{"2026-11-22T22:00:00Z", MOMENT_AGO, 0},
		{"2026-11-22T22:01:02Z", MOMENT_AGO, INT64_C(62) * 1000000000},
		{"2026-11-22T21:59:59.999Z", MOMENT_AGO, -1000000},
		{"2026-11-22T22:00:00.1234567899Z", MOMENT_AGO, 123456789},
		{"2h", MOMENT_AGO, INT64_C(-7200) * 1000000000},
		{"2h", MOMENT_AHEAD, INT64_C(7200) * 1000000000},
		{"0s", MOMENT_AGO, 0},
		{"2026-11-22T22:00", MOMENT_AGO, INT64_MIN},
		{"2026-11-22 22:00Z", MOMENT_AGO, INT64_MIN},
		{"2026-11-22T22:00:00.Z", MOMENT_AGO, INT64_MIN},
		{"2026-11-22T22:00Zulu", MOMENT_AGO, INT64_MIN},
		{"2026-13-22T22:00Z", MOMENT_AGO, INT64_MIN},
		{"2026-02-30T00:00Z", MOMENT_AGO, INT64_MIN},
		{"2026-11-31T00:00Z", MOMENT_AHEAD, INT64_MIN},
		{"2026-11-22T22:00:60Z", MOMENT_AGO, INT64_C(60) * 1000000000}, /* a leap second */
		{"1969-12-31T23:59Z", MOMENT_AGO, INT64_MIN},
		{"9999-01-01T00:00Z", MOMENT_AGO, INT64_MIN},
		{"", MOMENT_AGO, INT64_MIN},
		{"yesterday", MOMENT_AGO, INT64_MIN},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int64_t at = now + INT64_MIN / 2;
		const bool is = moment_parse(rows[i].text, now, rows[i].side, &at);
		const bool should = rows[i].after_now_ns != INT64_MIN;
		if (is != should || (is && at != now + rows[i].after_now_ns))
			fail_msg("%s: %lld", rows[i].text, (long long)(at - now));
	}
}

static void what_is_written_is_read(void **state)
{
	(void)state;
	static const int64_t rows[] = {0, 1, 999, 86399999};
	char room[MOMENT_TEXT_MAX];
	assert_string_equal(moment_text(now + 12 * second, room), "2026-11-22T22:00:12.000Z");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		int64_t at;
		assert_true(moment_parse(
			moment_text(now + rows[i] * 1000000, room), 0, MOMENT_AGO, &at));
		assert_true(at == now + rows[i] * 1000000);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_a_moment), cmocka_unit_test(what_is_written_is_read)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
