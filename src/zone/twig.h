/*
 * What the tree is made of, for tree.c and tree_edit.c alone.  A branch looks
 * at one step of the key: which octet, and whether at its group or at its
 * place within the group (key.h).  It has a twig for every value that occurs.
 */
#ifndef LOCUM_ZONE_TWIG_H
#define LOCUM_ZONE_TWIG_H

#include "zone/key.h"
#include "zone/tree.h"

#include <stdbool.h>

enum twig_tag { /* in the low bits of a twig: what it points to is aligned */
	TWIG_LEAF = 1,
	TWIG_MARK = 2, /* of a leaf: tree_walk() lists it when it is above the key */
	TWIG_TAGS = 3,
};

struct branch {
	uint64_t word; /* KEY_STEPS bits: the values that occur */
	uint32_t refs;
	uint16_t octet; /* which one of the key */
	uint16_t part;  /* 0: its group, 1: its place within the group */
	struct twig twigs[];
};

/* A step is twice the octet's index, plus one for the place within the group. */
static inline size_t branch_step(const struct branch *b) { return 2U * b->octet + b->part; }

static inline bool twig_is_leaf(struct twig t) { return (t.at & TWIG_LEAF) != 0; }

static inline bool twig_is_branch(struct twig t) { return t.at != 0 && (t.at & TWIG_LEAF) == 0; }

static inline struct leaf *twig_leaf(struct twig t)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the tags live in the pointer */
	return (struct leaf *)(t.at & ~(uintptr_t)TWIG_TAGS);
}

static inline struct branch *twig_branch(struct twig t)
{
	return (struct branch *)t.at; /* NOLINT(performance-no-int-to-ptr): the tags live there */
}

/* The value of the key at a step; beyond its end 0, as at the end of a label. */
static inline unsigned step_value(const uint8_t *at, size_t len, size_t step)
{
	const size_t i = step >> 1;
	return i < len ? key_step(at[i], step & 1) : 0;
}

static inline bool word_has(uint64_t word, unsigned value) { return (word >> value & 1) != 0; }

static inline unsigned word_count(uint64_t n)
{
#ifdef __POPCNT__
	return (unsigned)__builtin_popcountll(n);
#else /* without the instruction the compiler would call a function */
	n -= n >> 1 & UINT64_C(0x5555555555555555);
	n = (n & UINT64_C(0x3333333333333333)) + (n >> 2 & UINT64_C(0x3333333333333333));
	n = (n + (n >> 4)) & UINT64_C(0x0f0f0f0f0f0f0f0f);
	return (unsigned)(n * UINT64_C(0x0101010101010101) >> 56);
#endif
}

/* How many of the branch's values are below `value`. */
static inline unsigned word_rank(uint64_t word, unsigned value)
{
	return word_count(word & ((UINT64_C(1) << value) - 1));
}

/* The twig of the octet's value; NULL: none.  The word is shifted so that its bit is the sign. */
static inline const struct twig *branch_twig(const struct branch *b, uint8_t octet, unsigned part)
{
	const uint64_t upto = b->word << (key_shifts[octet][part] & KEY_SHIFT);
	return upto >> 63 == 0 ? NULL : &b->twigs[(size_t)word_count(upto) - 1];
}

static inline unsigned branch_count(const struct branch *b) { return word_count(b->word); }

#endif
