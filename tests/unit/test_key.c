#include "tests/unit/zones.h"
#include "zone/key.h"

static int sign(int d) { return (d > 0) - (d < 0); }

static int compare_keys(const uint8_t *a, const uint8_t *b)
{
	struct key x, y;
	key_make(&x, a);
	key_make(&y, b);
	return sign(key_compare(x.at, x.len, y.at, y.len));
}

static void order_is_canonical(void **state)
{
	(void)state;
	static const char *const sorted[] = {".", "example.", "a.example.", "yljkjljk.a.example.",
		"Z.a.example.", "zABC.a.EXAMPLE.", "z.example.", "\\000.z.example.",
		"\\000\\000.z.example.", "\\000\\001.z.example.", "\\001.z.example.",
		"\\001\\000.z.example.", "\\002.z.example.", "*.z.example.", "+.z.example.",
		"-.z.example.", "\\..z.example.", "0.z.example.", "@.z.example.", "\\[.z.example.",
		"_.z.example.", "`.z.example.", "A.z.example.", "a\\000.z.example.",
		"a.a.z.example.", "\\200.z.example.", "\\255.z.example.", "zz.example."};
	for (size_t i = 0; i < COUNT_OF(sorted); i++)
		for (size_t j = 0; j < COUNT_OF(sorted); j++) {
			const int d = compare_keys(wire(sorted[i]), wire(sorted[j]));
			const int names = sign(name_compare(wire(sorted[i]), wire(sorted[j])));
			if (d != names)
				fail_msg("%s and %s: %d, names %d", sorted[i], sorted[j], d, names);
		}
}

static void random_names_order_and_go_round(void **state)
{
	(void)state;
	struct dice dice = {7};
	for (int i = 0; i < 100000 / SLOWER; i++) {
		uint8_t a[NAME_MAX_OCTETS], b[NAME_MAX_OCTETS], back[NAME_MAX_OCTETS];
		random_name(&dice, name_root, 4, a);
		random_name(&dice, roll(&dice, 2) > 0 ? name_root : a, 2, b);
		if (compare_keys(a, b) != sign(name_compare(a, b)))
			fail_msg("%s and %s", text(a), text(b));
		struct key key;
		key_make(&key, a);
		assert_int_equal(key.len + 1, name_len(a));
		assert_int_equal(key.labels, name_labels(a));
		assert_int_equal(key.at[key.len], 0);
		assert_int_equal(key_name(key.at, key.len, back), name_len(a));
		assert_true(name_equal(a, back));
		name_lower(a);
		assert_memory_equal(a, back, name_len(a));
	}
}

/* The steps tell octets apart and keep their order, and there are at most 48 values. */
static void steps_keep_order(void **state)
{
	(void)state;
	for (int a = 0; a < 256; a++) {
		assert_true(key_step((uint8_t)(a), 0) < KEY_STEPS &&
			    key_step((uint8_t)(a), 1) < KEY_STEPS);
		assert_int_equal(key_step((uint8_t)(a), 0) == 0, a == 0);
		for (int b = a + 1; b < 256; b++)
			assert_true(key_step((uint8_t)(a), 0) < key_step((uint8_t)(b), 0) ||
				    (key_step((uint8_t)(a), 0) == key_step((uint8_t)(b), 0) &&
					    key_step((uint8_t)(a), 1) < key_step((uint8_t)(b), 1)));
	}
	for (int c = 'a'; c < 'z'; c++) /* what host names are made of takes one step */
		assert_true(key_step((uint8_t)(c), 0) < key_step((uint8_t)(c + 1), 0));
	for (const uint8_t *c = (const uint8_t *)"*-0123456789_az"; *c != '\0'; c++)
		assert_true(key_step((uint8_t)(key_octet(*c)), 0) >
				    key_step((uint8_t)(key_octet(*c) - 1), 0) &&
			    key_step((uint8_t)(key_octet(*c)), 0) <
				    key_step((uint8_t)(key_octet(*c) + 1), 0));
}

static void longest_names(void **state)
{
	(void)state;
	uint8_t name[NAME_MAX_OCTETS] = {0}, back[NAME_MAX_OCTETS];
	struct key key;
	for (size_t at = 0; at < 254; at += 64) /* all octets 0 */
		name[at] = at < 192 ? 63 : 61;
	assert_int_equal(name_check(name, sizeof name), 255);
	key_make(&key, name);
	assert_int_equal(key.len, 254);
	assert_int_equal(key_name(key.at, key.len, back), 255);
	assert_memory_equal(name, back, 255);
	for (size_t at = 0; at < 254; at += 2) {
		name[at] = 1;
		name[at + 1] = 'x';
	}
	name[254] = 0;
	key_make(&key, name);
	assert_int_equal(key.labels, 127);
	assert_int_equal(key.len, 254);
}

static void labels_of_a_part(void **state)
{
	(void)state;
	struct key key;
	key_make(&key, wire("www.example.com."));
	static const struct {
		size_t len, labels;
	} rows[] = {{0, 0}, {3, 0}, {4, 1}, {5, 1}, {11, 1}, {12, 2}, {15, 2}, {16, 3}};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		assert_int_equal(key_labels(key.at, rows[i].len), rows[i].labels);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(order_is_canonical),
		cmocka_unit_test(random_names_order_and_go_round),
		cmocka_unit_test(steps_keep_order),
		cmocka_unit_test(longest_names),
		cmocka_unit_test(labels_of_a_part),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
