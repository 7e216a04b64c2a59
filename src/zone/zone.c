#include "zone/zone.h"

#include "base/bytes.h"
#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/lookup.h"

#include <stdlib.h>
#include <string.h>

static void zone_free(struct leaf *leaf)
{
	struct zone *const zone = (struct zone *)leaf;
	tree_unref(zone->names, &node_kind);
	free(zone->denial);
	free(zone);
}

const struct tree_kind zone_kind = {.key_at = ZONE_KEY_AT, .free = zone_free};

struct zone *zone_new(const uint8_t *apex)
{
	struct key key;
	key_make(&key, apex);
	/* The tree may read seven octets behind the key: a short name does not reach that far. */
	struct zone *const zone = mem_new(sizeof *zone + key.len + key.len + 1U + 7);
	zone->leaf = (struct leaf){.refs = 1, .len = key.len, .n = key.labels};
	memcpy(zone->octets, key.at, key.len);
	memcpy(zone->octets + key.len, apex, key.len + 1U);
	name_lower(zone->octets + key.len);
	return zone;
}

/*
 * The closest encloser's "*": its key is the encloser's and one label more, so it comes first of
 * all that go on with '*' behind the encloser.  Without records of its own it may still be there,
 * as an empty non-terminal: then it covers the name and there is no data (RFC 4592 2.2.2).
 */
static void find_wildcard(
	const struct zone *zone, const uint8_t *at, size_t encloser, struct zone_match *match)
{
	struct twig t = zone->names; /* down to what has the encloser in common: it is there */
	while (twig_is_branch(t) && twig_branch(t)->octet < encloser) {
		const struct branch *const b = twig_branch(t);
		t = *branch_twig(b, at[b->octet], b->part);
	}
	const uint8_t star = key_octet('*');
	if (twig_is_branch(t) && branch_step(twig_branch(t)) == 2 * encloser) {
		const struct twig *const next = branch_twig(twig_branch(t), star, 0);
		if (next == NULL)
			return;
		t = *next;
	}
	const struct node *const node = node_of(twig_leaf(first_twig(t)));
	if (node->leaf.len < encloser + 2 || node->key[encloser] != star ||
		node->key[encloser + 1] != 0)
		return;
	match->covered = true;
	match->wildcard = node->leaf.len == encloser + 2 ? node : NULL;
}

struct zone_match zone_judge(
	const struct zone *zone, struct twig end, const uint8_t *at, size_t len)
{
	struct zone_match match = {.exact = NULL};
	struct tree_walk walk;
	tree_walk(end, NODE_KEY_AT, at, len, &walk);
	for (size_t i = 0; i < walk.n && match.cut == NULL; i++) {
		const struct node *const node = node_of(walk.above[i]);
		if (match.dname == NULL && node->leaf.len < len &&
			node_lookup(node, TYPE_DNAME) != NULL)
			match.dname = node;
		if (node->leaf.len > 0 && node_lookup(node, TYPE_NS) != NULL)
			match.cut = node;
	}
	size_t encloser = walk.common;
	if (encloser == len) {
		match.exists = true;
		match.exact = walk.near->len == len ? node_of(walk.near) : NULL;
	} else {
		while (encloser > 0 && at[encloser - 1] != 0)
			encloser--; /* back to where a label ends */
		find_wildcard(zone, at, encloser, &match);
	}
	match.encloser = zone->leaf.len + encloser;
	return match;
}

struct zone_match zone_find(const struct zone *zone, const struct key *key)
{
	const size_t apex = zone->leaf.len;
	return zone_judge(zone, zone->names, key->at + apex, key->len - apex);
}

const struct node *zone_node(const struct zone *zone, const uint8_t *name)
{
	struct key key;
	size_t len = 0;
	key_make(&key, name);
	const uint8_t *const at = zone_below(zone, &key, &len);
	return at != NULL ? node_of(tree_find(zone->names, NODE_KEY_AT, at, len)) : NULL;
}

const uint8_t *zone_apex(const struct zone *zone) { return zone->octets + zone->leaf.len; }

const struct rrset *zone_soa(const struct zone *zone) { return zone->soa; }

const struct denial *zone_denial(const struct zone *zone) { return zone->denial; }

uint32_t zone_serial(const struct zone *zone) { return zone->serial; }

size_t zone_names(const struct zone *zone) { return zone->n_names; }

size_t zone_records(const struct zone *zone) { return zone->n_records; }

struct each {
	const struct zone *zone;
	zone_each_fn *fn;
	void *cookie;
};

static bool each_leaf(void *cookie, const struct leaf *leaf)
{
	const struct each *const each = cookie;
	return each->fn(each->cookie, each->zone, node_of(leaf));
}

void zone_each(const struct zone *zone, zone_each_fn *fn, void *cookie)
{
	struct each each = {zone, fn, cookie};
	(void)tree_each(zone->names, each_leaf, &each);
}

struct zone *zone_ref(const struct zone *zone)
{
	struct zone *const own =
		(struct zone *)(uintptr_t)zone; /* NOLINT: the count alone changes */
	(void)leaf_ref(&own->leaf);
	return own;
}

void zone_unref(const struct zone *zone)
{
	if (zone != NULL)
		leaf_unref(
			&((struct zone *)(uintptr_t)zone)->leaf, &zone_kind); /* NOLINT: as above */
}
