/* With which serial: never one that other records had. */
#include "serve_world.h"

static void a_reload_that_changes_nothing_keeps_the_version(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct loaded l = load(base, HEAD "services:\n" WWW),
		      again = load(base, HEAD "services:\n" WWW);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){1}), NOW));
	const struct view *const before = serve_view(serve);
	assert_false(serve_adopt(
		serve, base, again.records, facts_of(&again, picks, (uint64_t[]){1}), NOW + 5));
	assert_ptr_equal(serve_view(serve), before);
	serve_free(serve);
	loaded_end(&l);
	loaded_end(&again);
	view_unref(base);
}

/* What another process left is `serial` and the seal of what `sealed` answered by the file `was`.
 */
static void a_seal_keeps_the_serial_of_the_same_alone(void **state)
{
	(void)state;
	static const char other[] =
		"$TTL 300\n@ SOA ns1 h 100 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.9\n"
		"www A 192.0.2.99\nstatic CNAME ns1\n";
	static const char newer[] =
		"$TTL 300\n@ SOA ns1 h 600 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\n"
		"www A 192.0.2.99\nstatic CNAME ns1\n";
	static const struct {
		const char *what, *was, *is;
		uint64_t sealed, on; /* 0: there is no seal */
		uint32_t serial, then;
	} rows[] = {
		{"the same", zone_a, zone_a, 2, 2, 500, 500},
		{"a date, which is ahead of the seconds", zone_a, zone_a, 2, 2, 2026112201,
			2026112201},
		{"nobody knows", zone_a, zone_a, 0, 2, 500, NOW},
		{"the other endpoint answers", zone_a, zone_a, 2, 1, 500, NOW},
		{"both do", zone_a, zone_a, 2, 3, 500, NOW},
		{"another address in the file", zone_a, other, 2, 2, 500, NOW},
		{"the file's serial alone rose, and not so far", newer, zone_a, 2, 2, 700, 700},
		{"it rose further", zone_a, newer, 2, 2, 500, NOW},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const was = base_of(rows[i].was, zone_b), *const is = base_of(
									       rows[i].is, zone_b);
		struct loaded before = load(was, HEAD "services:\n" WWW),
			      l = load(is, HEAD "services:\n" WWW);
		struct serve *const first = serve_new(), *const serve = serve_new();
		const uint8_t *const apex = (const uint8_t *)"\7example\3com";
		struct pick picks[8];
		uint8_t seal[DIGEST_OCTETS];
		assert_true(serve_adopt(first, was, before.records,
			facts_of(&before, picks, &rows[i].sealed), NOW - 500));
		digest_make(view_zone(serve_view(first), apex), seal);
		serve_above(serve, apex, rows[i].serial, rows[i].sealed != 0 ? seal : NULL);
		assert_true(
			serve_adopt(serve, is, l.records, facts_of(&l, picks, &rows[i].on), NOW));
		if (serial(serve, "example.com") != rows[i].then)
			fail_msg("%s: %u", rows[i].what, serial(serve, "example.com"));
		const uint32_t www = 0;
		const uint64_t next = rows[i].on ^ 3;
		if (next != 0) {
			assert_true(
				serve_switch(serve, &www, 1, facts_of(&l, picks, &next), NOW + 9));
			assert_true((int32_t)(serial(serve, "example.com") - rows[i].then) > 0);
		}
		serve_free(first);
		serve_free(serve);
		loaded_end(&before);
		loaded_end(&l);
		view_unref(was);
		view_unref(is);
	}
}

static void a_zone_file_that_changed_keeps_the_switch_and_raises_the_serial(void **state)
{
	(void)state;
	struct view *const base = base_of(zone_a, zone_b);
	struct view *const edited = base_of(
		"$TTL 300\n@ SOA ns1 h 50 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\nnew A 192.0.2.3\n",
		"$TTL 300\n@ SOA ns1 h 3 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.9\n");
	struct loaded l = load(base, HEAD "services:\n" WWW),
		      is = load(edited, HEAD "services:\n" WWW);
	struct pick picks[8];
	struct serve *const serve = serve_new();
	assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, (uint64_t[]){2}), NOW));
	assert_true(
		serve_adopt(serve, edited, is.records, facts_of(&is, picks, (uint64_t[]){2}), NOW));
	ANSWERS(serve, "www.example.com", "A 192.0.2.20 5");
	ANSWERS(serve, "new.example.com", "A 192.0.2.3 300");
	assert_int_equal(serial(serve, "example.com"), NOW + 1);
	ANSWERS(serve, "ns1.example.net", "A 192.0.2.9 300");
	assert_int_equal(
		serial(serve, "example.net"), NOW); /* the file's went back: ours does not */
	serve_free(serve);
	loaded_end(&l);
	loaded_end(&is);
	view_unref(base);
	view_unref(edited);
}

/* By an operator's mistake, or a directory that was not mounted for a moment. */
static void a_zone_that_comes_back_goes_on_from_its_serial(void **state)
{
	(void)state;
	enum { DATE = 2026112201 }; /* ahead of the seconds: they do not help */
	static const char was[] = "$TTL 300\n@ SOA ns1 h 2026112201 1 1 1 30\n@ NS ns1\n";
	static const char rose[] = "$TTL 300\n@ SOA ns1 h 2026112210 1 1 1 30\n@ NS ns1\n";
	static const char fell[] = "$TTL 300\n@ SOA ns1 h 2026112101 1 1 1 30\n@ NS ns1\n";
	static const struct {
		const char *what;
		bool managed, sealed;
		const char *then; /* the file */
		uint32_t rise;
	} rows[] = {
		{"a zone with a service", true, false, was, 1},
		{"which another process left sealed", true, true, was, 1},
		{"a zone without, as its file has it", false, false, was, 0},
		{"whose file's serial rose", false, false, rose, 9},
		{"whose file's serial went back", false, false, fell, 1},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct view *const base = base_of(was, zone_b), *const none = view_empty(),
				   *const back = base_of(rows[i].then, zone_b);
		struct loaded l = load(base, rows[i].managed ? HEAD "services:\n" WWW : HEAD),
			      gone = load(base, HEAD);
		const uint8_t *const apex = (const uint8_t *)"\7example\3com";
		const uint32_t www = 0;
		const uint64_t fra = 1, ams = 2;
		struct pick picks[8];
		uint8_t seal[DIGEST_OCTETS];
		struct serve *const serve = serve_new(), *const first = serve_new();
		assert_true(serve_adopt(first, base, l.records, facts_of(&l, picks, &fra), NOW));
		digest_make(view_zone(serve_view(first), apex), seal);
		if (rows[i].sealed)
			serve_above(serve, apex, DATE + 1, seal);
		assert_true(serve_adopt(serve, base, l.records, facts_of(&l, picks, &fra), NOW));
		if (rows[i].managed)
			assert_true(
				serve_switch(serve, &www, 1, facts_of(&l, picks, &ams), NOW + 1));
		const uint32_t before = serial(serve, "example.com");
		assert_true(serve_adopt(
			serve, none, gone.records, facts_of(&gone, picks, &fra), NOW + 2));
		assert_true(
			serve_adopt(serve, back, l.records, facts_of(&l, picks, &fra), NOW + 3));
		if (serial(serve, "example.com") != before + rows[i].rise)
			fail_msg("%s: %u after %u", rows[i].what, serial(serve, "example.com"),
				before);
		serve_free(serve);
		serve_free(first);
		loaded_end(&l);
		loaded_end(&gone);
		view_unref(base);
		view_unref(back);
		view_unref(none);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reload_that_changes_nothing_keeps_the_version),
		cmocka_unit_test(a_seal_keeps_the_serial_of_the_same_alone),
		cmocka_unit_test(a_zone_file_that_changed_keeps_the_switch_and_raises_the_serial),
		cmocka_unit_test(a_zone_that_comes_back_goes_on_from_its_serial),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
