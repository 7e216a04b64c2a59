#include "base/arena.h"
#include "base/mem.h"
#include "conf/draft.h"
#include "conf/problem.h"
#include "conf/values.h"
#include "dns/name.h"

#include <stdlib.h>
#include <string.h>

enum { OBJECT_NAME_MAX = 128 };

struct waiting { /* a file that was named and not read yet */
	const char *path;
	struct place at; /* where it was named; line 0: by the caller */
	unsigned depth;
};

struct queue {
	struct waiting *list;
	size_t n, room;
	struct names *known; /* path -> struct place of the first that named it */
};

const char *draft_subject(
	const struct draft *draft, const struct block *block, const struct named *named)
{
	char quoted[QUOTED_MAX];
	return arena_format(
		draft->scratch, "%s %s", block->word, problem_quoted(named->key->text, quoted));
}

struct place draft_place(const struct yaml_node *map, const char *key)
{
	const struct yaml_entry *const entry = yaml_find(map, key);
	return entry != NULL ? entry->value->at : map->at;
}

const char *const *draft_names(const struct draft *draft, const struct block *block)
{
	const char **const names = arena_list(draft->scratch, block->n, sizeof *names);
	for (size_t i = 0; i < block->n; i++)
		names[i] = block->list[i]->key->text;
	return names;
}

/* Names stand in log lines, metrics and commands without quotes. */
static bool name_fits(const char *name)
{
	const size_t len = strlen(name);
	return len > 0 && len <= OBJECT_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") ==
		       len;
}

/* A name of the DNS: compared without regard to case. */
static bool take_domain(struct draft *draft, const struct block *block, struct named *named)
{
	uint8_t name[NAME_MAX_OCTETS];
	char text[NAME_TEXT_MAX];
	struct err err;
	if (!name_parse(name, named->key->text, strlen(named->key->text), NULL, &err)) {
		conf_problem(draft->problems, CONF_ERROR, named->key->at,
			"%s: the name must be a domain name: %s",
			draft_subject(draft, block, named), err.text);
		return false;
	}
	name_lower(name);
	named->domain = arena_copy(draft->arena, name, name_len(name));
	(void)name_text(name, text);
	named->name = arena_text(draft->scratch, text, strlen(text));
	return true;
}

static bool take_name(struct draft *draft, const struct block *block, struct named *named)
{
	named->name = named->key->text;
	if (block == &draft->keys || (block == &draft->zones && strcmp(named->name, "*") != 0))
		return take_domain(draft, block, named);
	if (block == &draft->zones || name_fits(named->name))
		return true;
	conf_problem(draft->problems, CONF_ERROR, named->key->at,
		"%s: a name has 1 to %d letters, digits, dots, - and _; choose another",
		draft_subject(draft, block, named), OBJECT_NAME_MAX);
	return false;
}

static void gather(struct draft *draft, struct block *block, const struct yaml_node *map)
{
	for (size_t i = 0; map != NULL && i < map->n; i++) {
		struct named *const named = arena_alloc(draft->scratch, sizeof *named);
		named->key = map->entries[i].key;
		named->value = map->entries[i].value;
		named->order = block->n;
		if (!take_name(draft, block, named))
			continue;
		/* Several directories may be named, in several files. */
		const struct named *const first =
			block == &draft->zones && named->domain == NULL
				? NULL
				: names_put(block->index, named->name, named);
		if (first != NULL && first->key->at.file == named->key->at.file &&
			strcmp(first->key->text, named->key->text) == 0)
			continue; /* said already, when the file was read */
		if (first != NULL) {
			conf_problem(draft->problems, CONF_ERROR, named->key->at,
				"%s stands twice, first at %s:%u:%u; take one out or rename it",
				draft_subject(draft, block, named), first->key->at.file,
				first->key->at.line, first->key->at.column);
			continue;
		}
		block->list =
			mem_grow(block->list, &block->room, block->n + 1, sizeof(struct named *));
		block->list[block->n++] = named;
	}
}

static int by_name(const void *left, const void *right)
{
	const struct named *const a = *(struct named *const *)left;
	const struct named *const b = *(struct named *const *)right;
	return strcmp(a->name, b->name);
}

/* In canonical order; the entries "*" at the end, as they were read. */
static int by_domain(const void *left, const void *right)
{
	const struct named *const a = *(struct named *const *)left;
	const struct named *const b = *(struct named *const *)right;
	if (a->domain != NULL && b->domain != NULL)
		return name_compare(a->domain, b->domain);
	if (a->domain != NULL || b->domain != NULL)
		return a->domain != NULL ? -1 : 1;
	return a->order < b->order ? -1 : a->order > b->order;
}

static bool is_pattern(const char *path) { return strpbrk(path, "*?[") != NULL; }

static void enqueue(
	struct draft *draft, struct queue *queue, const char *path, const struct waiting *from)
{
	struct waiting next = {arena_text(draft->arena, path, strlen(path)), from->at, from->depth};
	const struct place *const named_at = arena_copy(draft->scratch, &next.at, sizeof next.at);
	const struct place *const first = names_put(queue->known, next.path, named_at);
	if (first != NULL && first->line == 0)
		conf_problem(draft->problems, CONF_ERROR, next.at,
			"include: %s is the file that reading began with; take it out", path);
	else if (first != NULL)
		conf_problem(draft->problems, CONF_ERROR, next.at,
			"include: %s is read already, first named at %s:%u:%u; name it once", path,
			first->file, first->line, first->column);
	else if (next.depth > INCLUDE_DEPTH_MAX)
		conf_problem(draft->problems, CONF_ERROR, next.at,
			"include: more than %d files include each other in a row; name %s further "
			"up",
			INCLUDE_DEPTH_MAX, path);
	else if (queue->n == FILES_MAX)
		conf_problem(draft->problems, CONF_ERROR, next.at,
			"include: more than %d files; put several into one", FILES_MAX);
	else {
		queue->list =
			mem_grow(queue->list, &queue->room, queue->n + 1, sizeof *queue->list);
		queue->list[queue->n++] = next;
	}
}

static void include(struct draft *draft, struct queue *queue, const struct text_at *what,
	const struct waiting *by)
{
	const struct waiting from = {by->path, what->at, by->depth + 1};
	const char *const pattern = value_path(what->text, by->path, draft->scratch);
	if (!is_pattern(what->text)) {
		enqueue(draft, queue, pattern, &from);
		return;
	}
	const char **paths = NULL;
	size_t n = 0;
	struct err err;
	if (!draft->files->glob(draft->files->cookie, pattern, draft->scratch, &paths, &n, &err))
		conf_problem(draft->problems, CONF_ERROR, what->at, "include: %s", err.text);
	else if (n == 0)
		conf_problem(draft->problems, CONF_WARNING, what->at, "include: no file matches %s",
			pattern);
	for (size_t i = 0; i < n; i++)
		enqueue(draft, queue, paths[i], &from);
}

static void take_server(struct draft *draft, const struct yaml_node *server)
{
	if (server == NULL)
		return;
	if (draft->server == NULL)
		draft->server = server;
	else
		conf_problem(draft->problems, CONF_ERROR, server->at,
			"server stands twice, first at %s:%u:%u; put all of it into one of them",
			draft->server->at.file, draft->server->at.line, draft->server->at.column);
}

static const struct yaml_node *read_file(struct draft *draft, const struct waiting *file)
{
	struct err err = {""};
	size_t len = 0;
	const char *const bytes =
		draft->files->read(draft->files->cookie, file->path, draft->scratch, &len, &err);
	if (bytes != NULL)
		return yaml_read(file->path, bytes, len, draft->scratch, draft->problems);
	const size_t named = strlen(file->path); /* the disk says which file; so do we */
	const bool twice = strncmp(err.text, file->path, named) == 0 &&
			   strncmp(err.text + named, ": ", 2) == 0;
	const char *const why = twice ? err.text + named + 2 : err.text;
	if (file->at.line == 0)
		conf_problem(draft->problems, CONF_ERROR, file->at, "cannot be read: %s", why);
	else
		conf_problem(draft->problems, CONF_ERROR, file->at,
			"include: %s cannot be read: %s", file->path, why);
	return NULL;
}

static void load(struct draft *draft, struct queue *queue, const struct waiting *file)
{
	draft->paths =
		mem_grow(draft->paths, &draft->paths_room, draft->n_paths + 1, sizeof(char *));
	draft->paths[draft->n_paths++] = file->path;
	const struct yaml_node *const root = read_file(draft, file);
	if (root == NULL)
		return;
	struct top_keys top = {0};
	const struct part part = {table_top, &top};
	const struct reader reader = {draft->arena, draft->problems, NULL};
	(void)!fields_read(&reader, root, &part, 1, FIELDS_REFUSE_OTHERS);
	if (root->is != YAML_IS_MAP)
		return;
	if (file->depth == 0) {
		draft->root = root;
		if (yaml_find(root, "version") == NULL)
			conf_problem(draft->problems, CONF_ERROR, root->at,
				"version is missing; begin the file with \"version: 1\"");
	}
	take_server(draft, top.server);
	gather(draft, &draft->keys, top.keys);
	gather(draft, &draft->zones, top.zones);
	gather(draft, &draft->probes, top.probes);
	gather(draft, &draft->services, top.services);
	gather(draft, &draft->tests, top.tests);
	for (size_t i = 0; i < top.include.n; i++)
		include(draft, queue, &top.include.list[i], file);
}

static void block_sort(struct block *block, int (*compare)(const void *, const void *))
{
	if (block->n > 0)
		qsort(block->list, block->n, sizeof(struct named *), compare);
	for (size_t i = 0; i < block->n; i++)
		block->list[i]->order = i;
}

void draft_load(struct draft *draft, const char *path)
{
	struct queue queue = {.known = names_new(draft->scratch)};
	while (strncmp(path, "./", 2) == 0 && path[2] != '/')
		path += 2; /* one file, one name */
	const char *const kept = arena_text(draft->arena, path, strlen(path));
	enqueue(draft, &queue, kept, &(struct waiting){kept, {kept, 0, 0}, 0});
	for (size_t i = 0; i < queue.n; i++) {
		const struct waiting file = queue.list[i];
		load(draft, &queue, &file);
	}
	free(queue.list);
	block_sort(&draft->keys, by_name);
	block_sort(&draft->zones, by_domain);
	block_sort(&draft->probes, by_name);
	block_sort(&draft->services, by_name);
	block_sort(&draft->tests, by_name);
}
