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
	const struct node *node; /* the last one, and its name */
	const uint8_t *name;
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

/* ---- what differs ---- */

struct walk {
	changeset_fn *fn;
	void *cookie;
};

/* RRsets of one name, both lists sorted by type. */
static void walk_name(void *cookie, const struct leaf *was_leaf, const struct leaf *is_leaf)
{
	const struct walk *const walk = cookie;
	const struct node *const was = node_of(was_leaf), *const is = node_of(is_leaf);
	const size_t n = was != NULL ? node_count(was) : 0, m = is != NULL ? node_count(is) : 0;
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
		if (a == NULL || b == NULL || !rrset_equal(a, b))
			walk->fn(walk->cookie, (struct difference){was, is, a, b});
	}
}

void changeset_walk(const struct zone *was, const struct zone *is, changeset_fn *fn, void *cookie)
{
	struct walk walk = {fn, cookie};
	tree_diff(was->names, is->names, NODE_KEY_AT, walk_name, &walk);
}

static void look_for_more(void *cookie, struct difference d)
{
	bool *const same = cookie;
	*same &= d.is_set != NULL && d.is_set->type == TYPE_SOA;
}

bool changeset_is_serial(const struct zone *was, const struct zone *is)
{
	bool same = true;
	changeset_walk(was, is, look_for_more, &same);
	return same;
}

/* ---- all of it ---- */

static void gather(void *cookie, struct difference d)
{
	struct gathering *const g = cookie;
	const struct node *const node = d.is != NULL ? d.is : d.was;
	if (node != g->node)
		g->name = keep_name(g, d.is != NULL ? g->is : g->was, node);
	g->node = node;
	add(g, g->name, d.was_set, d.is_set);
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
	changeset_walk(was, is, gather, g);
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
