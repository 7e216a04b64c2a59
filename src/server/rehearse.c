#include "server/rehearse.h"

#include "base/arena.h"
#include "base/span.h"
#include "base/text.h"
#include "server/load.h"

#include <stdlib.h>
#include <string.h>

/* What all tests together may take, about a second, and an expectation. */
enum { WORK_MAX = 50000000, WORK_EXPECT = 350 };

struct play {
	const struct story *story;
	struct arena *arena; /* of the words of one step */
	mono_t begin;
	uint64_t expected; /* how many were looked at */
};

/* The first word of `*rest`, which then begins with the next; "" when there is none. */
static const char *word(const struct play *play, const char **rest)
{
	const size_t len = strcspn(*rest, " \t");
	const char *const text = arena_text(play->arena, *rest, len);
	*rest += len;
	*rest += strspn(*rest, " \t");
	return text;
}

/* ---- what is given ---- */

static const char *const findings[] = {[FINDS_PASS] = "pass",
	[FINDS_FAIL] = "fail",
	[FINDS_HANG] = "hang",
	[FINDS_NOTHING] = "unasked",
	[FINDS_SILENCE] = "silent"};

static bool not_known(const char *verb, struct err *err)
{
	enum { WORDS = COUNT_OF(findings) + DECREES_MAX + 1 };
	const char *known[WORDS] = {"reads"};
	size_t n = 1;
	for (size_t i = 0; i < COUNT_OF(findings); i++)
		known[n++] = findings[i];
	for (int i = 0; i < DECREES_MAX; i++)
		known[n++] = decree_text((enum decree_verb)i);
	const char *const near = text_nearest(verb, known, n);
	if (near != NULL)
		return err_set(err, "\"%s\" is not known; did you mean \"%s\"?", verb, near);
	return err_set(err, "\"%s\" is not known; write: www/fra fail", verb);
}

static bool find(const struct play *play, const char *target, enum finds finding, const char *rest,
	struct err *err)
{
	char *end = NULL;
	unsigned long times = 0;
	if (rest[0] == 'x' && rest[1] >= '1' && rest[1] <= '9')
		times = strtoul(rest + 1, &end, 10);
	if (rest[0] != '\0' && (end == NULL || *end != '\0' || times > UINT32_MAX))
		return err_set(err, "\"%s\": write x3 for three times, or nothing", rest);
	return world_set(play->story->world, target, finding, (uint32_t)times, err);
}

static bool decree(const struct play *play, const char *target, enum decree_verb verb,
	const char *rest, struct err *err)
{
	span_t lasts = {0};
	if (rest[0] != '\0' && (strcmp(word(play, &rest), "for") != 0 ||
				       !span_parse(rest, &lasts) || lasts.ns == 0))
		return err_set(err, "behind \"%s\" comes nothing, or: for 4h", decree_text(verb));
	return world_decree(play->story->world, target, verb, lasts, err);
}

static bool reload(const struct play *play, const char *name, struct err *err)
{
	const struct story *const story = play->story;
	if (story->reload == NULL)
		return err_set(err, "there is nothing to reload");
	struct load *const load = story->reload(story->cookie, name, err);
	if (load == NULL)
		return false;
	const bool ok = world_load(story->world, load, err);
	load_unref(load);
	return ok;
}

static bool act(const struct play *play, const char *text, struct err *err)
{
	const char *rest = text;
	const char *const target = word(play, &rest);
	if (strcmp(target, "reload") == 0)
		return reload(play, rest, err);
	if (strcmp(text, "deaf") == 0 || strcmp(text, "hears") == 0) {
		(text[0] == 'd' ? world_deaf : world_hear)(play->story->world);
		return true;
	}
	const char *const verb = word(play, &rest);
	for (size_t i = 0; i < COUNT_OF(findings); i++)
		if (strcmp(findings[i], verb) == 0)
			return find(play, target, (enum finds)i, rest, err);
	for (int i = 0; i < DECREES_MAX; i++)
		if (strcmp(decree_text((enum decree_verb)i), verb) == 0)
			return decree(play, target, (enum decree_verb)i, rest, err);
	if (strcmp(verb, "reads") == 0)
		return world_reads(play->story->world, target, rest, err);
	return not_known(verb, err);
}

/* ---- what is expected ---- */

static bool expect(struct play *play, const char *text, struct err *err)
{
	const char *rest = text;
	const struct world *const world = play->story->world;
	const char *const what = word(play, &rest);
	const char *const verb = word(play, &rest);
	play->expected++;
	if (strcmp(verb, "by") == 0)
		return world_rule(world, what, rest, err);
	if (strcmp(verb, "stuck") == 0)
		return world_rule(world, what, verb, err);
	if (strcmp(verb, "is") == 0)
		return world_state(world, what, rest, err);
	if (strcmp(verb, "changes") != 0)
		return world_answers(world, text, err);
	const uint32_t changes = world_changes(world);
	return strtoul(what, NULL, 10) == changes ||
	       err_set(err, "the answers changed %u %s", changes,
		       text_plural(changes, "time", "times"));
}

static bool is_met(struct play *play, const struct conf_step *step, struct err *err)
{
	char at[SPAN_TEXT_MAX];
	if (expect(play, step->text, err))
		return true;
	return err_within(err, "at %s: expected %s",
		span_text(mono_between(play->begin, world_now(play->story->world)), at),
		step->text);
}

/* Those that `always` begins with: what is expected all along until the same time. */
static bool all_met(struct play *play, const struct conf_step *always,
	const struct conf_step **failed, struct err *err)
{
	const struct conf_step *const end = play->story->steps + play->story->n;
	for (const struct conf_step *s = always;
		s < end && s->kind == STEP_UNTIL && s->time.ns == always->time.ns; s++)
		if (!is_met(play, s, err)) {
			*failed = s;
			return false;
		}
	return true;
}

/* The next step that expects something: if it is an `until`, it goes for all that comes before. */
static const struct conf_step *next_expected(
	const struct story *story, const struct conf_step *step)
{
	const struct conf_step *const end = story->steps + story->n;
	while (step < end && step->kind == STEP_GIVEN)
		step++;
	return step;
}

static uint64_t spent(const struct play *play)
{
	return world_work(play->story->world) + WORK_EXPECT * play->expected;
}

static bool within_limits(const struct play *play, struct err *err)
{
	return play->story->work == 0 || spent(play) <= play->story->work ||
	       err_set(err, "the tests take too long; let less time go by in them");
}

/* Lets everything happen before `end`, and, with STEP_AT, at it. */
static bool pass_time(struct play *play, mono_t end, const struct conf_step *step,
	const struct conf_step **failed, struct err *err)
{
	const struct story *const story = play->story;
	const struct conf_step *const always = next_expected(story, step);
	const bool through = step->kind == STEP_AT;
	const bool began = world_now(story->world).ns < end.ns;
	for (;;) {
		const mono_t next = world_next(story->world);
		const bool more =
			next.ns != 0 && (next.ns < end.ns || (through && next.ns == end.ns));
		if (!more)
			world_wait(story->world, end);
		else if (!world_go(story->world, next, err) || !within_limits(play, err) ||
			 (story->thorough && !world_is_sound(story->world, err)))
			return false;
		if (!more)
			return !began || all_met(play, always, failed, err);
		if (!all_met(play, always, failed, err))
			return false;
	}
}

static bool play_step(struct play *play, const struct conf_step *step,
	const struct conf_step **failed, struct err *err)
{
	const mono_t then = mono_after(play->begin, step->time);
	if (then.ns < world_now(play->story->world).ns)
		return err_set(err, "time does not run backwards");
	if (!pass_time(play, then, step, failed, err))
		return false;
	if (step->kind == STEP_GIVEN)
		return act(play, step->text, err) || err_within(err, "given %s", step->text);
	return step->kind == STEP_UNTIL || is_met(play, step, err);
}

bool story_play(struct story *story, const struct conf_step **failed, struct err *err)
{
	struct play play = {.story = story, .begin = world_now(story->world)};
	bool ok = true;
	for (size_t i = 0; i < story->n && ok; i++) {
		play.arena = arena_new();
		*failed = &story->steps[i];
		ok = play_step(&play, &story->steps[i], failed, err);
		arena_free(play.arena);
	}
	story->spent = spent(&play);
	return ok;
}

bool rehearse(struct load *load, struct conf_problems *problems)
{
	uint64_t left = WORK_MAX;
	const size_t before = problems->errors;
	for (size_t i = 0; i < load->conf->n_tests; i++) {
		const struct conf_test *const test = &load->conf->tests[i];
		struct story story = {.world = world_new(FINDS_PASS),
			.steps = test->steps,
			.n = test->n,
			.work = left};
		const struct conf_step *failed = test->steps;
		struct err err;
		if (!world_load(story.world, load, &err) || !story_play(&story, &failed, &err))
			conf_problem(problems, CONF_ERROR, failed->at, "test \"%s\": %s",
				test->name, err.text);
		left = story.spent < left ? left - story.spent : 1;
		world_free(story.world);
	}
	return problems->errors == before;
}
