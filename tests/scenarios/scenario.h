/*
 * A scenario file: policies as an operator writes them, and a story told in
 * lines with a made-up clock.
 *
 *   # What it is about, in one sentence: it is printed with the result.
 *   common:                     blocks of configuration, indented; `common` is part of every policy
 *     probes: ...
 *   policy:                     the one to begin with
 *     services: ...
 *   policy NAME:                one to reload
 *     services: ...
 *
 *   at 0s      all pass         the story, in order of time
 *              expect www A 192.0.2.10
 *   until 60s  expect www A 192.0.2.10
 *
 * A line without a time belongs to the time above it.  What a line does at a time comes before the
 * probes that are due then; what it expects comes after them.  `until` expects at every moment
 * before that time, since the expectation before.  server/rehearse.h has the language.
 */
#ifndef LOCUM_TESTS_SCENARIO_H
#define LOCUM_TESTS_SCENARIO_H

#include "conf/conf.h"

struct scenario {
	const char *path, *title;
	size_t n_lines, n_blocks, n_story;
	const char **lines;
	uint32_t *block_of;      /* of each line: its block and one; 0: none */
	const char **blocks;     /* "common", "policy", "policy two" */
	struct conf_step *story; /* in the order of the file */
};

/* All of it lives in `arena`. */
bool scenario_read(struct scenario *scenario, const char *path, const char *text,
	struct arena *arena, struct err *err) MUST_USE;
/*
 * The configuration of a policy (NULL: the first), every line where it stands in the file, so that
 * what is said of it names the right one.  NULL: there is no such policy.
 */
const char *scenario_policy(
	const struct scenario *scenario, const char *name, struct arena *arena) MUST_USE;

#endif
