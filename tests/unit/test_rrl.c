#include "responder/rrl.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include <cmocka.h>

static const uint64_t seed[2] = {0x123456789ABCDEF0, 0xFEDCBA9876543210};

struct tally {
	unsigned answered, slipped, dropped;
};

static struct address client(const char *text)
{
	struct address address;
	assert_true(address_parse(text, &address));
	return address;
}

static mono_t at(int64_t ms) { return mono_after((mono_t){1}, span_ms(ms)); }

/* `n` responses to one address, evenly over `ms` from `from`. */
static struct tally flood(struct rrl *rrl, const struct rate_rule *rule, const char *who,
	unsigned n, int64_t from, int64_t ms)
{
	const struct address address = client(who);
	struct tally tally = {0};
	for (unsigned i = 0; i < n; i++) {
		const enum rrl_verdict verdict =
			rrl_judge(rrl, rule, &address, at(from + ms * i / n));
		tally.answered += verdict == RRL_ANSWER;
		tally.slipped += verdict == RRL_SLIP;
		tally.dropped += verdict == RRL_DROP;
	}
	return tally;
}

static void one_client(void **state)
{
	(void)state;
	struct rrl *const rrl = rrl_new(1, seed);
	struct rate_rule rule = {.rate = 50, .slip = 1};
	struct tally t = flood(rrl, &rule, "192.0.2.1", 10000, 0, 0);
	assert_int_equal(t.answered, 100); /* two seconds of its rate */
	assert_int_equal(t.slipped, 9900);
	t = flood(rrl, &rule, "192.0.2.2", 10, 0, 0);
	assert_int_equal(t.answered, 10); /* a neighbour's */
	t = flood(rrl, &rule, "192.0.2.1", 100000, 0, 10000);
	assert_in_range(t.answered, 499, 501);
	t = flood(rrl, &rule, "192.0.2.1", 490, 20000, 10000);
	assert_int_equal(t.answered, 490); /* within its rate */
	assert_int_equal(flood(rrl, &rule, "2001:db8::1", 1000, 0, 0).answered, 100);
	assert_int_equal(
		flood(rrl, &rule, "2001:db8:0:ff::1", 1000, 0, 0).answered, 0); /* its /56 */
	assert_int_equal(flood(rrl, &rule, "2001:db8:0:100::1", 1000, 0, 0).answered, 100);
	rrl_free(rrl);
}

static void slips(void **state)
{
	(void)state;
	struct rrl *const rrl = rrl_new(1, seed);
	struct rate_rule rule = {.rate = 1, .slip = 4};
	struct tally t = flood(rrl, &rule, "192.0.2.1", 402, 0, 0);
	assert_int_equal(t.answered, 2);
	assert_int_equal(t.slipped, 100);
	assert_int_equal(t.dropped, 300);
	rule.slip = 0;
	t = flood(rrl, &rule, "192.0.2.1", 100, 0, 0);
	assert_int_equal(t.dropped, 100);
	rrl_free(rrl);
}

/* A /24 whose addresses are all within their rates. */
static void one_block(void **state)
{
	(void)state;
	struct rrl *const rrl = rrl_new(1, seed);
	const struct rate_rule rule = {.rate = 10, .slip = 1};
	unsigned answered = 0;
	for (unsigned i = 0; i < 256; i++) {
		char who[32];
		(void)snprintf(who, sizeof who, "192.0.2.%u", i);
		answered += flood(rrl, &rule, who, 20, 0, 0).answered;
	}
	assert_int_equal(answered, 32 * 10 * 2);
	assert_int_equal(flood(rrl, &rule, "192.0.3.1", 20, 0, 0).answered, 20);
	rrl_free(rrl);
}

static void not_limited(void **state)
{
	(void)state;
	struct rrl *const rrl = rrl_new(1, seed);
	struct rate_rule rule = {.rate = 0, .slip = 1};
	assert_int_equal(flood(rrl, &rule, "192.0.2.1", 1000, 0, 0).answered, 1000);
	rule.rate = 1;
	rule.n_exempt = 2;
	assert_true(prefix_parse("192.0.2.0/24", &rule.exempt[0]));
	assert_true(prefix_parse("2001:db8::1", &rule.exempt[1]));
	assert_int_equal(flood(rrl, &rule, "192.0.2.1", 1000, 0, 0).answered, 1000);
	assert_int_equal(flood(rrl, &rule, "2001:db8::1", 1000, 0, 0).answered, 1000);
	assert_int_equal(flood(rrl, &rule, "192.0.3.1", 1000, 0, 0).answered, 2);
	rrl_free(rrl);
}

/* Of the threads that share the work each gives its part, and at least one response. */
static void shared_rate(void **state)
{
	(void)state;
	const struct rate_rule rule = {.rate = 50, .slip = 1}, small = {.rate = 1, .slip = 1};
	struct rrl *const rrl = rrl_new(10, seed);
	assert_int_equal(flood(rrl, &rule, "192.0.2.1", 1000, 0, 0).answered, 10);
	assert_int_equal(flood(rrl, &small, "192.0.3.1", 1000, 0, 0).answered, 1);
	assert_int_equal(flood(rrl, &rule, "192.0.4.1", 1000, 0, 0).answered, 10);
	rrl_free(rrl);
}

/* Many strangers push nobody out who is limited. */
static void a_full_table(void **state)
{
	(void)state;
	struct rrl *const rrl = rrl_new(1, seed);
	const struct rate_rule rule = {.rate = 50, .slip = 1};
	(void)flood(rrl, &rule, "192.0.2.1", 1000, 0, 0);
	unsigned answered = 0;
	for (unsigned i = 0; i < 1000000; i++) {
		char who[32];
		(void)snprintf(
			who, sizeof who, "%u.%u.%u.9", 10 + i / 65536, i / 256 % 256, i % 256);
		answered += flood(rrl, &rule, who, 1, 0, 0).answered;
	}
	assert_int_equal(answered, 1000000);
	assert_int_equal(flood(rrl, &rule, "192.0.2.1", 1000, 0, 0).answered, 0);
	rrl_free(rrl);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_client),
		cmocka_unit_test(slips),
		cmocka_unit_test(one_block),
		cmocka_unit_test(not_limited),
		cmocka_unit_test(shared_rate),
		cmocka_unit_test(a_full_table),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
