/* RDATA from outside: what is sound, type by type. */
#include "dns/rrtype.h"
#include "zone/rrtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static uint16_t type_of(const char *text)
{
	uint16_t type;
	if (!rrtype_parse(text, strlen(text), &type))
		fail_msg("%s is no type", text);
	return type;
}

static void wire_checks(void **state)
{
	(void)state;
	static const struct {
		const char *what, *type;
		uint8_t wire[24];
		size_t len;
		bool sound;
	} rows[] = {
		{"an address", "A", {1, 2, 3, 4}, 4, true},
		{"one too short", "A", {1, 2, 3}, 3, false},
		{"one too long", "A", {1, 2, 3, 4, 5}, 5, false},
		{"no name", "NS", {0}, 0, false},
		{"the root", "NS", {0}, 1, true},
		{"a name that ends too early", "NS", {3, 'a', 'b'}, 3, false},
		{"a compression pointer", "NS", {192, 0}, 2, false},
		{"octets behind the name", "NS", {0, 0}, 2, false},
		{"a string past the end", "TXT", {2, 'a'}, 2, false},
		{"no string", "TXT", {0}, 0, false},
		{"an empty string", "TXT", {0}, 1, true},
		{"three strings in HINFO", "HINFO", {0, 0, 0}, 3, false},
		{"a bitmap", "NSEC", {0, 0, 1, 64}, 4, true},
		{"a bitmap with type 0", "NSEC", {0, 0, 1, 128}, 4, false},
		{"a bitmap of no octets", "NSEC", {0, 0, 0}, 3, false},
		{"a bitmap that ends with 0", "NSEC", {0, 0, 2, 64, 0}, 5, false},
		{"windows out of order", "NSEC", {0, 1, 1, 64, 0, 1, 64}, 7, false},
		{"an empty hash", "NSEC3", {1, 0, 0, 0, 0, 0}, 6, false},
		{"a salt past the end", "NSEC3PARAM", {1, 0, 0, 0, 9}, 5, false},
		{"no prefixes", "APL", {0}, 0, true},
		{"a prefix", "APL", {0, 1, 8, 1, 10}, 5, true},
		{"a prefix that ends with 0", "APL", {0, 1, 8, 2, 10, 0}, 6, false},
		{"an IPv4 prefix of 33", "APL", {0, 1, 33, 1, 10}, 5, false},
		{"an IPv4 address of 5 octets", "APL", {0, 1, 8, 5, 1, 2, 3, 4, 5}, 9, false},
		{"a prefix of another family", "APL", {0, 3, 8, 1, 10}, 5, false},
		{"a gateway of another kind", "IPSECKEY", {1, 4, 1, 0}, 4, false},
		{"a gateway past the end", "IPSECKEY", {1, 1, 1, 10, 0, 0}, 6, false},
		{"a HIP key past the end", "HIP", {1, 1, 0, 9, 1, 1}, 6, false},
		{"a parameter past the end", "SVCB", {0, 1, 0, 0, 3, 0, 9, 0, 53}, 9, false},
		{"a port", "SVCB", {0, 1, 0, 0, 3, 0, 2, 0, 53}, 9, true},
		{"a port of three octets", "SVCB", {0, 1, 0, 0, 3, 0, 3, 0, 0, 53}, 10, false},
		{"keys out of order", "SVCB", {0, 1, 0, 0, 9, 0, 0, 0, 8, 0, 0}, 11, false},
		{"an ALPN past its value", "SVCB", {0, 1, 0, 0, 1, 0, 2, 2, 'h'}, 9, false},
		{"a tag past the end", "CAA", {0, 5, 'i'}, 3, false},
		{"an empty tag", "CAA", {0, 0, 'i'}, 3, false},
		{"LOC of another version", "LOC",
			{1, 0x12, 0x16, 0x13, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x98, 0x96, 0x80},
			16, false},
		{"LOC at 0 0", "LOC",
			{0, 0x12, 0x16, 0x13, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x98, 0x96, 0x80},
			16, true},
		{"LOC with a size of 10 tens", "LOC",
			{0, 0xa2, 0x16, 0x13, 0x80, 0, 0, 0, 0x80, 0, 0, 0, 0, 0x98, 0x96, 0x80},
			16, false},
		{"anything of an unknown type", "TYPE65280", {192, 192}, 2, true},
		{"OPT stands in no zone", "OPT", {0}, 0, false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		if (rdata_check(type_of(rows[i].type), rows[i].wire, rows[i].len) != rows[i].sound)
			fail_msg("%s", rows[i].what);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wire_checks),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
