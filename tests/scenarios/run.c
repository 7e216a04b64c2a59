/*
 * Plays scenarios: run FILE.scn ...   Prints "ok NAME: ..." or "not ok NAME: ..." for each; fails
 * if one failed.
 */
#include "base/arena.h"
#include "loaded.h"
#include "scenario.h"
#include "server/files.h"
#include "server/rehearse.h"

#include <stdio.h>
#include <string.h>

struct play {
	const struct scenario *scenario;
	struct arena *arena;
	struct load *load; /* in force */
};

static struct load *load(void *cookie, const char *name, struct err *err)
{
	struct play *const play = cookie;
	const char *const policy =
		scenario_policy(play->scenario, name[0] == '\0' ? NULL : name, play->arena);
	if (policy == NULL) {
		(void)err_set(err, "there is no policy \"%s\"", name);
		return NULL;
	}
	struct load *const next = loaded_read(play->load, play->scenario->path, policy, err);
	if (next == NULL)
		return NULL;
	load_unref(play->load);
	play->load = next;
	return load_ref(next);
}

static bool play_story(const struct scenario *scenario, struct arena *arena, struct err *err)
{
	struct play play = {.scenario = scenario, .arena = arena};
	struct load *const first = load(&play, "", err);
	if (first == NULL)
		return false;
	struct story story = {.world = world_new(FINDS_SILENCE),
		.steps = scenario->story,
		.n = scenario->n_story,
		.reload = load,
		.cookie = &play,
		.thorough = true};
	const struct conf_step *failed = NULL;
	bool ok = world_load(story.world, first, err);
	if (ok && !story_play(&story, &failed, err))
		ok = err_within(err, "%s:%u", failed->at.file, failed->at.line);
	world_free(story.world);
	load_unref(first);
	load_unref(play.load);
	return ok && (story.n > 0 || err_set(err, "%s: it has no story", scenario->path));
}

static bool play_file(
	const char *path, struct arena *arena, struct scenario *scenario, struct err *err)
{
	size_t len;
	const char *const text = files_disk()->read(NULL, path, arena, &len, err);
	if (text == NULL)
		return err_within(err, "%s", path);
	return scenario_read(scenario, path, text, arena, err) && play_story(scenario, arena, err);
}

int main(int argc, char **argv)
{
	int bad = argc < 2;
	for (int i = 1; i < argc; i++) {
		struct arena *const arena = arena_new();
		struct scenario scenario = {.title = ""};
		struct err err;
		const char *const slash = strrchr(argv[i], '/');
		const char *const name = slash == NULL ? argv[i] : slash + 1;
		if (play_file(argv[i], arena, &scenario, &err)) {
			printf("ok %.*s: %s\n", (int)strcspn(name, "."), name, scenario.title);
		} else {
			printf("not ok %.*s: %s\n    %s\n", (int)strcspn(name, "."), name,
				scenario.title, err.text);
			bad = 1;
		}
		arena_free(arena);
	}
	return bad;
}
