#include "zone/changeset.h"

#include "base/arena.h"
#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/version.h"

#include <stdlib.h>
#include <string.h>

/* What changeset_between() hands out is the head of this. */
struct gathering {
	struct changeset changes;
	size_t room;
	struct arena *names;
	const struct zone *was, *is;
};

static void add(
	struct gathering *g, const uint8_t *name, const struct rrset *was, const struct rrset *is)
{
	struct changeset *const c = &g->changes;
	c->list = mem_grow(c->list, &g->room, c->n + 1, sizeof c->list[0]);
	c->list[c->n++] = (struct change){.name = name,
		.was = was != NULL ? rrset_ref(was) : NULL,
		.is = is != NULL ? rrset_ref(is) : NULL};
}

static const uint8_t *keep_name(
	struct gathering *g, const struct zone *zone, const struct node *node)
{
	uint8_t name[NAME_MAX_OCTETS];
	node_name(zone, node, name);
	return arena_copy(g->names, name, name_len(name));
}

/* RRsets of one name, both lists sorted by type. */
static void gather(void *cookie, const struct leaf *was_leaf, const struct leaf *is_leaf)
{
	struct gathering *const g = cookie;
	const struct node *const was = node_of(was_leaf), *const is = node_of(is_leaf);
	const size_t n = was != NULL ? node_count(was) : 0, m = is != NULL ? node_count(is) : 0;
	const uint8_t *name = NULL;
	for (size_t i = 0, j = 0; i < n || j < m;) {
		const struct rrset *a = i < n ? node_rrset_at(was, i) : NULL;
		const struct rrset *b = j < m ? node_rrset_at(is, j) : NULL;
		if (a != NULL && b != NULL && a->type != b->type) {
			if (a->type < b->type)
				b = NULL;
			else
				a = NULL;
		}
		i += a != NULL;
		j += b != NULL;
		if (a != NULL && b != NULL && rrset_equal(a, b))
			continue;
		if (name == NULL)
			name = keep_name(g, is != NULL ? g->is : g->was, is != NULL ? is : was);
		add(g, name, a, b);
	}
}

/* The SOA is at the apex, which comes first: only its types below 6 stand before it. */
static void soa_first(struct changeset *c)
{
	for (size_t i = 0; i < c->n; i++) {
		const struct change change = c->list[i];
		const struct rrset *const set = change.is != NULL ? change.is : change.was;
		if (set->type > TYPE_SOA)
			return;
		if (set->type == TYPE_SOA) {
			memmove(c->list + 1, c->list, i * sizeof c->list[0]);
			c->list[0] = change;
			return;
		}
	}
}

struct changeset *changeset_between(const struct zone *was, const struct zone *is)
{
	struct gathering *const g = mem_new(sizeof *g);
	g->changes.from = zone_serial(was);
	g->changes.to = zone_serial(is);
	g->names = arena_new();
	g->was = was;
	g->is = is;
	tree_diff(was->names, is->names, NODE_KEY_AT, gather, g);
	soa_first(&g->changes);
	return &g->changes;
}

void changeset_free(struct changeset *changes)
{
	if (changes == NULL)
		return;
	for (size_t i = 0; i < changes->n; i++) {
		rrset_unref(changes->list[i].was);
		rrset_unref(changes->list[i].is);
	}
	arena_free(((struct gathering *)changes)->names);
	free(changes->list);
	free(changes);
}
