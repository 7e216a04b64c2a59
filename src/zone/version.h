/*
 * How a version of a zone and a view are laid out: for zone.c, node.c, txn.c, changeset.c, check.c,
 * advice.c, view.c and lookup.h alone.  Everybody else looks through zone.h.
 */
#ifndef LOCUM_ZONE_VERSION_H
#define LOCUM_ZONE_VERSION_H

#include "zone/rrset.h"
#include "zone/tree.h"
#include "zone/twig.h"
#include "zone/zone.h"

/*
 * A name and its RRsets, in one piece of memory: the head, the key without the
 * apex's, `leaf.n` pointers to RRsets sorted by type, each a reference.
 */
struct node {
	struct leaf leaf;
	uint8_t key[];
};

struct zone {
	struct leaf leaf;        /* in the view's tree; its key is the apex's */
	struct twig names;       /* the tree of nodes */
	const struct rrset *soa; /* held by the apex's node */
	size_t n_names, n_records;
	uint32_t serial;
	struct denial *denial;
	uint8_t octets[]; /* the apex's key, then its name */
};

struct view {
	uint32_t refs;
	uint64_t generation;
	size_t n, names; /* zones, and names in all of them */
	struct terms *terms;
	const struct zone *only; /* the one zone of a view of one */
	struct twig zones; /* every apex is marked: tree_walk() then lists those above a name */
};

/* view_find() in a view of several zones. */
const struct zone *view_search(const struct view *view, const struct key *key);

enum { NODE_KEY_AT = offsetof(struct node, key), ZONE_KEY_AT = offsetof(struct zone, octets) };

extern const struct tree_kind node_kind, zone_kind;

/* Without names.  The caller owns it. */
struct zone *zone_new(const uint8_t *apex) MUST_USE;

/* Whether the name is at or below the apex. */
static inline bool zone_has(const struct zone *zone, const struct key *key)
{
	const size_t apex = zone->leaf.len;
	return key->len >= apex && key_same(key->at, zone->octets, apex);
}

/* Where the key goes on below the apex; NULL: the name is not at or below it. */
static inline const uint8_t *zone_below(const struct zone *zone, const struct key *key, size_t *len)
{
	if (!zone_has(zone, key))
		return NULL;
	*len = key->len - (size_t)zone->leaf.len;
	return key->at + zone->leaf.len;
}

static inline const struct node *node_of(const struct leaf *leaf)
{
	return (const struct node *)leaf;
}

/* Where in a node with a key of `len` octets its RRsets stand. */
static inline size_t node_sets_at(size_t len)
{
	const size_t each = sizeof(struct rrset *);
	return (offsetof(struct node, key) + len + each - 1) / each * each;
}

static inline struct rrset *const *node_list(const struct node *node)
{
	return (const void *)((const uint8_t *)node + node_sets_at(node->leaf.len));
}

/* The node's RRsets; to be changed by whoever owns the node alone. */
struct rrset **node_sets(struct node *node);
/* New nodes with one RRset more or instead, or one less; they hold references of their own. */
struct node *node_new(const uint8_t *key, size_t len, const struct rrset *set) MUST_USE;
struct node *node_with(const struct node *node, const struct rrset *set) MUST_USE;
struct node *node_without(const struct node *node, uint16_t type) MUST_USE;
/* Marked: there is something here that names below must know of. */
enum leaf_mark node_mark(const struct node *node);

#endif
