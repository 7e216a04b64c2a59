#include "prober/recipe.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/pack.h"
#include "probes/probe.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 1024 };

struct recipes {
	struct recipe *buckets[BUCKETS];
};

static struct recipe **bucket(
	struct recipes *recipes, const struct probe_kind *kind, const uint8_t *packed, size_t len)
{
	uint32_t hash = 2166136261U; /* FNV-1a; locumd wrote these octets, nobody plays with them */
	for (const char *c = kind->options.name; *c != '\0'; c++)
		hash = (hash ^ (unsigned char)*c) * 16777619U;
	for (size_t i = 0; i < len; i++)
		hash = (hash ^ packed[i]) * 16777619U;
	return &recipes->buckets[(hash ^ hash >> 16) % BUCKETS];
}

struct recipes *recipes_new(void) { return mem_new(sizeof(struct recipes)); }

static struct recipe *make(const struct probe_kind *kind, const uint8_t *packed, size_t len)
{
	struct arena *const arena = arena_new();
	void *const options = arena_alloc(arena, kind->options.size);
	if (!unpack_options(kind->options.fields, packed, len, options, arena)) {
		arena_free(arena);
		return NULL;
	}
	struct recipe *const recipe = mem_new(sizeof *recipe);
	recipe->kind = kind;
	recipe->options = options;
	recipe->arena = arena;
	recipe->packed = mem_copy(packed, len);
	recipe->len = len;
	return recipe;
}

struct recipe *recipe_take(
	struct recipes *recipes, const struct probe_kind *kind, const uint8_t *packed, size_t len)
{
	struct recipe **const head = bucket(recipes, kind, packed, len);
	struct recipe *r = *head;
	while (r != NULL &&
		(r->kind != kind || r->len != len || memcmp(r->packed, packed, len) != 0))
		r = r->next;
	if (r == NULL) {
		r = make(kind, packed, len);
		if (r == NULL)
			return NULL;
		r->next = *head;
		*head = r;
	}
	r->users++;
	return r;
}

void recipe_keep(struct recipe *recipe) { recipe->users++; }

void recipe_drop(struct recipes *recipes, struct recipe *recipe)
{
	assert(recipe->users > 0);
	if (--recipe->users > 0)
		return;
	struct recipe **at = bucket(recipes, recipe->kind, recipe->packed, recipe->len);
	while (*at != recipe)
		at = &(*at)->next;
	*at = recipe->next;
	arena_free(recipe->arena);
	free(recipe->packed);
	free(recipe);
}

void recipes_free(struct recipes *recipes)
{
	for (size_t i = 0; i < BUCKETS; i++)
		assert(recipes->buckets[i] == NULL);
	free(recipes);
}
