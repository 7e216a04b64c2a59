/*
 * What does a program of the operator's say?  Its exit code and first line are those of the Nagios
 * plugin API, so that Debian's monitoring-plugins work as they are.
 *
 * It runs without a shell, in a session and group of its own, with nothing of ours but a pipe for
 * its output.  When it ends, is given up or says too much, all that is left of it is killed: the
 * group, and whatever left the group but came to us as an orphan (we are its reaper).
 */
#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "probes/pattern.h"
#include "probes/probe.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
	KEPT = 4096,            /* octets of output that are looked at */
	OUTPUT_MAX = 64 * 1024, /* more is no answer */
	BUCKETS = 1024,
	GRACE_MS = 20, /* what is killed has ended by then, unless the kernel keeps it */
};

enum { EXIT_OK, EXIT_WARNING, EXIT_CRITICAL, EXIT_UNKNOWN };

enum warning { WARNING_PASS, WARNING_FAIL };

struct exec_options {
	struct texts argv;
	int warning;
	const char *value;
};

static const struct word warnings[] = {
	{"pass", WARNING_PASS}, {"fail", WARNING_FAIL}, {.text = NULL}};

static const struct field exec_fields[] = {
	{.key = "argv",
		.type = FIELD_ARGV,
		.offset = offsetof(struct exec_options, argv),
		.min = 1,
		.max = 64,
		.filled = true,
		.help = "The name of a program in server.hooks, and its arguments. There is no "
			"shell: each is handed over as it is."},
	{.key = "warning",
		.type = FIELD_WORD,
		.offset = offsetof(struct exec_options, warning),
		.otherwise = "pass",
		.words = warnings,
		.help = "What exit code 1 with a line of output is. Without one it fails: so end "
			"scripts that broke."},
	{.key = "value",
		.type = FIELD_TEXT,
		.offset = offsetof(struct exec_options, value),
		.otherwise = "",
		.min = 1,
		.max = 1024,
		.help = "An extended regular expression that finds the value in the first line, "
			"performance data included: its first group, or all that it matches. "
			"Without it the value is the line up to the first \"|\"."},
	{.key = NULL},
};

struct exec_shared {
	struct loop *loop;
	struct exec_probe *running[BUCKETS]; /* attempts under way, by pid */
};

struct exec_probe {
	struct exec_shared *shared;
	const struct probe_target *target;
	const struct exec_options *options;
	struct pattern *value;
	char **argv; /* ends with NULL */

	struct exec_probe *next, **link; /* in `running` */
	pid_t pid;                       /* 0: none */
	int pidfd, out;                  /* -1: none; `pidfd` with no `pid`: see reap() */
	struct watch *ended, *readable;  /* `ended` is a timer when it could not be started */
	struct probe_report trouble;     /* ... then this is why */
	char *text;
	size_t n_text, n_read; /* kept; in all */
	probe_done_fn *done;
	void *cookie;
};

static bool exec_check(const void *options, const char **key, struct err *err)
{
	const struct exec_options *const o = options;
	*key = "value";
	return pattern_check(o->value, err);
}

/* ---- what it said ---- */

static struct probe_report unusable(const char *line, int code)
{
	if (line[0] != '\0')
		return probe_fault(FAULT_TOOL, "%s", line);
	return probe_fault(FAULT_TOOL, "exit code %d", code);
}

/* Rules of locum.yaml(5), "probes of type exec". */
static struct probe_report judge_code(const struct exec_probe *p, int code, const char *line)
{
	switch (code) {
	case EXIT_OK: return probe_says(PROBE_PASS, "%s", line);
	case EXIT_WARNING:
		if (line[0] == '\0')
			return probe_says(PROBE_FAIL, "exit code 1 and no output");
		return probe_says(
			p->options->warning == WARNING_PASS ? PROBE_PASS : PROBE_FAIL, "%s", line);
	case EXIT_CRITICAL:
		return probe_says(PROBE_FAIL, "%s", line[0] != '\0' ? line : "exit code 2");
	default: return unusable(line, code);
	}
}

static void put_value(const struct exec_probe *p, size_t len, struct probe_report *report)
{
	struct found found = {0, 0};
	if (p->value != NULL) {
		if (!pattern_find(p->value, p->text, len, &found))
			return;
	} else {
		const char *const bar = len > 0 ? memchr(p->text, '|', len) : NULL;
		found.len = bar != NULL ? (size_t)(bar - p->text) : len;
		while (found.len > 0 && p->text[found.len - 1] == ' ')
			found.len--;
	}
	if (found.len > 0)
		probe_value(report, p->text + found.from, found.len);
}

static struct probe_report judge(const struct exec_probe *p, int status)
{
	char line[PROBE_WHY_MAX] = "";
	const char *const end = p->n_text > 0 ? memchr(p->text, '\n', p->n_text) : NULL;
	const size_t len = end != NULL ? (size_t)(end - p->text) : p->n_text;
	if (len > 0)
		(void)text_escape(p->text, len, line, sizeof line);
	if (p->n_read > OUTPUT_MAX)
		return probe_fault(FAULT_TOOL, "more than %d KB of output", OUTPUT_MAX / 1024);
	if (!WIFEXITED(status))
		return probe_fault(FAULT_TOOL, "ended by SIG%s", sigabbrev_np(WTERMSIG(status)));
	probe_step(p->target, "exit code %d, %zu %s of output", WEXITSTATUS(status), p->n_read,
		text_plural(p->n_read, "octet", "octets"));
	struct probe_report report = judge_code(p, WEXITSTATUS(status), line);
	if (report.outcome != PROBE_NO_VERDICT)
		put_value(p, len, &report);
	return report;
}

/* ---- its end ---- */

static void close_one(int *fd)
{
	if (*fd >= 0)
		(void)close(*fd);
	*fd = -1;
}

static struct exec_probe **bucket(struct exec_shared *shared, pid_t pid)
{
	return &shared->running[(unsigned)pid % BUCKETS];
}

static bool is_running(struct exec_shared *shared, pid_t group)
{
	for (const struct exec_probe *p = *bucket(shared, group); p != NULL; p = p->next)
		if (p->pid == group)
			return true;
	return false;
}

/*
 * Orphans come to us.  Those in the group of an attempt under way end with it; any other left its
 * group to live on, and has nobody any more.
 */
static void end_orphans(struct exec_shared *shared)
{
	char path[64], *list = NULL, *save = NULL;
	size_t room = 0;
	(void)snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
	FILE *const file = fopen(path, "re");
	if (file == NULL)
		return; /* a kernel without the list; groups are killed all the same */
	/* All of it: half a number would be that of somebody else. */
	const bool any = getdelim(&list, &room, '\0', file) > 0 && feof(file) != 0;
	(void)fclose(file);
	for (char *word = any ? strtok_r(list, " ", &save) : NULL; word != NULL;
		word = strtok_r(NULL, " ", &save)) {
		const pid_t pid = (pid_t)strtol(word, NULL, 10);
		if (pid <= 0 || is_running(shared, pid))
			continue;
		if (!is_running(shared, getpgid(pid)))
			(void)kill(pid, SIGKILL);
		(void)waitpid(pid, NULL, WNOHANG);
	}
	free(list);
}

static bool has_ended(int pidfd, int patience_ms)
{
	struct pollfd wanted = {.fd = pidfd, .events = POLLIN};
	return poll(&wanted, 1, patience_ms) > 0;
}

/*
 * Kills what is left of it; how the program itself ended.  One that the kernel keeps (it waits for
 * a file system that hangs) is not waited for: it is an orphan like others then, and `pidfd` stays
 * to tell whether it is still there.
 */
static int reap(struct exec_probe *p)
{
	int status = 0;
	if (p->pid == 0)
		return 0;
	/* Before it is reaped: until then nobody else can have the number. */
	(void)kill(-p->pid, SIGKILL);
	(void)kill(p->pid, SIGKILL); /* setsid() may not have happened yet */
	const bool ended = has_ended(p->pidfd, GRACE_MS);
	if (waitpid(p->pid, &status, WNOHANG) != p->pid)
		status = SIGKILL; /* as it will end */
	p->pid = 0;
	*p->link = p->next;
	if (p->next != NULL)
		p->next->link = p->link;
	if (ended)
		close_one(&p->pidfd);
	end_orphans(p->shared);
	return status;
}

static int clear(struct exec_probe *p)
{
	watch_free(p->ended);
	watch_free(p->readable);
	p->ended = p->readable = NULL;
	const int status = reap(p);
	close_one(&p->out);
	return status;
}

static void drop_text(struct exec_probe *p)
{
	free(p->text);
	p->text = NULL;
	p->n_text = p->n_read = 0;
}

static void exec_cancel(void *probe)
{
	(void)clear(probe);
	drop_text(probe);
}

/* Takes what is there; false: nothing more will come. */
static bool take(struct exec_probe *p)
{
	char octets[KEPT];
	while (p->n_read <= OUTPUT_MAX) {
		const ssize_t n = read(p->out, octets, sizeof octets);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0;
		const size_t room = KEPT - p->n_text;
		const size_t kept = (size_t)n < room ? (size_t)n : room;
		memcpy(p->text + p->n_text, octets, kept);
		p->n_text += kept;
		p->n_read += (size_t)n;
	}
	return false;
}

static void over(struct exec_probe *p)
{
	(void)take(p);
	const int status = clear(p);
	const struct probe_report report = judge(p, status);
	drop_text(p);
	p->done(p->cookie, &report);
}

static void on_output(void *probe, mono_t now)
{
	struct exec_probe *const p = probe;
	(void)now;
	if (take(p))
		return;
	if (p->n_read > OUTPUT_MAX)
		over(p);
	else
		watch_pause(p->readable); /* it closed its output: its end is to come */
}

static void on_ended(void *probe, mono_t now)
{
	(void)now;
	over(probe);
}

static void on_trouble(void *probe, mono_t now)
{
	struct exec_probe *const p = probe;
	const struct probe_report report = p->trouble;
	(void)now;
	exec_cancel(p);
	p->done(p->cookie, &report);
}

/* ---- its begin ---- */

/* For all that it starts, too.  It has run for some microseconds by now, in the dynamic linker. */
static void limit(pid_t pid, span_t timeout)
{
	const rlim_t seconds = (rlim_t)(timeout.ns / 1000000000) + 2;
	const struct {
		__rlimit_resource_t what;
		rlim_t most;
	} limits[] = {
		{RLIMIT_CORE, 0},
		{RLIMIT_CPU, seconds},
		{RLIMIT_NOFILE, 256},
		{RLIMIT_FSIZE, 16 << 20},
		{RLIMIT_DATA, 1 << 30},
	};
	for (size_t i = 0; i < COUNT_OF(limits); i++) {
		const struct rlimit l = {limits[i].most, limits[i].most};
		(void)prlimit(pid, limits[i].what, &l, NULL);
	}
}

static int spawn(struct exec_probe *p, int out)
{
	static char path[] = "PATH=/usr/sbin:/usr/bin:/sbin:/bin", language[] = "LC_ALL=C";
	char *const environment[] = {path, language, NULL};
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attr;
	sigset_t none, all;
	(void)sigemptyset(&none);
	(void)sigfillset(&all);
	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, out, STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	(void)posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
	(void)posix_spawn_file_actions_addchdir_np(&actions, "/");
	(void)posix_spawnattr_init(&attr);
	(void)posix_spawnattr_setsigmask(&attr, &none);
	(void)posix_spawnattr_setsigdefault(&attr, &all);
	(void)posix_spawnattr_setflags(
		&attr, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSID);
	const int error = posix_spawn(&p->pid, p->argv[0], &actions, &attr, p->argv, environment);
	(void)posix_spawnattr_destroy(&attr);
	(void)posix_spawn_file_actions_destroy(&actions);
	if (error != 0)
		p->pid = 0;
	return error;
}

static bool begin(struct exec_probe *p)
{
	int pipes[2];
	/* Else there would be one more of them with every attempt. */
	if (p->pidfd >= 0 && !has_ended(p->pidfd, 0)) {
		p->trouble =
			probe_fault(FAULT_TOOL, "the one before was killed, and has not ended");
		return false;
	}
	close_one(&p->pidfd);
	if (pipe2(pipes, O_CLOEXEC) != 0) {
		p->trouble = probe_errno(errno, PROBE_AT_ONCE);
		return false;
	}
	p->out = pipes[0];
	(void)fcntl(p->out, F_SETFL, O_NONBLOCK); /* this end alone: the other one is the tool's */
	const int error = spawn(p, pipes[1]);
	(void)close(pipes[1]);
	if (error != 0) {
		p->trouble = probe_fault(FAULT_TOOL, "cannot start: %s", strerrordesc_np(error));
		return false;
	}
	p->link = bucket(p->shared, p->pid);
	p->next = *p->link;
	if (p->next != NULL)
		p->next->link = &p->next;
	*p->link = p;
	limit(p->pid, p->target->timeout);
	p->pidfd = pidfd_open(p->pid, 0);
	if (p->pidfd < 0) {
		p->trouble = probe_errno(errno, PROBE_AT_ONCE);
		return false;
	}
	return true;
}

static void exec_start(void *probe, probe_done_fn *done, void *cookie)
{
	struct exec_probe *const p = probe;
	struct loop *const loop = p->shared->loop;
	p->done = done;
	p->cookie = cookie;
	p->text = mem_new(KEPT + 1); /* see pattern_find() */
	if (!begin(p)) {
		p->ended = loop_at(loop, loop_now(loop), on_trouble, p);
		return;
	}
	probe_step(p->target, "started %s, process %d", p->argv[0], (int)p->pid);
	p->ended = loop_readable(loop, p->pidfd, on_ended, p);
	p->readable = loop_readable(loop, p->out, on_output, p);
}

/* ---- its frame ---- */

static void *exec_begin(struct loop *loop)
{
	struct exec_shared *const shared = mem_new(sizeof *shared);
	shared->loop = loop;
	(void)prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
	(void)umask(077); /* what programs get from us; we write no files */
	return shared;
}

static void exec_end(void *shared) { free(shared); }

static void *exec_open(void *shared, const struct probe_target *target, const void *options)
{
	struct exec_probe *const p = mem_new(sizeof *p);
	p->shared = shared;
	p->target = target;
	p->options = options;
	p->value = pattern_new(p->options->value);
	p->argv = mem_list(p->options->argv.n + 1, sizeof *p->argv);
	for (size_t i = 0; i < p->options->argv.n; i++)
		p->argv[i] = mem_text(p->options->argv.list[i].text);
	p->pidfd = p->out = -1;
	return p;
}

static void exec_close(void *probe)
{
	struct exec_probe *const p = probe;
	for (char **a = p->argv; *a != NULL; a++)
		free(*a);
	free(p->argv);
	close_one(&p->pidfd);
	pattern_free(p->value);
	free(p);
}

const struct probe_kind probe_exec = {
	.options = {.name = "exec",
		.fields = exec_fields,
		.size = sizeof(struct exec_options),
		.target = TARGET_NONE,
		.check = exec_check},
	.begin = exec_begin,
	.end = exec_end,
	.open = exec_open,
	.close = exec_close,
	.start = exec_start,
	.cancel = exec_cancel,
};
