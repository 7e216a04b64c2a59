#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/lookup.h"

#include <stdlib.h>
#include <string.h>

struct rrset **node_sets(struct node *node)
{
	return (void *)((uint8_t *)node + node_sets_at(node->leaf.len));
}

static void node_free(struct leaf *leaf)
{
	const struct node *const node = node_of(leaf);
	for (size_t i = 0; i < leaf->n; i++)
		rrset_unref(node_list(node)[i]);
	free(leaf);
}

const struct tree_kind node_kind = {.key_at = NODE_KEY_AT, .free = node_free};

static struct node *alloc(const uint8_t *key, size_t len, size_t n)
{
	struct node *const node = mem_new(node_sets_at(len) + n * sizeof(struct rrset *));
	node->leaf = (struct leaf){.refs = 1, .len = (uint16_t)len, .n = (uint16_t)n};
	memcpy(node->key, key, len);
	return node;
}

struct node *node_new(const uint8_t *key, size_t len, const struct rrset *set)
{
	struct node *const node = alloc(key, len, 1);
	node_sets(node)[0] = rrset_ref(set);
	return node;
}

/* Where the RRset of this type is or would go. */
static size_t place(const struct node *node, uint16_t type)
{
	size_t i = 0;
	while (i < node->leaf.n && node_list(node)[i]->type < type)
		i++;
	return i;
}

struct node *node_with(const struct node *node, const struct rrset *set)
{
	const size_t n = node->leaf.n, at = place(node, set->type);
	const size_t replaced = at < n && node_list(node)[at]->type == set->type;
	struct node *const next = alloc(node->key, node->leaf.len, n + 1 - replaced);
	struct rrset **const to = node_sets(next);
	for (size_t i = 0; i < at; i++)
		to[i] = rrset_ref(node_list(node)[i]);
	to[at] = rrset_ref(set);
	for (size_t i = at + replaced; i < n; i++)
		to[i + 1 - replaced] = rrset_ref(node_list(node)[i]);
	return next;
}

struct node *node_without(const struct node *node, uint16_t type)
{
	struct node *const next = alloc(node->key, node->leaf.len, node->leaf.n - 1U);
	for (size_t i = 0, to = 0; i < node->leaf.n; i++)
		if (node_list(node)[i]->type != type)
			node_sets(next)[to++] = rrset_ref(node_list(node)[i]);
	return next;
}

enum leaf_mark node_mark(const struct node *node)
{
	for (size_t i = 0; i < node->leaf.n; i++) {
		const uint16_t type = node_list(node)[i]->type;
		if (type == TYPE_DNAME || (type == TYPE_NS && node->leaf.len > 0))
			return LEAF_MARKED;
	}
	return LEAF_PLAIN;
}

const struct rrset *node_rrset(const struct node *node, uint16_t type)
{
	return node_lookup(node, type);
}

size_t node_count(const struct node *node) { return node->leaf.n; }

const struct rrset *node_rrset_at(const struct node *node, size_t i) { return node_list(node)[i]; }

size_t node_labels(const struct zone *zone, const struct node *node)
{
	size_t n = zone->leaf.n;
	for (size_t i = 0; i < node->leaf.len; i++)
		n += node->key[i] == 0;
	return n;
}

void node_name(const struct zone *zone, const struct node *node, uint8_t name[255])
{
	const size_t used = key_name(node->key, node->leaf.len, name) - 1;
	const uint8_t *const apex = zone_apex(zone);
	memcpy(name + used, apex, name_len(apex));
}
