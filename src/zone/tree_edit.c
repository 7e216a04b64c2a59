#include "base/mem.h"
#include "zone/refs.h"
#include "zone/tree.h"
#include "zone/twig.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static_assert(KEY_MAX <= UINT16_MAX && KEY_STEPS <= 64, "every step and every value fits");

struct leaf *leaf_ref(struct leaf *leaf)
{
	refs_more(&leaf->refs);
	return leaf;
}

bool leaf_is_own(const struct leaf *leaf) { return refs_single(&leaf->refs); }

void leaf_unref(struct leaf *leaf, const struct tree_kind *kind)
{
	if (leaf != NULL && refs_less(&leaf->refs))
		kind->free(leaf);
}

struct leaf *tree_leaf(struct twig twig) { return twig_leaf(twig); }

struct twig tree_twig(struct leaf *leaf, enum leaf_mark mark)
{
	const uintptr_t tags = mark == LEAF_MARKED ? TWIG_TAGS : TWIG_LEAF;
	return (struct twig){(uintptr_t)leaf | tags};
}

struct twig tree_ref(struct twig root)
{
	if (twig_is_branch(root))
		refs_more(&twig_branch(root)->refs);
	else if (root.at != 0)
		refs_more(&twig_leaf(root)->refs);
	return root;
}

/* As deep as the tree: at most two steps for each octet of a key. */
void tree_unref(struct twig root, const struct tree_kind *kind) /* NOLINT(misc-no-recursion) */
{
	if (!twig_is_branch(root)) {
		leaf_unref(twig_leaf(root), kind);
		return;
	}
	struct branch *const b = twig_branch(root);
	if (!refs_less(&b->refs))
		return;
	const unsigned n = branch_count(b);
	for (unsigned i = 0; i < n; i++)
		tree_unref(b->twigs[i], kind);
	free(b);
}

/* Looks at the same step as `like`; NULL: that is still to be set. */
static struct branch *branch_new(const struct branch *like, uint64_t word, size_t n)
{
	struct branch *const b = mem_new(sizeof *b + n * sizeof b->twigs[0]);
	b->word = word;
	b->refs = 1;
	if (like != NULL) {
		b->octet = like->octet;
		b->part = like->part;
	}
	return b;
}

/* One reference less to what others, and be it ourselves, still hold. */
static void let_go(struct twig t)
{
	if (refs_less(twig_is_leaf(t) ? &twig_leaf(t)->refs : &twig_branch(t)->refs))
		assert(false && "the last reference");
}

/* The branch in the slot, ours alone: a copy if others hold it too. */
static struct branch *own(struct twig *slot)
{
	struct branch *const old = twig_branch(*slot);
	if (refs_single(&old->refs))
		return old;
	const unsigned n = branch_count(old);
	struct branch *const b = branch_new(old, old->word, n);
	for (unsigned i = 0; i < n; i++)
		b->twigs[i] = tree_ref(old->twigs[i]);
	/* Others may let go of it at the same time: then we are the last after all. */
	if (refs_less(&old->refs)) {
		for (unsigned i = 0; i < n; i++)
			let_go(b->twigs[i]);
		free(old);
	}
	slot->at = (uintptr_t)b;
	return b;
}

/* An empty twig for one value more in a branch that is ours. */
static struct twig *add_twig(struct twig *slot, struct branch *old, unsigned value)
{
	const unsigned n = branch_count(old), i = word_rank(old->word, value);
	struct branch *const b = branch_new(old, old->word | UINT64_C(1) << value, n + 1);
	memcpy(b->twigs, old->twigs, i * sizeof b->twigs[0]);
	memcpy(b->twigs + i + 1, old->twigs + i, (n - i) * sizeof b->twigs[0]);
	free(old);
	slot->at = (uintptr_t)b;
	return &b->twigs[i];
}

/* A branch in front of what is in the slot: that with one value, an empty twig with the other. */
static struct twig *put_branch(struct twig *slot, size_t step, unsigned there, unsigned value)
{
	const uint64_t values = UINT64_C(1) << there | UINT64_C(1) << value;
	struct branch *const b = branch_new(NULL, values, 2);
	b->octet = (uint16_t)(step / 2);
	b->part = step % 2;
	const unsigned i = value > there;
	b->twigs[1 - i] = *slot;
	slot->at = (uintptr_t)b;
	return &b->twigs[i];
}

/* A leaf that shares most octets with the key. */
static const struct leaf *near_leaf(struct twig t, const uint8_t *at, size_t len)
{
	while (twig_is_branch(t)) {
		const struct branch *const b = twig_branch(t);
		const unsigned value = step_value(at, len, branch_step(b));
		t = b->twigs[word_has(b->word, value) ? word_rank(b->word, value) : 0];
	}
	return twig_leaf(t);
}

struct twig *tree_edit(struct twig *root, size_t key_at, const uint8_t *at, size_t len)
{
	const struct leaf *const near = near_leaf(*root, at, len);
	if (near == NULL)
		return root;
	const uint8_t *const key = leaf_key(near, key_at);
	const size_t common = key_common(at, len, key, near->len);
	size_t part = SIZE_MAX; /* the step at which the key leaves the tree */
	unsigned there = 0;     /* what the leaves have there */
	if (common < len || common < near->len) {
		part = 2 * common;
		there = step_value(key, near->len, part);
		if (there == step_value(at, len, part))
			there = step_value(key, near->len, ++part);
	}
	struct twig *slot = root;
	while (twig_is_branch(*slot) && branch_step(twig_branch(*slot)) <= part) {
		struct branch *const b = own(slot);
		const unsigned value = step_value(at, len, branch_step(b));
		if (branch_step(b) == part)
			return add_twig(slot, b, value);
		slot = &b->twigs[word_rank(b->word, value)];
	}
	return part == SIZE_MAX ? slot : put_branch(slot, part, there, step_value(at, len, part));
}

/* Takes a twig out of a branch that is ours; the last but one left stands for the branch. */
static void drop_twig(struct twig *slot, struct branch *b, unsigned value)
{
	const unsigned n = branch_count(b), i = word_rank(b->word, value);
	if (n == 2) {
		*slot = b->twigs[1 - i];
	} else {
		struct branch *const less = branch_new(b, b->word & ~(UINT64_C(1) << value), n - 1);
		memcpy(less->twigs, b->twigs, i * sizeof b->twigs[0]);
		memcpy(less->twigs + i, b->twigs + i + 1, (n - 1 - i) * sizeof b->twigs[0]);
		slot->at = (uintptr_t)less;
	}
	free(b);
}

bool tree_remove(struct twig *root, const struct tree_kind *kind, const uint8_t *at, size_t len)
{
	if (tree_find(*root, kind->key_at, at, len) == NULL)
		return false;
	struct twig *slot = root;
	struct branch *b = NULL; /* the one that holds the leaf, in *above */
	struct twig *above = root;
	unsigned value = 0;
	while (twig_is_branch(*slot)) {
		above = slot;
		b = own(slot);
		value = step_value(at, len, branch_step(b));
		slot = &b->twigs[word_rank(b->word, value)];
	}
	leaf_unref(twig_leaf(*slot), kind);
	if (b == NULL)
		slot->at = 0;
	else
		drop_twig(above, b, value);
	return true;
}
