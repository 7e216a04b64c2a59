#include "base/arena.h"
#include "conf/conf.h"
#include "conf/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

struct result {
	struct arena *arena;
	struct conf_problems problems;
	const struct yaml_node *root;
};

static struct result read_octets(const char *text, size_t len)
{
	struct result r = {.arena = arena_new()};
	r.problems.arena = r.arena;
	r.root = yaml_read("f.yaml", text, len, r.arena, &r.problems);
	return r;
}

static struct result read_text(const char *text) { return read_octets(text, strlen(text)); }

static void append(char *text, size_t room, const char *fmt, ...) PRINTF_LIKE(3, 4);
static void append(char *text, size_t room, const char *fmt, ...)
{
	const size_t used = strlen(text);
	va_list args;
	va_start(args, fmt);
	assert_true(vsnprintf(text + used, room - used, fmt, args) < (int)(room - used));
	va_end(args);
}

/* The tree as one line: {k=v} [v] "quoted". */
static void draw(FILE *out, const struct yaml_node *node) // NOLINT(misc-no-recursion)
{
	if (node->is == YAML_IS_TEXT) {
		(void)fprintf(out, node->quoted ? "\"%s\"" : "%s", node->text);
		return;
	}
	(void)fputc(node->is == YAML_IS_MAP ? '{' : '[', out);
	for (size_t i = 0; i < node->n; i++) {
		if (i > 0)
			(void)fputc(' ', out);
		if (node->entries[i].key != NULL)
			(void)fprintf(out, "%s=", node->entries[i].key->text);
		draw(out, node->entries[i].value);
	}
	(void)fputc(node->is == YAML_IS_MAP ? '}' : ']', out);
}

static void trees(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *tree;
	} rows[] = {
		{"block style", "a: 1\nb:\n  - x\n  - y: z\n", "{a=1 b=[x {y=z}]}"},
		{"flow style", "{a: [1, 2], b: {c: d}}", "{a=[1 2] b={c=d}}"},
		{"texts stay texts", "a: no\nb: 010\nc: 1e3\nd: null\n",
			"{a=no b=010 c=1e3 d=null}"},
		{"quotes are told from none", "a: 'x'\nb: \"y\\n\"\nc: \"\"\n",
			"{a=\"x\" b=\"y\n\" c=\"\"}"},
		{"an alias is the node again", "a: &x {k: v}\nb: *x\nc: [*x, *x]\n",
			"{a={k=v} b={k=v} c=[{k=v} {k=v}]}"},
		{"an alias of a text", "a: &x v\nb: *x\n", "{a=v b=v}"},
		{"comments and a byte order mark", "\xEF\xBB\xBF# c\na: 1 # d\n", "{a=1}"},
		{"explicit document marks", "---\na: 1\n...\n", "{a=1}"},
		{"a list at the top", "- a\n- b\n", "[a b]"},
		{"empty map and list", "a: {}\nb: []\n", "{a={} b=[]}"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct result r = read_text(rows[i].text);
		if (r.root == NULL || r.problems.n > 0)
			fail_msg("%s: %s", rows[i].what,
				r.problems.n > 0 ? r.problems.list[0].text : "no tree");
		char tree[512];
		FILE *const out = fmemopen(tree, sizeof tree, "w");
		if (r.root != NULL)
			draw(out, r.root);
		(void)fclose(out);
		if (strcmp(tree, rows[i].tree) != 0)
			fail_msg("%s: %s", rows[i].what, tree);
		arena_free(r.arena);
	}
}

static void places(void **state)
{
	(void)state;
	struct result r = read_text("a: 1\nb:\n  - x\n  - {y: zz}\n");
	const struct yaml_node *const b = yaml_find(r.root, "b")->value;
	assert_int_equal(yaml_find(r.root, "b")->key->at.line, 2);
	assert_int_equal(b->entries[0].value->at.column, 5);
	const struct yaml_entry *const y = yaml_find(b->entries[1].value, "y");
	assert_int_equal(y->value->at.line, 4);
	assert_int_equal(y->value->at.column, 9);
	assert_string_equal(y->value->at.file, "f.yaml");
	assert_null(yaml_find(r.root, "c"));
	assert_int_equal(r.root->weight, 9);
	assert_int_equal(r.root->height, 3);
	arena_free(r.arena);
}

static void emptiness(void **state)
{
	(void)state;
	struct result r = read_text("a:\nb: ~\nc: ''\nd: \"~\"\ne: {}\nf: x\n");
	static const bool empty[] = {true, true, false, false, false, false};
	for (size_t i = 0; i < COUNT_OF(empty); i++)
		assert_int_equal(yaml_empty(r.root->entries[i].value), empty[i]);
	arena_free(r.arena);
}

static void errors(void **state)
{
	(void)state;
	size_t wrong = 0;
	static const struct {
		const char *what, *text, *problem;
	} rows[] = {
		{"an empty file", "",
			"f.yaml:1:1: the file is empty; it begins with \"version: 1\""},
		{"only comments", "# x\n", "f.yaml:1:1: the file is empty"},
		{"two documents", "a: 1\n---\nb: 2\n", "f.yaml:2:1: a second document begins here"},
		{"a duplicate key", "a: 1\nb: 2\na: 3\n",
			"f.yaml:3:1: key \"a\" stands twice, first in line 1, column 1; take one "
			"out"},
		{"a duplicate key, quoted", "{a: 1, \"a\": 3}",
			"f.yaml:1:8: key \"a\" stands twice, first in line 1, column 2"},
		{"a merge key", "a: &x {b: c}\nd:\n  <<: *x\n",
			"f.yaml:3:3: merge key \"<<\" is not supported"},
		{"a tag", "a: !!int 3\n",
			"f.yaml:1:4: tag \"tag:yaml.org,2002:int\" is not supported"},
		{"a tag of a map", "a: !x {b: c}\n", "f.yaml:1:4: tag \"!x\" is not supported"},
		{"a directive", "# c\n%YAML 1.1\n---\na: 1\n",
			"f.yaml:2:1: directives such as %YAML and %TAG are not supported"},
		{"an alias without anchor", "a: *x\n",
			"f.yaml:1:4: alias \"*x\" has no anchor before it"},
		{"an alias in its own anchor", "a: &x [*x]\n",
			"f.yaml:1:8: alias \"*x\" stands inside its own anchor"},
		{"an alias as a key", "a: &x v\n*x : 1\n",
			"f.yaml:2:1: alias \"*x\" stands where a key was expected"},
		{"an anchor twice", "a: &x v\nb: &x w\n",
			"f.yaml:2:4: anchor \"&x\" stands twice, first in line 1"},
		{"a map as key", "{a: b}: c\n",
			"f.yaml:1:1: a map stands where a key was expected"},
		{"a list as key", "? [a]\n: c\n",
			"f.yaml:1:3: a list stands where a key was expected"},
		{"a NUL", "a: \"x\\0y\"\n", "f.yaml:1:4: a text holds the character \\0"},
		{"an open bracket", "a: [b\nc: d\n", "f.yaml:2:2: a \"[\" is not closed"},
		{"a substitution without quotes in a map", "a: {b: c-{name}}\n",
			"f.yaml:1:10: \"{\" cannot go on a text here; put a text with {...} in "
			"double quotes"},
		{"... and in a list", "a: [b, c{name}]\n",
			"f.yaml:1:9: \"{\" cannot go on a text here; put a text with {...} in "
			"double quotes"},
		{"an open brace", "a: {b: c\n", "f.yaml:2:1: a \"{\" is not closed"},
		{"an open quote", "a: \"b\n",
			"f.yaml:2:1: a quote is not closed; add it where the text "
			"ends (it begins in line 1)"},
		{"a tab", "a:\n\tb: c\n",
			"f.yaml:2:1: a tab stands in the indentation; use spaces"},
		{"a plain @", "a: [@ NS x]\n", "f.yaml:1:5: a text that begins with \"%\", \"@\""},
		{"a plain *", "include: *.yaml\n",
			"f.yaml:1:10: a text that begins with \"*\" or \"&\" needs quotes"},
		{"two colons", "a: b: c\n", "f.yaml:1:5: a \":\" stands where no key can"},
		{"wrong indentation", "a:\n  b: c\n d: e\n", "f.yaml:3:2: this fits no open block"},
		{"a wrong escape", "a: \"\\d\"\n", "f.yaml:1:5: no such escape in double quotes"},
		{"no colon", "a: b\nc\n", "f.yaml:3:1: a key needs \": \" behind it"},
		{"not UTF-8", "a: b\nc: \xff\n", "f.yaml:2:4: the file is not UTF-8 here"},
		{"a control character", "a: b\nc: \x01\n",
			"f.yaml:2:4: a control character stands here"},
		{"a text after the list", "- a\nb\n", "f.yaml:3:1: a key needs"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct result r = read_text(rows[i].text);
		assert_int_not_equal(r.problems.errors, 0);
		const char *const text = conf_problem_text(&r.problems.list[0], r.arena);
		if (strncmp(text, rows[i].problem, strlen(rows[i].problem)) != 0)
			print_error("%s: %s\n", rows[i].what, text), wrong++;
		arena_free(r.arena);
	}
	assert_int_equal(wrong, 0);
}

static void first_of_twins_counts(void **state)
{
	(void)state;
	struct result r = read_text("a: 1\na: 2\nb: 3\nb: 4\na: 5\n");
	assert_int_equal(r.problems.errors, 3);
	assert_non_null(r.root);
	assert_string_equal(yaml_find(r.root, "a")->value->text, "1");
	arena_free(r.arena);
}

static void depth(void **state)
{
	(void)state;
	for (size_t n = 1; n <= 20; n++) {
		char text[64] = "";
		for (size_t i = 0; i < n; i++)
			append(text, sizeof text, "[");
		for (size_t i = 0; i < n; i++)
			append(text, sizeof text, "]");
		struct result r = read_text(text);
		assert_int_equal(r.root != NULL, n <= YAML_DEPTH_MAX);
		arena_free(r.arena);
	}
	/* By aliases, each anchor no deeper than the one before it. */
	for (size_t n = 1; n <= 20; n++) {
		char text[512] = "[&a0 x";
		for (size_t i = 1; i <= n; i++)
			append(text, sizeof text, ", &a%zu [*a%zu]", i, i - 1);
		append(text, sizeof text, "]");
		struct result r = read_text(text);
		assert_int_equal(r.root != NULL, n + 1 <= YAML_DEPTH_MAX);
		arena_free(r.arena);
	}
}

/* CPU time: the machine may be busy with something else. */
static double milliseconds_to_refuse(const char *text, size_t len, const char *why)
{
	const clock_t begun = clock();
	struct result r = read_octets(text, len);
	const double took = (double)(clock() - begun) * 1e3 / CLOCKS_PER_SEC;
	assert_null(r.root);
	if (strstr(r.problems.list[0].text, why) == NULL)
		fail_msg("%s, not: %s", r.problems.list[0].text, why);
	arena_free(r.arena);
	return took;
}

static char *repeated(const char *what, size_t len)
{
	char *const text = malloc(len + 1);
	assert_non_null(text);
	for (size_t i = 0; i < len; i++)
		text[i] = what[i % strlen(what)];
	text[len] = '\0';
	return text;
}

static void bombs(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		size_t len;
		const char *why;
	} rows[] = {
		{"[", 65536, "levels deep"},
		{"{", 65536, "where a key was expected"},
		{"[\n", 65536, "levels deep"},
		{"- ", 65536, "levels deep"},
		{"? ", 65536, "where a key was expected"},
		{"[a,", 65536, "levels deep"},
		{"%TAG ! x\n", 65536, "directives"},
		{"[", 1 << 20, "levels deep"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char *const text = repeated(rows[i].what, rows[i].len);
		const double ms = milliseconds_to_refuse(text, rows[i].len, rows[i].why);
		if (ms >= 50)
			fail_msg(
				"%zu octets of \"%s\" took %.1f ms", rows[i].len, rows[i].what, ms);
		free(text);
	}
}

static void billion_laughs(void **state)
{
	(void)state;
	char text[2048] = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
	for (int i = 1; i <= 9; i++) {
		append(text, sizeof text, "a%d: &a%d [", i, i);
		for (int j = 0; j < 10; j++)
			append(text, sizeof text, "%s*a%d", j > 0 ? ", " : "", i - 1);
		append(text, sizeof text, "]\n");
	}
	(void)milliseconds_to_refuse(text, strlen(text), "aliases expanded");
}

static void many_keys(void **state)
{
	(void)state;
	enum { N = 100000 };
	char *const text = malloc((size_t)N * 16);
	assert_non_null(text);
	size_t len = 0;
	for (size_t i = 0; i < N; i++)
		len += (size_t)sprintf(text + len, "k%zu: v\n", i * 7919 % N);
	struct result r = read_octets(text, len);
	assert_non_null(r.root);
	assert_int_equal(r.root->n, N);
	assert_int_equal(r.problems.errors, 0);
	arena_free(r.arena);

	len += (size_t)sprintf(text + len, "k77: v\n");
	r = read_octets(text, len);
	assert_int_equal(r.problems.errors, 1);
	assert_int_equal(r.problems.list[0].at.line, N + 1);
	arena_free(r.arena);
	free(text);
}

static void nodes_are_capped(void **state)
{
	(void)state;
	const size_t len = (size_t)YAML_NODES_MAX * 2;
	char *const text = repeated("-\n", len);
	struct result r = read_octets(text, len - 2); /* one less, for the list itself */
	assert_non_null(r.root);
	assert_int_equal(r.root->weight, YAML_NODES_MAX);
	arena_free(r.arena);
	(void)milliseconds_to_refuse(text, len, "split the file with include");
	free(text);
}

static void octets_are_capped(void **state)
{
	(void)state;
	static const char text[] = "a: b\n";
	struct result r = {.arena = arena_new()};
	r.problems.arena = r.arena;
	assert_null(yaml_read("f", text, (size_t)YAML_OCTETS_MAX + 1, r.arena, &r.problems));
	assert_non_null(strstr(r.problems.list[0].text, "split it with include"));
	arena_free(r.arena);
}

/* Any octets: an answer, never a crash; what is cut off anywhere gives a problem or a tree. */
static void cut_and_bent(void **state)
{
	(void)state;
	static const char good[] =
		"version: 1\nserver: {listen: [\"127.0.0.1@53\"], x: &a [b, 'c']}\n"
		"zones:\n  example.com: *a\n  \"*\":\n    - |\n      text\n";
	uint32_t dice = 20240607;
	print_message("seed %u\n", dice);
	for (size_t round = 0; round < 3000; round++) {
		char text[sizeof good];
		memcpy(text, good, sizeof good);
		for (int i = 0; i < 3; i++) {
			dice = dice * 1664525 + 1013904223;
			text[(dice >> 8) % (sizeof good - 1)] =
				"{}[]:,&*!|>'\"%@` \n\t-#?\0\xff~<a"[(dice >> 24) % 27];
		}
		dice = dice * 1664525 + 1013904223;
		struct result r = read_octets(text, (dice >> 8) % sizeof good);
		assert_true(r.root != NULL || r.problems.errors > 0);
		arena_free(r.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(trees),
		cmocka_unit_test(places),
		cmocka_unit_test(emptiness),
		cmocka_unit_test(errors),
		cmocka_unit_test(first_of_twins_counts),
		cmocka_unit_test(depth),
		cmocka_unit_test(bombs),
		cmocka_unit_test(billion_laughs),
		cmocka_unit_test(many_keys),
		cmocka_unit_test(nodes_are_capped),
		cmocka_unit_test(octets_are_capped),
		cmocka_unit_test(cut_and_bent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
