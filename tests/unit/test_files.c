#include "base/arena.h"
#include "base/mem.h"
#include "server/files.h"
#include "server/sources.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct folder {
	char dir[64];
	struct arena *arena;
};

static int set_up(void **state)
{
	struct folder *const place = mem_new(sizeof *place);
	(void)snprintf(place->dir, sizeof place->dir, "/tmp/locum-test-files-XXXXXX");
	place->arena = arena_new();
	*state = place;
	return mkdtemp(place->dir) == NULL;
}

static const char *path(const struct folder *place, const char *name)
{
	return arena_format(place->arena, "%s/%s", place->dir, name);
}

static int tear_down(void **state)
{
	struct folder *const place = *state;
	static const char *const names[] = {"a.zone", "b.zone", "empty", "pipe", "large", "dir"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		(void)remove(path(place, names[i]));
	(void)rmdir(place->dir);
	arena_free(place->arena);
	free(place);
	return 0;
}

static void write_file(const struct folder *place, const char *name, const char *text, size_t len)
{
	FILE *const file = fopen(path(place, name), "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
}

static const char *read_file(const struct folder *place, const char *name, size_t *len)
{
	const struct files *const files = files_disk();
	struct err err;
	const char *const text =
		files->read(files->cookie, path(place, name), place->arena, len, &err);
	if (text == NULL)
		fail_msg("%s", err.text);
	return text;
}

static void files_come_whole(void **state)
{
	const struct folder *const place = *state;
	size_t len = 99;
	write_file(place, "a.zone", "a\0b\n", 4);
	assert_memory_equal(read_file(place, "a.zone", &len), "a\0b\n", 5);
	assert_int_equal(len, 4);
	write_file(place, "empty", "", 0);
	assert_string_equal(read_file(place, "empty", &len), "");
	assert_int_equal(len, 0);
	char *const large = mem_new(3000000);
	memset(large, 'x', 3000000);
	write_file(place, "a.zone", large, 3000000);
	assert_memory_equal(read_file(place, "a.zone", &len), large, 3000000);
	assert_int_equal(len, 3000000);
	free(large);
}

/* A pipe without a writer does not block, and a file with a hole of 1 GiB is not read. */
static void what_is_no_file_is_refused(void **state)
{
	const struct folder *const place = *state;
	assert_int_equal(mkfifo(path(place, "pipe"), 0600), 0);
	assert_int_equal(mkdir(path(place, "dir"), 0700), 0);
	write_file(place, "large", "x", 1);
	assert_int_equal(truncate(path(place, "large"), (1L << 30) + 1), 0);
	static const struct {
		const char *name, *why;
	} rows[] = {{"none", "no such file"}, {"dir", "a directory, not a file"},
		{"pipe", "a device or pipe, not a file"}, {"large", "larger than 1 GiB"},
		{"none/x", "no such file"}, {"large/x", "a part of the path is not a directory"}};
	const struct files *const files = files_disk();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err;
		size_t len;
		const char *const file = path(place, rows[i].name);
		assert_null(files->read(files->cookie, file, place->arena, &len, &err));
		assert_string_equal(
			err.text, arena_format(place->arena, "%s: %s", file, rows[i].why));
	}
}

static void globs_are_sorted(void **state)
{
	const struct folder *const place = *state;
	const struct files *const files = files_disk();
	const char **paths;
	write_file(place, "b.zone", "b", 1);
	write_file(place, "a.zone", "a", 1);
	size_t n;
	struct err err;
	assert_true(
		files->glob(files->cookie, path(place, "*.zone"), place->arena, &paths, &n, &err));
	assert_int_equal(n, 2);
	assert_string_equal(paths[0], path(place, "a.zone"));
	assert_string_equal(paths[1], path(place, "b.zone"));
	static const char *const nothing[] = {"*.none", "no-such-directory/*.zone", "a.zone/*"};
	for (size_t i = 0; i < COUNT_OF(nothing); i++) {
		assert_true(files->glob(
			files->cookie, path(place, nothing[i]), place->arena, &paths, &n, &err));
		assert_int_equal(n, 0);
	}
	/* A directory that there is and that does not open: ELOOP stops root, too. */
	assert_int_equal(symlink("loop", path(place, "loop")), 0);
	assert_false(files->glob(
		files->cookie, path(place, "loop/*.zone"), place->arena, &paths, &n, &err));
	assert_non_null(strstr(err.text, "loop/*.zone: its directory cannot be read"));
	assert_int_equal(unlink(path(place, "loop")), 0);
}

/* A zone file that is changed twice within a tick of the clock may not keep its first version. */
static void a_file_is_trusted_once_it_was_quiet(void **state)
{
	const struct folder *const place = *state;
	write_file(place, "a.zone", "a", 1);
	struct stat s;
	assert_int_equal(stat(path(place, "a.zone"), &s), 0);
	const int64_t second = 1000000000, now = s.st_ctim.tv_sec * second + s.st_ctim.tv_nsec;
	static const struct {
		const char *what;
		int read_after_s, asked_after_s;
		bool unchanged;
	} rows[] = {
		{"read when it had been quiet", 3, 4, true},
		{"read at once: it may have changed in the same tick", 0, 4, false},
		{"the clock went back meanwhile", 3, -3600, false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *const name = path(place, "a.zone");
		const struct source_file file = {
			name, stamp_of(name, now + rows[i].read_after_s * second)};
		const struct source source = {.n_files = 1, .files = &file};
		if (source_unchanged(&source, now + rows[i].asked_after_s * second) !=
			rows[i].unchanged)
			fail_msg("%s", rows[i].what);
	}
	const struct source_file gone = {"no-such-file", stamp_of("no-such-file", now)};
	const struct source source = {.n_files = 1, .files = &gone};
	assert_false(source_unchanged(&source, now));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(files_come_whole, set_up, tear_down),
		cmocka_unit_test_setup_teardown(what_is_no_file_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(globs_are_sorted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
			a_file_is_trusted_once_it_was_quiet, set_up, tear_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
