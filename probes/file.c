/*
 * What does a file on this host say, and since when?  For what others leave behind: a job that
 * writes when it is done, a flag that an operator sets.
 *
 * Only regular files are opened, so nothing waits; a file system that hangs (NFS) does hang us.
 */
#include "base/mem.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/loop.h"
#include "probes/pattern.h"
#include "probes/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTENT_MAX = 64 * 1024 };

struct file_options {
	const char *path;
	bool exists;
	const char *expect, *value;
};

static const struct field file_fields[] = {
	{.key = "path",
		.type = FIELD_PATH,
		.offset = offsetof(struct file_options, path),
		.filled = true,
		.help = "The file, on the host that locumd runs on. A relative path is taken from "
			"the directory of the file that names it. Its age is the time since it "
			"was last written. It must not be on a network file system: while one "
			"hangs, all probes of that prober wait for it, without a verdict."},
	{.key = "exists",
		.type = FIELD_BOOL,
		.offset = offsetof(struct file_options, exists),
		.otherwise = "true",
		.help = "Whether it must be there; false for a flag whose presence is bad."},
	{.key = "expect",
		.type = FIELD_TEXT,
		.offset = offsetof(struct file_options, expect),
		.otherwise = "",
		.min = 1,
		.max = 1024,
		.help = "An extended regular expression that must match in its first 64 KB."},
	{.key = "value",
		.type = FIELD_TEXT,
		.offset = offsetof(struct file_options, value),
		.otherwise = "",
		.min = 1,
		.max = 1024,
		.help = "An extended regular expression that finds the value in its first 64 KB: "
			"its first group, or all that it matches. Without it the value is the "
			"first line."},
	{.key = NULL},
};

struct file_probe {
	struct loop *loop;
	const struct probe_target *target;
	const struct file_options *options;
	struct pattern *expect, *value;
	struct watch *look;
	probe_done_fn *done;
	void *cookie;
};

static bool file_check(const void *options, const char **key, struct err *err)
{
	const struct file_options *const o = options;
	*key = "expect";
	if (!pattern_check(o->expect, err))
		return false;
	*key = "value";
	return pattern_check(o->value, err);
}

/* That it is not there is the answer; that we may not look, or could not, is our trouble. */
static struct probe_report no_file(const struct file_options *options, int error)
{
	if (error == ENOENT || error == ENOTDIR)
		return probe_says(options->exists ? PROBE_FAIL : PROBE_PASS, "no such file");
	if (error == EACCES)
		return probe_fault(FAULT_LOCAL, "not allowed to read it");
	const struct probe_report report = probe_errno(error, PROBE_AT_ONCE);
	return probe_fault(FAULT_LOCAL, "%s", report.why);
}

/* A descriptor of a regular file, or -1 with errno; EISDIR: it is none. */
static int open_file(const char *path, struct stat *st)
{
	if (stat(path, st) != 0)
		return -1;
	const int fd = S_ISREG(st->st_mode)
			       ? open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
			       : -1;
	if (fd < 0) {
		errno = S_ISREG(st->st_mode) ? errno : EISDIR;
		return -1;
	}
	if (fstat(fd, st) == 0 && S_ISREG(st->st_mode))
		return fd;
	(void)close(fd); /* another one took its place meanwhile */
	errno = EISDIR;
	return -1;
}

static ssize_t read_all(int fd, char *content)
{
	size_t n = 0;
	while (n < CONTENT_MAX) {
		const ssize_t got = read(fd, content + n, CONTENT_MAX - n);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -1;
		if (got == 0)
			break;
		n += (size_t)got;
	}
	return (ssize_t)n;
}

static struct probe_report judge(const struct file_probe *p, const char *content, size_t len)
{
	struct probe_report report = {.outcome = PROBE_PASS};
	struct found found = {0, 0};
	if (p->value == NULL) {
		const char *const end = len > 0 ? memchr(content, '\n', len) : NULL;
		found.len = end != NULL ? (size_t)(end - content) : len;
	} else {
		(void)!pattern_find(p->value, content, len, &found);
	}
	if (p->expect != NULL && !pattern_find(p->expect, content, len, NULL))
		report = probe_says(PROBE_FAIL, "content is not as expected");
	if (found.len > 0)
		probe_value(&report, content + found.from, found.len);
	return report;
}

static struct probe_report look(const struct file_probe *p)
{
	struct stat st;
	const int fd = open_file(p->options->path, &st);
	if (fd < 0 && errno == EISDIR)
		return probe_says(PROBE_FAIL, "not a regular file");
	if (fd < 0)
		return no_file(p->options, errno);
	char *const content = mem_new(CONTENT_MAX + 1); /* see pattern_find() */
	const ssize_t len = read_all(fd, content);
	struct probe_report report;
	if (!p->options->exists)
		report = probe_says(PROBE_FAIL, "it is there");
	else if (len < 0)
		report = no_file(p->options, errno);
	else
		report = judge(p, content, (size_t)len);
	free(content);
	(void)close(fd);
	probe_aged(&report, (span_t){clock_wall_ns() -
				     (st.st_mtim.tv_sec * 1000000000LL + st.st_mtim.tv_nsec)});
	probe_step(p->target, "%zd %s, written %lld ms ago", len,
		text_plural((uint64_t)len, "octet", "octets"), (long long)report.age.ns / 1000000);
	return report;
}

static void on_look(void *probe, mono_t now)
{
	struct file_probe *const p = probe;
	(void)now;
	const struct probe_report report = look(p);
	watch_free(p->look);
	p->look = NULL;
	p->done(p->cookie, &report);
}

static void file_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct file_probe *const p = probe;
	p->done = done;
	p->cookie = cookie;
	p->look = loop_at(p->loop, loop_now(p->loop), on_look, p);
}

static void file_cancel(void *probe)
{
	struct file_probe *const p = probe;
	watch_free(p->look);
	p->look = NULL;
}

static void *file_begin(struct loop *loop) { return loop; }

static void file_end(void *shared) { (void)shared; }

static void *file_open(void *shared, const struct probe_target *target, const void *options)
{
	struct file_probe *const p = mem_new(sizeof *p);
	p->loop = shared;
	p->target = target;
	p->options = options;
	p->expect = pattern_new(p->options->expect);
	p->value = pattern_new(p->options->value);
	return p;
}

static void file_close(void *probe)
{
	struct file_probe *const p = probe;
	pattern_free(p->expect);
	pattern_free(p->value);
	free(p);
}

const struct probe_kind probe_file = {
	.options = {.name = "file",
		.fields = file_fields,
		.size = sizeof(struct file_options),
		.target = TARGET_NONE,
		.check = file_check},
	.begin = file_begin,
	.end = file_end,
	.open = file_open,
	.close = file_close,
	.start = file_start,
	.cancel = file_cancel,
};
