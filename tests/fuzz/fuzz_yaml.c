/*
 * libFuzzer: any octets as a configuration.  The file that it may include holds what is behind the
 * first 0xff.  Either it is taken, without an error, or refused with one; and once taken it is
 * equal to itself.
 */
#include "tests/unit/conf_fixture.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const char *text[2];
	size_t len[2];
};

static const char *read_input(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	const struct input *const input = cookie;
	const size_t which = strcmp(path, "c.yaml") != 0;
	if (which && strcmp(path, "i.yaml") != 0) {
		(void)err_set(err, "%s: no such file", path);
		return NULL;
	}
	*len = input->len[which];
	return arena_text(arena, input->text[which], *len);
}

static bool glob_input(void *cookie, const char *pattern, struct arena *arena, const char ***paths,
	size_t *n, struct err *err)
{
	(void)cookie, (void)err;
	*paths = arena_list(arena, 1, sizeof **paths);
	(*paths)[0] = "i.yaml";
	*n = fnmatch(pattern, "i.yaml", 0) == 0;
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *const cut = size > 0 ? memchr(data, 0xff, size) : NULL;
	const size_t first = cut == NULL ? size : (size_t)(cut - data);
	struct input input = {{(const char *)data, cut == NULL ? "" : (const char *)cut + 1},
		{first, cut == NULL ? 0 : size - first - 1}};
	const struct files files = {&input, read_input, glob_input};
	struct arena *const arena = arena_new();
	struct conf_problems problems = {.arena = arena};
	struct conf *const conf = conf_parse("c.yaml", &files, fixture_kinds, &problems);
	assert((conf == NULL) == (problems.errors > 0) && problems.n <= CONF_PROBLEMS_MAX);
	for (size_t i = 0; i < problems.n; i++)
		assert(strncmp(conf_problem_text(&problems.list[i], arena), "c.yaml", 6) == 0 ||
			strncmp(conf_problem_text(&problems.list[i], arena), "i.yaml", 6) == 0);
	if (conf != NULL) {
		const char **lines = NULL;
		assert(conf_diff(conf, conf, arena, &lines) == 0);
	}
	conf_free(conf);
	arena_free(arena);
	return 0;
}
