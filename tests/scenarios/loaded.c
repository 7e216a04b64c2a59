#include "loaded.h"

#include "base/arena.h"
#include "base/mem.h"
#include "probes/probe.h"
#include "zone/zonefile.h"

#include <string.h>

static const char *const zone_text = "$TTL 300\n"
				     "@ SOA ns hostmaster 1 3600 600 604800 300\n"
				     "@ NS ns\n"
				     "ns A 192.0.2.1\n";

/* Written before the policy of the scenario. */
static const char *const frame = "version: 1\n"
				 "server: {listen: [\"127.0.0.1@5300\"]}\n"
				 "zones: {example.com: {file: example.com.zone}}\n"
				 "include: [\"%s\"]\n";

struct source {
	const char *path, *policy;
};

static const char *read_file(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	const struct source *const source = cookie;
	const char *text;
	if (strcmp(path, source->path) == 0)
		text = source->policy;
	else if (strcmp(path, "scenario.yaml") == 0)
		text = arena_format(arena, frame, source->path);
	else if (strcmp(path, "example.com.zone") == 0)
		text = zone_text;
	else {
		(void)err_set(err, "a scenario has no such file");
		return NULL;
	}
	*len = strlen(text);
	return arena_text(arena, text, *len);
}

static bool no_glob(void *cookie, const char *pattern, struct arena *arena, const char ***paths,
	size_t *n, struct err *err)
{
	(void)cookie, (void)pattern, (void)arena, (void)err;
	*paths = NULL;
	*n = 0;
	return true;
}

static void say(void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	(void)grade;
	(void)err_set(cookie, "%s:%zu: %s", at.path, at.line, text);
}

static void note_file(void *cookie, const char *path) { (void)cookie, (void)path; }

static struct view *read_base(
	const struct load *load, const struct load *was, const struct files *files, struct err *err)
{
	if (was != NULL)
		return view_ref(was->base);
	static const struct txn_limits limits = {100, 100};
	const struct zonefile_report report = {.cookie = err, .say = say, .file = note_file};
	struct zone *const zone = zonefile_load(
		load->conf->zones[0].apex, "example.com.zone", files, &limits, &report);
	if (zone == NULL)
		return NULL;
	struct view *const none = view_empty(), *const base = view_with(none, &zone, 1, NULL, 0);
	view_unref(none);
	zone_unref(zone);
	return base;
}

static bool refuse(const struct conf_problems *problems, struct err *err)
{
	const struct conf_problem *const first = &problems->list[0];
	return err_set(
		err, "%s:%u:%u: %s", first->at.file, first->at.line, first->at.column, first->text);
}

struct load *loaded_read(
	const struct load *was, const char *path, const char *policy, struct err *err)
{
	struct source source = {.path = path, .policy = policy};
	const struct files files = {.cookie = &source, .read = read_file, .glob = no_glob};
	struct conf_problems problems = {.arena = arena_new()};
	struct load *const load = mem_new(sizeof *load);
	load->refs = 1;
	load->conf = conf_parse("scenario.yaml", &files, probe_options, &problems);
	if (load->conf != NULL)
		load->base = read_base(load, was, &files, err);
	if (load->base != NULL)
		load->records = records_render(load->conf, NULL, load->base, &problems);
	bool ok = load->records != NULL;
	if (problems.n > 0)
		ok = refuse(&problems, err);
	arena_free(problems.arena);
	if (ok)
		return load;
	load_unref(load);
	return NULL;
}
