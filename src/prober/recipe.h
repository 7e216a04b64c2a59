/*
 * What a check does, apart from whom it asks: a kind with its options.  Checks
 * with the same ones share them: 10,000 endpoints have a handful of probes.
 */
#ifndef LOCUM_PROBER_RECIPE_H
#define LOCUM_PROBER_RECIPE_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct arena;
struct probe_kind;
struct recipes;

struct recipe {
	const struct probe_kind *kind;
	const void *options;

	/* recipe.c's own */
	struct arena *arena;
	uint8_t *packed;
	size_t len, users;
	struct recipe *next;
};

struct recipes *recipes_new(void) MUST_USE;
/* From what pack_options() wrote; NULL: it did not.  recipe_drop() when no longer used. */
struct recipe *recipe_take(struct recipes *recipes, const struct probe_kind *kind,
	const uint8_t *packed, size_t len) MUST_USE;
void recipe_keep(struct recipe *recipe); /* taken once more */
void recipe_drop(struct recipes *recipes, struct recipe *recipe);
void recipes_free(struct recipes *recipes); /* all are dropped before */

#endif
