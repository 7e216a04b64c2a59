/* Fetching changes nothing: what it may touch is there, whatever is asked for. */
#include "tests/unit/ask.h"
#include "zone/fetch.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

enum { MANY = 20000 };

static const char *const questions[] = {". NS", "example. SOA", "www.example. A", "WWW.example. MX",
	"x.example. A", "a.b.c.example. A", "b.c.example. A", "below.cut.example. A",
	"cut.example. DS", "kid.example. DS", "test. DS", "a.test. A", "other. A",
	"x.wild.example. A", "alias.example. A", "below.dname.example. AAAA"};

static_assert(COUNT_OF(questions) <= FETCH_MAX, "asked at once");

static const char *const zone =
	"example.\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns\nns A 192.0.2.1\n"
	"www A 192.0.2.2\na.b.c A 192.0.2.3\ncut NS ns.cut\n*.wild A 192.0.2.4\n"
	"alias CNAME x.wild\ndname DNAME b.c";

/* An answer is the same whether its walk was begun beside others' or not. */
static void fetch_all(const struct view *view)
{
	static struct inquiry inquiries[FETCH_MAX];
	static uint8_t requests[FETCH_MAX][512 + 11], out[FETCH_MAX][1232], alone[1232];
	struct inquiry *list[FETCH_MAX] = {0};
	for (size_t n = 0; n <= COUNT_OF(questions); n++) {
		size_t n_list = 0;
		for (size_t i = 0; i < n; i++) {
			inquiries[i].request = (struct request){.wire = requests[i],
				.len = ask_request(requests[i], questions[i], ASK_EDNS, 1232),
				.transport = TRANSPORT_UDP};
			assert_true(answer_read(&inquiries[i], out[i], sizeof out[i]));
			if (answer_walks(&inquiries[i]))
				list[n_list++] = &inquiries[i];
		}
		fetch_names(view, list, n_list);
		for (size_t i = 0; i < n; i++) {
			const struct answer made =
				answer_make(view, &inquiries[i], out[i], sizeof out[i]);
			const struct answer is =
				answer_request(view, &inquiries[i].request, alone, sizeof alone);
			assert_int_equal(made.fate, is.fate);
			assert_int_equal(made.len, is.len);
			assert_memory_equal(out[i], alone, is.len);
		}
	}
}

static void small_views(void **state)
{
	(void)state;
	struct view *const none = view_empty();
	struct view *const one = ask_view((const char *const[]){zone, NULL});
	struct view *const several = ask_view((const char *const[]){zone,
		"test.\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns.example.",
		"kid.example.\n@ SOA ns h 1 3600 600 86400 60\n@ NS ns.example.\n@ A 192.0.2.5",
		NULL});
	fetch_all(none);
	fetch_all(one);
	fetch_all(several);
	assert_false(fetch_pays(none));
	assert_false(fetch_pays(several));
	view_unref(none);
	view_unref(one);
	view_unref(several);
}

/* Names are counted as zones come, are replaced and go. */
static void it_pays_for_many_names(void **state)
{
	(void)state;
	const uint8_t *const apex = (const uint8_t *)"\4test";
	struct txn *const txn = txn_new(apex);
	ask_add(txn, apex, "@ SOA ns h 1 3600 600 86400 60");
	ask_add(txn, apex, "@ NS ns.example.");
	for (unsigned i = 0; i < MANY; i++) {
		char line[ASK_LINE];
		(void)snprintf(line, sizeof line, "h%u A 192.0.2.1", i);
		ask_add(txn, apex, line);
	}
	struct err err;
	struct zone *const large = txn_commit(txn, NULL, 0, NULL, &err);
	assert_non_null(large);
	struct view *const was = ask_view((const char *const[]){zone, NULL});
	struct view *const with = view_with(was, (struct zone *const[]){large}, 1, NULL, 0);
	struct view *const again = view_with(with, (struct zone *const[]){large}, 1, NULL, 0);
	struct view *const without = view_with(again, NULL, 0, &apex, 1);
	assert_true(fetch_pays(with));
	assert_true(fetch_pays(again));
	assert_false(fetch_pays(without));
	fetch_all(again);
	zone_unref(large);
	view_unref(was);
	view_unref(with);
	view_unref(again);
	view_unref(without);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(small_views),
		cmocka_unit_test(it_pays_for_many_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
