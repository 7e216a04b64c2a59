#include "tests/unit/probe_once.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

/* As the table of the kind has them. */
enum { WARNING_PASSES, WARNING_FAILS };
struct exec_options {
	struct texts argv;
	int warning;
	const char *value;
};

static struct probe_report run_in(struct loop *loop, const char *script, const char *argument,
	int warning, const char *value, int64_t ms)
{
	const struct text_at argv[] = {{.text = "/bin/sh"}, {.text = "-c"}, {.text = script},
		{.text = "name"}, {.text = argument}};
	const struct exec_options options = {{COUNT_OF(argv), argv}, warning, value};
	const struct probe_target target = {.host = "", .timeout = span_ms(GUARD_MS)};
	return ask_within(loop, &probe_exec, &target, &options, ms);
}

static struct probe_report run_script(const char *script, int warning, const char *value)
{
	struct loop *const loop = loop_new();
	const int before = lowest_descriptor();
	const struct probe_report got = run_in(loop, script, "", warning, value, GUARD_MS);
	assert_int_equal(lowest_descriptor(), before);
	loop_free(loop);
	return got;
}

static void outcomes(void **state)
{
	(void)state;
	static const struct {
		const char *what, *script;
		int warning;
		const char *value_of;
		enum probe_outcome outcome;
		enum probe_fault fault;
		const char *why, *value;
	} rows[] = {
		{"0 is ok", "echo 'OK - fine | load=0.1;1;2'", 0, NULL, PROBE_PASS, FAULT_NONE,
			"OK - fine | load=0.1;1;2", "OK - fine"},
		{"without a word", "exit 0", 0, NULL, PROBE_PASS, FAULT_NONE, "", ""},
		{"1 with a line is a warning, which passes", "echo slow; exit 1", 0, NULL,
			PROBE_PASS, FAULT_NONE, "slow", "slow"},
		{"or fails", "echo slow; exit 1", WARNING_FAILS, NULL, PROBE_FAIL, FAULT_NONE,
			"slow", "slow"},
		{"1 without a line is a script that broke", "echo lost >&2; exit 1", 0, NULL,
			PROBE_FAIL, FAULT_NONE, "exit code 1 and no output", ""},
		{"2 is critical", "echo 'CRITICAL: gone'; exit 2", 0, NULL, PROBE_FAIL, FAULT_NONE,
			"CRITICAL: gone", "CRITICAL: gone"},
		{"2 without a word", "exit 2", 0, NULL, PROBE_FAIL, FAULT_NONE, "exit code 2", ""},
		{"3 is unknown", "echo 'UNKNOWN: what?'; exit 3", 0, NULL, PROBE_NO_VERDICT,
			FAULT_TOOL, "UNKNOWN: what?", ""},
		{"so is all else", "exit 127", 0, NULL, PROBE_NO_VERDICT, FAULT_TOOL,
			"exit code 127", ""},
		{"and a crash", "kill -SEGV $$", 0, NULL, PROBE_NO_VERDICT, FAULT_TOOL,
			"ended by SIGSEGV", ""},
		{"only the first line counts", "echo one; echo two", 0, NULL, PROBE_PASS,
			FAULT_NONE, "one", "one"},
		{"a value by its group", "echo 'OK - 3 users | users=3;5'", 0, "users=([0-9]+)",
			PROBE_PASS, FAULT_NONE, "OK - 3 users | users=3;5", "3"},
		{"by the whole match", "echo 'OK - 3 users'", 0, "[0-9]+", PROBE_PASS, FAULT_NONE,
			"OK - 3 users", "3"},
		{"not in the second line", "echo OK; echo 7", 0, "[0-9]+", PROBE_PASS, FAULT_NONE,
			"OK", ""},
		{"foreign octets are escaped", "printf 'a\\033[31m\\000\"'", 0, NULL, PROBE_PASS,
			FAULT_NONE, "a\\027[31m\\000\\\"", "a\\027[31m\\000\\\""},
		{"standard input is empty", "read x && echo some || echo none", 0, NULL, PROBE_PASS,
			FAULT_NONE, "none", "none"},
		{"the environment is clean", "env | sort | tr '\\n' ' '", 0, NULL, PROBE_PASS,
			FAULT_NONE, "LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin PWD=/ ",
			"LC_ALL=C PATH=/usr/sbin:/usr/bin:/sbin:/bin PWD=/"},
		{"no descriptor but the three (and the directory's)", "cd /proc/self/fd; echo *", 0,
			NULL, PROBE_PASS, FAULT_NONE, "0 1 2 3", "0 1 2 3"},
		{"files are its own", "umask", 0, NULL, PROBE_PASS, FAULT_NONE, "0077", "0077"},
		{"it leads its session and group",
			"ps -o pgid=,sid= -p $$ | tr -s ' ' '\\n' | sort "
			"-u | grep -c .",
			0, NULL, PROBE_PASS, FAULT_NONE, "1", "1"},
		{"no core is dumped", "ulimit -c", 0, NULL, PROBE_PASS, FAULT_NONE, "0", "0"},
		{"endless output is cut",
			"while :; do echo 0123456789012345678901234567890123456789; "
			"done",
			0, NULL, PROBE_NO_VERDICT, FAULT_TOOL, "more than 64 KB of output", ""},
		{"64 KB are none too many", "head -c 65536 /dev/zero | tr '\\0' x", 0, "^(x)",
			PROBE_PASS, FAULT_NONE, NULL, "x"},
		{"output closed before the end", "echo early; exec >&-; sleep 0.05; exit 2", 0,
			NULL, PROBE_FAIL, FAULT_NONE, "early", "early"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct probe_report got =
			run_script(rows[i].script, rows[i].warning, rows[i].value_of);
		if (rows[i].why != NULL)
			expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		assert_int_equal(got.outcome, rows[i].outcome);
		assert_int_equal(got.fault, rows[i].fault);
		if (strcmp(got.value, rows[i].value) != 0)
			fail_msg("%s: value \"%s\", not \"%s\"", rows[i].what, got.value,
				rows[i].value);
	}
}

/* Whatever stands in an argument, it is one and no shell sees it. */
static void arguments_are_as_they_are(void **state)
{
	(void)state;
	struct loop *const loop = loop_new();
	const struct probe_report got = run_in(
		loop, "printf '%s' \"$1\"", "a b;$(id)`id`*'", WARNING_PASSES, NULL, GUARD_MS);
	expect_report("as it is", &got, PROBE_PASS, "a b;$(id)`id`*'");
	loop_free(loop);
}

static void what_cannot_start_is_our_trouble(void **state)
{
	(void)state;
	static const struct text_at argv[] = {{.text = "/nonexistent/check"}};
	const struct exec_options options = {{1, argv}, WARNING_PASSES, NULL};
	const struct probe_target target = {.host = "", .timeout = span_ms(GUARD_MS)};
	struct loop *const loop = loop_new();
	struct probe_report got = ask_within(loop, &probe_exec, &target, &options, GUARD_MS);
	expect_report(
		"no such file", &got, PROBE_NO_VERDICT, "cannot start: No such file or directory");
	assert_int_equal(got.fault, FAULT_TOOL);
	const struct rlimit was = no_descriptors();
	got = ask_within(loop, &probe_exec, &target, &options, GUARD_MS);
	descriptors_back(was);
	expect_report("no descriptor", &got, PROBE_NO_VERDICT, "out of descriptors");
	loop_free(loop);
}

/* The process whose number a script wrote into the file; waits for its end. */
static void expect_gone(const char *file)
{
	FILE *const f = fopen(file, "re");
	int pid = 0;
	assert_non_null(f);
	assert_int_equal(fscanf(f, "%d", &pid), 1); // NOLINT(cert-err34-c): our own script's
	(void)fclose(f);
	const int fd = (int)syscall(SYS_pidfd_open, pid, 0);
	struct pollfd end = {.fd = fd, .events = POLLIN};
	assert_true(fd < 0 || poll(&end, 1, 2000) == 1); /* gone before, or now */
	(void)waitpid(pid, NULL, WNOHANG);
	assert_int_equal(kill(pid, 0), -1);
	if (fd >= 0)
		(void)close(fd);
}

static void nothing_is_left_of_it(void **state)
{
	(void)state;
	static const struct {
		const char *what, *script;
		int64_t ms;
	} rows[] = {
		{"a tool that hangs", "echo $$ > $1; exec sleep 1000", 100},
		{"with a child", "sleep 1000 & echo $! > $1; sleep 1000", 100},
		{"a child that is left behind", "sleep 1000 & echo $! > $1", GUARD_MS},
		{"that deaf to TERM and HUP", "(trap '' TERM HUP; sleep 1000) & echo $! > $1",
			GUARD_MS},
		{"one that made itself a daemon",
			"setsid sh -c 'echo $$ > $0; exec sleep 1000' $1 & "
			"while ! [ -s $1 ]; do :; done",
			GUARD_MS},
		{"the last of hundreds",
			"i=0; while [ $i -lt 300 ]; do setsid sleep 1000 & i=$((i + 1)); done; "
			"setsid sh -c 'echo $$ > $0; exec sleep 1000' $1 & "
			"while ! [ -s $1 ]; do :; done",
			GUARD_MS},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char file[] = "/tmp/locum-test-exec-XXXXXX";
		const int fd = mkstemp(file);
		assert_true(fd >= 0);
		(void)close(fd);
		struct loop *const loop = loop_new();
		/* Until it has written its number: then its time is over. */
		struct probe_report got;
		struct stat st = {0};
		for (int64_t ms = rows[i].ms; st.st_size == 0; ms *= 2) {
			got = run_in(loop, rows[i].script, file, WARNING_PASSES, NULL, ms);
			assert_int_equal(stat(file, &st), 0);
		}
		if (rows[i].ms == GUARD_MS)
			expect_report(rows[i].what, &got, PROBE_PASS, "");
		expect_gone(file);
		loop_free(loop);
		(void)unlink(file);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(arguments_are_as_they_are),
		cmocka_unit_test(what_cannot_start_is_our_trouble),
		cmocka_unit_test(nothing_is_left_of_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
