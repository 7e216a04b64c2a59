#include "base/prefix.h"

#include <stdlib.h>
#include <string.h>

enum { BITS_V4 = 32, BITS_V6 = 128 };

/* A mask of the first `n` of 64 bits. */
static uint64_t mask(unsigned n) { return n == 0 ? 0 : ~(uint64_t)0 << (64 - n); }

bool prefix_parse(const char *text, struct prefix *prefix)
{
	char host[INET6_ADDRSTRLEN];
	struct address address;
	const size_t len = strcspn(text, "/");
	if (len >= sizeof host)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	if (!address_parse(host, &address))
		return false;
	const unsigned bits = address.any.sa_family == AF_INET ? BITS_V4 : BITS_V6;
	unsigned n = bits;
	if (text[len] == '/') {
		const char *const digits = text + len + 1;
		const size_t count = strspn(digits, "0123456789");
		if (count == 0 || count > 3 || digits[count] != '\0' ||
			(digits[0] == '0' && count > 1))
			return false;
		n = (unsigned)strtoul(digits, NULL, 10);
	}
	if (n > bits)
		return false;
	n += BITS_V6 - bits;
	prefix->net = address_bits(&address);
	prefix->mask.high = mask(n < 64 ? n : 64);
	prefix->mask.low = mask(n < 64 ? 0 : n - 64);
	return (prefix->net.high & ~prefix->mask.high) == 0 &&
	       (prefix->net.low & ~prefix->mask.low) == 0;
}
