#include "dns/mac.h"

#include <assert.h>
#include <string.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

enum { GROUP = 4, GROUP_OCTETS = 3, DIGIT_BITS = 6 };

void mac_sha256(
	const uint8_t *key, size_t key_len, const void *data, size_t len, uint8_t out[MAC_SHA256])
{
	unsigned n = MAC_SHA256;
	const void *const done = HMAC(EVP_sha256(), key, (int)key_len, data, len, out, &n);
	assert(done != NULL && n == MAC_SHA256);
	(void)done;
}

bool mac_equal(const uint8_t a[MAC_SHA256], const uint8_t b[MAC_SHA256])
{
	return CRYPTO_memcmp(a, b, MAC_SHA256) == 0;
}

static int position(const char *digits, char c)
{
	const char *const at = c != '\0' ? strchr(digits, c) : NULL;
	return at != NULL ? (int)(at - digits) : -1;
}

bool mac_from_hex(const char *text, size_t len, uint8_t out[MAC_SHA256])
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	if (len != (size_t)2 * MAC_SHA256)
		return false;
	for (size_t i = 0; i < MAC_SHA256; i++) {
		const int high = position(digits, text[2 * i]),
			  low = position(digits, text[2 * i + 1]);
		if (high < 0 || low < 0)
			return false;
		out[i] = (uint8_t)((high & 15) << 4 | (low & 15));
	}
	return true;
}

size_t base64_read(const char *text, size_t len, uint8_t *out, size_t room)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				     "0123456789+/";
	size_t n = 0, pads = 0;
	if (len == 0 || len % GROUP != 0)
		return 0;
	while (pads < 2 && text[len - 1 - pads] == '=')
		pads++;
	for (size_t at = 0; at < len; at += GROUP) {
		uint32_t bits = 0;
		const size_t missing = at + GROUP == len ? pads : 0;
		for (size_t i = 0; i < GROUP; i++) {
			const int digit = i < GROUP - missing ? position(digits, text[at + i]) : 0;
			if (digit < 0)
				return 0;
			bits = bits << DIGIT_BITS | (uint32_t)digit;
		}
		for (size_t i = 0; i < GROUP_OCTETS - missing; i++) {
			if (n == room)
				return 0;
			out[n++] = (uint8_t)(bits >> (16 - 8 * i));
		}
	}
	return n;
}
