#include "dns/query.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROOM = 8192, DROP = -1 };

struct message {
	uint8_t at[ROOM];
	size_t len;
};

/* Octets as hex digits, blanks between them allowed; "text" in quotes stands for itself. */
static void put(struct message *m, const char *hex)
{
	bool quoted = false;
	for (; *hex != '\0'; hex++) {
		if (*hex == '"') {
			quoted = !quoted;
		} else if (quoted) {
			m->at[m->len++] = (uint8_t)*hex;
		} else if (*hex != ' ') {
			const char two[3] = {hex[0], hex[1], '\0'};
			m->at[m->len++] = (uint8_t)strtoul(two, NULL, 16);
			hex++;
		}
	}
}

/* Reads a copy that ends where the message ends, so that ASan sees a step too far. */
static int outcome(const struct message *m, struct query *query)
{
	uint8_t *const exact = malloc(m->len + 1);
	assert_non_null(exact);
	memcpy(exact, m->at, m->len);
	uint8_t *const wire = realloc(exact, m->len == 0 ? 1 : m->len);
	const int rcode = query_read(query, wire, m->len) ? (int)query->rcode : DROP;
	query->name = NULL; /* it stood in the copy */
	free(wire);
	return rcode;
}

#define QUESTION "03 \"www\" 07 \"Example\" 00 0001 0001"
#define ZONE "07 \"Example\" 00 0006 0001"
#define ONE_QUESTION "1234 0100 0001 0000 0000 0000 " QUESTION
#define WITH_RECORD "1234 0100 0001 0000 0000 0001 " QUESTION
#define TWO_RECORDS "1234 0100 0001 0000 0000 0002 " QUESTION
#define OPT "00 0029 04D0 00008000 0000"
/* key. TSIG ANY 0: hmac-sha256., time, fudge, MAC of 2, ID, error, no other data */
#define TSIG_RDATA "0B \"hmac-sha256\" 00 000000000001 012C 0002 AABB 1234 0000 0000"
#define TSIG "03 \"key\" 00 00FA 00FF 00000000 001F " TSIG_RDATA

static void hostile_messages(void **state)
{
	(void)state;
	static const struct {
		const char *what, *hex;
		int rcode;
	} rows[] = {
		{"an ordinary query", ONE_QUESTION, RCODE_NOERROR},
		{"a query for the root", "1234 0000 0001 0000 0000 0000 00 0002 0001",
			RCODE_NOERROR},
		{"nothing", "", DROP},
		{"eleven octets", "1234 0100 0001 0000 0000 00", DROP},
		{"a response", "1234 8100 0001 0000 0000 0000 " QUESTION, DROP},
		{"a header alone that promises a question", "1234 0100 0001 0000 0000 0000",
			RCODE_FORMERR},
		{"QDCOUNT 0", "1234 0100 0000 0000 0000 0000", RCODE_FORMERR},
		{"QDCOUNT 2", "1234 0100 0002 0000 0000 0000 " QUESTION QUESTION, RCODE_FORMERR},
		{"QDCOUNT 65535", "1234 0100 FFFF 0000 0000 0000 " QUESTION, RCODE_FORMERR},
		{"ANCOUNT over 0, from the header alone", "1234 0100 0001 0001 0000 0000 " QUESTION,
			RCODE_FORMERR},
		{"NSCOUNT over 0",
			"1234 0100 0001 0000 0001 0000 " QUESTION "00 0006 0001 00000000 0000",
			RCODE_FORMERR},
		{"NSCOUNT 65535", "1234 0100 0001 0000 FFFF 0000 " QUESTION, RCODE_FORMERR},
		{"ARCOUNT over 2",
			"1234 0100 0001 0000 0000 0003 " QUESTION "00 0001 0001 00000000 0000"
			"00 0001 0001 00000000 0000 00 0001 0001 00000000 0000",
			RCODE_FORMERR},
		{"IXFR brings its SOA",
			"1234 0100 0001 0000 0001 0000 00 00FB 0001 00 0006 0001 00000000 0000",
			RCODE_NOERROR},
		{"IXFR whose SOA is cut",
			"1234 0100 0001 0000 0001 0000 00 00FB 0001 00 0006 0001 00000000 0001",
			RCODE_FORMERR},
		{"trailing octets", ONE_QUESTION "00", RCODE_FORMERR},
		{"opcode 15", "1234 7900 0001 0000 0000 0000 " QUESTION, RCODE_NOTIMP},
		{"opcode 1 with rubbish behind", "1234 0900 FFFF FFFF FFFF FFFF 40", RCODE_NOTIMP},
		{"NOTIFY with its SOA", "1234 2400 0001 0001 0000 0000 " QUESTION "00",
			RCODE_NOERROR},
		{"UPDATE whose body cannot be read", "1234 2800 0001 FFFF FFFF FFFF " ZONE "C0",
			RCODE_NOERROR},
		{"UPDATE of what is no SOA", "1234 2800 0001 0000 0000 0000 " QUESTION,
			RCODE_FORMERR},
		{"UPDATE of no zone", "1234 2800 0000 0000 0000 0000", RCODE_FORMERR},
		{"UPDATE of two zones", "1234 2800 0002 0000 0000 0000 " ZONE ZONE, RCODE_FORMERR},
		{"NOTIFY of nothing", "1234 2400 0000 0000 0000 0000", RCODE_FORMERR},
		{"NOTIFY whose question is cut", "1234 2400 0001 0000 0000 0000 03 \"ww\"",
			RCODE_FORMERR},
		{"a signed UPDATE with a body",
			"1234 2800 0001 0000 0001 0002 " ZONE
			"C0 0C 0001 0001 0000012C 0004 C0000201 " OPT TSIG,
			RCODE_NOTAUTH},
		{"NOTIFY in another EDNS",
			"1234 2400 0001 0000 0000 0001 " ZONE "00 0029 04D0 00010000 0000",
			RCODE_BADVERS},
		{"no matter who signed an opcode 7", "1234 3800 0001 0000 0000 0001 " QUESTION TSIG,
			RCODE_NOTIMP},

		{"a name that points to itself", "1234 0100 0001 0000 0000 0000 C00C 0001 0001",
			RCODE_FORMERR},
		{"a name that points forward", "1234 0100 0001 0000 0000 0000 C00E 00 0001 0001",
			RCODE_FORMERR},
		{"a name that points into the header",
			"1234 0100 0001 0000 0000 0000 C000 0001 0001", RCODE_FORMERR},
		{"a pointer behind a label", "1234 0100 0001 0000 0000 0000 01 61 C00C 0001 0001",
			RCODE_FORMERR},
		{"label type 0x40", "1234 0100 0001 0000 0000 0000 41 61 00 0001 0001",
			RCODE_FORMERR},
		{"label type 0x80", "1234 0100 0001 0000 0000 0000 80 00 0001 0001", RCODE_FORMERR},
		{"a label that runs past the end", "1234 0100 0001 0000 0000 0000 3F 61 61",
			RCODE_FORMERR},
		{"a question without its class", "1234 0100 0001 0000 0000 0000 00 0001 00",
			RCODE_FORMERR},

		{"EDNS", WITH_RECORD OPT, RCODE_NOERROR},
		{"ARCOUNT 1 without a record", WITH_RECORD, RCODE_FORMERR},
		{"a record cut in its fixed part", WITH_RECORD "00 0029 04D0 000080",
			RCODE_FORMERR},
		{"RDLENGTH past the end", WITH_RECORD "00 0029 04D0 00000000 0001", RCODE_FORMERR},
		{"two OPT", TWO_RECORDS OPT OPT, RCODE_FORMERR},
		{"OPT not at the root", WITH_RECORD "01 61 00 0029 04D0 00000000 0000",
			RCODE_FORMERR},
		{"OPT at a pointer", WITH_RECORD "C0 0C 0029 04D0 00000000 0000", RCODE_FORMERR},
		{"EDNS version 1", WITH_RECORD "00 0029 04D0 00010000 0000", RCODE_BADVERS},
		{"EDNS version 255 with options no one can read",
			WITH_RECORD "00 0029 04D0 00FF0000 0003 FFFFFF", RCODE_BADVERS},
		{"BADVERS, but trailing octets weigh more",
			WITH_RECORD "00 0029 04D0 00010000 0000 00", RCODE_FORMERR},
		{"unknown EDNS flags", WITH_RECORD "00 0029 04D0 00007FFF 0000", RCODE_NOERROR},
		{"an unknown option", WITH_RECORD "00 0029 04D0 00000000 0006 FDE9 0002 AABB",
			RCODE_NOERROR},
		{"an option past the end", WITH_RECORD "00 0029 04D0 00000000 0006 FDE9 0003 AABB",
			RCODE_FORMERR},
		{"an option cut in its header", WITH_RECORD "00 0029 04D0 00000000 0003 FDE900",
			RCODE_FORMERR},
		{"a cookie of 1 octet", WITH_RECORD "00 0029 04D0 00000000 0005 000A 0001 AA",
			RCODE_FORMERR},
		{"a client cookie", WITH_RECORD "00 0029 04D0 00000000 000C 000A 0008 \"abcdefgh\"",
			RCODE_NOERROR},
		{"a cookie of 9 octets",
			WITH_RECORD "00 0029 04D0 00000000 000D 000A 0009 \"abcdefghi\"",
			RCODE_FORMERR},
		{"a client and a server cookie of 16 octets",
			WITH_RECORD "00 0029 04D0 00000000 0014 000A 0010 \"abcdefghijklmnop\"",
			RCODE_NOERROR},
		{"a cookie of 40 octets",
			WITH_RECORD "00 0029 04D0 00000000 002C 000A 0028 "
				    "\"abcdefghijklmnopabcdefghijklmnopabcdefgh\"",
			RCODE_NOERROR},
		{"a cookie of 41 octets",
			WITH_RECORD "00 0029 04D0 00000000 002D 000A 0029 "
				    "\"abcdefghijklmnopabcdefghijklmnopabcdefghi\"",
			RCODE_FORMERR},

		{"TSIG by a key nobody knows", WITH_RECORD TSIG, RCODE_NOTAUTH},
		{"EDNS and TSIG", TWO_RECORDS OPT TSIG, RCODE_NOTAUTH},
		{"TSIG not last", TWO_RECORDS TSIG OPT, RCODE_FORMERR},
		{"TSIG twice", TWO_RECORDS TSIG TSIG, RCODE_FORMERR},
		{"TSIG of class IN",
			WITH_RECORD "03 \"key\" 00 00FA 0001 00000000 001F " TSIG_RDATA,
			RCODE_FORMERR},
		{"TSIG of TTL 1", WITH_RECORD "03 \"key\" 00 00FA 00FF 00000001 001F " TSIG_RDATA,
			RCODE_NOTAUTH},
		{"TSIG without RDATA", WITH_RECORD "03 \"key\" 00 00FA 00FF 00000000 0000",
			RCODE_FORMERR},
		{"TSIG whose MAC runs past its end",
			WITH_RECORD "03 \"key\" 00 00FA 00FF 00000000 0011 "
				    "00 000000000001 012C FFFF 1234 0000 0000",
			RCODE_FORMERR},
		{"TSIG with octets behind its last field",
			WITH_RECORD "03 \"key\" 00 00FA 00FF 00000000 0012 "
				    "00 000000000001 012C 0000 1234 0000 0000 00",
			RCODE_FORMERR},
		{"TSIG weighs less than a wrong version",
			TWO_RECORDS "00 0029 04D0 00010000 0000 " TSIG, RCODE_BADVERS},

		{"another additional record is passed over",
			WITH_RECORD "C0 0C 0001 0001 0000012C 0004 C0000201", RCODE_NOERROR},
		{"a record whose owner points to itself",
			WITH_RECORD "C0 1D 0001 0001 0000012C 0004 C0000201", RCODE_FORMERR},
		{"a record whose owner points into the header",
			WITH_RECORD "C0 0B 0001 0001 0000012C 0004 C0000201", RCODE_FORMERR},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct message m = {.len = 0};
		struct query query;
		put(&m, rows[i].hex);
		const int got = outcome(&m, &query);
		if (got != rows[i].rcode)
			fail_msg("%s: %d, not %d", rows[i].what, got, rows[i].rcode);
	}
}

static void what_is_read(void **state)
{
	(void)state;
	struct message m = {.len = 0};
	put(&m, WITH_RECORD OPT);
	struct query query;
	assert_true(query_read(&query, m.at, m.len));
	assert_int_equal(query.id, 0x1234);
	assert_int_equal(query.flags, FLAG_RD);
	assert_int_equal(query.opcode, OPCODE_QUERY);
	assert_int_equal(query.type, TYPE_A);
	assert_int_equal(query.class, CLASS_IN);
	assert_ptr_equal(query.name, m.at + MESSAGE_HEADER);
	assert_int_equal(query.name_len, 13);
	assert_int_equal(query.name_labels, 2);
	assert_memory_equal(query.name, "\3www\7Example", 13);
	assert_true(query.edns);
	assert_true(query.dnssec_ok);
	assert_int_equal(query.udp_size, 1232);
}

/* The response repeats the question and has an OPT if the request had one, whatever was wrong. */
static void what_is_read_of_the_unsound(void **state)
{
	(void)state;
	static const struct {
		const char *what, *hex;
		bool question, edns;
	} rows[] = {
		{"trailing octets", WITH_RECORD OPT "00", true, true},
		{"a wrong version", WITH_RECORD "00 0029 04D0 00010000 0000", true, true},
		{"no question", "1234 0100 0000 0000 0000 0001 " OPT, false, true},
		{"an unknown opcode", "1234 7900 0001 0000 0000 0001 " QUESTION OPT, true, true},
		{"a compressed question", "1234 0100 0001 0000 0000 0001 C00C 0001 0001 " OPT,
			false, false},
		{"a NOTIFY with records",
			"1234 2400 0001 0001 0000 0001 " ZONE "C0 0C 0006 0001 00000000 0000 " OPT,
			true, true},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct message m = {.len = 0};
		struct query query;
		put(&m, rows[i].hex);
		(void)outcome(&m, &query);
		if ((query.name_len != 0) != rows[i].question || query.edns != rows[i].edns)
			fail_msg("%s: question %d, EDNS %d", rows[i].what, query.name_len != 0,
				query.edns);
	}
}

/* A name of so many octets, its labels at most `most` long, but the last, which may be longer. */
static void put_name(struct message *m, size_t octets, size_t most)
{
	for (size_t left = octets - 1; left > 0;) {
		size_t label = left > most + 1 ? most : left - 1;
		if (left - label - 1 == 1)
			label += most > 1 ? -1UL : 1;
		m->at[m->len++] = (uint8_t)label;
		memset(m->at + m->len, 'a', label);
		m->len += label;
		left -= label + 1;
	}
	put(m, "00");
}

static void names_of_all_lengths(void **state)
{
	(void)state;
	static const size_t longest[] = {63, 9, 2, 1};
	for (size_t i = 0; i < COUNT_OF(longest); i++)
		for (size_t octets = 250; octets <= 260; octets++) {
			struct message m = {.len = 0};
			struct query query;
			put(&m, "1234 0100 0001 0000 0000 0000");
			put_name(&m, octets, longest[i]);
			put(&m, "0001 0001");
			assert_int_equal(
				outcome(&m, &query), octets <= 255 ? RCODE_NOERROR : RCODE_FORMERR);
			assert_int_equal(query.name_len, octets <= 255 ? octets : 0);
		}
}

static void thousand_options(void **state)
{
	(void)state;
	struct message m = {.len = 0};
	put(&m, WITH_RECORD "00 0029 04D0 00000000 0FA0");
	for (int i = 0; i < 1000; i++)
		put(&m, "FDE9 0000");
	struct query query;
	assert_int_equal(outcome(&m, &query), RCODE_NOERROR);
}

/* Every prefix of a whole message is unsound, and none is read past its end. */
static void every_cut(void **state)
{
	(void)state;
	struct message whole = {.len = 0};
	put(&whole, TWO_RECORDS "00 0029 04D0 00000000 000C 000A 0008 \"abcdefgh\" " TSIG);
	for (size_t len = 0; len < whole.len; len++) {
		struct message m = whole;
		m.len = len;
		struct query query;
		assert_int_equal(outcome(&m, &query), len < 12 ? DROP : RCODE_FORMERR);
	}
}

static void mutations(void **state)
{
	(void)state;
	static const char *const seeds[] = {ONE_QUESTION, WITH_RECORD OPT, TWO_RECORDS OPT TSIG,
		"1234 0100 0001 0000 0001 0000 00 00FB 0001 00 0006 0001 00000000 0000",
		"1234 2400 0001 0001 0000 0000 " QUESTION "00"};
	uint32_t dice = 20261122;
	print_message("seed %u\n", dice);
	for (int round = 0; round < 100000; round++) {
		struct message m = {.len = 0};
		put(&m, seeds[round % (int)COUNT_OF(seeds)]);
		for (int n = 0; n <= round % 4; n++) {
			dice = dice * 1664525 + 1013904223;
			m.at[(dice >> 8) % m.len] = (uint8_t)(dice >> 24);
		}
		if (round % 3 == 0)
			m.len = dice % (m.len + 1);
		struct query query;
		const int rcode = outcome(&m, &query);
		assert_true(rcode == DROP || rcode == RCODE_NOERROR || rcode == RCODE_FORMERR ||
			    rcode == RCODE_NOTIMP || rcode == RCODE_BADVERS ||
			    rcode == RCODE_NOTAUTH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hostile_messages),
		cmocka_unit_test(what_is_read),
		cmocka_unit_test(what_is_read_of_the_unsound),
		cmocka_unit_test(names_of_all_lengths),
		cmocka_unit_test(thousand_options),
		cmocka_unit_test(every_cut),
		cmocka_unit_test(mutations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
