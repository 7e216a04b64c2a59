/*
 * Looking a name up, for zone.c, view.c and who answers: what most queries take of it, in the
 * caller's frame.
 */
#ifndef LOCUM_ZONE_LOOKUP_H
#define LOCUM_ZONE_LOOKUP_H

#include "zone/version.h"
#include "zone/walk.h"

HOT const struct node *node_at(struct twig leaf) { return node_of(twig_leaf(leaf)); }

/* Whether walk_plain() ended at the plain leaf with this key; if not, zone_judge() knows. */
HOT bool node_is(struct twig end, const uint8_t *at, size_t len)
{
	return (end.at & TWIG_TAGS) == TWIG_LEAF && node_at(end)->leaf.len == len &&
	       key_same(node_at(end)->key, at, len);
}

/* What zone_find() says of a key below the apex; walk_plain() along it ended at `end`. */
struct zone_match zone_judge(
	const struct zone *zone, struct twig end, const uint8_t *at, size_t len);

/* view_find() */
HOT const struct zone *view_lookup(const struct view *view, const struct key *key)
{
	if (view->only == NULL)
		return view_search(view, key);
	return zone_has(view->only, key) ? view->only : NULL;
}

/* node_rrset() */
HOT const struct rrset *node_lookup(const struct node *node, uint16_t type)
{
	struct rrset *const *at = node_list(node), *const *const end = at + node->leaf.n;
	do { /* no node is without */
		if ((*at)->type == type)
			return *at;
	} while (++at < end);
	return NULL;
}

#endif
