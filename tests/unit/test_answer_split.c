/* Answers from sets of which each answer gets a share: zone/rrset.h, rrset_split(). */
#include "tests/unit/ask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define EDE_24 "\x00\x0F\x00\x02\x00\x18" /* RFC 8914: option 15, two octets, 24 */

/* One endpoint's records, as "TYPE rdata". */
static struct rrset *set_of(const char *const lines[], size_t n)
{
	static uint8_t rdata[4][RDATA_MAX];
	struct rdata list[4];
	uint8_t apex[NAME_MAX_OCTETS], owner[NAME_MAX_OCTETS];
	uint16_t type = 0;
	ask_name(apex, "example.");
	for (size_t i = 0; i < n; i++) {
		char line[ASK_LINE];
		struct err err;
		(void)snprintf(line, sizeof line, "x %s", lines[i]);
		list[i].wire = rdata[i];
		if (!record_parse(line, apex, owner, &type, rdata[i], &list[i].len, &err))
			fail_msg("%s: %s", line, err.text);
	}
	return rrset_new(type, 30, list, n);
}

static void put(struct txn *txn, const char *owner, struct rrset *set)
{
	uint8_t name[NAME_MAX_OCTETS];
	ask_name(name, owner);
	assert_true(txn_put(txn, name, set));
	rrset_unref(set);
}

/* A set that is split between two, `a` having `weight` of four. */
static struct rrset *two(const char *a, const char *b, uint32_t weight)
{
	struct rrset *const sets[] = {set_of(&a, 1), set_of(&b, 1)};
	struct rrset *const whole = rrset_union((const struct rrset *const *)sets, 2);
	struct rrset *const split = rrset_split(
		whole, (struct rrset_share[]){{sets[0], weight}, {sets[1], 4 - weight}}, 2);
	rrset_unref(whole);
	rrset_unref(sets[0]);
	rrset_unref(sets[1]);
	return split;
}

static struct rrset *nothing(const char *line)
{
	struct rrset *const whole = set_of(&line, 1);
	struct rrset *const split = rrset_split(whole, NULL, 0);
	rrset_unref(whole);
	return split;
}

static struct view *view_of_splits(void)
{
	struct zone *const from = ask_zone("example.\n"
					   "@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\n"
					   "ns1 A 192.0.2.9\nwww TXT \"t\"\ngone TXT \"t\"\n"
					   "to CNAME gone\nmx MX 1 gone\nmx MX 2 www\n");
	struct txn *const txn = txn_begin(from);
	put(txn, "www.example.", two("A 192.0.2.1", "A 192.0.2.2", 1));
	put(txn, "_s._tcp.example.", two("SRV 0 0 81 www", "SRV 0 0 82 www", 1));
	put(txn, "alias.example.", set_of((const char *const[]){"CNAME www"}, 1));
	put(txn, "d.example.", two("DNAME a.elsewhere.", "DNAME a.elsewhere.", 1));
	put(txn, "gone.example.", nothing("A 192.0.2.3"));
	put(txn, "gone2.example.", nothing("CNAME www"));
	put(txn, "sub.example.", nothing("NS ns1"));
	struct err err;
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	assert_non_null(zone);
	struct view *const none = view_empty();
	struct view *const view = view_with(none, (struct zone *const[]){zone}, 1, NULL, 0);
	view_unref(none);
	zone_unref(zone);
	zone_unref(from);
	return view;
}

static uint8_t octets[ASK_ROOM];

static char *ask(
	const struct view *view, const char *question, uint32_t dice, struct answer *answer)
{
	static struct response response;
	uint8_t wire[512 + 11];
	const struct request request = {.wire = wire,
		.len = ask_request(wire, question, ASK_EDNS, 1232),
		.transport = TRANSPORT_UDP,
		.dice = dice};
	*answer = answer_request(view, &request, octets, sizeof octets);
	const char *const wrong = response_suits(&response, octets, answer->len, wire, 1232);
	if (wrong != NULL)
		fail_msg("%s: %s", question, wrong);
	return ask_text(&response);
}

static void an_answer_has_one_share(void **state)
{
	(void)state;
	struct view *const view = view_of_splits();
	size_t first = 0;
	for (uint32_t n = 0; n < 4000; n++) {
		struct answer answer;
		char *const text = ask(view, "www.example. A", n * 0x9E3779B9U, &answer);
		const bool a = strstr(text, "A 192.0.2.1\n") != NULL;
		assert_int_equal(answer.rcode, 0);
		assert_true(a != (strstr(text, "A 192.0.2.2\n") != NULL));
		first += a;
		free(text);
	}
	assert_in_range(first, 900, 1100); /* a quarter */
	view_unref(view);
}

static void additional_records_are_of_the_same_endpoint(void **state)
{
	(void)state;
	struct view *const view = view_of_splits();
	size_t first = 0;
	for (uint32_t n = 0; n < 1000; n++) {
		struct answer answer;
		char *const text = ask(view, "_s._tcp.example. SRV", n * 0x9E3779B9U, &answer);
		const bool a = strstr(text, "SRV 0 0 81 ") != NULL;
		assert_true(a != (strstr(text, "SRV 0 0 82 ") != NULL));
		assert_true(a == (strstr(text, "A 192.0.2.1\n") != NULL));
		assert_true(a != (strstr(text, "A 192.0.2.2\n") != NULL));
		first += a;
		free(text);
	}
	assert_in_range(first, 200, 300);
	view_unref(view);
}

static void chains_have_shares(void **state)
{
	(void)state;
	struct view *const view = view_of_splits();
	for (uint32_t n = 0; n < 100; n++) {
		struct answer answer;
		char *const text = ask(view, "alias.example. A", n * 0x9E3779B9U, &answer);
		assert_true((strstr(text, "A 192.0.2.1\n") != NULL) !=
			    (strstr(text, "A 192.0.2.2\n") != NULL));
		free(text);
		char *const other = ask(view, "x.d.example. A", n * 0x9E3779B9U, &answer);
		assert_non_null(strstr(other, "x.d.example. 30 CNAME x.a.elsewhere."));
		free(other);
	}
	view_unref(view);
}

/* A set that is split into nothing: the answer fails, whatever leads to it, and says why. */
static void nothing_to_say(void **state)
{
	(void)state;
	static const struct {
		const char *question, *expected;
	} rows[] = {
		{"gone.example. A", "SERVFAIL opt\n"},
		{"to.example. A", "SERVFAIL opt\n"},
		{"gone2.example. A", "SERVFAIL opt\n"},
		{"gone2.example. CNAME", "SERVFAIL opt\n"},
		{"x.sub.example. A", "SERVFAIL opt\n"},
	};
	struct view *const view = view_of_splits();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct answer answer;
		char *const text = ask(view, rows[i].question, 1, &answer);
		if (strcmp(text, rows[i].expected) != 0)
			fail_msg("%s:\n%s", rows[i].question, text);
		assert_memory_equal(octets + answer.len - 6, EDE_24, 6);
		free(text);
	}
	struct answer answer;
	char *text = ask(view, "gone.example. TXT", 1, &answer); /* only those records fail */
	assert_non_null(strstr(text, "NOERROR aa"));
	assert_non_null(strstr(text, "TXT \"t\""));
	free(text);
	text = ask(view, "gone.example. AAAA", 1, &answer);
	assert_non_null(strstr(text, "NOERROR aa"));
	free(text);
	text = ask(view, "mx.example. MX", 1, &answer); /* what only helps is left octets */
	assert_non_null(strstr(text, "NOERROR aa"));
	assert_null(strstr(text, "ad gone.example."));
	assert_non_null(strstr(text, "ad www.example."));
	free(text);
	view_unref(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_has_one_share),
		cmocka_unit_test(additional_records_are_of_the_same_endpoint),
		cmocka_unit_test(chains_have_shares),
		cmocka_unit_test(nothing_to_say),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
