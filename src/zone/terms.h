/*
 * On what terms queries are answered: what the server says of itself, the secrets of
 * cookies, how much anyone gets.  A view carries them.  Immutable once it
 * does, then shared by reference count.
 */
#ifndef LOCUM_ZONE_TERMS_H
#define LOCUM_ZONE_TERMS_H

#include "base/attr.h"
#include "base/prefix.h"
#include "dns/cookie.h"

enum { TERMS_TEXT_MAX = 100, TERMS_EXEMPT_MAX = 64 };

/* Responses over UDP to one client: an IPv4 address or an IPv6 /56. */
struct rate_rule {
	uint32_t rate; /* a second, of all workers together; 0: no limit */
	uint32_t slip; /* one in so many of those above it goes out truncated; 0: none */
	uint32_t n_exempt;
	struct prefix exempt[TERMS_EXEMPT_MAX]; /* these are never limited, in no way */
};

static inline bool rate_exempts(const struct rate_rule *rule, struct address_bits client)
{
	for (uint32_t i = 0; i < rule->n_exempt; i++)
		if (prefix_has(&rule->exempt[i], client))
			return true;
	return false;
}

struct terms {
	uint32_t refs;
	char identity[TERMS_TEXT_MAX + 1]; /* "": not told */
	char version[TERMS_TEXT_MAX + 1];  /* "": not told */
	struct cookie_secrets cookies;
	struct rate_rule rate;
	uint32_t connections; /* over TCP that one client may hold at once; 0: no limit */
};

struct terms *terms_new(void) MUST_USE; /* all zero: tells nothing, no cookies, no limit */
bool terms_equal(const struct terms *a, const struct terms *b) MUST_USE;
struct terms *terms_ref(const struct terms *terms);
void terms_unref(const struct terms *terms); /* NULL is fine */

#endif
