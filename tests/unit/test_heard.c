#include "base/bytes.h"
#include "dns/heard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define ASKED "\1a\1b\0"
#define QUESTION ASKED "\0\6\0\1"
#define ID "\x12\x34"
#define HEAD(flags, answers) ID flags "\0\1\0" answers "\0\0\0\0"

static const struct asked asked = {0x1234, (const uint8_t *)ASKED, TYPE_SOA};

struct wire {
	const char *octets;
	size_t len;
};
#define WIRE(text)                                                                                 \
	{                                                                                          \
		(text), sizeof(text) - 1                                                           \
	}

static void headers(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct wire wire;
		enum heard_how how;
	} rows[] = {
		{"an empty answer", WIRE(HEAD("\x84\0", "\0") QUESTION), HEARD_ANSWER},
		{"its question in capitals", WIRE(HEAD("\x84\0", "\0") "\1A\1B\0\0\6\0\1"),
			HEARD_ANSWER},
		{"nothing", WIRE(""), HEARD_OTHER},
		{"half a header", WIRE(ID "\x84\0\0\1"), HEARD_OTHER},
		{"another id", WIRE("\x12\x35\x84\0\0\1\0\0\0\0\0\0" QUESTION), HEARD_OTHER},
		{"a query", WIRE(HEAD("\0\0", "\0") QUESTION), HEARD_OTHER},
		{"another opcode", WIRE(HEAD("\xa4\0", "\0") QUESTION), HEARD_OTHER},
		{"another name", WIRE(HEAD("\x84\0", "\0") "\1a\1c\0\0\6\0\1"), HEARD_OTHER},
		{"another type", WIRE(HEAD("\x84\0", "\0") ASKED "\0\1\0\1"), HEARD_OTHER},
		{"another class", WIRE(HEAD("\x84\0", "\0") ASKED "\0\6\0\3"), HEARD_OTHER},
		{"no question, no error", WIRE(ID "\x84\0\0\0\0\0\0\0\0\0"), HEARD_OTHER},
		{"no question, an error", WIRE(ID "\x80\1\0\0\0\0\0\0\0\0"), HEARD_ANSWER},
		{"no question, an error, records", WIRE(ID "\x80\1\0\0\0\1\0\0\0\0"), HEARD_OTHER},
		{"two questions", WIRE(ID "\x84\0\0\2\0\0\0\0\0\0" QUESTION QUESTION), HEARD_OTHER},
		{"a question cut short", WIRE(HEAD("\x84\0", "\0") ASKED "\0\6\0"), HEARD_BROKEN},
		{"a name that points to itself", WIRE(HEAD("\x84\0", "\0") "\xc0\x0c\0\6\0\1"),
			HEARD_BROKEN},
		{"a name that points ahead", WIRE(HEAD("\x84\0", "\0") "\xc0\x12\0\6\0\1" ASKED),
			HEARD_BROKEN},
		{"half a pointer", WIRE(HEAD("\x84\0", "\0") "\xc0"), HEARD_BROKEN},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct heard heard;
		const enum heard_how how = heard_read(
			&heard, &asked, (const uint8_t *)rows[i].wire.octets, rows[i].wire.len);
		if (how != rows[i].how)
			fail_msg("%s: %d, not %d", rows[i].what, (int)how, (int)rows[i].how);
	}
}

#define OWNER "\xc0\x0c"
#define FIXED(type) OWNER "\0" type "\0\1\0\0\0\x1e"

static void data(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct wire record;
		unsigned only;
		const char *data; /* NULL: not of its type; "cut": not even a record */
	} rows[] = {
		{"an address", WIRE(FIXED("\1") "\0\4\xc0\0\2\1"), 0, "192.0.2.1"},
		{"an address of five octets", WIRE(FIXED("\1") "\0\5\xc0\0\2\1\1"), 0, NULL},
		{"an address of three", WIRE(FIXED("\1") "\0\3\xc0\0\2"), 0, NULL},
		{"IPv6", WIRE(FIXED("\x1c") "\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"), 0,
			"2001:db8::1"},
		{"an SOA with compressed names",
			WIRE(FIXED("\6") "\0\x1a\2ns\xc0\x0c\xc0\x0c\0\0\0\7\0\0\0\1\0\0\0\2\0\0\0"
					 "\3\0\0\0\4"),
			0, NULL},
		{"one whose length is right",
			WIRE(FIXED("\6") "\0\x1b\2ns\xc0\x0c\xc0\x0c\0\0\0\7\0\0\0\1\0\0\0\2\0\0\0"
					 "\3\0\0\0\4"),
			0, "ns.a.b. a.b. 7 1 2 3 4"},
		{"its serial",
			WIRE(FIXED("\6") "\0\x1b\2ns\xc0\x0c\xc0\x0c\xff\xff\xff\xff\0\0\0\1\0\0\0"
					 "\2\0\0\0\3\0\0\0\4"),
			3, "4294967295"},
		{"a field that is not there", WIRE(FIXED("\1") "\0\4\xc0\0\2\1"), 2, NULL},
		{"a mail exchanger", WIRE(FIXED("\x0f") "\0\7\0\x0a\2mx\xc0\x0c"), 0, "10 mx.a.b."},
		{"texts", WIRE(FIXED("\x10") "\0\7\2hi\3\"\0z"), 0, "\"hi\" \"\\\"\\000z\""},
		{"one of them", WIRE(FIXED("\x10") "\0\7\2hi\3\"\0z"), 1, "hi"},
		{"a text past its data", WIRE(FIXED("\x10") "\0\3\3hi"), 0, NULL},
		{"a type of which nothing is known", WIRE(OWNER "\xff\0\0\1\0\0\0\0\0\2\1\xfe"), 0,
			"\\# 2 01FE"},
		{"data past the message", WIRE(FIXED("\1") "\0\5\xc0\0\2\1"), 0, "cut"},
		{"a record cut short", WIRE(OWNER "\0\1\0\1\0"), 0, "cut"},
		{"a name in the data that points into itself", WIRE(FIXED("\2") "\0\4\1x\xc0\x21"),
			0, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t wire[512];
		const struct wire head = WIRE(HEAD("\x84\0", "\1") QUESTION);
		memcpy(wire, head.octets, head.len);
		memcpy(wire + head.len, rows[i].record.octets, rows[i].record.len);
		struct heard heard;
		struct heard_record record;
		char out[HEARD_DATA_MAX];
		assert_int_equal(heard_read(&heard, &asked, wire, head.len + rows[i].record.len),
			HEARD_ANSWER);
		const enum heard_next next = heard_next(&heard, &record);
		const char *got = "cut";
		if (next == HEARD_RECORD)
			got = heard_data(&heard, &record, rows[i].only, out) ? out : NULL;
		if (got != rows[i].data &&
			(got == NULL || rows[i].data == NULL || strcmp(got, rows[i].data) != 0))
			fail_msg("%s: %s, not %s", rows[i].what, got != NULL ? got : "(none)",
				rows[i].data != NULL ? rows[i].data : "(none)");
		if (next == HEARD_RECORD)
			assert_int_equal(heard_next(&heard, &record), HEARD_END);
	}
}

/* The longest name there is, built of pointers: one octet more is refused. */
static void long_names(void **state)
{
	(void)state;
	for (size_t last = 61; last <= 62; last++) {
		uint8_t wire[512] = {0};
		const struct wire head = WIRE(HEAD("\x84\0", "\1") QUESTION);
		memcpy(wire, head.octets, head.len);
		size_t at = head.len;
		for (int i = 0; i < 4; i++) {
			const size_t len = i < 3 ? 63 : last;
			wire[at++] = (uint8_t)len;
			memset(wire + at, 'x', len);
			at += len;
		}
		at += 1; /* the root */
		static const uint8_t rest[14] = {0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4};
		memcpy(wire + at, rest, sizeof rest);
		struct heard heard;
		struct heard_record record;
		assert_int_equal(heard_read(&heard, &asked, wire, at + 14), HEARD_ANSWER);
		assert_int_equal(
			heard_next(&heard, &record), last == 61 ? HEARD_RECORD : HEARD_CUT);
	}
}

static void queries(void **state)
{
	(void)state;
	uint8_t wire[MESSAGE_UDP];
	const struct wire plain = WIRE(ID "\0\0\0\1\0\0\0\0\0\0" QUESTION),
			  recursive = WIRE(ID "\1\0\0\1\0\0\0\0\0\0" QUESTION);
	assert_int_equal(asked_write(&asked, false, wire), plain.len);
	assert_memory_equal(wire, plain.octets, plain.len);
	assert_int_equal(asked_write(&asked, true, wire), recursive.len);
	assert_memory_equal(wire, recursive.octets, recursive.len);
}

static void rcodes(void **state)
{
	(void)state;
	enum rcode rcode;
	char room[RCODE_TEXT_MAX];
	assert_true(rcode_parse("nxdomain", &rcode) && rcode == RCODE_NXDOMAIN);
	assert_true(rcode_parse("15", &rcode) && (int)rcode == 15);
	assert_false(rcode_parse("16", &rcode));
	assert_false(rcode_parse("", &rcode));
	assert_false(rcode_parse("NXDOMAINS", &rcode));
	assert_string_equal(rcode_text(RCODE_REFUSED, room), "REFUSED");
	assert_string_equal(rcode_text((enum rcode)12, room), "rcode 12");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers),
		cmocka_unit_test(data),
		cmocka_unit_test(long_names),
		cmocka_unit_test(queries),
		cmocka_unit_test(rcodes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
