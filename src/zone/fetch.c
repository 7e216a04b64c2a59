#include "zone/fetch.h"

#include "zone/lookup.h"

/* Less of a tree stays in the cache of a core by itself: 100 octets a name, or some more. */
enum { LARGE = 4096, LINE = 64 };

struct scout {
	struct twig *at; /* a branch */
	const uint8_t *key;
	size_t len;
};

bool fetch_pays(const struct view *view) { return view->names >= LARGE; }

/* What is as large as a branch of ten digits. */
HOT void fetch(struct twig twig)
{
	const uint8_t *const at = (const uint8_t *)twig_leaf(twig);
	__builtin_prefetch(at);
	__builtin_prefetch(at + LINE);
}

/* One branch further; false: the walk has ended. */
HOT bool advance(const struct scout *scout)
{
	const struct twig *const next = walk_step(twig_branch(*scout->at), scout->key, scout->len);
	if (next == NULL)
		return false;
	*scout->at = *next;
	fetch(*next);
	return !twig_is_leaf(*next);
}

/* All walk along their keys, each a branch at a time: while one's comes, the others go on. */
static void advance_all(struct scout list[], size_t n)
{
	while (n > 0)
		for (size_t i = 0; i < n;)
			if (advance(&list[i]))
				i++;
			else
				list[i] = list[--n];
}

/* Those that have somewhere to go. */
HOT size_t depart(
	struct scout list[], size_t n, struct twig *at, const struct key *key, size_t from)
{
	if (!twig_is_branch(*at))
		return n;
	list[n] = (struct scout){at, key->at + from, key->len - from};
	return n + 1;
}

/* Brings the zones that view_lookup() will come by. */
static void fetch_zones(const struct view *view, struct inquiry *const list[], size_t n)
{
	struct twig at[FETCH_MAX];
	struct scout scouts[FETCH_MAX];
	size_t n_scouts = 0;
	for (size_t i = 0; i < n; i++) {
		at[i] = view->zones;
		n_scouts = depart(scouts, n_scouts, &at[i], &list[i]->key, 0);
	}
	advance_all(scouts, n_scouts);
}

void fetch_names(const struct view *view, struct inquiry *const list[], size_t n)
{
	struct scout scouts[FETCH_MAX];
	size_t n_scouts = 0;
	if (view->only == NULL)
		fetch_zones(view, list, n);
	for (size_t i = 0; i < n; i++) {
		const struct key *const key = &list[i]->key;
		struct place *const place = &list[i]->place;
		place->zone = view_lookup(view, key);
		if (place->zone == NULL)
			continue;
		place->at = place->zone->names;
		n_scouts = depart(scouts, n_scouts, &place->at, key, place->zone->leaf.len);
	}
	advance_all(scouts, n_scouts);
	for (size_t i = 0; i < n; i++)
		if (list[i]->place.zone != NULL && twig_is_leaf(list[i]->place.at))
			__builtin_prefetch(node_list(node_at(list[i]->place.at))[0]);
}
