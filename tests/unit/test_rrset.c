#include "base/mem.h"
#include "tests/unit/zones.h"
#include "zone/rrset.h"

#include <stdlib.h>

static struct rdata octets(const char *s)
{
	return (struct rdata){(const uint8_t *)s, (uint16_t)strlen(s)};
}

/* The records, each followed by a blank. */
static const char *show(const struct rrset *set)
{
	static char out[400];
	out[0] = '\0';
	struct rdata r;
	for (size_t at = 0; (r = rrset_each(set, &at)).wire != NULL;) {
		char one[20];
		(void)snprintf(one, sizeof one, "%.*s ", (int)r.len, (const char *)r.wire);
		append(out, sizeof out, one);
	}
	return out;
}

static void sorts_and_drops_doubles(void **state)
{
	(void)state;
	const struct rdata list[] = {octets("b"), octets("ab"), octets(""), octets("a"),
		octets("b"), octets("abc"), octets("B")};
	struct rrset *const set = rrset_new(TYPE_TXT, 60, list, COUNT_OF(list));
	assert_int_equal(set->count, 6);
	assert_string_equal(show(set), " B a ab abc b ");
	assert_int_equal(set->size, 6 * 2 + 8);
	rrset_unref(set);
}

static void one_more(void **state)
{
	(void)state;
	const struct rdata list[] = {octets("b"), octets("d")};
	struct rrset *const set = rrset_new(TYPE_TXT, 60, list, 2);
	struct rrset *const same = rrset_with(set, octets("d"));
	assert_true(same == set);
	static const struct {
		const char *more, *all;
	} rows[] = {{"a", "a b d "}, {"c", "b c d "}, {"e", "b d e "}, {"bb", "b bb d "}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct rrset *const more = rrset_with(set, octets(rows[i].more));
		assert_string_equal(show(more), rows[i].all);
		assert_int_equal(more->count, 3);
		assert_int_equal(more->ttl, 60);
		assert_false(rrset_equal(more, set));
		rrset_unref(more);
	}
	assert_string_equal(show(set), "b d ");
	assert_false(rrset_is_own(set));
	rrset_unref(same);
	assert_true(rrset_is_own(set));
	rrset_unref(set);
	rrset_unref(NULL);
}

static void union_and_equality(void **state)
{
	(void)state;
	const struct rdata one[] = {octets("c"), octets("a")}, two[] = {octets("b"), octets("c")};
	const struct rrset *const sets[] = {
		rrset_new(TYPE_TXT, 60, one, 2), rrset_new(TYPE_TXT, 90, two, 2)};
	struct rrset *const all = rrset_union(sets, 2);
	assert_string_equal(show(all), "a b c ");
	assert_int_equal(all->ttl, 60);
	const struct rdata same[] = {octets("b"), octets("c"), octets("a")};
	struct rrset *const equal = rrset_new(TYPE_TXT, 60, same, 3),
			    *const ttl = rrset_new(TYPE_TXT, 61, same, 3),
			    *const type = rrset_new(TYPE_A, 60, same, 3);
	assert_true(rrset_equal(all, equal));
	assert_false(rrset_equal(all, ttl));
	assert_false(rrset_equal(all, type));
	rrset_unref(all);
	rrset_unref(equal);
	rrset_unref(ttl);
	rrset_unref(type);
	rrset_unref(sets[0]);
	rrset_unref(sets[1]);
}

/* However many records come one by one, the set is the same as if they had come at once. */
static void grown_is_as_made(void **state)
{
	(void)state;
	struct dice dice = {3};
	for (size_t n = 1; n < 300; n += 7) {
		uint8_t wires[300][8];
		struct rdata list[300];
		for (size_t i = 0; i < n; i++) {
			list[i] = (struct rdata){wires[i], (uint16_t)roll(&dice, 8)};
			for (size_t k = 0; k < 8; k++)
				wires[i][k] = (uint8_t)roll(&dice, 3);
		}
		struct rrset *const made = rrset_new(TYPE_TXT, 60, list, n);
		struct rrset *grown = rrset_new(TYPE_TXT, 60, list, 1);
		for (size_t i = 1; i < n; i++)
			grown = rrset_grow(grown, list[i]);
		for (size_t i = 0; i < n; i++)
			assert_true(rrset_has(grown, list[i]));
		assert_true(rrset_equal(made, grown));
		rrset_unref(made);
		rrset_unref(grown);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_and_drops_doubles),
		cmocka_unit_test(one_more),
		cmocka_unit_test(union_and_equality),
		cmocka_unit_test(grown_is_as_made),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
