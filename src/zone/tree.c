#include "zone/tree.h"

#include "zone/twig.h"
#include "zone/walk.h"

#include <string.h>

static const struct leaf *last_leaf(struct twig t)
{
	while (twig_is_branch(t)) {
		const struct branch *const b = twig_branch(t);
		t = b->twigs[branch_count(b) - 1];
	}
	return twig_leaf(t);
}

const struct leaf *tree_find(struct twig root, size_t key_at, const uint8_t *at, size_t len)
{
	struct twig t = root;
	while (twig_is_branch(t)) {
		const struct branch *const b = twig_branch(t);
		if (b->octet > len)
			return NULL;
		const struct twig *const next = branch_twig(b, at[b->octet], b->part);
		if (next == NULL)
			return NULL;
		t = *next;
	}
	const struct leaf *const leaf = twig_leaf(t);
	if (leaf == NULL || leaf->len != len || !key_same(leaf_key(leaf, key_at), at, len))
		return NULL;
	return leaf;
}

/* A function that calls none has all registers to itself: five a step are used. */
struct twig walk_plain(struct twig t, const uint8_t *at, size_t len)
{
	if (!twig_is_branch(t))
		return t;
	do {
		const struct twig *const next = walk_step(twig_branch(t), at, len);
		if (next == NULL)
			break;
		t = *next;
	} while (!twig_is_leaf(t));
	return t;
}

/* The step at which two keys that share `common` octets part. */
static size_t parting(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, size_t common)
{
	const size_t step = common * 2;
	return step_value(a, a_len, step) != step_value(b, b_len, step) ? step : step + 1;
}

const struct leaf *tree_floor(struct twig root, size_t key_at, const uint8_t *at, size_t len)
{
	struct tree_walk walk;
	tree_walk(root, key_at, at, len, &walk);
	const struct leaf *const near = walk.near;
	if (near == NULL || (walk.common == len && near->len == len))
		return near;
	const uint8_t *const key = leaf_key(near, key_at);
	const size_t part = parting(at, len, key, near->len, walk.common);
	const unsigned value = step_value(at, len, part);
	struct twig before = {0}; /* the subtree next before the key's path */
	struct twig t = root;
	for (; twig_is_branch(t) && branch_step(twig_branch(t)) < part;) {
		const struct branch *const b = twig_branch(t);
		const unsigned i = word_rank(b->word, step_value(at, len, branch_step(b)));
		if (i > 0)
			before = b->twigs[i - 1];
		t = b->twigs[i];
	}
	if (twig_is_branch(t) && branch_step(twig_branch(t)) == part) {
		const struct branch *const b = twig_branch(t);
		const unsigned i = word_rank(b->word, value);
		if (i > 0)
			before = b->twigs[i - 1];
	} else if (value > step_value(key, near->len, part)) {
		before = t; /* all that is below parts from the key as `near` does */
	}
	return last_leaf(before);
}

/* Recursion is as deep as the tree: at most two steps for each octet of a key. */
/* NOLINTNEXTLINE(misc-no-recursion) */
bool tree_each(struct twig root, tree_each_fn *fn, void *cookie)
{
	if (!twig_is_branch(root)) {
		const struct leaf *const leaf = twig_leaf(root);
		return leaf == NULL || fn(cookie, leaf);
	}
	const struct branch *const b = twig_branch(root);
	const unsigned n = branch_count(b);
	for (unsigned i = 0; i < n; i++)
		if (!tree_each(b->twigs[i], fn, cookie))
			return false;
	return true;
}

/* Where a walk over all leaves stands: the subtree in front, and what comes after it. */
struct cursor {
	struct twig front; /* 0: at the end */
	size_t depth;
	struct {
		const struct branch *branch;
		unsigned next;
	} up[2 * KEY_MAX];
};

static void cursor_skip(struct cursor *c)
{
	c->front.at = 0;
	while (c->depth > 0) {
		const struct branch *const b = c->up[c->depth - 1].branch;
		if (c->up[c->depth - 1].next < branch_count(b)) {
			c->front = b->twigs[c->up[c->depth - 1].next++];
			return;
		}
		c->depth--;
	}
}

static void cursor_open(struct cursor *c)
{
	c->up[c->depth].branch = twig_branch(c->front);
	c->up[c->depth++].next = 0;
	cursor_skip(c);
}

/* The side to open: the branch, and of two the one that parts earlier, for it holds more. */
static struct cursor *larger(struct cursor *a, struct cursor *b)
{
	if (!twig_is_branch(a->front))
		return twig_is_branch(b->front) ? b : NULL;
	if (!twig_is_branch(b->front))
		return a;
	return branch_step(twig_branch(b->front)) < branch_step(twig_branch(a->front)) ? b : a;
}

/*
 * Both sides are lists of leaves in order.  A subtree that is in front of both
 * stands for the same leaves on both and is skipped; whatever else is in front
 * is opened until there are leaves to compare.
 */
void tree_diff(struct twig was, struct twig is, size_t key_at, tree_diff_fn *fn, void *cookie)
{
	struct cursor a, b;
	a.front = was;
	b.front = is;
	a.depth = b.depth = 0;
	while (a.front.at != 0 || b.front.at != 0) {
		struct cursor *open;
		if (a.front.at == b.front.at) {
			cursor_skip(&a);
			cursor_skip(&b);
		} else if ((open = larger(&a, &b)) != NULL) {
			cursor_open(open);
		} else {
			const struct leaf *const x = twig_leaf(a.front), *const y =
										 twig_leaf(b.front);
			const int d = x == NULL   ? 1
				      : y == NULL ? -1
						  : key_compare(leaf_key(x, key_at), x->len,
							    leaf_key(y, key_at), y->len);
			fn(cookie, d <= 0 ? x : NULL, d >= 0 ? y : NULL);
			if (d <= 0)
				cursor_skip(&a);
			if (d >= 0)
				cursor_skip(&b);
		}
	}
}
