#include "failover/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static int64_t let(const struct budget *budget, uint32_t n) { return budget_let(budget, n).ns; }

static void spend(struct budget *budget, int64_t at) { budget_spend(budget, (mono_t){at}); }

static void no_limit(void **state)
{
	(void)state;
	struct budget budget = budget_new(0, (span_t){10});
	spend(&budget, 5);
	assert_int_equal(let(&budget, 1), 0);
	struct budget other = budget_new(2, (span_t){10});
	spend(&other, 5);
	budget_carry(&budget, &other);
	budget_carry(&other, &budget);
	assert_int_equal(let(&budget, 1), 0);
	assert_int_equal(let(&other, 2), 15);
	budget_free(&other);
	budget_free(&budget);
}

static void any_window_counts(void **state)
{
	(void)state;
	struct budget budget = budget_new(3, (span_t){10});
	assert_int_equal(let(&budget, 3), 0);
	spend(&budget, 1);
	spend(&budget, 4);
	assert_int_equal(let(&budget, 1), 0);
	assert_int_equal(let(&budget, 2), 11);
	assert_int_equal(let(&budget, 3), 14);
	assert_int_equal(let(&budget, 9), 14); /* more than there may be: when all may */
	spend(&budget, 4);
	assert_int_equal(let(&budget, 1), 11);
	spend(&budget, 12);
	assert_int_equal(let(&budget, 1), 14);
	assert_int_equal(let(&budget, 3), 22);
	budget_free(&budget);
}

static void out_of_order(void **state)
{
	(void)state;
	struct budget budget = budget_new(3, (span_t){10});
	spend(&budget, 7);
	spend(&budget, -3); /* before the machine started */
	spend(&budget, 5);
	assert_int_equal(let(&budget, 1), 7);
	assert_int_equal(let(&budget, 2), 15);
	assert_int_equal(let(&budget, 3), 17);
	spend(&budget, -4); /* older than all */
	assert_int_equal(let(&budget, 1), 7);
	spend(&budget, 6);
	assert_int_equal(let(&budget, 1), 15);
	assert_int_equal(let(&budget, 2), 16);
	assert_int_equal(let(&budget, 3), 17);
	budget_free(&budget);
}

static void a_reload_with_less_room_keeps_the_newest(void **state)
{
	(void)state;
	struct budget was = budget_new(4, (span_t){10});
	for (int64_t t = 1; t <= 6; t++)
		spend(&was, t);
	struct budget less = budget_new(2, (span_t){20}), more = budget_new(5, (span_t){20});
	budget_carry(&less, &was);
	budget_carry(&more, &was);
	assert_int_equal(let(&less, 1), 25);
	assert_int_equal(let(&less, 2), 26);
	assert_int_equal(let(&more, 1), 0);
	assert_int_equal(let(&more, 2), 23);
	budget_free(&was);
	budget_free(&less);
	budget_free(&more);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(no_limit),
		cmocka_unit_test(any_window_counts), cmocka_unit_test(out_of_order),
		cmocka_unit_test(a_reload_with_less_room_keeps_the_newest)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
