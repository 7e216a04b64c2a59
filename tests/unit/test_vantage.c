/* Where we stand: what the references' outcomes mean for the failures of others. */
#include "prober/vantage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static mono_t at(int64_t ms) { return (mono_t){1000000000 + ms * 1000000}; }

/*
 * What was heard, in this order: `1p30` is reference 1, passed, begun at 30 ms; p: passed, f:
 * failed, l: a local trouble, z: we were late; each took 5 ms.
 */
static void hear(struct vantage *vantage, const char *heard)
{
	for (const char *c = heard; *c != '\0';) {
		const size_t number = (size_t)(c[0] - '0');
		const char how = c[1];
		int64_t ms = 0;
		for (c += 2; *c >= '0' && *c <= '9'; c++)
			ms = 10 * ms + (*c - '0');
		vantage_note(vantage, number, at(ms),
			how == 'p'   ? PROBE_PASS
			: how == 'f' ? PROBE_FAIL
				     : PROBE_NO_VERDICT,
			how == 'z'   ? FAULT_LATE
			: how == 'l' ? FAULT_LOCAL
				     : FAULT_NONE,
			at(ms + 5));
		c += *c == ' ';
	}
}

static void rules(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t references;
		uint32_t enough;
		const char *heard;
		enum vantage_word word; /* of a failure from 60 to 100 ms */
	} rows[] = {
		{"nobody to ask", 0, 1, "", VANTAGE_GOOD},
		{"nothing heard yet", 2, 1, "", VANTAGE_ASK},
		{"they were there before", 2, 1, "0p90 1p99", VANTAGE_ASK},
		{"one has answered since, one would be doubt", 2, 1, "0p100 1p99", VANTAGE_ASK},
		{"both have", 2, 1, "0p100 1p101", VANTAGE_GOOD},
		{"one of two is silent", 2, 1, "0f10 1p200", VANTAGE_DOUBTED},
		{"one of two, and it takes both", 2, 2, "0f10 1p200", VANTAGE_GOOD},
		{"... but the other has not answered since", 2, 2, "0f10 1p99", VANTAGE_ASK},
		{"both are", 2, 2, "0f10 1f200", VANTAGE_DOUBTED},
		{"our own trouble is silence", 2, 2, "0l110 1l110", VANTAGE_DOUBTED},
		{"that we were late is nothing", 2, 1, "0p110 1z110", VANTAGE_ASK},
		{"... and changes nothing", 2, 1, "0p110 1p120 1z130", VANTAGE_GOOD},
		{"silent before, and back", 2, 1, "0f10 0p55 0p110 1p110", VANTAGE_GOOD},
		{"back while it went on", 2, 1, "0f10 0p56 0p110 1p110", VANTAGE_DOUBTED},
		{"back since", 2, 1, "0f110 1p110 0p120", VANTAGE_DOUBTED},
		{"... and it takes both", 2, 2, "0f110 1p110 0p120", VANTAGE_GOOD},
		{"both back since", 2, 2, "0f110 1f110 0p120 1p120", VANTAGE_DOUBTED},
		{"three of four are enough", 4, 2, "0p110 1p110 2p110", VANTAGE_GOOD},
		{"two are not: the others may be gone", 4, 2, "0p110 1p110 2p90", VANTAGE_ASK},
		{"one silent of four, three there", 4, 2, "3f20 0p110 1p110 2p110", VANTAGE_GOOD},
		{"one of three is enough", 3, 1, "0p110 1p110 2f1", VANTAGE_DOUBTED},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct vantage vantage = {.enough = rows[i].enough};
		for (size_t r = 0; r < rows[i].references; r++)
			assert_int_equal(vantage_join(&vantage), r);
		hear(&vantage, rows[i].heard);
		const enum vantage_word word = vantage_judge(&vantage, at(60), at(100));
		if (word != rows[i].word)
			fail_msg("%s: %d", rows[i].what, (int)word);
		assert_int_equal(vantage_doubted(&vantage),
			vantage_silent(&vantage) >= rows[i].enough && rows[i].references > 0);
	}
}

static void they_come_and_go(void **state)
{
	(void)state;
	struct vantage vantage = {.enough = 2};
	for (size_t i = 0; i < REFERENCES_MAX; i++)
		assert_int_equal(vantage_join(&vantage), i);
	assert_int_equal(vantage_join(&vantage), REFERENCES_MAX);
	for (size_t i = 0; i < REFERENCES_MAX; i++)
		vantage_note(&vantage, i, at(1), PROBE_FAIL, FAULT_NONE, at(2));
	assert_true(vantage_doubted(&vantage));
	for (size_t i = 2; i < REFERENCES_MAX; i++)
		vantage_leave(&vantage, i);
	assert_true(vantage_awaits(&vantage, 1, at(2)));
	assert_false(vantage_awaits(&vantage, 2, at(2)));
	assert_int_equal(vantage_silent(&vantage), 2);
	vantage_leave(&vantage, 0);
	assert_false(vantage_doubted(&vantage)); /* one is not enough */
	vantage_leave(&vantage, 1);
	assert_false(vantage_doubted(&vantage)); /* nobody is left who could say so */
	assert_int_equal(vantage_judge(&vantage, at(4), at(5)), VANTAGE_GOOD);
	assert_int_equal(vantage_join(&vantage), 0); /* and comes with no past */
	assert_int_equal(vantage_silent(&vantage), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rules),
		cmocka_unit_test(they_come_and_go),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
