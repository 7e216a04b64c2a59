#include "base/prefix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void blocks(void **state)
{
	(void)state;
	static const struct {
		const char *block, *in, *out;
	} rows[] = {
		{"192.0.2.0/24", "192.0.2.255", "192.0.3.0"},
		{"192.0.2.1", "192.0.2.1", "192.0.2.0"},
		{"192.0.2.1/32", "192.0.2.1", "192.0.2.3"},
		{"192.0.2.128/25", "192.0.2.128", "192.0.2.127"},
		{"0.0.0.0/0", "255.255.255.255", "::1"},
		{"128.0.0.0/1", "192.0.2.1", "127.0.0.1"},
		{"::/0", "2001:db8::1", NULL},
		{"2001:db8::/32", "2001:db8:ffff::", "2001:db9::"},
		{"2001:db8::/64", "2001:db8::ffff", "2001:db8:0:1::"},
		{"2001:db8::/65", "2001:db8::7fff:0:0:0", "2001:db8::8000:0:0:0"},
		{"::1", "::1", "::"},
		{"::1/128", "::1", "127.0.0.1"},
	};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct prefix prefix;
		struct address in, out;
		assert_true(prefix_parse(rows[i].block, &prefix));
		assert_true(address_parse(rows[i].in, &in));
		if (!prefix_has(&prefix, address_bits(&in)))
			fail_msg("%s has %s", rows[i].block, rows[i].in);
		if (rows[i].out == NULL)
			continue;
		assert_true(address_parse(rows[i].out, &out));
		if (prefix_has(&prefix, address_bits(&out)))
			fail_msg("%s has not %s", rows[i].block, rows[i].out);
	}
}

static void no_blocks(void **state)
{
	(void)state;
	static const char *const rows[] = {"", "/", "/8", "192.0.2.0/", "192.0.2.0/33",
		"192.0.2.0/-1", "192.0.2.0/08", "192.0.2.1/24", "192.0.2.0/24 ", "192.0.2.0/24/24",
		"192.0.2/24", "2001:db8::/129", "2001:db8::1/64", "example.com", "192.0.2.0/2x",
		"1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234:1234/1", "::/0000"};
	struct prefix prefix;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (prefix_parse(rows[i], &prefix))
			fail_msg("\"%s\" is none", rows[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(blocks), cmocka_unit_test(no_blocks)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
