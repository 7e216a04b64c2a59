#include "service_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/*
 * Endpoints are letters in order of preference, `ends` has their states and since when (seconds):
 * "U0 D5 ?3".  The hold is 60 s.
 */
struct row {
	const char *what;
	const char *ends;
	const char *was; /* who answers; "": nothing was picked yet; pool: "ab|c": c is withdrawn */
	enum pick_reason reason_was;
	int64_t switched, now;
	const char *on;
	enum pick_reason reason;
	int64_t review;
};

static void check_row(struct service_rule rule, const struct row *row)
{
	struct contender ends[26];
	const size_t n = read_ends(row->ends, ends);
	struct pick was = {0};
	read_sets(row->was, &was);
	if (row->was[0] != '\0') {
		was.chosen = true;
		was.reason = row->reason_was;
		was.by = PICK_FIRST;
		was.switched = at(row->switched);
		was.review = at(1); /* an old one is not kept */
	}
	const struct pick is = service_pick(&rule, ends, n, &nobody_said, &was, at(row->now));

	char on[60];
	if (strcmp(print_sets(&is, on), row->on) != 0 || is.reason != row->reason ||
		is.review.ns != at(row->review).ns)
		fail_msg("%s: on %s by %s, review %d", row->what, on, pick_reason_text(is.reason),
			(int)(is.review.ns / 1000000000));
	const bool changed = !endpoint_same(&is.on, &was.on);
	if (!is.chosen || is.switched.ns != at(changed ? row->now : row->switched).ns ||
		is.by != (changed ? row->reason : PICK_FIRST))
		fail_msg("%s: switched %d by %s", row->what, (int)(is.switched.ns / 1000000000),
			pick_reason_text(is.by));

	/* Asked again at once, nothing more happens. */
	const struct pick again = service_pick(&rule, ends, n, &nobody_said, &is, at(row->now));
	if (!endpoint_same(&again.on, &is.on) || again.review.ns != is.review.ns)
		fail_msg("%s: asked twice, it changes twice", row->what);
}

static void check_rows(struct service_rule rule, const struct row rows[], size_t n)
{
	rule.hold = span_ms(60000);
	for (size_t i = 0; i < n; i++)
		check_row(rule, &rows[i]);
}

static void single(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. at the start nothing is judged and home answers", "?0 ?0", "", 0, 0, 5, "a",
			PICK_FIRST, 0},
		{"1. home answers though a standby was heard of first", "?0 U1", "", 0, 0, 5, "a",
			PICK_FIRST, 0},
		{"1. home that is up answers", "U1 U1", "", 0, 0, 5, "a", PICK_FIRST, 0},
		{"1. home known to be down does not", "D1 ?0 U1", "", 0, 0, 5, "c", PICK_FIRST, 0},
		{"1. unless nobody is up", "D1 ?0", "", 0, 0, 5, "a", PICK_NONE_LEFT, 0},
		{"1. even if all are down", "D1 D0", "", 0, 0, 5, "a", PICK_NONE_LEFT, 0},
		{"1. of a former pool the first that answered stays", "D9 U1 U1", "bc", PICK_KEPT,
			3, 10, "b", PICK_FIRST, 0},
		{"1. even unknown", "D9 ?1 U1", "bc", PICK_KEPT, 3, 10, "b", PICK_FIRST, 0},
		{"1. from a former pool failback keeps its hold", "U5 U1 U1", "bc", PICK_KEPT, 3,
			10, "b", PICK_FIRST, 70},
		{"1. of a former pool that had none left one stays", "D5 D1", "ab", PICK_NONE_LEFT,
			3, 10, "a", PICK_NONE_LEFT, 0},
		{"5. an unknown active one stays", "?5 U1", "a", PICK_KEPT, 0, 10, "a",
			PICK_UNKNOWN, 0},
		{"5. even a standby when home is long up", "U1 ?400", "b", PICK_KEPT, 0, 900, "b",
			PICK_UNKNOWN, 0},
		{"5. all unknown: all stays", "?5 ?5", "b", PICK_FAILOVER, 3, 10, "b", PICK_UNKNOWN,
			0},
		{"7. down and nobody else there", "D5", "a", PICK_KEPT, 0, 10, "a", PICK_NONE_LEFT,
			0},
		{"7. down, the standby down too", "D5 D4", "a", PICK_KEPT, 0, 10, "a",
			PICK_NONE_LEFT, 0},
		{"7. down, the standby unknown: it is not chosen", "D5 ?0", "a", PICK_KEPT, 0, 10,
			"a", PICK_NONE_LEFT, 0},
		{"7. a standby down keeps as well as home does", "D5 D4", "b", PICK_FAILOVER, 3, 10,
			"b", PICK_NONE_LEFT, 0},
		{"7. and goes on keeping", "D5 D4", "b", PICK_NONE_LEFT, 3, 10, "b", PICK_NONE_LEFT,
			0},
		{"13. down: the first standby that is up", "D5 U1 U1", "a", PICK_KEPT, 0, 10, "b|a",
			PICK_FAILOVER, 0},
		{"13. it skips one that is down", "D5 D1 U1", "a", PICK_KEPT, 0, 10, "c|a",
			PICK_FAILOVER, 0},
		{"13. and one that is unknown", "D5 ?1 U1", "a", PICK_KEPT, 0, 10, "c|a",
			PICK_FAILOVER, 0},
		{"13. home takes over from a dead standby, hold or not", "U9 D9", "b",
			PICK_FAILOVER, 5, 10, "a|b", PICK_FAILOVER, 0},
		{"13. a second failover does not wait for the hold", "D5 D9 U1", "b", PICK_FAILOVER,
			5, 10, "c|b", PICK_FAILOVER, 0},
		{"13. none was left, one is up again", "D5 U10", "a", PICK_NONE_LEFT, 3, 10, "b|a",
			PICK_FAILOVER, 0},
		{"14. home up for the hold, the switch as long ago", "U40 U1", "b", PICK_KEPT, 40,
			100, "a", PICK_FAILBACK, 0},
		{"14. home is up too short", "U41 U1", "b", PICK_KEPT, 5, 100, "b", PICK_KEPT, 101},
		{"14. the switch is too fresh", "U5 U1", "b", PICK_FAILOVER, 50, 100, "b",
			PICK_KEPT, 110},
		{"14. a standby better than the active one counts too", "D50 U20 U1", "c",
			PICK_KEPT, 30, 100, "b", PICK_FAILBACK, 0},
		{"14. the best of two that are due", "U20 U20 U1", "c", PICK_KEPT, 30, 100, "a",
			PICK_FAILBACK, 0},
		{"14. the second best when the best is not due yet", "U90 U20 U1", "c", PICK_KEPT,
			30, 100, "b", PICK_FAILBACK, 160},
		{"14. neither is due: the earlier one sets the review", "U90 U80 U1", "c",
			PICK_KEPT, 30, 100, "c", PICK_KEPT, 140},
		{"14. and in the other order", "U80 U90 U1", "c", PICK_KEPT, 30, 100, "c",
			PICK_KEPT, 140},
		{"14. a worse one is no reason to leave", "D5 U1 U1", "b", PICK_KEPT, 3, 100, "b",
			PICK_KEPT, 0},
		{"14. an unknown home is not gone back to", "?5 U1", "b", PICK_KEPT, 3, 100, "b",
			PICK_KEPT, 0},
		{"15. home up", "U5 U5", "a", PICK_FIRST, 3, 10, "a", PICK_KEPT, 0},
		{"15. home up, the standby down", "U5 D5", "a", PICK_UNKNOWN, 3, 10, "a", PICK_KEPT,
			0},
	};
	check_rows((struct service_rule){.mode = MODE_SINGLE}, rows, COUNT_OF(rows));
}

static void single_manual(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"13. failover needs no word", "D5 U1", "a", PICK_KEPT, 0, 10, "b|a", PICK_FAILOVER,
			0},
		{"14. failback does", "U5 U1", "b", PICK_KEPT, 5, 900, "b", PICK_KEPT, 0},
		{"13. back to home when the standby dies is a failover", "U5 D9", "b", PICK_KEPT, 5,
			10, "a|b", PICK_FAILOVER, 0},
	};
	check_rows((struct service_rule){.mode = MODE_SINGLE, .failback = FAILBACK_MANUAL}, rows,
		COUNT_OF(rows));
}

static void single_all(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. at the start home answers alone", "?0 ?0", "", 0, 0, 5, "a", PICK_FIRST, 0},
		{"1. all known to be down at the start: all answer", "D0 D0", "", 0, 0, 5, "ab",
			PICK_NONE_LEFT, 0},
		{"1. of a former pool the first stays", "U1 U1", "ab", PICK_KEPT, 3, 10, "a",
			PICK_FIRST, 0},
		{"7. all down: all answer", "D5 D4 D9", "b", PICK_KEPT, 3, 10, "abc",
			PICK_NONE_LEFT, 0},
		{"7. one unknown: not yet", "D5 ?4 D9", "a", PICK_KEPT, 3, 10, "a", PICK_NONE_LEFT,
			0},
		{"7. one turns unknown: all go on answering", "D5 ?9 D9", "abc", PICK_NONE_LEFT, 3,
			10, "abc", PICK_NONE_LEFT, 0},
		{"7. all turn unknown: all go on answering", "?9 ?9 ?9", "abc", PICK_NONE_LEFT, 3,
			10, "abc", PICK_NONE_LEFT, 0},
		{"7. one more endpoint since, all down: all answer", "D5 D9 D9", "ab",
			PICK_NONE_LEFT, 3, 10, "abc", PICK_NONE_LEFT, 0},
		{"13. all answered, one is up: it answers alone", "D5 D9 U10", "abc",
			PICK_NONE_LEFT, 3, 10, "c|ab", PICK_FAILOVER, 0},
		{"13. all answered, two are up: the better one", "D5 U10 U10", "abc",
			PICK_NONE_LEFT, 3, 10, "b|a", PICK_FAILOVER, 0},
		{"13. all answered, the rest unknown: the one that is up", "?5 U10 ?9", "abc",
			PICK_NONE_LEFT, 3, 10, "b|ac", PICK_FAILOVER, 0},
	};
	check_rows((struct service_rule){.mode = MODE_SINGLE, .on_none = ON_NONE_ALL}, rows,
		COUNT_OF(rows));
}

static void pool(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"1. at the start nothing is judged and all answer", "?0 ?0 ?0", "", 0, 0, 5, "abc",
			PICK_FIRST, 0},
		{"1. but who is known to be down", "?0 D1 U1", "", 0, 0, 5, "ac|b", PICK_FIRST, 0},
		{"1. unless all are", "D0 D1", "", 0, 0, 5, "ab", PICK_NONE_LEFT, 0},
		{"5. an unknown member stays in", "?9 U1", "ab", PICK_KEPT, 3, 10, "ab",
			PICK_UNKNOWN, 0},
		{"5. an unknown one that is out stays out", "?9 U1", "b|a", PICK_KEPT, 3, 10, "b|a",
			PICK_KEPT, 0},
		{"5. a new one that is unknown waits outside", "U1 ?9", "a", PICK_KEPT, 3, 10, "a",
			PICK_KEPT, 0},
		{"5. all unknown: who was in stays in", "?9 ?9 ?9", "ac|b", PICK_KEPT, 3, 10,
			"ac|b", PICK_UNKNOWN, 0},
		{"7. the last member is down, nobody is up: it stays", "D5 D9", "b|a", PICK_KEPT, 3,
			10, "b|a", PICK_NONE_LEFT, 0},
		{"7. an unknown one outside is not fetched", "?5 D9", "b|a", PICK_KEPT, 3, 10,
			"b|a", PICK_NONE_LEFT, 0},
		{"7. all die in one moment: all stay", "D9 D9", "ab", PICK_KEPT, 3, 10, "ab",
			PICK_NONE_LEFT, 0},
		{"7. none was left, one turns unknown: both stay", "D9 ?10", "ab", PICK_NONE_LEFT,
			3, 10, "ab", PICK_NONE_LEFT, 0},
		{"13. a member that is down is withdrawn", "U1 D9 U1", "abc", PICK_KEPT, 3, 10,
			"ac|b", PICK_FAILOVER, 0},
		{"13. though only unknown ones stay", "D9 ?5", "ab", PICK_KEPT, 3, 10, "b|a",
			PICK_FAILOVER, 0},
		{"13. two at once", "D9 D9 U1", "abc", PICK_KEPT, 3, 10, "c|ab", PICK_FAILOVER, 0},
		{"13. the last member dies while one outside waits: it comes at once", "U9 D10",
			"b|a", PICK_KEPT, 3, 10, "a|b", PICK_FAILOVER, 0},
		{"13. both that wait come", "U9 D10 U9", "b|ac", PICK_KEPT, 3, 10, "ac|b",
			PICK_FAILOVER, 0},
		{"13. none was left, an old member is up: it alone stays", "D5 U10", "ab",
			PICK_NONE_LEFT, 3, 10, "b|a", PICK_FAILOVER, 0},
		{"13. none was left, one outside is up: it comes", "U10 D9", "b|a", PICK_NONE_LEFT,
			3, 10, "a|b", PICK_FAILOVER, 0},
		{"13. none was left, the unknown one was down: it goes", "?8 U10", "ab",
			PICK_NONE_LEFT, 3, 10, "b|a", PICK_FAILOVER, 0},
		{"14. one that was withdrawn is up for the hold", "U40 U1", "b|a", PICK_KEPT, 99,
			100, "ab", PICK_FAILBACK, 0},
		{"14. it is up too short", "U41 U1", "b|a", PICK_KEPT, 3, 100, "b|a", PICK_KEPT,
			101},
		{"14. one is due, one is not", "U40 U1 U50", "b|ac", PICK_KEPT, 3, 100, "ab|c",
			PICK_FAILBACK, 110},
		{"14. the earlier one sets the review", "U70 U1 U50", "b|ac", PICK_KEPT, 3, 100,
			"b|ac", PICK_KEPT, 110},
		{"14. a new one comes as soon as it is up", "U1 U100", "a", PICK_KEPT, 3, 100, "ab",
			PICK_FAILBACK, 0},
		{"14. one goes, one comes: the going is told", "U40 D9 U1", "bc|a", PICK_KEPT, 3,
			100, "ac|b", PICK_FAILOVER, 0},
		{"15. all up, all in", "U1 U1", "ab", PICK_FIRST, 3, 10, "ab", PICK_KEPT, 0},
		{"15. who is out and down stays out", "D5 U1", "b|a", PICK_FAILOVER, 3, 10, "b|a",
			PICK_KEPT, 0},
	};
	check_rows((struct service_rule){.mode = MODE_POOL}, rows, COUNT_OF(rows));
}

static void pool_manual(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"13. withdrawing needs no word", "D9 U1", "ab", PICK_KEPT, 3, 10, "b|a",
			PICK_FAILOVER, 0},
		{"14. coming back does", "U9 U1", "b|a", PICK_KEPT, 3, 900, "b|a", PICK_KEPT, 0},
		{"14. a new one needs none", "U9 U1", "b", PICK_KEPT, 3, 10, "ab", PICK_FAILBACK,
			0},
		{"13. the last one dies: who is up comes without a word", "U9 D10", "b|a",
			PICK_KEPT, 3, 10, "a|b", PICK_FAILOVER, 0},
	};
	check_rows((struct service_rule){.mode = MODE_POOL, .failback = FAILBACK_MANUAL}, rows,
		COUNT_OF(rows));
}

static void pool_all(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"7. the last one dies, all are down: all answer", "D5 D5 D10", "c|ab", PICK_KEPT,
			3, 10, "abc", PICK_NONE_LEFT, 0},
		{"7. one of them unknown: not yet", "?5 D5 D10", "c|ab", PICK_KEPT, 3, 10, "c|ab",
			PICK_NONE_LEFT, 0},
		{"7. later it is down too: all answer", "D10 D5 D9", "c|ab", PICK_NONE_LEFT, 3, 10,
			"abc", PICK_NONE_LEFT, 0},
		{"7. one turns unknown: all go on answering", "?10 D5 D9", "abc", PICK_NONE_LEFT, 3,
			10, "abc", PICK_NONE_LEFT, 0},
		{"13. one is up: it answers alone", "D5 U10 D9", "abc", PICK_NONE_LEFT, 3, 10,
			"b|ac", PICK_FAILOVER, 0},
		{"13. of those that all answered an unknown one goes", "?8 U10 D9", "abc",
			PICK_NONE_LEFT, 3, 10, "b|ac", PICK_FAILOVER, 0},
	};
	check_rows((struct service_rule){.mode = MODE_POOL, .on_none = ON_NONE_ALL}, rows,
		COUNT_OF(rows));
}

static void without_a_hold_failback_is_at_once(void **state)
{
	(void)state;
	const struct row one = {
		"single", "U10 U1", "b", PICK_FAILOVER, 10, 10, "a", PICK_FAILBACK, 0};
	check_row((struct service_rule){.mode = MODE_SINGLE}, &one);
	const struct row two = {
		"pool", "U10 U1", "b|a", PICK_FAILOVER, 9, 10, "ab", PICK_FAILBACK, 0};
	check_row((struct service_rule){.mode = MODE_POOL}, &two);
}

static void as_many_endpoints_as_may_be(void **state)
{
	(void)state;
	struct contender ends[ENDPOINTS_MAX];
	for (size_t i = 0; i < ENDPOINTS_MAX; i++)
		ends[i] = (struct contender){
			.health = {.state = HEALTH_DOWN}, .ready = {.state = HEALTH_DOWN}};
	ends[ENDPOINTS_MAX - 1].health.state = ends[ENDPOINTS_MAX - 1].ready.state = HEALTH_UP;
	struct service_rule rule = {.mode = MODE_POOL, .on_none = ON_NONE_ALL};
	const struct pick none = {0};
	struct pick is = service_pick(&rule, ends, ENDPOINTS_MAX, &nobody_said, &none, at(5));
	assert_int_equal(endpoint_count(&is.on), 1);
	assert_true(endpoint_has(&is.on, ENDPOINTS_MAX - 1));
	ends[ENDPOINTS_MAX - 1].health.state = ends[ENDPOINTS_MAX - 1].ready.state = HEALTH_DOWN;
	is = service_pick(&rule, ends, ENDPOINTS_MAX, &nobody_said, &is, at(6));
	assert_int_equal(endpoint_count(&is.on), ENDPOINTS_MAX);
	rule.mode = MODE_SINGLE;
	ends[200].health.state = ends[200].ready.state = HEALTH_UP;
	is = service_pick(&rule, ends, ENDPOINTS_MAX, &nobody_said, &is, at(7));
	assert_int_equal(endpoint_count(&is.on), 1);
	assert_true(endpoint_has(&is.on, 200));
}

static void sets_differ_in_every_word(void **state)
{
	(void)state;
	const struct endpoint_set none = {0};
	for (size_t i = 0; i < 256; i += 64) {
		struct endpoint_set one = {0};
		endpoint_add(&one, i);
		assert_false(endpoint_same(&none, &one));
		assert_true(endpoint_same(&one, &one));
	}
}

static void reasons_have_words(void **state)
{
	(void)state;
	static const char *const words[] = {"none", "first", "pinned", "frozen", "drained",
		"unknown", "starting", "none-left", "manual", "waiting", "after", "limited",
		"breaker", "failover", "failback", "kept", "ordered", "none"};
	for (size_t i = 0; i < COUNT_OF(words); i++)
		assert_string_equal(pick_reason_text((enum pick_reason)i), words[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single),
		cmocka_unit_test(single_manual),
		cmocka_unit_test(single_all),
		cmocka_unit_test(pool),
		cmocka_unit_test(pool_manual),
		cmocka_unit_test(pool_all),
		cmocka_unit_test(without_a_hold_failback_is_at_once),
		cmocka_unit_test(as_many_endpoints_as_may_be),
		cmocka_unit_test(sets_differ_in_every_word),
		cmocka_unit_test(reasons_have_words),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
