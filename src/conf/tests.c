#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/draft.h"
#include "conf/problem.h"

#include <stdlib.h>
#include <string.h>

struct steps {
	struct draft *draft;
	const char *subject;
	struct conf_step *list; /* heap */
	size_t n, room;
};

static void add(struct steps *steps, struct conf_step step, const struct yaml_node *text)
{
	if (text->is != YAML_IS_TEXT || yaml_empty(text)) {
		conf_problem(steps->draft->problems, CONF_ERROR, text->at,
			"%s: a text must stand here, such as \"www/fra fail\", or a list of them",
			steps->subject);
		return;
	}
	step.text = arena_text(steps->draft->arena, text->text, strlen(text->text));
	step.at = text->at;
	steps->list = mem_grow(steps->list, &steps->room, steps->n + 1, sizeof *steps->list);
	steps->list[steps->n++] = step;
}

/* "at 10s", in what is expected also "until 10s". */
static bool read_time(const char *key, const char *word, span_t *time)
{
	const size_t len = strlen(word);
	return strncmp(key, word, len) == 0 && span_parse(key + len, time);
}

static void read_steps(struct steps *steps, const struct yaml_node *map, enum step_kind kind)
{
	for (size_t i = 0; map != NULL && i < map->n; i++) {
		const struct yaml_node *const key = map->entries[i].key, *const value =
										 map->entries[i]
											 .value;
		struct conf_step step = {.kind = kind};
		if (kind == STEP_AT && read_time(key->text, "until ", &step.time)) {
			step.kind = STEP_UNTIL;
		} else if (!read_time(key->text, "at ", &step.time)) {
			char quoted[QUOTED_MAX];
			conf_problem(steps->draft->problems, CONF_ERROR, key->at,
				"%s: %s is no time; write \"at 10s\"%s", steps->subject,
				problem_quoted(key->text, quoted),
				kind == STEP_AT ? " or \"until 10s\"" : "");
			continue;
		}
		if (value->is != YAML_IS_LIST)
			add(steps, step, value);
		for (size_t k = 0; value->is == YAML_IS_LIST && k < value->n; k++)
			add(steps, step, value->entries[k].value);
	}
}

static int by_time(const void *left, const void *right)
{
	const struct conf_step *const a = left, *const b = right;
	if (a->time.ns != b->time.ns)
		return a->time.ns < b->time.ns ? -1 : 1;
	if (a->kind != b->kind)
		return a->kind < b->kind ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	return a->at.column < b->at.column ? -1 : a->at.column > b->at.column;
}

static void build_test(struct draft *draft, const struct named *named, struct conf_test *test)
{
	struct steps steps = {
		.draft = draft, .subject = draft_subject(draft, &draft->tests, named)};
	struct test_keys keys = {0};
	const struct reader reader = {draft->arena, draft->problems, steps.subject};
	const struct part part = {table_test, &keys};
	*test = (struct conf_test){
		.name = arena_text(draft->arena, named->name, strlen(named->name)),
		.at = named->key->at};
	if (!fields_read(&reader, named->value, &part, 1, FIELDS_REFUSE_OTHERS))
		return;
	read_steps(&steps, keys.given, STEP_GIVEN);
	read_steps(&steps, keys.expect, STEP_AT);
	if (keys.expect->n == 0)
		conf_problem(draft->problems, CONF_ERROR, keys.expect->at,
			"%s: nothing is expected; write {at 10s: \"www A 192.0.2.1\"}",
			steps.subject);
	if (steps.n > 0)
		qsort(steps.list, steps.n, sizeof *steps.list, by_time);
	test->n = steps.n;
	test->steps = arena_copy(draft->arena, steps.list, steps.n * sizeof *steps.list);
	free(steps.list);
}

void draft_tests(struct draft *draft)
{
	struct conf_test *const tests = arena_list(draft->arena, draft->tests.n, sizeof *tests);
	for (size_t i = 0; i < draft->tests.n; i++)
		build_test(draft, draft->tests.list[i], &tests[i]);
	draft->conf->tests = tests;
	draft->conf->n_tests = draft->tests.n;
}
