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

/* ---- split sets ---- */

enum { SHARES = 4, DRAWS = 200000 };

struct split_row {
	const char *what;
	uint32_t weights[SHARES];
	bool empty[SHARES]; /* that share has no records */
	double expected[SHARES];
};

static const struct split_row split_rows[] = {
	{"alike", {1, 1, 1, 1}, {0}, {0.25, 0.25, 0.25, 0.25}},
	{"one to three", {1, 3}, {0}, {0.25, 0.75}},
	{"a large sum", {65535, 1, 65535, 65535}, {0},
		{0.3333282, 0.0000051, 0.3333282, 0.3333282}},
	{"weight 0 gets none", {5, 0, 5, 0}, {0}, {0.5, 0, 0.5, 0}},
	{"weight 0 at the ends", {0, 1, 1, 0}, {0}, {0, 0.5, 0.5, 0}},
	{"a trickle", {9900, 100}, {0}, {0.99, 0.01}},
	{"one without records: the others have its part in proportion", {2, 4, 1, 1},
		{false, true, false, false}, {0.5, 0, 0.25, 0.25}},
	{"all but one are without", {1, 1, 1, 1}, {true, true, false, true}, {0, 0, 1, 0}},
};

static struct rrset *split_by(const struct split_row *row, struct rrset *sets[SHARES])
{
	struct rrset_share list[SHARES];
	const char *const names[SHARES] = {"a", "b", "c", "d"};
	for (size_t i = 0; i < SHARES; i++) {
		const struct rdata rdata = octets(names[i]);
		sets[i] = rrset_new(TYPE_TXT, 30, &rdata, 1);
		list[i] = (struct rrset_share){row->empty[i] ? NULL : sets[i], row->weights[i]};
	}
	struct rrset *const whole = rrset_union((const struct rrset *const *)sets, SHARES);
	struct rrset *const split = rrset_split(whole, list, SHARES);
	rrset_unref(whole);
	return split;
}

/* Pearson's chi-square of the shares drawn by `next`; cells that should be empty have to be. */
static void check_draws(const struct split_row *row, uint32_t (*next)(struct dice *))
{
	struct rrset *sets[SHARES];
	struct rrset *const split = split_by(row, sets);
	struct dice dice = {20261122};
	size_t drawn[SHARES] = {0};
	for (size_t n = 0; n < DRAWS; n++) {
		const struct rrset *const share = rrset_deal(split, next(&dice));
		size_t i = 0;
		while (i < SHARES && share != sets[i])
			i++;
		assert_true(i < SHARES);
		drawn[i]++;
	}
	double square = 0;
	for (size_t i = 0; i < SHARES; i++) {
		const double due = row->expected[i] * DRAWS;
		if (due == 0 && drawn[i] != 0)
			fail_msg("%s: share %zu has no part", row->what, i);
		if (due > 0)
			square += ((double)drawn[i] - due) * ((double)drawn[i] - due) / due;
	}
	if (square >
		16.27) /* 3 degrees of freedom: one in a thousand; the dice are the same ones */
		fail_msg("%s: chi-square %.1f", row->what, square);
	rrset_unref(split);
	for (size_t i = 0; i < SHARES; i++)
		rrset_unref(sets[i]);
}

static uint32_t any(struct dice *dice) { return roll(dice, UINT32_MAX); }

/* As the responder's: steps of the golden ratio. */
static uint32_t golden(struct dice *dice)
{
	dice->state += 0x9E3779B97F4A7C15U;
	return (uint32_t)(dice->state >> 32);
}

/* Only every second query of a thread is for this name. */
static uint32_t every_second(struct dice *dice)
{
	(void)golden(dice);
	return golden(dice);
}

static void shares_follow_weights(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(split_rows); i++) {
		check_draws(&split_rows[i], any);
		check_draws(&split_rows[i], golden);
		check_draws(&split_rows[i], every_second);
	}
}

/* Two sets that are split alike, one endpoint having no records in the second. */
static void shares_are_not_mixed(void **state)
{
	(void)state;
	const struct split_row row = {.weights = {3, 1, 4, 2}},
			       less = {.weights = {3, 1, 4, 2},
				       .empty = {false, false, true, false}};
	struct rrset *sets[SHARES], *others[SHARES];
	struct rrset *const one = split_by(&row, sets), *const other = split_by(&less, others);
	struct dice dice = {7};
	for (size_t n = 0; n < 1000; n++) {
		const uint32_t roll = any(&dice);
		const struct rrset *const a = rrset_deal(one, roll), *const b = rrset_deal(
									     other, roll);
		for (size_t i = 0; i < SHARES; i++)
			if (a == sets[i] && i != 2)
				assert_true(b == others[i]);
	}
	rrset_unref(one);
	rrset_unref(other);
	for (size_t i = 0; i < SHARES; i++) {
		rrset_unref(sets[i]);
		rrset_unref(others[i]);
	}
}

static void a_split_set_is_a_set(void **state)
{
	(void)state;
	struct rrset *sets[SHARES];
	struct rrset *const split = split_by(&split_rows[0], sets), *again[SHARES];
	struct rrset *const same = split_by(&split_rows[0], again);
	assert_string_equal(show(split), "a b c d ");
	assert_true(rrset_equal(split, same));
	struct rrset *const plain = rrset_at(split, split->ttl);
	assert_false(plain->split);
	assert_false(rrset_equal(split, plain));
	assert_string_equal(show(plain), "a b c d ");

	struct rrset *third[SHARES];
	struct rrset *const otherwise = split_by(&split_rows[2], third);
	assert_false(rrset_equal(split, otherwise)); /* other weights */
	struct rrset *const none = rrset_split(plain, NULL, 0);
	assert_false(rrset_equal(split, none));
	assert_true(rrset_deal(none, 0) == NULL);
	assert_string_equal(show(none), "a b c d ");

	/* The shares have the TTL of the whole. */
	struct rrset *const brief = rrset_at(plain, 5);
	struct rrset *const shortened = rrset_split(brief, &(struct rrset_share){sets[1], 1}, 1);
	assert_int_equal(rrset_deal(shortened, 99)->ttl, 5);
	assert_int_equal(sets[1]->ttl, 30);

	struct rrset *const grown = rrset_with(split, octets("e"));
	assert_false(grown->split);
	struct rrset *const all[] = {split, same, plain, otherwise, none, brief, shortened, grown};
	for (size_t i = 0; i < COUNT_OF(all); i++)
		rrset_unref(all[i]);
	for (size_t i = 0; i < SHARES; i++) {
		assert_true(rrset_is_own(sets[i]));
		rrset_unref(sets[i]);
		rrset_unref(again[i]);
		rrset_unref(third[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sorts_and_drops_doubles),
		cmocka_unit_test(one_more),
		cmocka_unit_test(union_and_equality),
		cmocka_unit_test(grown_is_as_made),
		cmocka_unit_test(shares_follow_weights),
		cmocka_unit_test(shares_are_not_mixed),
		cmocka_unit_test(a_split_set_is_a_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
