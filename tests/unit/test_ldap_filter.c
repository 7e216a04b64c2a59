/* BER as LDAP wants it, and search filters. */
#include "base/err.h"
#include "probes/ber.h"
#include "probes/ldap_filter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Nested elements as text: "a3(04'uid'04'x')". */
static char *show(struct ber from, char *to) /* NOLINT(misc-no-recursion): as deep as the rows */
{
	uint8_t tag;
	struct ber inside;
	while (from.len > 0) {
		assert_int_equal(ber_next(&from, &tag, &inside), BER_WHOLE);
		const bool holds = (tag & 0x20) != 0;
		to += sprintf(to, "%02x%c", tag, holds ? '(' : '\'');
		if (holds)
			to = show(inside, to);
		else
			to += sprintf(to, "%.*s", (int)inside.len, (const char *)inside.at);
		to += sprintf(to, "%c", holds ? ')' : '\'');
	}
	return to;
}

static void filters(void **state)
{
	(void)state;
	static const struct {
		const char *text, *shown, *why;
	} rows[] = {
		{"(uid=anna)", "a3(04'uid'04'anna')", NULL},
		{"(objectClass=*)", "87'objectClass'", NULL},
		{"(o=)", "a3(04'o'04'')", NULL},
		{"(n>=1)", "a5(04'n'04'1')", NULL},
		{"(n<=1)", "a6(04'n'04'1')", NULL},
		{"(n~=a)", "a8(04'n'04'a')", NULL},
		{"(cn=a*)", "a4(04'cn'30(80'a'))", NULL},
		{"(cn=*a)", "a4(04'cn'30(82'a'))", NULL},
		{"(cn=a*b**c*d)", "a4(04'cn'30(80'a'81'b'81'c'82'd'))", NULL},
		{"(cn=\\2a\\28A\\29)", "a3(04'cn'04'*(A)')", NULL},
		{"(cn;lang-de=x=y)", "a3(04'cn;lang-de'04'x=y')", NULL},
		{"(!(a=b))", "a2(a3(04'a'04'b'))", NULL},
		{"(&(a=b)(|(c=*)(d=e)))", "a0(a3(04'a'04'b')a1(87'c'a3(04'd'04'e')))", NULL},
		{"uid=x", NULL, "an opening parenthesis is wanted at \"uid=x\""},
		{"", NULL, "an opening parenthesis is wanted at \"\""},
		{"(uid=x", NULL, "a closing parenthesis is wanted at \"\""},
		{"(uid=x))", NULL, "nothing more is wanted at \")\""},
		{"(uid)", NULL, "a comparison such as uid=x is wanted at \"uid)\""},
		{"(=x)", NULL, "an attribute's name is wanted at \"=x)\""},
		{"(>=x)", NULL, "an attribute's name is wanted at \">=x)\""},
		{"(a b=x)", NULL,
			"an attribute's name has letters, digits, - . and ; only at \"a b=x)\""},
		{"(cn:dn:=x)", NULL,
			"an attribute's name has letters, digits, - . and ; only at \"cn:dn:=x)\""},
		{"(a=\\2)", NULL,
			"a backslash wants two hexadecimal digits after it at \"\\\\2)\""},
		{"(a=\\zz)", NULL,
			"a backslash wants two hexadecimal digits after it at \"\\\\zz)\""},
		{"(a>=*)", NULL, "an asterisk is written \\2a in such a comparison at \"*)\""},
		{"(&)", NULL, "an opening parenthesis is wanted at \")\""},
		{"(!(a=b)(c=d))", NULL, "a closing parenthesis is wanted at \"(c=d))\""},
		{"((a=b))", NULL, "a comparison such as uid=x is wanted at \"(a=b))\""},
		{"(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(!(a=b)))))))))))))))))", NULL,
			"too many parentheses within each other at \"(a=b)))))))))))))))))\""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t room[1024];
		char shown[1024] = "";
		struct ber_out out = {.to = room, .room = sizeof room};
		struct err err = {""};
		const bool good = ldap_filter_put(&out, rows[i].text, &err);
		if (good != (rows[i].shown != NULL))
			fail_msg("%s: %s", rows[i].text, err.text);
		if (good)
			(void)show((struct ber){out.to, out.len}, shown);
		assert_string_equal(good ? shown : err.text, good ? rows[i].shown : rows[i].why);
	}
	uint8_t small[14];
	struct ber_out out = {.to = small, .room = sizeof small};
	struct err err;
	assert_false(ldap_filter_put(&out, "(objectClass=*)", &err));
	assert_string_equal(err.text, "it is too long; shorten it");
}

static void elements(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t len;
		const uint8_t octets[8];
		enum ber_whole whole;
		size_t inside;
	} rows[] = {
		{"nothing", 0, {0}, BER_CUT, 0},
		{"half a head", 1, {0x30}, BER_CUT, 0},
		{"an empty one", 2, {0x30, 0}, BER_WHOLE, 0},
		{"one octet", 3, {0x04, 1, 'x'}, BER_WHOLE, 1},
		{"one is missing", 3, {0x04, 2, 'x'}, BER_CUT, 0},
		{"a long length", 5, {0x04, 0x82, 0, 1, 'x'}, BER_WHOLE, 1},
		{"half of one", 3, {0x04, 0x82, 0}, BER_CUT, 0},
		{"four octets of it", 7, {0x04, 0x84, 0, 0, 0, 1, 'x'}, BER_WHOLE, 1},
		{"more than memory has", 6, {0x04, 0x84, 0xff, 0xff, 0xff, 0xff}, BER_CUT, 0},
		{"five octets", 7, {0x04, 0x85, 0, 0, 0, 0, 0}, BER_ODD, 0},
		{"an indefinite length", 4, {0x30, 0x80, 0, 0}, BER_ODD, 0},
		{"a tag of many octets", 4, {0x1f, 0x81, 0, 0}, BER_ODD, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t *const exact =
			malloc(rows[i].len + 1); /* sanitizers see an octet too far */
		assert_non_null(exact);
		memcpy(exact + 1, rows[i].octets, rows[i].len);
		struct ber from = {exact + 1, rows[i].len}, inside = {NULL, 0};
		uint8_t tag;
		const enum ber_whole whole = ber_next(&from, &tag, &inside);
		if (whole != rows[i].whole || inside.len != rows[i].inside)
			fail_msg("%s: %d, %zu inside", rows[i].what, (int)whole, inside.len);
		assert_int_equal(from.len, whole == BER_WHOLE ? 0 : rows[i].len);
		free(exact);
	}
}

static void numbers(void **state)
{
	(void)state;
	static const uint16_t rows[] = {0, 1, 127, 128, 255, 256, 32767, 32768, 65535};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t room[16];
		uint32_t number;
		struct ber_out out = {.to = room, .room = sizeof room};
		ber_put_number(&out, BER_INTEGER, rows[i]);
		struct ber from = {out.to, out.len};
		assert_true(ber_get_number(&from, BER_INTEGER, &number));
		assert_int_equal(number, rows[i]);
	}
	static const uint8_t negative[] = {0x02, 1, 0x80}, large[] = {0x02, 5, 0, 0, 0, 0, 0},
			     none[] = {0x02, 0};
	uint32_t number;
	struct ber from = {negative, sizeof negative};
	assert_false(ber_get_number(&from, BER_INTEGER, &number));
	from = (struct ber){large, sizeof large};
	assert_false(ber_get_number(&from, BER_INTEGER, &number));
	from = (struct ber){none, sizeof none};
	assert_false(ber_get_number(&from, BER_INTEGER, &number));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters),
		cmocka_unit_test(elements),
		cmocka_unit_test(numbers),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
