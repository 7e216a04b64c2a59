#include "dns/cookie.h"

#include "base/bytes.h"

#include <endian.h>
#include <string.h>

enum {
	VERSION = 1,
	TIME_AT = COOKIE_CLIENT + 4,
	HASH_AT = TIME_AT + 4,
	ADDRESS_MAX = 16,
};

/* RFC 9018 4.4: of all that stands before it, and the client's address. */
static uint64_t hash(
	const uint8_t secret[SIPHASH_KEY], const uint8_t *cookie, const struct address *client)
{
	uint8_t text[HASH_AT + ADDRESS_MAX];
	const bool v4 = client->any.sa_family == AF_INET;
	const size_t len = v4 ? 4 : ADDRESS_MAX;
	memcpy(text, cookie, HASH_AT);
	if (v4)
		memcpy(text + HASH_AT, &client->v4.sin_addr, 4);
	else
		memcpy(text + HASH_AT, &client->v6.sin6_addr, ADDRESS_MAX);
	return siphash(secret, text, HASH_AT + len);
}

static void put_hash(uint8_t *to, uint64_t value)
{
	value = htole64(value);
	memcpy(to, &value, sizeof value);
}

/* The number of the secret that made it; COOKIE_SECRETS: none of them. */
static uint32_t maker(
	const struct cookie_secrets *secrets, const uint8_t *cookie, const struct address *client)
{
	for (uint32_t i = 0; i < secrets->n; i++) {
		uint8_t own[8];
		put_hash(own, hash(secrets->secret[i], cookie, client));
		uint8_t differs = 0; /* how long it takes tells nothing */
		for (unsigned j = 0; j < sizeof own; j++)
			differs |= own[j] ^ cookie[HASH_AT + j];
		if (differs == 0)
			return i;
	}
	return COOKIE_SECRETS;
}

enum cookie_standing cookie_judge(const struct cookie_secrets *secrets, const uint8_t *cookie,
	size_t len, const struct address *client, uint32_t unix_now, uint8_t out[COOKIE_WHOLE])
{
	enum cookie_standing standing = len == COOKIE_CLIENT ? COOKIE_NEW : COOKIE_BAD;
	if (len == COOKIE_WHOLE && cookie[COOKIE_CLIENT] == VERSION) {
		/* RFC 9018 4.3: serial arithmetic, as the time has 32 bits */
		const int32_t age = (int32_t)(unix_now - bytes_get32(cookie + TIME_AT));
		if (age >= -COOKIE_AHEAD_MAX && age <= COOKIE_AGE_MAX) {
			const uint32_t by = maker(secrets, cookie, client);
			standing = by < secrets->n ? COOKIE_GOOD : COOKIE_BAD;
			if (by == 0 && age >= 0 && age <= COOKIE_AGE_FRESH) {
				memcpy(out, cookie, COOKIE_WHOLE);
				return standing;
			}
		}
	}
	memcpy(out, cookie, COOKIE_CLIENT);
	bytes_put32(out + COOKIE_CLIENT, (uint32_t)VERSION << 24);
	bytes_put32(out + TIME_AT, unix_now);
	put_hash(out + HASH_AT, hash(secrets->secret[0], out, client));
	return standing;
}
