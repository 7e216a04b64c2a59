#include "server/load.h"

#include "base/arena.h"
#include "base/mem.h"
#include "dns/name.h"
#include "net/clock.h"
#include "server/files.h"
#include "server/sources.h"
#include "server/terms_load.h"
#include "zone/changeset.h"
#include "zone/zonefile.h"

#include <stdlib.h>
#include <string.h>

/* One zone being read: gathers its files and problems. */
struct reading {
	struct conf_problems *problems;
	struct arena *arena; /* of the sources */
	const struct source *source;
	struct source_file *files;
	size_t n, room;
};

static void say(void *cookie, enum zonefile_grade grade, const char *place, const char *text)
{
	struct reading *const r = cookie;
	const enum conf_grade as = grade == ZONEFILE_ERROR ? CONF_ERROR : CONF_WARNING;
	const struct place at = {.file = arena_text(r->problems->arena, place, strlen(place))};
	char zone[NAME_TEXT_MAX];
	/* No line of the file: where the configuration names it helps more. */
	if (strcmp(place, r->source->path) == 0)
		conf_problem(r->problems, as, r->source->at, "zone \"%s\": %s: %s",
			name_text(r->source->apex, zone), place, text);
	else
		conf_problem(r->problems, as, at, "%s", text);
}

/* Told before the file is read, so a change meanwhile is seen by the next reload. */
static void note_file(void *cookie, const char *path)
{
	struct reading *const r = cookie;
	r->files = mem_grow(r->files, &r->room, r->n + 1, sizeof *r->files);
	r->files[r->n++] = (struct source_file){
		arena_text(r->arena, path, strlen(path)), stamp_of(path, clock_wall_ns())};
}

static struct zone *read_zone(
	struct sources *sources, struct source *source, struct conf_problems *problems)
{
	struct reading r = {.problems = problems, .arena = sources->arena, .source = source};
	const struct zonefile_report report = {.cookie = &r, .say = say, .file = note_file};
	struct zone *const zone = zonefile_load(source->apex, source->path, files_disk(), &report);
	source->n_files = r.n;
	source->files = arena_copy(sources->arena, r.files, r.n * sizeof *r.files);
	free(r.files);
	return zone;
}

/* Keeps what is known of files that did not change, copied: `was` will be freed. */
static void keep_files(struct arena *arena, struct source *source, const struct source *was)
{
	struct source_file *const files =
		arena_copy(arena, was->files, was->n_files * sizeof *files);
	for (size_t i = 0; i < was->n_files; i++)
		files[i].path = arena_text(arena, files[i].path, strlen(files[i].path));
	source->files = files;
	source->n_files = was->n_files;
}

static bool same_zone(const struct zone *was, const struct zone *is)
{
	struct changeset *const changes = changeset_between(was, is);
	const bool same = changes->n == 0;
	changeset_free(changes);
	return same;
}

/* The zone's version: the old one where nothing changed.  The caller owns it; NULL on errors. */
static struct zone *take_zone(struct sources *sources, struct source *source,
	const struct load *was, struct conf_problems *problems)
{
	const struct zone *const old = was != NULL ? view_zone(was->base, source->apex) : NULL;
	const struct source *const before =
		was != NULL ? sources_get(was->sources, source->apex) : NULL;
	if (old != NULL && before != NULL && strcmp(before->path, source->path) == 0 &&
		source_unchanged(before, clock_wall_ns())) {
		keep_files(sources->arena, source, before);
		return zone_ref(old);
	}
	struct zone *const zone = read_zone(sources, source, problems);
	if (zone != NULL && old != NULL && same_zone(old, zone)) {
		zone_unref(zone);
		return zone_ref(old);
	}
	return zone;
}

static struct view *read_zones(struct sources *sources, const struct load *was,
	const struct terms *terms, load_progress_fn *progress, void *cookie,
	struct conf_problems *problems)
{
	struct zone **const zones = mem_list(sources->n, sizeof(struct zone *));
	size_t n = 0;
	for (size_t i = 0; i < sources->n && problems->errors < CONF_PROBLEMS_MAX; i++) {
		struct zone *const zone = take_zone(sources, &sources->list[i], was, problems);
		if (zone != NULL)
			zones[n++] = zone;
		if (progress != NULL && !progress(cookie, i + 1, sources->n)) {
			conf_problem(problems, CONF_ERROR, sources->list[i].at,
				"reading the zones was given up");
			break;
		}
	}
	struct view *const none = view_empty();
	struct view *const on = view_on(none, terms);
	struct view *const base = view_with(on, zones, n, NULL, 0);
	view_unref(none);
	view_unref(on);
	for (size_t i = 0; i < n; i++)
		zone_unref(zones[i]);
	free(zones);
	return base;
}

struct load *load_read(const char *path, const struct option_set *const kinds[],
	const struct load *was, load_progress_fn *progress, void *cookie,
	struct conf_problems *problems)
{
	struct load *const load = mem_new(sizeof *load);
	load->refs = 1;
	load->conf = conf_parse(path, files_disk(), kinds, problems);
	if (load->conf != NULL) {
		load->sources = sources_find(load->conf, problems);
		struct terms *const terms =
			terms_load(&load->conf->server, was != NULL ? &was->conf->server : NULL,
				was != NULL ? view_terms(was->base) : NULL, problems);
		load->base = read_zones(load->sources, was, terms, progress, cookie, problems);
		terms_unref(terms);
		load->records = records_render(load->conf, load->base, problems);
	}
	if (load->records != NULL && problems->errors == 0)
		return load;
	load_unref(load);
	return NULL;
}

/* ---- differences ---- */

struct diff {
	struct arena *arena;
	const struct view *other;
	const char **lines;
	size_t n, room;
	enum { DIFF_NEW_OR_CHANGED, DIFF_GONE } pass;
};

static void line(struct diff *d, const char *text)
{
	d->lines = mem_grow(d->lines, &d->room, d->n + 1, sizeof *d->lines);
	d->lines[d->n++] = text;
}

static bool diff_zone(void *cookie, const struct zone *zone)
{
	struct diff *const d = cookie;
	const struct zone *const other = view_zone(d->other, zone_apex(zone));
	char name[NAME_TEXT_MAX];
	(void)name_text(zone_apex(zone), name);
	if (other == NULL)
		line(d, arena_format(d->arena, "zone %s: %s", name,
				d->pass == DIFF_GONE ? "removed" : "added"));
	else if (d->pass == DIFF_NEW_OR_CHANGED && other != zone)
		line(d, arena_format(d->arena, "zone %s: changed", name));
	return true;
}

size_t load_diff(
	const struct load *was, const struct load *is, struct arena *arena, const char ***lines)
{
	struct diff d = {.arena = arena};
	const char **conf_lines = NULL;
	const size_t n = conf_diff(was->conf, is->conf, arena, &conf_lines);
	for (size_t i = 0; i < n; i++)
		line(&d, conf_lines[i]);
	const struct cookie_secrets *const secrets_were = &view_terms(was->base)->cookies,
					   *const secrets = &view_terms(is->base)->cookies;
	if (was->conf->server.cookies.secret_file != NULL &&
		is->conf->server.cookies.secret_file != NULL &&
		(secrets_were->n != secrets->n ||
			memcmp(secrets_were->secret, secrets->secret, sizeof secrets->secret) != 0))
		line(&d, "server: secrets of cookies changed");
	d.other = was->base;
	d.pass = DIFF_NEW_OR_CHANGED;
	view_each(is->base, diff_zone, &d);
	d.other = is->base;
	d.pass = DIFF_GONE;
	view_each(was->base, diff_zone, &d);
	*lines = arena_copy(arena, d.lines, d.n * sizeof *d.lines);
	free(d.lines);
	return d.n;
}

struct load *load_ref(struct load *load)
{
	(void)__atomic_add_fetch(&load->refs, 1, __ATOMIC_RELAXED);
	return load;
}

void load_unref(struct load *load)
{
	if (load == NULL || __atomic_sub_fetch(&load->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	records_free(load->records);
	view_unref(load->base);
	sources_free(load->sources);
	conf_unref(load->conf);
	free(load);
}
