#include "scenario.h"

#include "base/arena.h"
#include "base/span.h"

#include <ctype.h>
#include <string.h>

static size_t count_lines(const char *text)
{
	size_t n = 1;
	for (; *text != '\0'; text++)
		n += *text == '\n';
	return n;
}

static void split(struct scenario *s, const char *text, struct arena *arena)
{
	const size_t room = count_lines(text);
	s->lines = arena_list(arena, room, sizeof *s->lines);
	s->block_of = arena_list(arena, room, sizeof *s->block_of);
	s->blocks = arena_list(arena, room, sizeof *s->blocks);
	s->story = arena_list(arena, room, sizeof *s->story);
	while (*text != '\0') {
		const size_t len = strcspn(text, "\n");
		s->lines[s->n_lines++] = arena_text(arena, text, len);
		text += len + (text[len] == '\n');
	}
}

static bool is_blank(const char *line) { return line[strspn(line, " \t")] == '\0'; }

/* Without the comment and the blanks around it. */
static const char *bare(const char *line, struct arena *arena)
{
	size_t begin = strspn(line, " \t"), end = begin;
	while (line[end] != '\0' &&
		!(line[end] == '#' && (end == 0 || isblank((unsigned char)line[end - 1]))))
		end++;
	while (end > begin && isblank((unsigned char)line[end - 1]))
		end--;
	return arena_text(arena, line + begin, end - begin);
}

static const char *after_word(const char *text)
{
	text += strcspn(text, " \t");
	return text + strspn(text, " \t");
}

/* "at 10s www/fra fail", "until 60s expect ...", or a step for the time that it is. */
static bool read_story(
	struct scenario *s, uint32_t number, const char *text, struct arena *arena, struct err *err)
{
	struct conf_step *const step = &s->story[s->n_story];
	*step = (struct conf_step){.at = {s->path, number, 1}};
	const bool until = strncmp(text, "until ", 6) == 0;
	if (s->n_story > 0)
		step->time = s->story[s->n_story - 1].time;
	if (until || strncmp(text, "at ", 3) == 0) {
		const char *const time = after_word(text);
		const size_t len = strcspn(time, " \t");
		if (!span_parse(arena_text(arena, time, len), &step->time))
			return err_set(
				err, "\"%.*s\" is no time; write 500ms, 10s, 2m", (int)len, time);
		text = after_word(time);
	}
	const bool expects = strncmp(text, "expect ", 7) == 0;
	if (until && !expects)
		return err_set(err, "`until` goes with `expect`");
	step->kind = until ? STEP_UNTIL : expects ? STEP_AT : STEP_GIVEN;
	step->text = expects ? after_word(text) : text;
	s->n_story++;
	return true;
}

static bool is_block(const char *text)
{
	const size_t len = strlen(text);
	return len > 0 && text[len - 1] == ':' &&
	       (strncmp(text, "common", 6) == 0 || strncmp(text, "policy", 6) == 0);
}

bool scenario_read(struct scenario *scenario, const char *path, const char *text,
	struct arena *arena, struct err *err)
{
	*scenario = (struct scenario){.path = path, .title = ""};
	split(scenario, text, arena);
	bool in_block = false;
	for (size_t i = 0; i < scenario->n_lines; i++) {
		const char *const line = scenario->lines[i];
		const bool indented = isblank((unsigned char)line[0]);
		if (in_block && (indented || is_blank(line))) {
			scenario->block_of[i] = (uint32_t)scenario->n_blocks;
			continue;
		}
		if (line[0] == '#' && scenario->title[0] == '\0' && line[1] == ' ')
			scenario->title = line + 2;
		const char *const words = bare(line, arena);
		if (words[0] == '\0')
			continue;
		in_block = !indented && is_block(words);
		if (in_block)
			scenario->blocks[scenario->n_blocks++] =
				arena_text(arena, words, strlen(words) - 1);
		else if (!read_story(scenario, (uint32_t)i + 1, words, arena, err))
			return err_within(err, "%s:%zu", path, i + 1);
	}
	return true;
}

const char *scenario_policy(const struct scenario *scenario, const char *name, struct arena *arena)
{
	const char *const wanted = name == NULL ? "policy" : arena_format(arena, "policy %s", name);
	bool found = false;
	const char *text = "";
	for (size_t i = 0; i < scenario->n_lines; i++) {
		const uint32_t block = scenario->block_of[i];
		const char *const title = block == 0 ? "" : scenario->blocks[block - 1];
		const bool in = strcmp(title, wanted) == 0;
		found = found || in;
		text = arena_format(arena, "%s%s\n", text,
			in || strcmp(title, "common") == 0 ? scenario->lines[i] : "");
	}
	return found ? text : NULL;
}
