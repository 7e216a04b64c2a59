#include "zone/view.h"

#include "base/mem.h"
#include "zone/lookup.h"
#include "zone/refs.h"

#include <stdlib.h>

static struct view *view_new(struct terms *terms)
{
	struct view *const view = mem_new(sizeof *view);
	view->refs = 1;
	view->terms = terms;
	return view;
}

struct view *view_empty(void) { return view_new(terms_new()); }

static bool keep_only(void *cookie, const struct zone *zone)
{
	((struct view *)cookie)->only = zone;
	return true;
}

static size_t names_of(const struct leaf *zone)
{
	return zone == NULL ? 0 : ((const struct zone *)zone)->n_names;
}

struct view *view_with(const struct view *from, struct zone *const put[], size_t n_put,
	const uint8_t *const drop[], size_t n_drop)
{
	struct view *const view = view_new(terms_ref(from->terms));
	view->generation = from->generation + 1;
	view->n = from->n;
	view->names = from->names;
	view->zones = tree_ref(from->zones);
	for (size_t i = 0; i < n_drop; i++) {
		struct key key;
		key_make(&key, drop[i]);
		view->names -= names_of(tree_find(view->zones, ZONE_KEY_AT, key.at, key.len));
		view->n -= tree_remove(&view->zones, &zone_kind, key.at, key.len);
	}
	for (size_t i = 0; i < n_put; i++) {
		struct key key;
		key_make(&key, zone_apex(put[i]));
		struct twig *const twig = tree_edit(&view->zones, ZONE_KEY_AT, key.at, key.len);
		view->n += tree_leaf(*twig) == NULL;
		struct leaf *const old = tree_leaf(*twig);
		view->names += put[i]->n_names - names_of(old);
		*twig = tree_twig(leaf_ref(&put[i]->leaf), LEAF_MARKED);
		leaf_unref(old, &zone_kind);
	}
	if (view->n == 1)
		view_each(view, keep_only, view);
	return view;
}

struct view *view_on(const struct view *from, const struct terms *terms)
{
	struct view *const view = view_new(terms_ref(terms));
	view->generation = from->generation + 1;
	view->n = from->n;
	view->names = from->names;
	view->only = from->only;
	view->zones = tree_ref(from->zones);
	return view;
}

const struct terms *view_terms(const struct view *view) { return view->terms; }

uint64_t view_generation(const struct view *view) { return view->generation; }

size_t view_zones(const struct view *view) { return view->n; }

const struct zone *view_search(const struct view *view, const struct key *key)
{
	struct tree_walk walk;
	tree_walk(view->zones, ZONE_KEY_AT, key->at, key->len, &walk);
	return walk.n > 0 ? (const struct zone *)walk.above[walk.n - 1] : NULL;
}

const struct zone *view_find(const struct view *view, const struct key *key)
{
	return view_lookup(view, key);
}

const struct zone *view_zone(const struct view *view, const uint8_t *apex)
{
	struct key key;
	key_make(&key, apex);
	return (const struct zone *)tree_find(view->zones, ZONE_KEY_AT, key.at, key.len);
}

struct each {
	bool (*fn)(void *cookie, const struct zone *zone);
	void *cookie;
};

static bool each_leaf(void *cookie, const struct leaf *leaf)
{
	const struct each *const each = cookie;
	return each->fn(each->cookie, (const struct zone *)leaf);
}

void view_each(
	const struct view *view, bool (*fn)(void *cookie, const struct zone *zone), void *cookie)
{
	struct each each = {fn, cookie};
	(void)tree_each(view->zones, each_leaf, &each);
}

struct view *view_ref(const struct view *view)
{
	struct view *const own =
		(struct view *)(uintptr_t)view; /* NOLINT: the count alone changes */
	refs_more(&own->refs);
	return own;
}

void view_unref(const struct view *view)
{
	if (view == NULL)
		return;
	struct view *const own = (struct view *)(uintptr_t)view; /* NOLINT: as above */
	if (!refs_less(&own->refs))
		return;
	tree_unref(own->zones, &zone_kind);
	terms_unref(own->terms);
	free(own);
}
