#include "dns/mac.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 4231 4.2, 4.3 and 4.7. */
static void signatures(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		uint8_t fill;
		size_t key_len;
		const char *key, *data, *hex;
	} rows[] = {
		{"case 1", 0x0b, 20, NULL, "Hi There",
			"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"},
		{"case 2", 0, 4, "Jefe", "what do ya want for nothing?",
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"},
		{"case 6: a key longer than a block", 0xaa, 131, NULL,
			"Test Using Larger Than Block-Size Key - Hash Key First",
			"60E431591EE0B67F0D8A26AACBF5B77F8E0BC6213728C5140546040F0EE37F54"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t key[256], made[MAC_SHA256], wanted[MAC_SHA256];
		memset(key, rows[i].fill, sizeof key);
		if (rows[i].key != NULL)
			memcpy(key, rows[i].key, rows[i].key_len);
		assert_true(mac_from_hex(rows[i].hex, strlen(rows[i].hex), wanted));
		mac_sha256(key, rows[i].key_len, rows[i].data, strlen(rows[i].data), made);
		if (!mac_equal(made, wanted))
			fail_msg("%s", rows[i].what);
		made[MAC_SHA256 - 1] ^= 1;
		assert_false(mac_equal(made, wanted));
	}
}

static void hexadecimal(void **state)
{
	(void)state;
	uint8_t out[MAC_SHA256];
	char digits[65];
	memset(digits, 'f', 64);
	digits[64] = '\0';
	assert_true(mac_from_hex(digits, 64, out));
	assert_int_equal(out[31], 255);
	assert_false(mac_from_hex(digits, 63, out));
	assert_false(mac_from_hex(digits, 0, out));
	digits[63] = 'g';
	assert_false(mac_from_hex(digits, 64, out));
	digits[63] = '\0';
	assert_false(mac_from_hex(digits, 64, out));
}

/* RFC 4648 10, and what is none. */
static void base64(void **state)
{
	(void)state;
	static const struct {
		const char *text, *octets; /* NULL: none */
	} rows[] = {
		{"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm9v", "foo"}, {"Zm9vYmE=", "fooba"},
		{"Zm9vYmFy", "foobar"}, {"", NULL}, {"Zg", NULL}, {"Zg=", NULL}, {"Z===", NULL},
		{"====", NULL}, {"Zg==Zg==", NULL}, {"Zm9v\n", NULL}, {"Zm 9", NULL},
		{"Zm9vYmFyYmFy", NULL}, /* longer than the room */
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t out[6];
		const size_t n = base64_read(rows[i].text, strlen(rows[i].text), out, sizeof out);
		const size_t wanted = rows[i].octets != NULL ? strlen(rows[i].octets) : 0;
		if (n != wanted || (n > 0 && memcmp(out, rows[i].octets, n) != 0))
			fail_msg("\"%s\": %zu octets", rows[i].text, n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signatures),
		cmocka_unit_test(hexadecimal),
		cmocka_unit_test(base64),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
