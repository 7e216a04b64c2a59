#include "server/sources.h"

#include "base/arena.h"
#include "base/mem.h"
#include "dns/name.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const int64_t QUIET_NS = 2000000000;

static int by_apex(const void *a, const void *b)
{
	const struct source *const x = a, *const y = b;
	return name_compare(x->apex, y->apex);
}

/* Of `entry`, where they are not given: the server's. */
static struct conf_limits limits_of(const struct conf *conf, const struct conf_zone *entry)
{
	const struct conf_limits *const own = &entry->limits, *const all = &conf->server.limits;
	return (struct conf_limits){
		own->records_per_type > 0 ? own->records_per_type : all->records_per_type,
		own->types_per_name > 0 ? own->types_per_name : all->types_per_name};
}

static void add(struct sources *sources, const uint8_t *apex, const char *path,
	const struct conf *conf, const struct conf_zone *entry)
{
	sources->list =
		mem_grow(sources->list, &sources->room, sources->n + 1, sizeof *sources->list);
	sources->list[sources->n++] = (struct source){
		.apex = apex, .path = path, .at = entry->at, .limits = limits_of(conf, entry)};
}

/* NAME.zone is the zone NAME; other files are none of ours. */
static void add_file(struct sources *sources, const struct conf *conf,
	const struct conf_zone *entry, const char *file, size_t named,
	struct conf_problems *problems)
{
	static const char suffix[] = ".zone";
	const size_t len = strlen(file);
	if (file[0] == '.' || len < sizeof suffix ||
		strcmp(file + len - (sizeof suffix - 1), suffix) != 0)
		return;

	uint8_t apex[NAME_MAX_OCTETS];
	struct err err;
	if (!name_parse(apex, file, len - (sizeof suffix - 1), NULL, &err)) {
		conf_problem(problems, CONF_ERROR, entry->at,
			"%s/%s: the file's name is no zone name: %s", entry->dir, file, err.text);
		return;
	}
	name_lower(apex);
	const struct source like = {.apex = apex};
	if (named > 0 && bsearch(&like, sources->list, named, sizeof like, by_apex) != NULL)
		return;
	add(sources, arena_copy(sources->arena, apex, name_len(apex)),
		arena_format(sources->arena, "%s/%s", entry->dir, file), conf, entry);
}

static void add_directory(struct sources *sources, const struct conf *conf,
	const struct conf_zone *entry, size_t named, struct conf_problems *problems)
{
	DIR *const dir = opendir(entry->dir);
	if (dir == NULL) {
		conf_problem(problems, CONF_ERROR, entry->at,
			"zone \"*\": dir %s cannot be read: %s", entry->dir,
			strerrordesc_np(errno));
		return;
	}
	const struct dirent *file;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): our own stream */
	while (errno = 0, (file = readdir(dir)) != NULL)
		add_file(sources, conf, entry, file->d_name, named, problems);
	if (errno != 0) /* half a directory would be zones taken out */
		conf_problem(problems, CONF_ERROR, entry->at, "%s: %s", entry->dir,
			strerrordesc_np(errno));
	(void)closedir(dir);
}

struct sources *sources_find(const struct conf *conf, struct conf_problems *problems)
{
	struct sources *const sources = mem_new(sizeof *sources);
	sources->arena = arena_new();
	size_t named = 0; /* the entries one by one: sorted by apex, before any directory */
	for (; named < conf->n_zones && conf->zones[named].apex != NULL; named++)
		add(sources,
			arena_copy(sources->arena, conf->zones[named].apex,
				name_len(conf->zones[named].apex)),
			arena_format(sources->arena, "%s", conf->zones[named].file), conf,
			&conf->zones[named]);
	for (size_t i = named; i < conf->n_zones; i++)
		add_directory(sources, conf, &conf->zones[i], named, problems);

	if (sources->n > 0)
		qsort(sources->list, sources->n, sizeof *sources->list, by_apex);
	for (size_t i = 1; i < sources->n; i++)
		if (name_equal(sources->list[i - 1].apex, sources->list[i].apex))
			conf_problem(problems, CONF_ERROR, sources->list[i].at,
				"%s and %s name the same zone; keep one", sources->list[i - 1].path,
				sources->list[i].path);
	return sources;
}

const struct source *sources_get(const struct sources *sources, const uint8_t *apex)
{
	const struct source like = {.apex = apex};
	return sources->n == 0 ? NULL
			       : bsearch(&like, sources->list, sources->n, sizeof like, by_apex);
}

struct arena *sources_arena(struct sources *sources)
{
	sources->more = mem_grow(
		sources->more, &sources->more_room, sources->n_more + 1, sizeof(struct arena *));
	return sources->more[sources->n_more++] = arena_new();
}

struct place source_place(struct master_place at)
{
	return (struct place){
		.file = at.path, .line = at.line < UINT32_MAX ? (uint32_t)at.line : UINT32_MAX};
}

static int64_t ns(struct timespec t) { return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec; }

/*
 * Two changes within one tick of the file system's clock (FAT has 2 s) look the same: a file that
 * changed a moment ago, or in the future, is one to be read again.
 */
static bool may_change_unseen(const struct stat *s, int64_t wall_ns)
{
	return wall_ns - ns(s->st_ctim) < QUIET_NS;
}

struct stamp stamp_of(const char *path, int64_t wall_ns)
{
	struct stat s;
	if (stat(path, &s) != 0 || may_change_unseen(&s, wall_ns))
		return (struct stamp){0};
	return (struct stamp){.device = s.st_dev,
		.inode = s.st_ino,
		.size = s.st_size,
		.changed_ns = ns(s.st_ctim),
		.modified_ns = ns(s.st_mtim)};
}

static bool same_stamp(struct stamp a, struct stamp b)
{
	return a.inode != 0 && a.device == b.device && a.inode == b.inode && a.size == b.size &&
	       a.changed_ns == b.changed_ns && a.modified_ns == b.modified_ns;
}

bool source_unchanged(const struct source *source, int64_t wall_ns)
{
	for (size_t i = 0; i < source->n_files; i++)
		if (!same_stamp(source->files[i].stamp, stamp_of(source->files[i].path, wall_ns)))
			return false;
	return source->n_files > 0;
}

void sources_free(struct sources *sources)
{
	if (sources == NULL)
		return;
	arena_free(sources->arena);
	for (size_t i = 0; i < sources->n_more; i++)
		arena_free(sources->more[i]);
	free(sources->more);
	free(sources->list);
	free(sources);
}
