/* Configurations from a table of files, for the tests of conf/. */
#ifndef LOCUM_TESTS_CONF_FIXTURE_H
#define LOCUM_TESTS_CONF_FIXTURE_H

#include "base/arena.h"
#include "conf/conf.h"

#include <fnmatch.h>
#include <string.h>

struct memory_file { /* tables end with path == NULL */
	const char *path, *text;
};

struct http_options { /* a kind with options of several types */
	const char *path, *host;
	struct ranges status;
	bool verify;
};

struct parsed {
	struct arena *arena; /* of the problems */
	struct conf_problems problems;
	struct conf *conf;
};

static const struct field http_fields[] = {
	{.key = "path",
		.type = FIELD_TEXT,
		.offset = offsetof(struct http_options, path),
		.otherwise = "/",
		.max = 40,
		.filled = true,
		.help = "What is asked for."},
	{.key = "host",
		.type = FIELD_TEXT,
		.offset = offsetof(struct http_options, host),
		.otherwise = "",
		.help = "The Host that is sent."},
	{.key = "status",
		.type = FIELD_RANGES,
		.offset = offsetof(struct http_options, status),
		.otherwise = "200-299, 304",
		.min = 100,
		.max = 599,
		.help = "What passes."},
	{.key = "verify",
		.type = FIELD_BOOL,
		.offset = offsetof(struct http_options, verify),
		.otherwise = "true",
		.help = "Whether the certificate counts."},
	{.key = NULL},
};

static inline bool fixture_watch(const void *options)
{
	return ((const struct http_options *)options)->verify;
}

static inline bool fixture_always(const void *options)
{
	(void)options;
	return true;
}

static inline bool fixture_valueless(const void *options)
{
	return strcmp(((const struct http_options *)options)->path, "/nothing") == 0;
}

static const struct option_set fixture_tcp = {
	.name = "tcp", .watch = fixture_always, .valueless = fixture_always};
static const struct option_set fixture_http = {.name = "http",
	.fields = http_fields,
	.size = sizeof(struct http_options),
	.port = 80,
	.watch = fixture_watch,
	.valueless = fixture_valueless};
static const struct option_set fixture_smoke = {.name = "smoke", .target = TARGET_NONE};
struct run_options { /* one that asks nobody */
	struct texts argv;
};

static const struct field run_fields[] = {
	{.key = "argv",
		.type = FIELD_ARGV,
		.offset = offsetof(struct run_options, argv),
		.min = 1,
		.max = 8,
		.filled = true,
		.help = "A program and its arguments."},
	{.key = NULL},
};

struct say_options { /* one with a map, and a word that may stand for it */
	struct say_cover {
		int off;
		bool verify;
		const char *name;
	} cover;
};

static const struct word say_words[] = {{"true", 0}, {"false", 1}, {.text = NULL}};

static const struct field say_cover_fields[] = {
	{.key = "verify",
		.type = FIELD_BOOL,
		.offset = offsetof(struct say_cover, verify),
		.otherwise = "true",
		.help = "Whether the certificate counts."},
	{.key = "name",
		.type = FIELD_TEXT,
		.offset = offsetof(struct say_cover, name),
		.otherwise = "",
		.max = 16,
		.filled = true,
		.help = "Whose certificate it must be."},
	{.key = NULL},
};

static const struct field say_fields[] = {
	{.key = "cover",
		.type = FIELD_MAP,
		.offset = offsetof(struct say_options, cover),
		.otherwise = "false",
		.words = say_words,
		.inside = say_cover_fields,
		.help = "Whether it is covered, and how."},
	{.key = NULL},
};

static const struct option_set fixture_say = {
	.name = "say", .fields = say_fields, .size = sizeof(struct say_options), .port = 7};
static const struct option_set fixture_run = {.name = "run",
	.fields = run_fields,
	.size = sizeof(struct run_options),
	.target = TARGET_NONE};
static const struct option_set *const fixture_kinds[] = {
	&fixture_tcp, &fixture_http, &fixture_run, &fixture_say, &fixture_smoke, NULL};

static const char *memory_read(
	void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err)
{
	for (const struct memory_file *f = cookie; f->path != NULL; f++)
		if (strcmp(f->path, path) == 0) {
			*len = strlen(f->text);
			return arena_text(arena, f->text, *len);
		}
	(void)err_set(err, "No such file or directory");
	return NULL;
}

static bool memory_glob(void *cookie, const char *pattern, struct arena *arena, const char ***paths,
	size_t *n, struct err *err)
{
	(void)err;
	*n = 0;
	*paths = arena_list(arena, 64, sizeof **paths);
	for (const struct memory_file *f = cookie; f->path != NULL && *n < 64; f++)
		if (fnmatch(pattern, f->path, FNM_PATHNAME) == 0)
			(*paths)[(*n)++] = f->path;
	return true;
}

static inline struct parsed parse_files(const char *path, const struct memory_file files[])
{
	struct memory_file list[16] = {0};
	for (size_t i = 0; files[i].path != NULL && i + 1 < COUNT_OF(list); i++)
		list[i] = files[i];
	const struct files in_memory = {list, memory_read, memory_glob};
	struct parsed parsed = {.arena = arena_new()};
	parsed.problems.arena = parsed.arena;
	parsed.conf = conf_parse(path, &in_memory, fixture_kinds, &parsed.problems);
	return parsed;
}

/* Of the file "/etc/locum.yaml". */
static inline struct parsed parse_text(const char *text)
{
	const struct memory_file files[] = {{"/etc/locum.yaml", text}, {NULL, NULL}};
	return parse_files("/etc/locum.yaml", files);
}

/* For what wants a service and does not mind which. */
static const char one_service[] =
	"version: 1\n"
	"server: {listen: [\"127.0.0.1@5300\"]}\n"
	"zones: {example.com: {file: a.zone}}\n"
	"services:\n"
	"  www: {zone: example.com, records: [\"www A {address}\"],\n"
	"    endpoints: [{name: fra, address: 192.0.2.1}, {name: ams, address: 192.0.2.2}]}\n";

static inline void parsed_free(struct parsed *parsed)
{
	conf_free(parsed->conf);
	arena_free(parsed->arena);
}

/* Problem number `i` as a person reads it, or "". */
static inline const char *parsed_problem(const struct parsed *parsed, size_t i)
{
	return i < parsed->problems.n ? conf_problem_text(&parsed->problems.list[i], parsed->arena)
				      : "";
}

#endif
