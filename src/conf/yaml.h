/*
 * YAML as a tree.  Every scalar is text, whatever YAML 1.1 would make of it.
 * Bounded while it is read: 64 MB, 16 levels, 1,000,000 nodes with aliases
 * expanded.  Immutable; lives in an arena.
 */
#ifndef LOCUM_CONF_YAML_H
#define LOCUM_CONF_YAML_H

#include "conf/schema.h"

#include <stdbool.h>

struct arena;
struct conf_problems;

enum { YAML_OCTETS_MAX = 64 * 1024 * 1024, YAML_DEPTH_MAX = 16, YAML_NODES_MAX = 1000000 };

enum yaml_is { YAML_IS_TEXT, YAML_IS_MAP, YAML_IS_LIST };

struct yaml_node;

struct yaml_entry {
	const struct yaml_node *key; /* a text; NULL in a list */
	const struct yaml_node *value;
};

struct yaml_node {
	enum yaml_is is;
	bool quoted;     /* or a block scalar: empty on purpose */
	uint8_t height;  /* levels of maps and lists, its own counted */
	uint32_t weight; /* nodes in it, itself counted, aliases expanded */
	struct place at;
	const char *text; /* YAML_IS_TEXT, without NUL inside; else "" */
	size_t n;
	const struct yaml_entry *entries; /* in the order of the file; keys of a map differ */
};

/*
 * The one document in `len` octets of `bytes`.  NULL when it cannot be read to its end; a tree
 * may come with problems, too.  `file` is borrowed for as long as the tree lives.
 */
const struct yaml_node *yaml_read(const char *file, const char *bytes, size_t len,
	struct arena *arena, struct conf_problems *problems) MUST_USE;

/* The entry of a map; NULL if there is none. */
const struct yaml_entry *yaml_find(const struct yaml_node *map, const char *key) MUST_USE;
/* Neither text, map nor list was given: nothing behind the colon, or "~". */
bool yaml_empty(const struct yaml_node *node) MUST_USE;

#endif
