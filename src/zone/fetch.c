#include "zone/fetch.h"

#include "zone/lookup.h"

/* Trees of fewer names stay in the cache of a core by themselves: 100 octets each, or some more. */
enum { LARGE = 16384, LINE = 64 };

struct scout {
	struct twig at;
	const uint8_t *key;
	size_t len;
};

bool fetch_pays(const struct view *view) { return view->names >= LARGE; }

/* What is as large as a branch of ten digits. */
static void fetch(const void *at)
{
	__builtin_prefetch(at);
	__builtin_prefetch((const uint8_t *)at + LINE);
}

/* One branch further; false: there is none, or no way on. */
static bool advance(struct scout *scout)
{
	if (!twig_is_branch(scout->at))
		return false;
	const struct branch *const b = twig_branch(scout->at);
	const struct twig *const next =
		b->octet > scout->len ? NULL
				      : branch_twig(b, key_steps[scout->key[b->octet]][b->part]);
	scout->at = next == NULL ? (struct twig){0} : *next;
	fetch(twig_leaf(scout->at));
	return true;
}

/* All walk along their keys, each a branch at a time: while one's comes, the others go on. */
static void advance_all(struct scout list[], size_t n)
{
	size_t moved;
	do {
		moved = 0;
		for (size_t i = 0; i < n; i++)
			moved += advance(&list[i]);
	} while (moved > 0);
}

static const struct zone *zone_for(const struct view *view, const struct key *key)
{
	return key->len == 0 ? NULL : view_lookup(view, key);
}

void fetch_names(const struct view *view, const struct key *const keys[], size_t n)
{
	struct scout list[FETCH_MAX];
	if (view->only == NULL) {
		for (size_t i = 0; i < n; i++)
			list[i] = (struct scout){view->zones, keys[i]->at, keys[i]->len};
		advance_all(list, n);
	}
	for (size_t i = 0; i < n; i++) {
		const struct key *const key = keys[i];
		const struct zone *const zone = zone_for(view, key);
		list[i] = (struct scout){{0}, key->at, key->len};
		if (zone != NULL) {
			const size_t apex = zone->leaf.len;
			list[i] = (struct scout){zone->names, key->at + apex, key->len - apex};
		}
	}
	advance_all(list, n);
	for (size_t i = 0; i < n; i++)
		if (twig_is_leaf(list[i].at))
			__builtin_prefetch(node_list(node_of(twig_leaf(list[i].at)))[0]);
}
