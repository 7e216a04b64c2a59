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

struct conf *conf_parse(const char *path, const struct files *files,
	const struct option_set *const kinds[], struct conf_problems *problems)
{
	struct arena *const arena = arena_new(), *const scratch = arena_new();
	struct conf *conf = arena_alloc(arena, sizeof *conf);
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
	if (problems->errors == before) {
		draft_policy(&draft);
		conf->n_programs = draft.n_programs;
		conf->programs = arena_copy(
			arena, draft.programs, draft.n_programs * sizeof *draft.programs);
		conf->refs = 1;
		conf->arena = arena;
		conf->path = draft.paths[0];
		conf->n_files = draft.n_paths;
		conf->files = arena_copy(arena, draft.paths, draft.n_paths * sizeof(char *));
	} else {
		arena_free(arena);
		conf = NULL;
	}
	draft_free(&draft);
	return conf;
}

struct conf *conf_ref(struct conf *conf)
{
	__atomic_fetch_add(&conf->refs, 1, __ATOMIC_RELAXED);
	return conf;
}

void conf_unref(struct conf *conf)
{
	if (conf == NULL || __atomic_sub_fetch(&conf->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	arena_free(conf->arena);
}
