#include "net/log.h"

#include "net/clock.h"

#include <limits.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const struct {
	const char *word, *journal;
} levels[] = {
	[LOG_LINE_ERROR] = {"error", "<3>"},
	[LOG_LINE_WARNING] = {"warning", "<4>"},
	[LOG_LINE_INFO] = {"info", "<6>"},
};

/* JOURNAL_STREAM is inherited by shells whose standard error is something else: compare. */
static bool into_journal(void)
{
	const char *const stream =
		getenv("JOURNAL_STREAM"); // NOLINT(concurrency-mt-unsafe): nobody sets it
	if (stream == NULL)
		return false;
	struct stat to;
	char *end;
	const unsigned long long device = strtoull(stream, &end, 10);
	return *end == ':' && fstat(STDERR_FILENO, &to) == 0 && to.st_dev == device &&
	       to.st_ino == strtoull(end + 1, NULL, 10);
}

static size_t begin(char *line, size_t room, enum log_level level)
{
	if (into_journal())
		return (size_t)snprintf(line, room, "%s", levels[level].journal);
	const int64_t ns = clock_wall_ns();
	const time_t seconds = (time_t)(ns / 1000000000);
	struct tm at;
	(void)gmtime_r(&seconds, &at);
	const size_t used = strftime(line, room, "%Y-%m-%dT%H:%M:%S", &at);
	const int more = snprintf(line + used, room - used, ".%03dZ %s ",
		(int)(ns / 1000000 % 1000), levels[level].word);
	return used + (size_t)more;
}

/* Of what waits for nobody: a reader of our pipe that hangs may not hold up a failover. */
static pthread_mutex_t one_by_one = PTHREAD_MUTEX_INITIALIZER;
static uint64_t unwritten; /* lines, since the last that was written */

/*
 * A pipe that says POLLOUT takes PIPE_BUF octets at once, and journald's socket more.  Files always
 * say it.
 */
static bool put(const char *line, size_t len)
{
	struct pollfd out = {.fd = STDERR_FILENO, .events = POLLOUT};
	if (poll(&out, 1, 0) != 1 || (out.revents & POLLOUT) == 0)
		return false;
	(void)!write(STDERR_FILENO, line, len); /* there is nobody to tell that it failed */
	return true;
}

static void put_or_count(const char *line, size_t len)
{
	char missing[128];
	(void)pthread_mutex_lock(&one_by_one);
	if (unwritten > 0) {
		const size_t begun = begin(missing, sizeof missing, LOG_LINE_WARNING);
		const int n = snprintf(missing + begun, sizeof missing - begun,
			"log-lines-lost=%llu: standard error took no more\n",
			(unsigned long long)unwritten);
		if (put(missing, begun + (size_t)n))
			unwritten = 0;
	}
	if (unwritten > 0 || !put(line, len))
		unwritten++;
	(void)pthread_mutex_unlock(&one_by_one);
}

void log_line(enum log_level level, const char *fmt, ...)
{
	va_list args;
	char line[PIPE_BUF];
	const size_t begun = begin(line, sizeof line, level);
	va_start(args, fmt);
	// NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 does not see va_start
	const int n = vsnprintf(line + begun, sizeof line - begun, fmt, args);
	va_end(args);
	size_t len = begun + (n > 0 ? (size_t)n : 0);
	if (len > sizeof line - 1)
		len = sizeof line - 1; /* the newline takes the place of the NUL */
	for (size_t i = begun; i < len; i++)
		if ((unsigned char)line[i] < ' ' || line[i] == 127)
			line[i] = ' ';
	line[len] = '\n';
	put_or_count(line, len + 1);
}

struct log_leave log_limit_ask(struct log_limit *limit, mono_t now)
{
	mono_t *const oldest = &limit->said[limit->passed % LOG_LIMIT];
	const bool full = limit->passed >= LOG_LIMIT;
	if (full && !span_at_least(mono_between(*oldest, now), span_ms(1000))) {
		limit->suppressed++;
		return (struct log_leave){0};
	}
	const struct log_leave leave = {.say = true, .suppressed = limit->suppressed};
	*oldest = now;
	limit->passed++;
	limit->suppressed = 0;
	return leave;
}
