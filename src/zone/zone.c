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
 * The closest encloser's "*": its key is the encloser's and one label more.  Without records of its
 * own it may still be there, as an empty non-terminal: then it covers the name and there is no data
 * (RFC 4592 2.2.2).
 */
static void find_wildcard(
	const struct zone *zone, const uint8_t *encloser, size_t len, struct zone_match *match)
{
	struct tree_walk walk;
	uint8_t at[KEY_MAX];
	bytes_copy(at, encloser, len);
	at[len] = key_octet('*');
	at[len + 1] = at[len + 2] = 0;
	tree_walk(zone->names, NODE_KEY_AT, at, len + 2, &walk);
	match->covered = walk.common == len + 2;
	if (match->covered && walk.near->len == len + 2)
		match->wildcard = node_of(walk.near);
}

struct zone_match zone_judge(
	const struct zone *zone, const struct key *key, const struct tree_walk *walk)
{
	const size_t apex = zone->leaf.len, len = key->len - apex;
	struct zone_match match = {.exact = NULL};
	for (size_t i = 0; i < walk->n && match.cut == NULL; i++) {
		const struct node *const node = node_of(walk->above[i]);
		if (match.dname == NULL && node->leaf.len < len &&
			node_rrset(node, TYPE_DNAME) != NULL)
			match.dname = node;
		if (node->leaf.len > 0 && node_rrset(node, TYPE_NS) != NULL)
			match.cut = node;
	}
	if (walk->common == len) {
		match.exists = true;
		match.exact = walk->near->len == len ? node_of(walk->near) : NULL;
		match.encloser = key->len;
		return match;
	}
	size_t encloser = walk->common; /* back to where a label ends */
	while (encloser > 0 && key->at[apex + encloser - 1] != 0)
		encloser--;
	match.encloser = apex + encloser;
	find_wildcard(zone, key->at + apex, encloser, &match);
	return match;
}

struct zone_match zone_find(const struct zone *zone, const struct key *key)
{
	struct tree_walk walk;
	zone_walk(zone, key, &walk);
	return zone_judge(zone, key, &walk);
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
