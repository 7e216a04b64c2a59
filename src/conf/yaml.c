#include "conf/yaml.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/conf.h"
#include "conf/names.h"
#include "conf/problem.h"
#include "conf/yamlerr.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

struct anchor {
	const struct yaml_node *node;
	bool done; /* false: the node it names is not over yet */
};

struct open { /* a map or list whose end has not come */
	struct yaml_node *node;
	struct anchor *anchor;       /* NULL: none */
	const struct yaml_node *key; /* in a map: the one whose value is awaited */
	size_t first;                /* its entries begin here in `entries` */
};

struct reading {
	yaml_parser_t parser;
	const char *file;
	struct arena *arena;
	struct conf_problems *problems;
	struct names *anchors;
	struct open open[YAML_DEPTH_MAX];
	size_t depth;
	struct yaml_entry *entries; /* of all that is open, innermost last */
	size_t n, room;
	size_t nodes; /* read so far, aliases not expanded */
	const struct yaml_node *root;
};

static struct place place_of(const struct reading *r, yaml_mark_t mark)
{
	return (struct place){r->file, (uint32_t)mark.line + 1, (uint32_t)mark.column + 1};
}

static struct open *innermost(struct reading *r)
{
	return r->depth > 0 ? &r->open[r->depth - 1] : NULL;
}

static bool awaits_key(struct reading *r)
{
	const struct open *const top = innermost(r);
	return top != NULL && top->node->is == YAML_IS_MAP && top->key == NULL;
}

static bool too_many(const struct reading *r, struct place at)
{
	conf_problem(r->problems, CONF_ERROR, at,
		"more than %d keys and values, aliases expanded; use fewer aliases, or split the "
		"file with include",
		YAML_NODES_MAX);
	return false;
}

/* Puts a finished node where it belongs. */
static bool attach(struct reading *r, const struct yaml_node *node)
{
	struct open *const top = innermost(r);
	if (++r->nodes > YAML_NODES_MAX)
		return too_many(r, node->at);
	if (top == NULL) {
		r->root = node;
	} else if (awaits_key(r)) {
		top->key = node;
	} else {
		r->entries = mem_grow(r->entries, &r->room, r->n + 1, sizeof *r->entries);
		r->entries[r->n++] = (struct yaml_entry){top->key, node};
		top->key = NULL;
	}
	return true;
}

static struct anchor *anchor_add(
	struct reading *r, const yaml_char_t *name, const struct yaml_node *node)
{
	if (name == NULL)
		return NULL;
	const char *const text = (const char *)name;
	struct anchor *const anchor = arena_alloc(r->arena, sizeof *anchor);
	anchor->node = node;
	const struct anchor *const first =
		names_put(r->anchors, arena_text(r->arena, text, strlen(text)), anchor);
	if (first != NULL)
		conf_problem(r->problems, CONF_ERROR, node->at,
			"anchor \"&%.64s\" stands twice, first in line %u; give one another name",
			text, first->node->at.line);
	return anchor;
}

static void refuse_tag(struct reading *r, const yaml_char_t *tag, struct place at)
{
	if (tag != NULL)
		conf_problem(r->problems, CONF_ERROR, at,
			"tag \"%.64s\" is not supported; take it out, every value is plain text "
			"here",
			(const char *)tag);
}

static bool read_text(struct reading *r, const yaml_event_t *event)
{
	const char *const value = (const char *)event->data.scalar.value;
	const size_t len = event->data.scalar.length;
	struct yaml_node *const node = arena_alloc(r->arena, sizeof *node);
	*node = (struct yaml_node){
		.is = YAML_IS_TEXT,
		.quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE,
		.weight = 1,
		.at = place_of(r, event->start_mark),
		.text = arena_text(r->arena, value, len),
	};
	refuse_tag(r, event->data.scalar.tag, node->at);
	if (memchr(value, '\0', len) != NULL)
		conf_problem(r->problems, CONF_ERROR, node->at,
			"a text holds the character \\0; take it out");
	if (awaits_key(r) && !node->quoted && strcmp(node->text, "<<") == 0)
		conf_problem(r->problems, CONF_ERROR, node->at,
			"merge key \"<<\" is not supported; write the keys out, or put an alias to "
			"a whole value");
	struct anchor *const anchor = anchor_add(r, event->data.scalar.anchor, node);
	if (anchor != NULL)
		anchor->done = true;
	return attach(r, node);
}

static bool read_start(struct reading *r, const yaml_event_t *event, enum yaml_is is,
	const yaml_char_t *anchor, const yaml_char_t *tag)
{
	const struct place at = place_of(r, event->start_mark);
	if (awaits_key(r)) {
		conf_problem(r->problems, CONF_ERROR, at,
			"a %s stands where a key was expected; put a text that begins with %s in "
			"quotes",
			is == YAML_IS_MAP ? "map" : "list", is == YAML_IS_MAP ? "{" : "[");
		return false;
	}
	if (r->depth == YAML_DEPTH_MAX) {
		conf_problem(r->problems, CONF_ERROR, at,
			"more than %d levels deep; nothing in this file needs that "
			"many: check the brackets and the indentation",
			YAML_DEPTH_MAX);
		return false;
	}
	struct yaml_node *const node = arena_alloc(r->arena, sizeof *node);
	*node = (struct yaml_node){.is = is, .at = at, .text = ""};
	refuse_tag(r, tag, at);
	r->open[r->depth++] =
		(struct open){.node = node, .anchor = anchor_add(r, anchor, node), .first = r->n};
	return true;
}

static int by_key(const void *left, const void *right)
{
	const struct yaml_node *const a = ((const struct yaml_entry *)left)->key;
	const struct yaml_node *const b = ((const struct yaml_entry *)right)->key;
	const int order = strcmp(a->text, b->text);
	if (order != 0)
		return order;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	return a->at.column < b->at.column ? -1 : a->at.column > b->at.column;
}

/* Sorted, so that a hundred thousand keys cost no more than sorting them does. */
static void refuse_twins(struct reading *r, const struct yaml_node *map)
{
	struct yaml_entry *const sorted = mem_copy(map->entries, map->n * sizeof *sorted);
	qsort(sorted, map->n, sizeof *sorted, by_key);
	size_t first = 0;
	for (size_t i = 1; i < map->n; i++) {
		const struct yaml_node *const key = sorted[i].key, *const was = sorted[first].key;
		char quoted[QUOTED_MAX];
		if (strcmp(key->text, was->text) != 0)
			first = i;
		else
			conf_problem(r->problems, CONF_ERROR, key->at,
				"key %s stands twice, first in line %u, column %u; take one out",
				problem_quoted(key->text, quoted), was->at.line, was->at.column);
	}
	free(sorted);
}

/* False when it is too large, which only aliases or a huge file can make it. */
static bool measure(struct reading *r, struct yaml_node *node)
{
	uint64_t weight = 1;
	for (size_t i = 0; i < node->n; i++) {
		const struct yaml_node *const value = node->entries[i].value;
		weight += value->weight + (node->entries[i].key != NULL);
		if (value->height > node->height)
			node->height = value->height;
	}
	node->height++;
	if (weight > YAML_NODES_MAX)
		return too_many(r, node->at);
	node->weight = (uint32_t)weight;
	if (node->height + r->depth > YAML_DEPTH_MAX) {
		conf_problem(r->problems, CONF_ERROR, node->at,
			"more than %d levels deep once the aliases are expanded; "
			"write the values out",
			YAML_DEPTH_MAX);
		return false;
	}
	return true;
}

static bool read_end(struct reading *r)
{
	const struct open top = r->open[--r->depth];
	struct yaml_node *const node = top.node;
	node->n = r->n - top.first;
	node->entries = arena_copy(r->arena, node->n > 0 ? r->entries + top.first : NULL,
		node->n * sizeof *r->entries);
	r->n = top.first;
	if (node->is == YAML_IS_MAP && node->n > 1)
		refuse_twins(r, node);
	if (!measure(r, node))
		return false;
	if (top.anchor != NULL)
		top.anchor->done = true;
	return attach(r, node);
}

static bool read_alias(struct reading *r, const yaml_event_t *event)
{
	const char *const name = (const char *)event->data.alias.anchor;
	const struct place at = place_of(r, event->start_mark);
	const struct anchor *const anchor = names_get(r->anchors, name);
	if (anchor == NULL)
		conf_problem(r->problems, CONF_ERROR, at,
			"alias \"*%.64s\" has no anchor before it; write \"&%.64s\" at the value "
			"that is meant, or put the text in quotes",
			name, name);
	else if (!anchor->done)
		conf_problem(r->problems, CONF_ERROR, at,
			"alias \"*%.64s\" stands inside its own anchor; take it out", name);
	else if (awaits_key(r))
		conf_problem(r->problems, CONF_ERROR, at,
			"alias \"*%.64s\" stands where a key was expected; write the key out",
			name);
	else if (anchor->node->height + r->depth > YAML_DEPTH_MAX)
		conf_problem(r->problems, CONF_ERROR, at,
			"alias \"*%.64s\" is more than %d levels deep here; write the "
			"values out",
			name, YAML_DEPTH_MAX);
	else
		return attach(r, anchor->node);
	return false;
}

enum step { STEP_ON, STEP_OVER, STEP_FAILED };

static enum step take(struct reading *r, const yaml_event_t *event)
{
	switch (event->type) {
	case YAML_SCALAR_EVENT: return read_text(r, event) ? STEP_ON : STEP_FAILED;
	case YAML_ALIAS_EVENT: return read_alias(r, event) ? STEP_ON : STEP_FAILED;
	case YAML_MAPPING_START_EVENT:
		return read_start(r, event, YAML_IS_MAP, event->data.mapping_start.anchor,
			       event->data.mapping_start.tag)
			       ? STEP_ON
			       : STEP_FAILED;
	case YAML_SEQUENCE_START_EVENT:
		return read_start(r, event, YAML_IS_LIST, event->data.sequence_start.anchor,
			       event->data.sequence_start.tag)
			       ? STEP_ON
			       : STEP_FAILED;
	case YAML_MAPPING_END_EVENT:
	case YAML_SEQUENCE_END_EVENT: return read_end(r) ? STEP_ON : STEP_FAILED;
	case YAML_DOCUMENT_START_EVENT:
		if (r->root == NULL)
			return STEP_ON;
		conf_problem(r->problems, CONF_ERROR, place_of(r, event->start_mark),
			"a second document begins here; one file holds one: take the \"---\" out, "
			"or move the rest to a file of its own and name it in include");
		return STEP_FAILED;
	case YAML_STREAM_END_EVENT: return STEP_OVER;
	case YAML_NO_EVENT:
	case YAML_STREAM_START_EVENT:
	case YAML_DOCUMENT_END_EVENT: return STEP_ON;
	}
	return STEP_ON;
}

static enum step step(struct reading *r, const char *bytes, size_t len)
{
	yaml_event_t event;
	if (yaml_parser_parse(&r->parser, &event) == 0) {
		yaml_problem(&r->parser, r->file, bytes, len, r->problems);
		return STEP_FAILED;
	}
	const enum step result = take(r, &event);
	yaml_event_delete(&event);
	return result;
}

/*
 * The line of a directive before the document, or 0.  libyaml compares each %TAG with all before
 * it, so they may not even reach it.
 */
static uint32_t directive_line(const char *at, const char *end)
{
	for (uint32_t line = 1; at < end; line++) {
		if (*at == '%')
			return line;
		const char *const eol = memchr(at, '\n', (size_t)(end - at));
		const char *const next = eol != NULL ? eol + 1 : end;
		while (at < next && strchr(" \t\r\n", *at) != NULL)
			at++;
		if (at < next && *at != '#')
			return 0;
		at = next;
	}
	return 0;
}

static const struct yaml_node *read_all(struct reading *r, const char *bytes, size_t len)
{
	if (yaml_parser_initialize(&r->parser) == 0)
		abort(); /* out of memory */
	yaml_parser_set_encoding(&r->parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&r->parser, (const unsigned char *)bytes, len);
	enum step result = STEP_ON;
	while (result == STEP_ON)
		result = step(r, bytes, len);
	yaml_parser_delete(&r->parser);
	free(r->entries);
	if (result == STEP_FAILED)
		return NULL;
	if (r->root == NULL)
		conf_problem(r->problems, CONF_ERROR, (struct place){r->file, 1, 1},
			"the file is empty; it begins with \"version: 1\"");
	return r->root;
}

const struct yaml_node *yaml_read(const char *file, const char *bytes, size_t len,
	struct arena *arena, struct conf_problems *problems)
{
	if (len > YAML_OCTETS_MAX) {
		conf_problem(problems, CONF_ERROR, (struct place){file, 1, 1},
			"the file has %zu octets, %d at most are read; split it with include", len,
			YAML_OCTETS_MAX);
		return NULL;
	}
	if (len >= 3 && memcmp(bytes, "\xEF\xBB\xBF", 3) == 0) {
		bytes += 3; /* a byte order mark says nothing in UTF-8 */
		len -= 3;
	}
	const uint32_t line = directive_line(bytes, bytes + len);
	if (line > 0) {
		conf_problem(problems, CONF_ERROR, (struct place){file, line, 1},
			"directives such as %%YAML and %%TAG are not supported; take the line out");
		return NULL;
	}
	struct reading r = {
		.file = file, .arena = arena, .problems = problems, .anchors = names_new(arena)};
	return read_all(&r, bytes, len);
}

const struct yaml_entry *yaml_find(const struct yaml_node *map, const char *key)
{
	assert(map->is == YAML_IS_MAP);
	for (size_t i = 0; i < map->n; i++)
		if (strcmp(map->entries[i].key->text, key) == 0)
			return &map->entries[i];
	return NULL;
}

bool yaml_empty(const struct yaml_node *node)
{
	return node->is == YAML_IS_TEXT && !node->quoted &&
	       (node->text[0] == '\0' || strcmp(node->text, "~") == 0);
}
