#include "net/clock.h"
#include "tests/unit/probe_once.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* As the table of the kind has them. */
struct file_options {
	const char *path;
	bool exists;
	const char *expect, *value;
};

static char directory[] = "/tmp/locum-test-file-XXXXXX";

static const char *beside(const char *name)
{
	static char path[128];
	(void)snprintf(path, sizeof path, "%s/%s", directory, name);
	return path;
}

static void put(const char *name, const char *content, size_t len)
{
	const int fd = open(beside(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, len), len);
	(void)close(fd);
}

static struct probe_report look(const char *name, struct file_options options)
{
	const struct probe_target target = {.host = "", .timeout = span_ms(GUARD_MS)};
	options.path = beside(name);
	struct loop *const loop = loop_new();
	const int before = lowest_descriptor();
	const struct probe_report got = ask_within(loop, &probe_file, &target, &options, GUARD_MS);
	assert_int_equal(lowest_descriptor(), before);
	loop_free(loop);
	return got;
}

static int set_up(void **state)
{
	(void)state;
	static char long_one[100000];
	if (mkdtemp(directory) == NULL)
		return 1;
	put("plain", "done size=12\nmore\n", 18);
	put("empty", "", 0);
	put("binary", "a\0b\033\n", 5);
	memset(long_one, 'x', sizeof long_one);
	long_one[65535] = 'y';
	long_one[65536] = 'z';
	put("long", long_one, sizeof long_one);
	(void)mkfifo(beside("fifo"), 0600);
	(void)mkdir(beside("directory"), 0700);
	(void)!symlink("plain", beside("link"));
	(void)!symlink("/dev/zero", beside("device"));
	(void)!symlink("around", beside("around"));
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	char command[160];
	(void)snprintf(command, sizeof command, "rm -r %s", directory);
	return system(command); // NOLINT(cert-env33-c,concurrency-mt-unsafe): a test of ours
}

static void outcomes(void **state)
{
	(void)state;
	static const struct {
		const char *what, *name;
		struct file_options options;
		enum probe_outcome outcome;
		const char *why, *value;
	} rows[] = {
		{"the first line is the value", "plain", {.exists = true}, PROBE_PASS, "",
			"done size=12"},
		{"a link is followed", "link", {.exists = true}, PROBE_PASS, "", "done size=12"},
		{"a value by its group", "plain", {.exists = true, .value = "size=([0-9]+)"},
			PROBE_PASS, "", "12"},
		{"by the whole match, in any line", "plain", {.exists = true, .value = "m.re"},
			PROBE_PASS, "", "more"},
		{"by none", "plain", {.exists = true, .value = "lacking"}, PROBE_PASS, "", ""},
		{"content as expected", "plain", {.exists = true, .expect = "^done"}, PROBE_PASS,
			"", "done size=12"},
		{"content that is not", "plain", {.exists = true, .expect = "^failed"}, PROBE_FAIL,
			"content is not as expected", "done size=12"},
		{"nothing in it", "empty", {.exists = true}, PROBE_PASS, "", ""},
		{"nothing as expected", "empty", {.exists = true, .expect = "x"}, PROBE_FAIL,
			"content is not as expected", ""},
		{"octets that are no text", "binary", {.exists = true, .expect = "b"}, PROBE_PASS,
			"", "a\\000b\\027"},
		{"no more than 64 KB are looked at", "long", {.exists = true, .expect = "z"},
			PROBE_FAIL, "content is not as expected", NULL},
		{"but all of those", "long", {.exists = true, .expect = "y", .value = "y"},
			PROBE_PASS, "", "y"},
		{"not there", "missing", {.exists = true}, PROBE_FAIL, "no such file", ""},
		{"no directory either", "plain/x", {.exists = true}, PROBE_FAIL, "no such file",
			""},
		{"a flag that is not set", "missing", {.exists = false}, PROBE_PASS, "no such file",
			""},
		{"a flag that is", "empty", {.exists = false}, PROBE_FAIL, "it is there", ""},
		{"a FIFO is not waited for", "fifo", {.exists = true}, PROBE_FAIL,
			"not a regular file", ""},
		{"a device is not read", "device", {.exists = true}, PROBE_FAIL,
			"not a regular file", ""},
		{"nor a directory", "directory", {.exists = true}, PROBE_FAIL, "not a regular file",
			""},
		{"a link to itself", "around", {.exists = true}, PROBE_NO_VERDICT,
			"Too many levels of symbolic links", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct probe_report got = look(rows[i].name, rows[i].options);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		if (rows[i].value != NULL && strcmp(got.value, rows[i].value) != 0)
			fail_msg("%s: value \"%s\", not \"%s\"", rows[i].what, got.value,
				rows[i].value);
	}
}

static void its_age(void **state)
{
	(void)state;
	const int64_t now = clock_wall_ns() / 1000000000;
	const struct timespec hour_ago[2] = {{.tv_sec = now - 3600}, {.tv_sec = now - 3600}};
	assert_int_equal(utimensat(AT_FDCWD, beside("plain"), hour_ago, 0), 0);
	struct probe_report got = look("plain", (struct file_options){.exists = true});
	assert_in_range(got.age.ns / 1000000000, 3599, 3700);
	const struct timespec ahead[2] = {{.tv_sec = now + 3600}, {.tv_sec = now + 3600}};
	assert_int_equal(utimensat(AT_FDCWD, beside("plain"), ahead, 0), 0);
	got = look("plain", (struct file_options){.exists = true});
	assert_int_equal(got.age.ns, 1); /* known, and new */
}

static void trouble_of_ours(void **state)
{
	(void)state;
	const struct probe_target target = {.host = "", .timeout = span_ms(GUARD_MS)};
	const struct file_options options = {.path = beside("plain"), .exists = true};
	struct loop *const loop = loop_new();
	const struct rlimit was = no_descriptors();
	const struct probe_report got = ask_within(loop, &probe_file, &target, &options, GUARD_MS);
	descriptors_back(was);
	expect_report("no descriptor left", &got, PROBE_NO_VERDICT, "out of descriptors");
	loop_free(loop);
	if (geteuid() != 0)
		skip();
	const pid_t pid = fork();
	if (pid == 0) { /* whom the directory lets in nowhere */
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		const struct probe_report closed =
			look("plain", (struct file_options){.exists = true});
		_exit(closed.outcome == PROBE_NO_VERDICT && closed.fault == FAULT_LOCAL &&
					strcmp(closed.why, "not allowed to read it") == 0
				? 0
				: 1);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(its_age),
		cmocka_unit_test(trouble_of_ours),
	};
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
