/*
 * DNS cookies: RFC 7873 with the server cookies of RFC 9018, so that several
 * servers, also of other make, take each other's when they share the secret.  Pure.
 */
#ifndef LOCUM_DNS_COOKIE_H
#define LOCUM_DNS_COOKIE_H

#include "base/address.h"
#include "base/attr.h"
#include "dns/siphash.h"

#include <stddef.h>
#include <stdint.h>

enum {
	COOKIE_CLIENT = 8,  /* octets of the client's part */
	COOKIE_SERVER = 16, /* octets of ours: version, reserved, time, hash */
	COOKIE_WHOLE = COOKIE_CLIENT + COOKIE_SERVER,
	COOKIE_SECRETS = 2,
	COOKIE_AGE_MAX = 3600,   /* seconds that a server cookie is good for */
	COOKIE_AGE_FRESH = 1800, /* older ones are replaced */
	COOKIE_AHEAD_MAX = 300,  /* seconds that another server's clock may be ahead */
};

/* The first makes server cookies, all of them are accepted: what a roll-over takes. */
struct cookie_secrets {
	uint32_t n; /* 0: there are no cookies */
	uint8_t secret[COOKIE_SECRETS][SIPHASH_KEY];
};

enum cookie_standing {
	COOKIE_NEW,  /* a client cookie alone */
	COOKIE_BAD,  /* with a server cookie that is not ours, of another client, or too old */
	COOKIE_GOOD, /* whoever asks is at the address that the query came from */
};

/*
 * Judges a cookie option of `len` octets, 8 or 16 to 40, and writes what the response
 * carries.  `secrets` has at least one; `unix_now` is in seconds, and may wrap.
 */
enum cookie_standing cookie_judge(const struct cookie_secrets *secrets, const uint8_t *cookie,
	size_t len, const struct address *client, uint32_t unix_now, uint8_t out[COOKIE_WHOLE]);

#endif
