/*
 * The walk along a key, for those that look names up: lookup.h.  It stands in a header because
 * calling it would cost a tenth of an answer.
 */
#ifndef LOCUM_ZONE_WALK_H
#define LOCUM_ZONE_WALK_H

#include "base/attr.h"
#include "zone/twig.h"

struct tree_walk {
	const struct leaf *near; /* one that shares most octets with the key; NULL: empty tree */
	size_t common;           /* how many; with every leaf at most so many */
	size_t n; /* marked leaves whose keys begin the key or are it, shortest first */
	const struct leaf *above[KEY_LABELS + 1];
};

static inline struct twig first_twig(struct twig t)
{
	while (twig_is_branch(t))
		t = twig_branch(t)->twigs[0];
	return t;
}

static inline bool twig_is_marked(struct twig t) { return (t.at & TWIG_TAGS) == TWIG_TAGS; }

/*
 * Whether the branch is where a label of the key begins, so that its first twig
 * is the leaf whose key ends there, if the skipped octets are the key's too.
 */
static inline bool ends_label(const struct branch *b, const uint8_t *at)
{
	return b->part == 0 && (b->octet == 0 || at[b->octet - 1] == 0);
}

/* The twig below `b` where the key goes on; NULL: a walk that passes no marked leaf ends here. */
HOT const struct twig *walk_step(const struct branch *b, const uint8_t *at, size_t len)
{
	if (b->octet > len ||
		(word_has(b->word, 0) && twig_is_marked(b->twigs[0]) && ends_label(b, at)))
		return NULL;
	return branch_twig(b, at[b->octet], b->part);
}

/*
 * Where a walk along the key ends that passes no marked leaf: the leaf that shares most octets with
 * the key, or where tree_walk() goes on, for there is no such or it is not plain.
 */
struct twig walk_plain(struct twig t, const uint8_t *at, size_t len);

/* Where a walk along the key ends, and the marked leaves passed on the way. */
HOT struct twig descend(struct twig root, const uint8_t *at, size_t len, struct tree_walk *walk)
{
	struct twig t = root;
	size_t n = 0;
	walk->n = 0;
	if (!twig_is_branch(t))
		return t;
	do {
		const struct branch *const b = twig_branch(t);
		if (b->octet > len)
			break; /* the key ends before the leaves below part */
		if (word_has(b->word, 0) && twig_is_marked(b->twigs[0]) && ends_label(b, at))
			walk->above[n++] = twig_leaf(b->twigs[0]);
		const struct twig *const next = branch_twig(b, at[b->octet], b->part);
		if (next == NULL)
			break; /* no leaf below goes on as the key does */
		t = *next;
	} while (!twig_is_leaf(t));
	walk->n = n;
	return twig_is_leaf(t) ? t : first_twig(t);
}

HOT void tree_walk(
	struct twig root, size_t key_at, const uint8_t *at, size_t len, struct tree_walk *walk)
{
	const struct twig t = descend(root, at, len, walk);
	const struct leaf *const near = twig_leaf(t);
	walk->near = near;
	walk->common = 0;
	if (near == NULL)
		return;
	walk->common = key_common(at, len, leaf_key(near, key_at), near->len);
	if (walk->n == 0 && !twig_is_marked(t))
		return;
	while (walk->n > 0 && walk->above[walk->n - 1]->len > walk->common)
		walk->n--; /* skipped octets that were not the key's */
	if (twig_is_marked(t) && near->len <= walk->common &&
		(walk->n == 0 || walk->above[walk->n - 1] != near))
		walk->above[walk->n++] = near;
}

#endif
