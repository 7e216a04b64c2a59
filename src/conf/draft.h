/*
 * A configuration while it is read: the entries of all files, not yet judged,
 * and what has been made of them.  Owner: the one conf_parse() that made it.
 */
#ifndef LOCUM_CONF_DRAFT_H
#define LOCUM_CONF_DRAFT_H

#include "conf/conf.h"
#include "conf/fields.h"
#include "conf/names.h"
#include "conf/tables.h"

struct named {            /* one entry of a block that maps names to things */
	const char *name; /* zones: lower case, absolute; otherwise as written */
	const struct yaml_node *key, *value;
	const uint8_t *domain; /* zones and keys; NULL for the zone "*" */
	size_t order;          /* of reading; once sorted, its number in the block */
};

struct block {
	const char *word; /* for people: "zone" */
	struct named **list;
	size_t n, room;
	struct names *index; /* name -> struct named; before sorting and after */
};

struct draft {
	struct conf *conf;
	struct arena *arena;   /* the configuration's */
	struct arena *scratch; /* gone when the parse is over */
	const struct files *files;
	const struct option_set *const *kinds;
	struct conf_problems *problems;

	const struct yaml_node *root, *server; /* of the first file; NULL if there is none */
	struct block keys, zones, probes, services, tests;
	const char **paths; /* every file, in the order of reading; heap */
	size_t n_paths, paths_room;
	struct conf_program *programs; /* heap */
	size_t n_programs, programs_room;
};

/* Reads `path` and what it includes; fills the blocks, each sorted by name.  (load.c) */
void draft_load(struct draft *draft, const char *path);
/* Server, keys, zones, probes.  (blocks.c) */
void draft_blocks(struct draft *draft);
/* Services and what they refer to.  (services.c) */
void draft_services(struct draft *draft);
/* Tests: their times, in order.  (tests.c) */
void draft_tests(struct draft *draft);
/* What server.references refers to.  (references.c) */
void draft_references(const struct draft *draft);
/* Which services move with, or after, which.  (policy.c) */
void draft_ties(struct draft *draft);
/* Checks and policy, from a configuration without errors.  (policy.c) */
void draft_policy(struct draft *draft);
/* "2" or "50%" of `n`, at least 1; false: it is neither.  (services.c) */
bool share_parse(const char *text, size_t n, uint32_t *share) MUST_USE;

/* `zone "example.com"`, in `scratch`: how problems of an entry begin. */
const char *draft_subject(
	const struct draft *draft, const struct block *block, const struct named *named) MUST_USE;
/* Where the value of a key stands, or the map if it was not given. */
struct place draft_place(const struct yaml_node *map, const char *key) MUST_USE;
/* The names of a block, for suggestions, in `scratch`. */
const char *const *draft_names(const struct draft *draft, const struct block *block) MUST_USE;

#endif
