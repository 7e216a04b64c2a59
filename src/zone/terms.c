#include "zone/terms.h"

#include "base/mem.h"
#include "zone/refs.h"

#include <stdlib.h>
#include <string.h>

struct terms *terms_new(void)
{
	struct terms *const terms = mem_new(sizeof *terms);
	terms->refs = 1;
	return terms;
}

static bool rates_equal(const struct rate_rule *a, const struct rate_rule *b)
{
	if (a->rate != b->rate || a->slip != b->slip || a->n_exempt != b->n_exempt)
		return false;
	for (uint32_t i = 0; i < a->n_exempt; i++) {
		const struct prefix *const p = &a->exempt[i], *const q = &b->exempt[i];
		if (p->net.high != q->net.high || p->net.low != q->net.low ||
			p->mask.high != q->mask.high || p->mask.low != q->mask.low)
			return false;
	}
	return true;
}

bool terms_equal(const struct terms *a, const struct terms *b)
{
	return strcmp(a->identity, b->identity) == 0 && strcmp(a->version, b->version) == 0 &&
	       a->cookies.n == b->cookies.n &&
	       memcmp(a->cookies.secret, b->cookies.secret, sizeof a->cookies.secret) == 0 &&
	       rates_equal(&a->rate, &b->rate) && a->connections == b->connections;
}

struct terms *terms_ref(const struct terms *terms)
{
	struct terms *const own =
		(struct terms *)(uintptr_t)terms; /* NOLINT: the count alone changes */
	refs_more(&own->refs);
	return own;
}

void terms_unref(const struct terms *terms)
{
	struct terms *const own = (struct terms *)(uintptr_t)terms; /* NOLINT: as above */
	if (own != NULL && refs_less(&own->refs))
		free(own);
}
