/* The event loop and the log's limit, with real clocks and pipes, waiting for events only. */
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct seen {
	struct loop *loop;
	struct watch *self, *other;
	mono_t due;
	int64_t late_ns[64];
	mono_t now[4];
	unsigned calls, turns, stop_at;
	int fd;
};

static void count(void *cookie, mono_t now)
{
	struct seen *const seen = cookie;
	if (seen->calls < 4)
		seen->now[seen->calls] = now;
	if (++seen->calls == seen->stop_at)
		loop_stop(seen->loop);
}

static void every_10ms(void *cookie, mono_t now)
{
	struct seen *const seen = cookie;
	assert_int_equal(now.ns, loop_now(seen->loop).ns);
	seen->late_ns[seen->calls] = mono_between(seen->due, now).ns;
	seen->due = mono_after(seen->due, span_ms(10));
	watch_again(seen->self, seen->due);
	if (++seen->calls == 20)
		loop_stop(seen->loop);
}

static int by_size(const void *a, const void *b)
{
	const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
	return (x > y) - (x < y);
}

enum { ROUNDS = 20 }; /* a busy machine spoils some, a coarse timer all of them */

/* How late 20 timers in a row were, in the middle; none may be early. */
static int64_t middle_lateness(void)
{
	struct seen seen = {.loop = loop_new()};
	seen.due = mono_after(clock_mono(), span_ms(10));
	seen.self = loop_at(seen.loop, seen.due, every_10ms, &seen);
	loop_run(seen.loop);
	watch_free(seen.self);
	loop_free(seen.loop);
	qsort(seen.late_ns, 20, sizeof seen.late_ns[0], by_size);
	assert_true(seen.late_ns[0] >= 0);
	return seen.late_ns[10];
}

static void timers_are_never_early_and_seldom_late(void **state)
{
	(void)state;
	int64_t least = INT64_MAX;
	for (int i = 0; i < ROUNDS && least > 1500000; i++) { /* a coarse one is 2 ms late */
		const int64_t late = middle_lateness();
		least = late < least ? late : least;
	}
	if (least > 1500000)
		fail_msg("a timer is %lld us late", (long long)least / 1000);
}

/* How late a timer is that was set by a reading of the clock 15 ms old. */
static int64_t lateness_by_an_old_reading(void)
{
	struct seen seen = {.loop = loop_new(), .stop_at = 1};
	const mono_t made = loop_now(seen.loop);
	while (!mono_reached(mono_after(made, span_ms(15)), clock_mono()))
		; /* the loop's reading of the clock grows old */
	const mono_t due = mono_after(made, span_ms(20));
	seen.self = loop_at(seen.loop, due, count, &seen);
	loop_run(seen.loop);
	assert_true(mono_reached(due, seen.now[0]));
	watch_free(seen.self);
	loop_free(seen.loop);
	return mono_between(due, seen.now[0]).ns;
}

static void a_timer_set_before_the_loop_runs_is_not_late(void **state)
{
	(void)state;
	bool in_time = false;
	for (int i = 0; i < ROUNDS && !in_time; i++)
		in_time = lateness_by_an_old_reading() < span_ms(10).ns;
	assert_true(in_time);
}

static void again_at_once(void *cookie, mono_t now)
{
	struct seen *const seen = cookie;
	if (seen->calls < 4)
		seen->now[seen->calls] = now;
	if (++seen->calls == 4)
		loop_stop(seen->loop);
	else
		watch_again(seen->self, (mono_t){0});
}

static void count_turn(void *cookie, mono_t now)
{
	struct seen *const seen = cookie;
	assert_int_equal(now.ns, loop_now(seen->loop).ns);
	seen->turns++;
	assert_true(seen->calls <= seen->turns); /* one call a turn: the past means the next turn */
}

static void a_due_time_in_the_past_means_the_next_turn(void **state)
{
	(void)state;
	struct seen seen = {.loop = loop_new()};
	loop_after_turn(seen.loop, count_turn, &seen);
	seen.self = loop_at(seen.loop, (mono_t){0}, again_at_once, &seen);
	loop_run(seen.loop);
	assert_int_equal(seen.calls, 4);
	assert_true(seen.now[3].ns > seen.now[0].ns);
	watch_free(seen.self);
	loop_free(seen.loop);
}

static void free_self_and_other(void *cookie, mono_t now)
{
	(void)now;
	struct seen *const seen = cookie;
	seen->calls++;
	watch_free(seen->self);
	watch_free(seen->other);
	seen->self = seen->other = NULL;
	loop_stop(seen->loop);
}

static void a_watch_may_be_freed_in_a_callback_also_its_own(void **state)
{
	(void)state;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	struct seen seen = {.loop = loop_new()};
	/* Both are ready in the same turn; whichever comes first frees both. */
	seen.self = loop_readable(seen.loop, pipes[0], free_self_and_other, &seen);
	seen.other = loop_writable(seen.loop, pipes[1], free_self_and_other, &seen);
	loop_run(seen.loop);
	assert_int_equal(seen.calls, 1);
	loop_free(seen.loop);
	close(pipes[0]);
	close(pipes[1]);
}

static void two_readers_share_one_now(void **state)
{
	(void)state;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	struct seen seen = {.loop = loop_new(), .stop_at = 2};
	struct watch *const in = loop_readable(seen.loop, pipes[0], count, &seen);
	struct watch *const out = loop_writable(seen.loop, pipes[1], count, &seen);
	loop_run(seen.loop);
	assert_int_equal(seen.now[0].ns, seen.now[1].ns);
	watch_free(in);
	watch_free(out);
	loop_free(seen.loop);
	close(pipes[0]);
	close(pipes[1]);
}

static void a_paused_watch_is_silent_until_it_is_resumed(void **state)
{
	(void)state;
	int pipes[2];
	assert_int_equal(pipe2(pipes, O_NONBLOCK | O_CLOEXEC), 0);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	struct seen seen = {.loop = loop_new()}, timer = {.loop = seen.loop, .stop_at = 1};
	struct watch *const in = loop_readable(seen.loop, pipes[0], count, &seen);
	watch_pause(in);
	struct watch *const soon =
		loop_at(seen.loop, mono_after(clock_mono(), span_ms(3)), count, &timer);
	loop_run(seen.loop);
	assert_int_equal(seen.calls, 0);
	watch_resume(in);
	seen.stop_at = 1;
	loop_run(seen.loop);
	assert_int_equal(seen.calls, 1);
	watch_free(in);
	watch_free(soon);
	loop_free(seen.loop);
	close(pipes[0]);
	close(pipes[1]);
}

static void at_most_ten_lines_in_any_second(void **state)
{
	(void)state;
	struct log_limit limit = {0};
	unsigned said = 0;
	for (int64_t ms = 0; ms < 1000; ms++) {
		const struct log_leave leave = log_limit_ask(&limit, (mono_t){span_ms(ms).ns});
		assert_int_equal(leave.suppressed, 0);
		said += leave.say;
	}
	assert_int_equal(said, 10);
	const struct log_leave next = log_limit_ask(&limit, (mono_t){span_ms(1000).ns});
	assert_true(next.say);
	assert_int_equal(next.suppressed, 990);
	assert_false(log_limit_ask(&limit, (mono_t){span_ms(1000).ns}).say);
	assert_true(log_limit_ask(&limit, (mono_t){span_ms(1001).ns}).say);
}

static void read_back(int fd, char *out, size_t room)
{
	const ssize_t n = read(fd, out, room - 1);
	assert_true(n > 0);
	out[n] = '\0';
}

static void a_line_is_one_write_whatever_is_in_it(void **state)
{
	(void)state;
	int pipes[2];
	/* A packet pipe: each read gives what one write gave. */
	assert_int_equal(pipe2(pipes, O_DIRECT | O_CLOEXEC | O_NONBLOCK), 0);
	const int saved = dup(STDERR_FILENO);
	assert_int_equal(dup2(pipes[1], STDERR_FILENO), STDERR_FILENO);
	char wide[6000];
	memset(wide, 'w', sizeof wide);
	wide[sizeof wide - 1] = '\0';
	log_line(LOG_LINE_WARNING, "why=\"%s\" n=%d", "one\ntwo\x1b[31m", 7);
	log_line(LOG_LINE_INFO, "%s", wide);
	struct stat to;
	assert_int_equal(fstat(pipes[1], &to), 0);
	char stream[64];
	(void)snprintf(stream, sizeof stream, "%llu:%llu", (unsigned long long)to.st_dev,
		(unsigned long long)to.st_ino);
	setenv("JOURNAL_STREAM", stream, 1); // NOLINT(concurrency-mt-unsafe): one thread
	log_line(LOG_LINE_WARNING, "text");
	setenv("JOURNAL_STREAM", "1:2", 1); // NOLINT(concurrency-mt-unsafe): one thread
	log_line(LOG_LINE_ERROR, "text");
	unsetenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): one thread
	assert_int_equal(dup2(saved, STDERR_FILENO), STDERR_FILENO);
	close(saved);

	char line[8192];
	read_back(pipes[0], line, sizeof line);
	assert_int_equal(line[10], 'T');
	assert_string_equal(line + 23, "Z warning why=\"one two [31m\" n=7\n");
	read_back(pipes[0], line, sizeof line);
	assert_int_equal(strlen(line), 4096);
	assert_int_equal(line[4095], '\n');
	read_back(pipes[0], line, sizeof line);
	assert_string_equal(line, "<4>text\n");
	read_back(pipes[0], line, sizeof line);
	assert_string_equal(line + 23, "Z error text\n");
	close(pipes[0]);
	close(pipes[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(timers_are_never_early_and_seldom_late),
		cmocka_unit_test(a_timer_set_before_the_loop_runs_is_not_late),
		cmocka_unit_test(a_due_time_in_the_past_means_the_next_turn),
		cmocka_unit_test(a_watch_may_be_freed_in_a_callback_also_its_own),
		cmocka_unit_test(two_readers_share_one_now),
		cmocka_unit_test(a_paused_watch_is_silent_until_it_is_resumed),
		cmocka_unit_test(at_most_ten_lines_in_any_second),
		cmocka_unit_test(a_line_is_one_write_whatever_is_in_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
