/* rdata_check of dns/rrtype.h: one small function for each shape that a letter cannot say. */
#include "base/bytes.h"
#include "dns/name.h"
#include "dns/rrtype.h"

struct rest {
	const uint8_t *at;
	size_t len;
};

static bool skip(struct rest *rest, size_t n)
{
	if (n > rest->len)
		return false;
	rest->at += n;
	rest->len -= n;
	return true;
}

static bool skip_name(struct rest *rest)
{
	const size_t len = name_check(rest->at, rest->len);
	return len > 0 && skip(rest, len);
}

static bool skip_string(struct rest *rest, size_t least)
{
	return rest->len > 0 && rest->at[0] >= least && skip(rest, rest->at[0] + 1U);
}

static bool skip_strings(struct rest *rest)
{
	do {
		if (!skip_string(rest, 0))
			return false;
	} while (rest->len > 0);
	return true;
}

/* RFC 4034 4.1.2: windows in rising order, 1 to 32 octets each, the last one not zero. */
static bool skip_bitmaps(struct rest *rest)
{
	int before = -1;
	while (rest->len > 0) {
		if (rest->len < 3 || rest->at[0] <= before)
			return false;
		before = rest->at[0];
		const size_t len = rest->at[1];
		if (len < 1 || len > 32 || len + 2 > rest->len || rest->at[1 + len] == 0)
			return false;
		if (before == 0 && rest->at[2] & 128) /* type 0 is none */
			return false;
		(void)skip(rest, len + 2);
	}
	return true;
}

static bool is_letter_or_digit(uint8_t octet)
{
	const uint8_t folded = name_fold(octet);
	return (folded >= 'a' && folded <= 'z') || (octet >= '0' && octet <= '9');
}

/* RFC 8659 4.1: letters and digits. */
static bool skip_tag(struct rest *rest)
{
	const struct rest tag = *rest;
	if (!skip_string(rest, 1))
		return false;
	for (size_t i = 1; i <= tag.at[0]; i++)
		if (!is_letter_or_digit(tag.at[i]))
			return false;
	return true;
}

/* A digit and a power of ten, as RFC 1876 2 writes sizes. */
static bool is_decimal_pair(uint8_t octet) { return octet >> 4 <= 9 && (octet & 15) <= 9; }

static bool skip_loc(struct rest *rest)
{
	if (rest->len != 16 || rest->at[0] != 0)
		return false;
	for (size_t i = 1; i <= 3; i++)
		if (!is_decimal_pair(rest->at[i]))
			return false;
	const uint32_t equator = 1U << 31, degree = 3600 * 1000;
	const uint32_t latitude = bytes_get32(rest->at + 4), longitude = bytes_get32(rest->at + 8);
	return latitude >= equator - 90 * degree && latitude <= equator + 90 * degree &&
	       longitude >= equator - 180 * degree && longitude <= equator + 180 * degree &&
	       skip(rest, 16);
}

/* RFC 4025 2: precedence, kind of gateway, algorithm, gateway, key. */
static bool skip_ipseckey(struct rest *rest)
{
	if (rest->len < 3)
		return false;
	const uint8_t gateway = rest->at[1];
	(void)skip(rest, 3);
	switch (gateway) {
	case 0: break;
	case 1:
		if (!skip(rest, 4))
			return false;
		break;
	case 2:
		if (!skip(rest, 16))
			return false;
		break;
	case 3:
		if (!skip_name(rest))
			return false;
		break;
	default: return false;
	}
	return skip(rest, rest->len);
}

/* RFC 8005 5: lengths of tag and key, algorithm, tag, key, rendezvous servers. */
static bool skip_hip(struct rest *rest)
{
	if (rest->len < 4)
		return false;
	const size_t tag = rest->at[0], key = bytes_get16(rest->at + 2);
	if (tag == 0 || key == 0 || !skip(rest, 4 + tag + key))
		return false;
	while (rest->len > 0)
		if (!skip_name(rest))
			return false;
	return true;
}

/* RFC 3123 4: family, prefix, sign and length, address without its last zero octets. */
static bool skip_prefixes(struct rest *rest)
{
	while (rest->len > 0) {
		if (rest->len < 4)
			return false;
		const uint16_t family = bytes_get16(rest->at);
		const uint8_t prefix = rest->at[2], len = rest->at[3] & 127;
		const uint8_t octets = family == 1 ? 4 : family == 2 ? 16 : 0;
		if (octets == 0 || len > octets || prefix > octets * 8 || !skip(rest, 4U + len))
			return false;
		if (len > 0 && rest->at[-1] == 0)
			return false;
	}
	return true;
}

enum {
	SVC_MANDATORY,
	SVC_ALPN,
	SVC_NO_DEFAULT_ALPN,
	SVC_PORT,
	SVC_IPV4HINT,
	SVC_ECH,
	SVC_IPV6HINT
};

static bool whole_multiple(size_t len, size_t of) { return len > 0 && len % of == 0; }

/* The keys in rising order, and no key twice.  RFC 9460 8. */
static bool rising(const uint8_t *at, size_t len)
{
	for (size_t i = 2; i < len; i += 2)
		if (bytes_get16(at + i) <= bytes_get16(at + i - 2))
			return false;
	return true;
}

/* ALPN identifiers are character-strings of at least one octet.  RFC 9460 7.1.1. */
static bool is_alpn(struct rest value)
{
	if (value.len == 0)
		return false;
	while (value.len > 0)
		if (!skip_string(&value, 1))
			return false;
	return true;
}

static bool is_service_value(uint16_t key, struct rest value)
{
	switch (key) {
	case SVC_MANDATORY: return whole_multiple(value.len, 2) && rising(value.at, value.len);
	case SVC_ALPN: return is_alpn(value);
	case SVC_NO_DEFAULT_ALPN: return value.len == 0;
	case SVC_PORT: return value.len == 2;
	case SVC_IPV4HINT: return whole_multiple(value.len, 4);
	case SVC_ECH: return value.len > 0;
	case SVC_IPV6HINT: return whole_multiple(value.len, 16);
	default: return true;
	}
}

/* RFC 9460 2.2: key, length, value; keys in rising order. */
static bool skip_service(struct rest *rest)
{
	int before = -1;
	while (rest->len > 0) {
		if (rest->len < 4)
			return false;
		const uint16_t key = bytes_get16(rest->at);
		const struct rest value = {rest->at + 4, bytes_get16(rest->at + 2)};
		if (key <= before || !skip(rest, 4 + value.len) || !is_service_value(key, value))
			return false;
		before = key;
	}
	return true;
}

static bool skip_field(char field, struct rest *rest)
{
	switch (field) {
	case 'n': return skip_name(rest);
	case '1':
	case 'k': return skip(rest, 1);
	case '2':
	case 'C':
	case 'T': return skip(rest, 2);
	case '4':
	case 't':
	case 'd':
	case 'a': return skip(rest, 4);
	case '6': return skip(rest, 6);
	case '8': return skip(rest, 8);
	case 'A': return skip(rest, 16);
	case 's':
	case 'h': return skip_string(rest, 0);
	case 'H': return skip_string(rest, 1);
	case 'S': return skip_strings(rest);
	case 'z': return rest->len == 0 || skip_string(rest, 0);
	case 'X':
	case 'y':
	case 'Q':
	case 'o': return rest->len > 0 && skip(rest, rest->len);
	case 'b': return skip_bitmaps(rest);
	case 'c': return skip_tag(rest);
	case 'w': return rest->len <= 65536 / 8 && skip(rest, rest->len);
	case 'l': return skip_loc(rest);
	case 'g': return skip_ipseckey(rest);
	case 'i': return skip_hip(rest);
	case 'p': return skip_prefixes(rest);
	case 'v': return skip_service(rest);
	default: return skip(rest, rest->len);
	}
}

bool rdata_check(uint16_t type, const uint8_t *wire, size_t len)
{
	const char *fields = rrtype_fields(type);
	if (len > UINT16_MAX || !rrtype_in_zone(type))
		return false;
	if (fields == NULL)
		return true;
	struct rest rest = {wire, len};
	for (; *fields != '\0'; fields++)
		if (!skip_field(*fields, &rest))
			return false;
	return rest.len == 0;
}
