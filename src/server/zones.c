#include "server/zones.h"

#include "base/arena.h"
#include "base/mem.h"
#include "dns/name.h"
#include "net/clock.h"
#include "server/crew.h"
#include "server/files.h"
#include "zone/advice.h"
#include "zone/changeset.h"
#include "zone/zonefile.h"

#include <stdlib.h>
#include <string.h>

enum { NOTES_MAX = CONF_PROBLEMS_MAX + CONF_WARNINGS_MAX };

/* One of the crew: takes zones in order, so that what it says is in order, too. */
struct hand {
	struct conf_problems problems;
	size_t zones[NOTES_MAX]; /* which zone each problem is of */
	struct arena *arena;     /* of what the sources keep */
};

struct reading {
	const struct conf *conf;
	struct sources *sources;
	const struct load *was;
	const struct load_watch *watch;
	size_t errors; /* atomic, as the next three are */
	size_t done, lines;
	bool given_up;
	const uint8_t **managed; /* apexes of zones with services, sorted */
	struct zone **zones;     /* as sources->list; NULL: an error */
	struct hand hands[CREW_MAX];
};

/* One zone being read: gathers its files and problems. */
struct one {
	struct reading *all;
	struct hand *hand;
	const struct source *source;
	struct source_file *files;
	size_t n, room;
};

static void note(struct one *one, enum conf_grade grade, struct place at, const char *text)
{
	struct hand *const hand = one->hand;
	const size_t before = hand->problems.n;
	conf_problem(&hand->problems, grade, at, "%s", text);
	if (hand->problems.n > before)
		hand->zones[before] = (size_t)(one->source - one->all->sources->list);
	if (grade == CONF_ERROR)
		(void)__atomic_add_fetch(&one->all->errors, 1, __ATOMIC_RELAXED);
}

static void say(void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	struct one *const one = cookie;
	const enum conf_grade as = grade == ZONEFILE_ERROR ? CONF_ERROR : CONF_WARNING;
	char zone[NAME_TEXT_MAX];
	if (at.line > 0) {
		note(one, as, source_place(at), text);
		return;
	}
	/* No line of the file: where the configuration names it helps more. */
	char *const whole = mem_format(
		"zone \"%s\": %s: %s", name_text(one->source->apex, zone), at.path, text);
	note(one, as, one->source->at, whole);
	free(whole);
}

/* Told before the file is read, so a change meanwhile is seen by the next reload. */
static void note_file(void *cookie, const char *path)
{
	struct one *const one = cookie;
	one->files = mem_grow(one->files, &one->room, one->n + 1, sizeof *one->files);
	one->files[one->n++] = (struct source_file){
		arena_text(one->hand->arena, path, strlen(path)), stamp_of(path, clock_wall_ns())};
}

static bool still_wanted(void *cookie)
{
	const struct one *const one = cookie;
	return !__atomic_load_n(&one->all->given_up, __ATOMIC_RELAXED);
}

static bool count_lines(void *cookie)
{
	const struct one *const one = cookie;
	(void)__atomic_add_fetch(&one->all->lines, MASTER_LINES, __ATOMIC_RELAXED);
	return still_wanted(cookie);
}

/* The files are read again only for what will be listed. */
static void advise(struct one *one, const struct zone *zone)
{
	struct remarks remarks; /* on the stack: most zones have none, and there are many zones */
	struct arena *const arena = arena_new();
	zone_advise(zone, arena, &remarks);
	if (one->hand->problems.warnings < CONF_WARNINGS_MAX)
		remarks_place(&remarks, one->source->apex, one->source->path, files_disk(), arena,
			still_wanted, one);
	for (size_t i = 0; i < remarks.n; i++)
		note(one, CONF_WARNING,
			remarks.list[i].at.path != NULL ? source_place(remarks.list[i].at)
							: (struct place){.file = one->source->path},
			remarks.list[i].text);
	arena_free(arena);
}

static struct zone *read_zone(struct one *one, struct source *source)
{
	const struct zonefile_report report = {
		.cookie = one, .say = say, .file = note_file, .wanted = count_lines};
	const struct txn_limits limits = {
		source->limits.records_per_type, source->limits.types_per_name};
	struct zone *const zone =
		zonefile_load(source->apex, source->path, files_disk(), &limits, &report);
	source->n_files = one->n;
	source->files = arena_copy(one->hand->arena, one->files, one->n * sizeof *one->files);
	free(one->files);
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

static int by_name(const void *a, const void *b)
{
	return name_compare(*(const uint8_t *const *)a, *(const uint8_t *const *)b);
}

/* The apexes of the zones with services, sorted; the caller frees. */
static const uint8_t **find_managed(const struct conf *conf)
{
	const uint8_t **const list = mem_list(conf->n_services, sizeof *list);
	for (size_t i = 0; i < conf->n_services; i++)
		list[i] = conf->services[i].zone;
	qsort(list, conf->n_services, sizeof *list, by_name);
	return list;
}

static bool has_services(const struct reading *all, const uint8_t *apex)
{
	return all->conf->n_services > 0 && bsearch(&apex, all->managed, all->conf->n_services,
						    sizeof *all->managed, by_name) != NULL;
}

/* The zone's version: the old one where nothing changed.  The caller owns it; NULL on errors. */
static struct zone *take_zone(struct one *one, struct source *source)
{
	const struct load *const was = one->all->was;
	const struct zone *const old = was != NULL ? view_zone(was->base, source->apex) : NULL;
	const struct source *const before =
		old != NULL ? sources_get(was->sources, source->apex) : NULL;
	if (before != NULL && strcmp(before->path, source->path) == 0 &&
		conf_same_limits(&before->limits, &source->limits) &&
		source_unchanged(before, clock_wall_ns())) {
		keep_files(one->hand->arena, source, before);
		return zone_ref(old);
	}
	struct zone *const zone = read_zone(one, source);
	if (zone != NULL && old != NULL && same_zone(old, zone)) {
		zone_unref(zone);
		return zone_ref(old);
	}
	if (zone != NULL && !one->all->conf->broken && !has_services(one->all, source->apex))
		advise(one, zone);
	return zone;
}

static bool work(void *cookie, unsigned member, size_t i)
{
	struct reading *const all = cookie;
	struct source *const source = &all->sources->list[i];
	struct one one = {.all = all, .hand = &all->hands[member], .source = source};
	all->zones[i] = take_zone(&one, source);
	(void)__atomic_add_fetch(&all->done, 1, __ATOMIC_RELAXED);
	return !__atomic_load_n(&all->given_up, __ATOMIC_RELAXED) &&
	       __atomic_load_n(&all->errors, __ATOMIC_RELAXED) < CONF_PROBLEMS_MAX;
}

static void look(void *cookie)
{
	struct reading *const all = cookie;
	if (all->watch != NULL &&
		!all->watch->watch(all->watch->cookie,
			__atomic_load_n(&all->done, __ATOMIC_RELAXED), all->sources->n,
			__atomic_load_n(&all->lines, __ATOMIC_RELAXED)))
		__atomic_store_n(&all->given_up, true, __ATOMIC_RELAXED);
}

/* The hand whose next problem is that of the first zone; NULL: there are no more. */
static struct hand *first_hand(struct reading *all, unsigned members, const size_t next[])
{
	struct hand *first = NULL;
	size_t zone = SIZE_MAX;
	for (unsigned i = 0; i < members; i++)
		if (next[i] < all->hands[i].problems.n && all->hands[i].zones[next[i]] < zone) {
			first = &all->hands[i];
			zone = first->zones[next[i]];
		}
	return first;
}

/* All that the hands have to say, in the order of the zones, as one hand would have said it. */
static void tell(struct reading *all, unsigned members, struct conf_problems *problems)
{
	size_t next[CREW_MAX] = {0};
	struct hand *hand;
	while (problems->errors < CONF_PROBLEMS_MAX &&
		(hand = first_hand(all, members, next)) != NULL) {
		const struct conf_problem *const p =
			&hand->problems.list[next[hand - all->hands]++];
		conf_problem(problems, p->grade, p->at, "%s", p->text);
	}
	for (unsigned i = 0; i < members; i++) /* those that are only counted */
		if (all->hands[i].problems.warnings > CONF_WARNINGS_MAX)
			problems->warnings += all->hands[i].problems.warnings - CONF_WARNINGS_MAX;
}

static struct view *view_of(struct zone *const zones[], size_t n)
{
	struct view *const none = view_empty();
	struct view *const view = view_with(none, zones, n, NULL, 0);
	view_unref(none);
	return view;
}

struct view *zones_read(const struct conf *conf, struct sources *sources, const struct load *was,
	const struct load_watch *watch, struct conf_problems *problems)
{
	struct reading *const all = mem_new(sizeof *all);
	all->conf = conf;
	all->sources = sources;
	all->was = was;
	all->watch = watch;
	all->errors = problems->errors;
	all->managed = find_managed(conf);
	all->zones = mem_list(sources->n, sizeof(struct zone *));
	const unsigned members = crew_size(sources->n);
	for (unsigned i = 0; i < members; i++) {
		all->hands[i].problems.arena = arena_new();
		all->hands[i].arena = sources_arena(sources);
	}
	const struct crew_job job = {all, sources->n, work, look};
	size_t begun = 0;
	if (sources->n > 0 && all->errors < CONF_PROBLEMS_MAX)
		begun = crew_run(&job, members);
	if (all->given_up) {
		conf_problem(problems, CONF_ERROR, (struct place){.file = conf->path},
			"reading the zones was given up");
	} else {
		tell(all, members, problems);
		problems->zones_unread = sources->n - begun;
	}

	size_t n = 0;
	for (size_t i = 0; i < sources->n; i++)
		if (all->zones[i] != NULL)
			all->zones[n++] = all->zones[i];
	struct view *const base = view_of(all->zones, n);
	for (size_t i = 0; i < n; i++)
		zone_unref(all->zones[i]);
	for (unsigned i = 0; i < members; i++)
		arena_free(all->hands[i].problems.arena);
	free(all->managed);
	free(all->zones);
	free(all);
	return base;
}
