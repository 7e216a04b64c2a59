/*
 * Plays scenarios: run FILE.scn ...   Prints "ok NAME: ..." or "not ok NAME: ..." for each; fails
 * if one failed.
 */
#include "base/arena.h"
#include "base/span.h"
#include "scenario.h"
#include "server/files.h"
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct play {
	const struct scenario *scenario;
	struct arena *arena;
	struct world *world;
	mono_t begin;
};

/* The first word of `*rest`, which then begins with the next; "" when there is none. */
static const char *word(struct play *play, const char **rest)
{
	const size_t len = strcspn(*rest, " \t");
	const char *const text = arena_text(play->arena, *rest, len);
	*rest += len;
	*rest += strspn(*rest, " \t");
	return text;
}

static bool expect(struct play *play, const char *rest, struct err *err)
{
	const char *const all = rest;
	const char *const what = word(play, &rest);
	const char *const verb = word(play, &rest);
	if (strcmp(verb, "by") == 0)
		return world_rule(play->world, what, rest, err);
	if (strcmp(verb, "stuck") == 0)
		return world_rule(play->world, what, verb, err);
	if (strcmp(verb, "is") == 0)
		return world_state(play->world, what, rest, err);
	if (strcmp(verb, "changes") != 0)
		return world_answers(play->world, all, err);
	const uint32_t changes = world_changes(play->world);
	return (uint32_t)strtoul(what, NULL, 10) == changes ||
	       err_set(err, "the answers changed %u times", changes);
}

static bool reload(struct play *play, const char *name, struct err *err)
{
	const char *const policy =
		scenario_policy(play->scenario, name[0] == '\0' ? NULL : name, play->arena);
	if (policy == NULL)
		return err_set(err, "there is no policy \"%s\"", name);
	return world_load(play->world, play->scenario->path, policy, err);
}

static bool find(struct play *play, const char *target, const char *rest, struct err *err)
{
	static const char *const findings[] = {[FINDS_PASS] = "pass",
		[FINDS_FAIL] = "fail",
		[FINDS_HANG] = "hang",
		[FINDS_NOTHING] = "unasked",
		[FINDS_SILENCE] = "silent"};
	const char *const verb = word(play, &rest);
	const uint32_t times = rest[0] == 'x' ? (uint32_t)strtoul(rest + 1, NULL, 10) : 0;
	if (rest[0] != '\0' && times == 0)
		return err_set(err, "\"%s\": write x3 for three times, or nothing", rest);
	for (size_t i = 0; i < COUNT_OF(findings); i++)
		if (strcmp(findings[i], verb) == 0)
			return world_set(play->world, target, (enum finds)i, times, err);
	return err_set(err, "\"%s %s\": not known", target, verb);
}

static bool act(struct play *play, const char *text, struct err *err)
{
	const char *rest = text;
	const char *const verb = word(play, &rest);
	if (strcmp(verb, "reload") == 0)
		return reload(play, rest, err);
	if (strcmp(verb, "deaf") == 0)
		world_deaf(play->world);
	else if (strcmp(verb, "hears") == 0)
		world_hear(play->world);
	else
		return find(play, verb, rest, err);
	return true;
}

/* Lets everything happen before `end`, and, if `through`, at it; `always` is expected all along. */
static bool pass_time(
	struct play *play, mono_t end, bool through, const char *always, struct err *err)
{
	for (;;) {
		const mono_t next = world_next(play->world);
		const bool more =
			next.ns != 0 && (next.ns < end.ns || (through && next.ns == end.ns));
		if (!more)
			world_wait(play->world, end);
		else if (!world_go(play->world, next, err))
			return false;
		if (always != NULL && !expect(play, always, err)) {
			char at[SPAN_TEXT_MAX];
			return err_within(err, "at %s",
				span_text(mono_between(play->begin, world_now(play->world)), at));
		}
		if (!more)
			return true;
	}
}

static bool play_line(
	struct play *play, const struct story_line *line, mono_t *now, struct err *err)
{
	const char *rest = line->text;
	const bool expects = strcmp(word(play, &rest), "expect") == 0;
	if (line->when != STORY_NOW) {
		const mono_t then = mono_after(play->begin, line->time);
		if (then.ns < now->ns)
			return err_set(err, "time does not run backwards");
		*now = then;
	}
	if (line->when == STORY_UNTIL && !expects)
		return err_set(err, "`until` goes with `expect`");
	if (!expects)
		return pass_time(play, *now, false, NULL, err) && act(play, line->text, err);
	if (line->when == STORY_UNTIL)
		return pass_time(play, *now, true, rest, err);
	return pass_time(play, *now, true, NULL, err) && expect(play, rest, err);
}

static bool play_story(struct play *play, struct err *err)
{
	mono_t now = play->begin;
	if (!reload(play, "", err))
		return false;
	for (size_t i = 0; i < play->scenario->n_story; i++) {
		const struct story_line *const line = &play->scenario->story[i];
		if (!play_line(play, line, &now, err))
			return err_within(
				err, "%s:%u: %s", play->scenario->path, line->number, line->text);
	}
	if (play->scenario->n_story == 0)
		return err_set(err, "%s: it has no story", play->scenario->path);
	return true;
}

static bool play_file(
	const char *path, struct arena *arena, struct scenario *scenario, struct err *err)
{
	size_t len;
	const char *const text = files_disk()->read(NULL, path, arena, &len, err);
	if (text == NULL)
		return err_within(err, "%s", path);
	if (!scenario_read(scenario, path, text, arena, err))
		return false;
	struct play play = {.scenario = scenario, .arena = arena, .world = world_new()};
	play.begin = world_now(play.world);
	const bool ok = play_story(&play, err);
	world_free(play.world);
	return ok;
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
