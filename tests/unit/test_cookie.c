#include "base/bytes.h"
#include "dns/cookie.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static size_t octets(uint8_t *out, const char *hex)
{
	size_t n = 0;
	for (; hex[2 * n] != '\0'; n++) {
		const char two[3] = {hex[2 * n], hex[2 * n + 1], '\0'};
		out[n] = (uint8_t)strtoul(two, NULL, 16);
	}
	return n;
}

/* Appendix A of the paper, and the first of the authors' own table for the key 00 01 .. 0F. */
static void siphash_vectors(void **state)
{
	(void)state;
	static const uint64_t expected[] = {0x726fdb47dd0e0e31, 0x74f839c593dc67fd,
		0x0d6c8009d9a94f5a, 0x85676696d7fb7e2d, 0xcf2794e0277187b7, 0x18765564cd99a68d,
		0xcbc9466e58fee3ce, 0xab0200f58b01d137, 0x93f5f5799a932462};
	uint8_t key[SIPHASH_KEY], text[16];
	for (uint8_t i = 0; i < 16; i++)
		key[i] = text[i] = i;
	for (size_t len = 0; len < sizeof expected / sizeof expected[0]; len++)
		assert_true(siphash(key, text, len) == expected[len]);
	assert_true(siphash(key, text, 15) == 0xa129ca6149be45e5);
}

#define OLD "e5e973e5a6b2a43f48e7dc849e37bfcf"
#define V6_NEW "445536bcd2513298075a5d379663c962"
#define V6_OLD "dd3bdf9344b678b185a6f5cb60fca715"
#define V6 "2001:db8:220:1:59de:d0f4:8769:82b8"

static const struct {
	const char *what, *secrets[2], *client, *cookie;
	uint32_t now;
	enum cookie_standing standing;
	const char *response;
} rows[] = {
	{"RFC 9018 A.1: a new one", {OLD}, "198.51.100.100", "2464c4abcf10c957", 1559731985,
		COOKIE_NEW, "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"A.2: older than half an hour, so renewed", {OLD}, "198.51.100.100",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559734385, COOKIE_GOOD,
		"2464c4abcf10c957010000005cf7a871d4a564a1442aca77"},
	{"A.3: its reserved octets are not zero", {OLD}, "203.0.113.203",
		"fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559728060, COOKIE_GOOD,
		"fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5"},
	{"A.3: and renewed, they are", {OLD}, "203.0.113.203",
		"fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559730600, COOKIE_GOOD,
		"fc93fc62807ddb86010000005cf799a8"},
	{"A.3: too old, as there", {OLD}, "203.0.113.203",
		"fc93fc62807ddb8601abcdef5cf78f71a314227b6679ebf5", 1559734700, COOKIE_BAD,
		"fc93fc62807ddb86010000005cf7a9acf73a7810aca2381e"},
	{"A.4: of the secret before", {V6_NEW, V6_OLD}, V6,
		"22681ab97d52c298010000005cf7c57926556bd0934c72f8", 1559741961, COOKIE_GOOD,
		"22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
	{"that secret is gone", {V6_NEW}, V6, "22681ab97d52c298010000005cf7c57926556bd0934c72f8",
		1559741961, COOKIE_BAD, "22681ab97d52c298010000005cf7c609a6bb79d16625507a"},
	{"fresh: it comes back as it is", {OLD}, "198.51.100.100",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985 + 1800, COOKIE_GOOD,
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"an hour old", {OLD}, "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
		1559731985 + 3600, COOKIE_GOOD, "2464c4abcf10c957010000005cf7ad21"},
	{"older", {OLD}, "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
		1559731985 + 3601, COOKIE_BAD, "2464c4abcf10c957010000005cf7ad22"},
	{"five minutes ahead", {OLD}, "198.51.100.100",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985 - 300, COOKIE_GOOD,
		"2464c4abcf10c957010000005cf79de5"},
	{"more", {OLD}, "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29480",
		1559731985 - 301, COOKIE_BAD, "2464c4abcf10c957010000005cf79de4"},
	{"of another address", {OLD}, "198.51.100.101",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480", 1559731985, COOKIE_BAD,
		"2464c4abcf10c957010000005cf79f11"},
	{"another version", {OLD}, "198.51.100.100",
		"2464c4abcf10c957020000005cf79f111f8130c3eee29480", 1559731985, COOKIE_BAD,
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"one bit", {OLD}, "198.51.100.100", "2464c4abcf10c957010000005cf79f111f8130c3eee29481",
		1559731985, COOKIE_BAD, "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"a server cookie of 8 octets", {OLD}, "198.51.100.100", "2464c4abcf10c957010000005cf79f11",
		1559731985, COOKIE_BAD, "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
	{"of 32", {OLD}, "198.51.100.100",
		"2464c4abcf10c957010000005cf79f111f8130c3eee29480"
		"00000000000000000000000000000000",
		1559731985, COOKIE_BAD, "2464c4abcf10c957010000005cf79f111f8130c3eee29480"},
};

static void server_cookies(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct cookie_secrets secrets = {0};
		while (secrets.n < 2 && rows[i].secrets[secrets.n] != NULL) {
			assert_int_equal(
				octets(secrets.secret[secrets.n], rows[i].secrets[secrets.n]),
				SIPHASH_KEY);
			secrets.n++;
		}
		struct address client;
		assert_true(address_parse(rows[i].client, &client));
		uint8_t cookie[40], out[COOKIE_WHOLE], expected[COOKIE_WHOLE];
		const size_t len = octets(cookie, rows[i].cookie);
		const size_t known = octets(expected, rows[i].response);
		const enum cookie_standing standing =
			cookie_judge(&secrets, cookie, len, &client, rows[i].now, out);
		if (standing != rows[i].standing || memcmp(out, expected, known) != 0)
			fail_msg("%s: %d", rows[i].what, standing);
		/* What was made is good. */
		uint8_t again[COOKIE_WHOLE];
		assert_int_equal(
			cookie_judge(&secrets, out, sizeof out, &client, rows[i].now, again),
			COOKIE_GOOD);
		assert_int_equal(cookie_judge(&secrets, out, sizeof out, &client,
					 rows[i].now + 2 * COOKIE_AGE_MAX, again),
			COOKIE_BAD);
	}
}

/* The seconds of 32 bits end in 2106: RFC 1982 goes on. */
static void cookies_after_2106(void **state)
{
	(void)state;
	const struct cookie_secrets secrets = {.n = 1};
	struct address client;
	assert_true(address_parse("192.0.2.1", &client));
	const uint8_t cookie[COOKIE_CLIENT] = {1, 2, 3};
	uint8_t out[COOKIE_WHOLE], again[COOKIE_WHOLE];
	assert_int_equal(
		cookie_judge(&secrets, cookie, sizeof cookie, &client, UINT32_MAX - 10, out),
		COOKIE_NEW);
	assert_int_equal(bytes_get32(out + 12), UINT32_MAX - 10);
	assert_int_equal(cookie_judge(&secrets, out, sizeof out, &client, 100, again), COOKIE_GOOD);
	assert_int_equal(cookie_judge(&secrets, out, sizeof out, &client, 3600, again), COOKIE_BAD);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(siphash_vectors),
		cmocka_unit_test(server_cookies),
		cmocka_unit_test(cookies_after_2106),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
