#include "conf/conf.h"

#include "base/arena.h"
#include "conf/draft.h"
#include "conf/problem.h"

#include <stdlib.h>
#include <string.h>

static struct block block_new(const char *word, struct arena *scratch)
{
	return (struct block){.word = word, .index = names_new(scratch)};
}

static void draft_free(struct draft *draft)
{
	free(draft->keys.list);
	free(draft->zones.list);
	free(draft->probes.list);
	free(draft->services.list);
	free(draft->tests.list);
	free(draft->paths);
	free(draft->programs);
	arena_free(draft->scratch);
}

/* What is good enough to go on with: the rest is forgotten. */
static void keep_zones(struct conf *conf)
{
	struct conf_zone *const zones =
		arena_copy(conf->arena, conf->zones, conf->n_zones * sizeof *zones);
	const size_t n = conf->n_zones;
	*conf = (struct conf){.broken = true,
		.arena = conf->arena,
		.path = conf->path,
		.server = {.limits = conf->server.limits},
		.zones = zones};
	for (size_t i = 0; i < n; i++)
		if (zones[i].apex != NULL ? zones[i].file != NULL : zones[i].dir != NULL)
			zones[conf->n_zones++] = zones[i];
}

struct conf *conf_parse_some(const char *path, const struct files *files,
	const struct option_set *const kinds[], struct conf_problems *problems)
{
	struct arena *const arena = arena_new(), *const scratch = arena_new();
	struct conf *const conf = arena_alloc(arena, sizeof *conf);
	struct draft draft = {.conf = conf,
		.arena = arena,
		.scratch = scratch,
		.files = files,
		.kinds = kinds,
		.problems = problems,
		.keys = block_new("key", scratch),
		.zones = block_new("zone", scratch),
		.probes = block_new("probe", scratch),
		.services = block_new("service", scratch),
		.tests = block_new("test", scratch)};
	const size_t before = problems->errors;
	draft_load(&draft, path);
	draft_blocks(&draft);
	draft_services(&draft);
	draft_references(&draft);
	draft_ties(&draft);
	draft_tests(&draft);
	problems_sort(problems, draft.paths, draft.n_paths);
	conf->arena = arena;
	conf->path = draft.paths[0];
	if (problems->errors == before) {
		draft_policy(&draft);
		conf->n_programs = draft.n_programs;
		conf->programs = arena_copy(
			arena, draft.programs, draft.n_programs * sizeof *draft.programs);
		conf->n_files = draft.n_paths;
		conf->files = arena_copy(arena, draft.paths, draft.n_paths * sizeof(char *));
	} else {
		keep_zones(conf);
	}
	draft_free(&draft);
	return conf;
}

struct conf *conf_parse(const char *path, const struct files *files,
	const struct option_set *const kinds[], struct conf_problems *problems)
{
	struct conf *const conf = conf_parse_some(path, files, kinds, problems);
	if (!conf->broken)
		return conf;
	conf_free(conf);
	return NULL;
}

void conf_free(struct conf *conf)
{
	if (conf != NULL)
		arena_free(conf->arena);
}
