/*
 * A persistent qp-trie: leaves in the order of their keys (key.h).  Versions
 * share what they have in common by reference count; what is reachable from a
 * version that others hold too never changes.  Reading takes no lock, touches
 * no counter and allocates nothing.  A tree that is being edited has one owner;
 * trees that share structure may be edited and freed in different threads.
 */
#ifndef LOCUM_ZONE_TREE_H
#define LOCUM_ZONE_TREE_H

#include "base/attr.h"
#include "zone/key.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The head of everything that stands in a tree.  Its key follows at the tree's
 * `key_at`.  Here as in what is looked up seven octets behind a key must be readable.
 */
struct leaf {
	uint32_t refs; /* leaf_ref() and tree_kind's `free`; never touched by readers */
	uint16_t len;  /* octets of the key */
	uint16_t n;    /* for the leaf's own use */
};

struct twig { /* a branch, a leaf, or nothing (0), with tags: twig.h */
	uintptr_t at;
};

struct tree_kind {
	size_t key_at;                   /* where in a leaf its key begins */
	void (*free)(struct leaf *leaf); /* the last reference is gone */
};

/* In tree.c: reading.  A tree is its root twig. */

static inline const uint8_t *leaf_key(const struct leaf *leaf, size_t key_at)
{
	return (const uint8_t *)leaf + key_at;
}

/* The leaf with this key; NULL if there is none.  Here and below at[len] must be 0. */
const struct leaf *tree_find(struct twig root, size_t key_at, const uint8_t *at, size_t len);

/* The last leaf that is not after the key; NULL if all are. */
const struct leaf *tree_floor(struct twig root, size_t key_at, const uint8_t *at, size_t len);

/* Every leaf in order, until `fn` returns false; whether it never did. */
typedef bool tree_each_fn(void *cookie, const struct leaf *leaf);
bool tree_each(struct twig root, tree_each_fn *fn, void *cookie);

/* Leaves that differ, in order; NULL for one that is not there.  What both share is skipped. */
typedef void tree_diff_fn(void *cookie, const struct leaf *was, const struct leaf *is);
void tree_diff(struct twig was, struct twig is, size_t key_at, tree_diff_fn *fn, void *cookie);

/* In tree_edit.c: changing.  Branches that others hold too are copied on the way. */

enum leaf_mark { LEAF_PLAIN, LEAF_MARKED };

/*
 * The twig of this key, to be read and set by its owner until the next change
 * to the tree.  When there was none it is 0 and must be set now.
 */
struct twig *tree_edit(struct twig *root, size_t key_at, const uint8_t *at, size_t len) MUST_USE;
struct leaf *tree_leaf(struct twig twig); /* NULL: the twig is 0 */
struct twig tree_twig(struct leaf *leaf, enum leaf_mark mark);
bool tree_remove(struct twig *root, const struct tree_kind *kind, const uint8_t *at,
	size_t len); /* false: there was none */

struct leaf *leaf_ref(struct leaf *leaf); /* one more */
/* Whether the caller's reference is the only one, so that nobody else can see the leaf. */
bool leaf_is_own(const struct leaf *leaf);
void leaf_unref(struct leaf *leaf, const struct tree_kind *kind); /* NULL is fine */

struct twig tree_ref(struct twig root); /* the same tree once more */
void tree_unref(struct twig root, const struct tree_kind *kind);

#endif
