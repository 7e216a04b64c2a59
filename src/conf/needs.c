#include "base/arena.h"
#include "base/mem.h"
#include "conf/problem.h"
#include "conf/site.h"

#include <stdlib.h>
#include <string.h>

enum { LEAVES_MAX = 64, KNOTS_MAX = 256, WORTH_MAX = 6 };

struct reading { /* of one tree */
	const struct site *site;
	const char *key;
	struct quorum tree[KNOTS_MAX];
	uint32_t leaves[LEAVES_MAX];
	const char *names[LEAVES_MAX];
	size_t n_tree, n_leaves;
	bool failed;
};

static void problem(struct reading *r, struct place at, const char *what, const char *detail)
{
	conf_problem(r->site->draft->problems, CONF_ERROR, at, "%s: %s: %s%s", r->site->subject,
		r->key, detail, what);
	r->failed = true;
}

static void read_leaf(struct reading *r, const struct yaml_node *name)
{
	uint32_t number = 0;
	if (!site_probe(r->site, r->key, name, &number)) {
		r->failed = true;
		return;
	}
	for (size_t i = 0; i < r->n_leaves; i++)
		if (strcmp(r->names[i], name->text) == 0) {
			conf_problem(r->site->draft->problems, CONF_ERROR, name->at,
				"%s: %s: probe %s stands twice; take one out", r->site->subject,
				r->key, name->text);
			r->failed = true;
			return;
		}
	if (r->n_leaves == LEAVES_MAX || r->n_tree == KNOTS_MAX) {
		problem(r, name->at, "", "too many probes; at most 64");
		return;
	}
	r->names[r->n_leaves] = name->text;
	r->leaves[r->n_leaves++] = number;
	r->tree[r->n_tree++] = (struct quorum){0, 0};
}

static void read_knot(struct reading *r, const struct yaml_node *map);

static void read_part(struct reading *r, const struct yaml_node *part) // NOLINT(misc-no-recursion)
{
	if (part->is == YAML_IS_TEXT && !yaml_empty(part))
		read_leaf(r, part);
	else
		read_knot(r, part);
}

/* How many of `n` parts must be up, by the key that stands there. */
static uint16_t least_of(struct reading *r, const struct yaml_node *map, const char *key, size_t n)
{
	if (strcmp(key, "all") == 0)
		return (uint16_t)n;
	if (strcmp(key, "any") == 0)
		return 1;
	const struct yaml_node *const number = yaml_find(map, "at-least")->value;
	char *end;
	const unsigned long least = strtoul(number->text, &end, 10);
	if (end == number->text || *end != '\0' || strlen(number->text) > WORTH_MAX || least < 1 ||
		least > n) {
		problem(r, number->at, "",
			"at-least must be a whole number, from 1 to how many of: has");
		return 1;
	}
	return (uint16_t)least;
}

/* The list of parts, and which key it stands under. */
static const struct yaml_node *parts_of(
	struct reading *r, const struct yaml_node *map, const char **key)
{
	static const char *const known[] = {"all", "any", "of"};
	const struct yaml_node *list = NULL;
	bool at_least = false;
	char near[SUGGESTION_MAX];
	if (map->is != YAML_IS_MAP) {
		problem(r, map->at, "",
			"write {all: [...]}, {any: [...]} or {at-least: N, of: [...]}");
		return NULL;
	}
	for (size_t i = 0; i < map->n; i++) {
		const struct yaml_node *const word = map->entries[i].key;
		size_t k = 0;
		while (k < COUNT_OF(known) && strcmp(known[k], word->text) != 0)
			k++;
		if (strcmp(word->text, "at-least") == 0) {
			at_least = true;
		} else if (k == COUNT_OF(known)) {
			problem(r, word->at, problem_nearest(word->text, known, 2, near),
				"there are only all, any and at-least with of");
			return NULL;
		} else if (list != NULL) {
			problem(r, word->at, "",
				"only one of all, any and at-least may stand here; nest them");
			return NULL;
		} else {
			list = map->entries[i].value;
			*key = known[k];
		}
	}
	const bool of = list != NULL && strcmp(*key, "of") == 0;
	if (list == NULL || of != at_least) {
		problem(r, map->at, "",
			"all is missing; write {all: [...]}, {any: [...]} or {at-least: N, of: "
			"[...]}");
		return NULL;
	}
	if (list->is != YAML_IS_TEXT && (list->is != YAML_IS_LIST || list->n == 0)) {
		problem(r, list->at, "", "a list of at least one probe is needed");
		return NULL;
	}
	return list;
}

/* As deep as YAML may be nested. */
static void read_knot(struct reading *r, const struct yaml_node *map) // NOLINT(misc-no-recursion)
{
	const char *key = NULL;
	const struct yaml_node *const list = parts_of(r, map, &key);
	if (list == NULL)
		return;
	if (r->n_tree == KNOTS_MAX) {
		problem(r, map->at, "", "too large; at most 64 probes");
		return;
	}
	struct quorum *const knot = &r->tree[r->n_tree++];
	const bool alone = list->is == YAML_IS_TEXT; /* one name, as a list of one */
	const size_t n = alone ? 1 : list->n;
	*knot = (struct quorum){least_of(r, map, key, n), (uint16_t)n};
	for (size_t i = 0; i < n && !r->failed; i++)
		read_part(r, alone ? list : list->entries[i].value);
}

struct conf_needs site_needs(const struct site *s, const char *key, const struct yaml_node *map)
{
	if (map == NULL)
		return (struct conf_needs){0};
	struct reading *const r = mem_new(sizeof *r);
	r->site = s;
	r->key = key;
	read_knot(r, map);
	struct conf_needs needs = {0};
	if (!r->failed) {
		struct arena *const arena = s->draft->arena;
		needs.tree = arena_copy(arena, r->tree, r->n_tree * sizeof *r->tree);
		needs.n_tree = r->n_tree;
		needs.probes = arena_copy(arena, r->leaves, r->n_leaves * sizeof *r->leaves);
		needs.n = r->n_leaves;
	}
	free(r);
	return needs;
}
