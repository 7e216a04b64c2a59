/*
 * Looking a name up, for zone.c, view.c and who answers: what most queries take of it, in the
 * caller's frame.
 */
#ifndef LOCUM_ZONE_LOOKUP_H
#define LOCUM_ZONE_LOOKUP_H

#include "zone/version.h"
#include "zone/walk.h"

/* The walk to a name by its key below the apex. */
HOT void zone_walk(const struct zone *zone, const uint8_t *at, size_t len, struct tree_walk *walk)
{
	tree_walk(zone->names, NODE_KEY_AT, at, len, walk);
}

/* The node of the name, when it is there with nothing special above it; NULL: zone_judge() knows.
 */
HOT const struct node *zone_plain(size_t len, const struct tree_walk *walk)
{
	return walk->n == 0 && walk->common == len && walk->near->len == len ? node_of(walk->near)
									     : NULL;
}

/* What zone_find() says, by that walk. */
struct zone_match zone_judge(
	const struct zone *zone, const uint8_t *at, size_t len, const struct tree_walk *walk);

/* view_find() */
HOT const struct zone *view_lookup(const struct view *view, const struct key *key)
{
	if (view->only != NULL) {
		size_t below = 0;
		return zone_below(view->only, key, &below) != NULL ? view->only : NULL;
	}
	return view_search(view, key);
}

/* node_rrset() */
HOT const struct rrset *node_lookup(const struct node *node, uint16_t type)
{
	struct rrset *const *const sets = node_list(node);
	for (size_t i = 0; i < node->leaf.n; i++)
		if (sets[i]->type == type)
			return sets[i];
	return NULL;
}

#endif
