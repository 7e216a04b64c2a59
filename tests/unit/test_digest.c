#include "ask.h"
#include "zone/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const uint8_t apex[] = "\7example\3com";

/* The zone's fixed records, `line` ("": none), and www as `set` (takes it; NULL: none). */
static void digest(const char *soa, const char *line, struct rrset *set, uint8_t out[DIGEST_OCTETS])
{
	struct txn *const txn = txn_new(apex);
	struct err err;
	ask_add(txn, apex, soa);
	ask_add(txn, apex, "@ NS ns1");
	if (line[0] != '\0')
		ask_add(txn, apex, line);
	if (set != NULL)
		assert_true(txn_put(txn, (const uint8_t *)"\3www\7example\3com", set));
	rrset_unref(set);
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	assert_non_null(zone);
	digest_make(zone, out);
	zone_unref(zone);
}

static struct rrset *address(uint8_t last, uint32_t ttl)
{
	const uint8_t wire[] = {192, 0, 2, last};
	return rrset_new(TYPE_A, ttl, &(struct rdata){wire, sizeof wire}, 1);
}

/* Two addresses, shared out by these weights; none: every query fails. */
static struct rrset *split(uint32_t a, uint32_t b)
{
	struct rrset *const one = address(1, 5), *const two = address(2, 5);
	struct rrset *const all = rrset_union((const struct rrset *const[]){one, two}, 2);
	const struct rrset_share shares[] = {{one, a}, {two, b}, {NULL, 1}};
	struct rrset *const set = rrset_split(all, shares, a + b > 0 ? COUNT_OF(shares) : 0);
	rrset_unref(one);
	rrset_unref(two);
	rrset_unref(all);
	return set;
}

#define SOA "@ SOA ns1 h 1 2 3 4 5"

static void the_same_but_for_the_serial(void **state)
{
	(void)state;
	uint8_t a[DIGEST_OCTETS], b[DIGEST_OCTETS];
	digest(SOA, "x A 192.0.2.1", split(3, 1), a);
	digest("@ SOA ns1 h 4000000000 2 3 4 5", "x A 192.0.2.1", split(3, 1), b);
	assert_memory_equal(a, b, sizeof a);
}

static void all_else_makes_another(void **state)
{
	(void)state;
	uint8_t seen[16][DIGEST_OCTETS];
	size_t n = 0;
	digest(SOA, "", NULL, seen[n++]);
	digest("@ SOA ns1 h 1 2 3 4 6", "", NULL, seen[n++]);
	digest("@ SOA ns2 h 1 2 3 4 5", "", NULL, seen[n++]);
	digest(SOA, "x A 192.0.2.1", NULL, seen[n++]);
	digest(SOA, "y A 192.0.2.1", NULL, seen[n++]);
	digest(SOA, "x A 192.0.2.2", NULL, seen[n++]);
	digest(SOA, "x TXT a", NULL, seen[n++]);
	digest(SOA, "x TXT a a", NULL, seen[n++]);
	digest(SOA, "", address(1, 5), seen[n++]);
	digest(SOA, "", address(1, 6), seen[n++]);
	digest(SOA, "", split(3, 1), seen[n++]);
	digest(SOA, "", split(1, 3), seen[n++]);
	digest(SOA, "", split(0, 0), seen[n++]);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < i; k++)
			if (memcmp(seen[i], seen[k], DIGEST_OCTETS) == 0)
				fail_msg("%zu and %zu are alike", k, i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(the_same_but_for_the_serial),
		cmocka_unit_test(all_else_makes_another)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
