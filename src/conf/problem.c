#include "conf/problem.h"

#include "base/arena.h"
#include "base/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 1024, LOOKED_AT_MAX = 2000, LIST_MAX = CONF_PROBLEMS_MAX + CONF_WARNINGS_MAX };

static const char *file_kept(const struct conf_problems *problems, const char *file)
{
	for (size_t i = problems->n; i-- > 0;)
		if (strcmp(problems->list[i].at.file, file) == 0)
			return problems->list[i].at.file;
	return arena_text(problems->arena, file, strlen(file));
}

void conf_problem(struct conf_problems *problems, enum conf_grade grade, struct place at,
	const char *fmt, ...)
{
	if (grade == CONF_ERROR ? problems->errors++ >= CONF_PROBLEMS_MAX
				: problems->warnings++ >= CONF_WARNINGS_MAX)
		return;
	if (problems->list == NULL) {
		problems->list = arena_list(problems->arena, LIST_MAX, sizeof *problems->list);
		problems->room = LIST_MAX;
	}

	char text[TEXT_MAX];
	va_list args;
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	at.file = file_kept(problems, at.file);
	problems->list[problems->n++] =
		(struct conf_problem){grade, at, arena_text(problems->arena, text, strlen(text))};
}

const char *conf_problem_text(const struct conf_problem *problem, struct arena *arena)
{
	const char *const grade = problem->grade == CONF_WARNING ? "warning: " : "";
	const struct place *const at = &problem->at;
	if (at->line == 0)
		return arena_format(arena, "%s: %s%s", at->file, grade, problem->text);
	if (at->column == 0)
		return arena_format(arena, "%s:%u: %s%s", at->file, at->line, grade, problem->text);
	return arena_format(
		arena, "%s:%u:%u: %s%s", at->file, at->line, at->column, grade, problem->text);
}

size_t conf_problems_rest(
	const struct conf_problems *problems, struct arena *arena, const char *lines[CONF_REST_MAX])
{
	const size_t unread = problems->zones_unread;
	size_t n = 0;
	if (unread > 0)
		lines[n++] = arena_format(arena,
			"the first %d errors are listed; %zu %s not read for them",
			CONF_PROBLEMS_MAX, unread, text_plural(unread, "zone was", "zones were"));
	else if (problems->errors > CONF_PROBLEMS_MAX)
		lines[n++] = arena_format(arena, "%zu errors in all; the first %d are listed",
			problems->errors, CONF_PROBLEMS_MAX);
	if (problems->warnings > CONF_WARNINGS_MAX)
		lines[n++] = arena_format(arena, "%zu warnings in all; the first %d are listed",
			problems->warnings, CONF_WARNINGS_MAX);
	return n;
}

bool problems_full(const struct conf_problems *problems)
{
	return problems->errors >= CONF_PROBLEMS_MAX;
}

static size_t rank(const char *file, const char *const files[], size_t n)
{
	size_t i = 0;
	while (i < n && strcmp(file, files[i]) != 0)
		i++;
	return i;
}

static bool before(
	const struct conf_problem *a, size_t a_rank, const struct conf_problem *b, size_t b_rank)
{
	if (a_rank != b_rank)
		return a_rank < b_rank;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line;
	return a->at.column < b->at.column;
}

void problems_sort(struct conf_problems *problems, const char *const files[], size_t n)
{
	size_t ranks[LIST_MAX];
	for (size_t i = 0; i < problems->n; i++) { /* by insertion: few, and stable */
		const struct conf_problem p = problems->list[i];
		const size_t r = rank(p.at.file, files, n);
		size_t j = i;
		for (; j > 0 && before(&p, r, &problems->list[j - 1], ranks[j - 1]); j--) {
			problems->list[j] = problems->list[j - 1];
			ranks[j] = ranks[j - 1];
		}
		problems->list[j] = p;
		ranks[j] = r;
	}
}

const char *problem_nearest(
	const char *word, const char *const known[], size_t n, char room[SUGGESTION_MAX])
{
	const char *const near = text_nearest(word, known, n < LOOKED_AT_MAX ? n : LOOKED_AT_MAX);
	if (near == NULL)
		room[0] = '\0';
	else
		(void)snprintf(room, SUGGESTION_MAX, "; did you mean \"%s\"?", near);
	return room;
}

const char *problem_quoted(const char *text, char room[QUOTED_MAX])
{
	char escaped[QUOTED_MAX - 2];
	(void)snprintf(room, QUOTED_MAX, "\"%s\"",
		text_escape(text, strlen(text), escaped, sizeof escaped));
	return room;
}
