#include "server/server.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/text.h"
#include "net/clock.h"
#include "net/log.h"
#include "net/loop.h"
#include "net/socket.h"
#include "responder/responder.h"
#include "server/archive.h"
#include "server/commands.h"
#include "server/docket.h"
#include "server/inquiry.h"
#include "server/loader.h"
#include "server/mailbox.h"
#include "server/rehearse.h"
#include "server/reloads.h"
#include "server/start.h"
#include "server/status.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

enum {
	LAST_WORDS_MS = 20, /* from `locumctl stop` to the end: its reply goes out */
};

struct server {
	const char *path;
	const struct option_set *const *kinds;
	int control_fd, status_fd, beats_fd, lock; /* the last is open until the end */
	struct loop *loop;
	struct responders *responders;
	struct control *control;
	struct mailbox *mailbox;
	struct loader *loader;
	struct keeper *keeper;
	struct status *status;
	struct inquired inquired;
	struct commands *commands;
	struct command_verbs verbs;
	int signal_fd;
	struct watch *signals, *stopping;
	struct docket *docket;
	struct reloads *reloads;
};

/* ---- letters, commands, signals ---- */

/* `text`, `type`, `at`: see LETTER_SNAPSHOT. */
static void send_snapshot(
	void *cookie, struct session *session, const char *text, const char *type, const char *at)
{
	struct server *const server = cookie;
	struct letter *const letter = letter_new(LETTER_SNAPSHOT);
	letter->snapshot = control_snapshot(server->control);
	letter->session = session;
	letter->text = text != NULL ? mem_text(text) : NULL;
	letter->type = type != NULL ? mem_text(type) : NULL;
	letter->at = at != NULL ? mem_text(at) : NULL;
	status_post(server->status, letter);
}

static void take_letter(void *cookie, void *object)
{
	struct server *const server = cookie;
	struct letter *const letter = object;
	switch (letter->kind) {
	case LETTER_LOADED: reloads_hear(server->reloads, letter); break;
	case LETTER_KEPT:
		control_kept(server->control, &letter->kept);
		docket_next(server->docket);
		break;
	case LETTER_WANTED: send_snapshot(server, NULL, NULL, NULL, NULL); break;
	case LETTER_RENDERED: session_reply(letter->session, letter->text, letter->len); break;
	case LETTER_SUSPECT: control_suspect(server->control, letter->kept.err.text); break;
	case LETTER_RESTORED:
		control_restore(server->control, &letter->memory, letter->text, letter->session);
		break;
	case LETTER_EXPLAIN:
	case LETTER_EXPLAINED: inquiry_pass(letter, &server->inquired); return;
	case LETTER_READ:
	case LETTER_DISCARD:
	case LETTER_SNAPSHOT: break; /* those we send */
	}
	letter_free(letter);
}

static void do_status(void *cookie, struct session *session, const char *service)
{
	send_snapshot(cookie, session, service, NULL, NULL);
}

static void do_decree(void *cookie, struct session *session, json_t *args)
{
	docket_put(((struct server *)cookie)->docket, session, args);
}

static void do_reload(void *cookie, struct session *session, bool dry_run)
{
	log_line(LOG_LINE_INFO, "command=reload%s %s", dry_run ? " dry-run" : "",
		session_author(session));
	reloads_ask(
		((struct server *)cookie)->reloads, dry_run ? READ_DRY_RUN : READ_RELOAD, session);
}

static void do_probe(void *cookie, struct session *session, const struct tryout_names *names)
{
	const struct server *const server = cookie;
	control_try(server->control, session, names);
}

static void do_beat(void *cookie, struct session *session, const char *name, const char *value)
{
	struct server *const server = cookie;
	const size_t n = control_beat(server->control, name, value);
	if (n == 0)
		session_fail(session,
			"no heartbeat that a service uses has the name \"%.128s\"; the option "
			"name of its probe says it",
			name);
	else
		session_done(session, "taken");
}

static void do_archive(void *cookie, struct session *session, json_t *args)
{
	struct server *const server = cookie;
	const char *const verb = json_string_value(json_object_get(args, "verb"));
	const char *const file = json_string_value(json_object_get(args, "file"));
	char room[1024];
	if (file != NULL)
		log_line(LOG_LINE_INFO, "command=%s file=\"%s\" %s", verb,
			text_escape(file, strlen(file), room, sizeof room),
			session_author(session));
	if (verb != NULL && strcmp(verb, "outcomes") == 0 && json_object_get(args, "after") == NULL)
		control_record(server->control); /* up to now */
	archive_ask(server->keeper, server->mailbox, session, args, server->path);
}

static void stop_now(void *cookie, mono_t now)
{
	struct server *const server = cookie;
	(void)now;
	loop_stop(server->loop);
}

static void do_stop(void *cookie, struct session *session)
{
	struct server *const server = cookie;
	log_line(LOG_LINE_INFO, "command=stop %s", session_author(session));
	session_done(session, "stopping");
	watch_free(server->stopping);
	server->stopping = loop_at(server->loop,
		mono_after(loop_now(server->loop), span_ms(LAST_WORDS_MS)), stop_now, server);
}

static void take_signal(void *cookie, mono_t now)
{
	struct server *const server = cookie;
	(void)now;
	struct signalfd_siginfo info;
	while (read(server->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
		log_line(LOG_LINE_INFO, "signal=%s uid=%u pid=%u",
			sigabbrev_np((int)info.ssi_signo), info.ssi_uid, info.ssi_pid);
		if (info.ssi_signo == SIGHUP)
			reloads_ask(server->reloads, READ_RELOAD, NULL);
		else
			loop_stop(server->loop);
	}
}

/* ---- start and end ---- */

static void print_problems(const struct conf_problems *problems, const char *path)
{
	for (size_t i = 0; i < problems->n; i++)
		(void)fprintf(
			stderr, "%s\n", conf_problem_text(&problems->list[i], problems->arena));
	if (problems->errors > 0)
		(void)fprintf(stderr, "%s: %zu %s\n", path, problems->errors,
			text_plural(problems->errors, "error", "errors"));
	const char *rest[CONF_REST_MAX];
	const size_t n = conf_problems_rest(problems, problems->arena, rest);
	for (size_t i = 0; i < n; i++)
		(void)fprintf(stderr, "%s: %s\n", path, rest[i]);
}

static struct load *first_load(const char *path, const struct option_set *const kinds[])
{
	struct conf_problems problems = {.arena = arena_new()};
	struct loader_progress progress = {clock_mono()};
	const struct load_watch watch = {&progress, loader_say_progress};
	struct load *const load = load_read(path, kinds, NULL, &watch, &problems);
	print_problems(&problems, path);
	arena_free(problems.arena);
	return load;
}

int server_check(const char *path, const struct option_set *const kinds[])
{
	struct conf_problems problems = {.arena = arena_new()};
	struct load *const load = load_read(path, kinds, NULL, NULL, &problems);
	const bool ok = load != NULL && rehearse(load, &problems);
	print_problems(&problems, path);
	if (ok) {
		const size_t zones = view_zones(load->base), services = load->conf->n_services,
			     checks = load->conf->policy.n_checks, tests = load->conf->n_tests;
		(void)printf("%s: ok: %zu %s, %zu %s, %zu %s", path, zones,
			text_plural(zones, "zone", "zones"), services,
			text_plural(services, "service", "services"), checks,
			text_plural(checks, "check", "checks"));
		if (tests > 0)
			(void)printf(", %zu %s passed", tests, text_plural(tests, "test", "tests"));
		(void)putchar('\n');
	}
	load_unref(load);
	arena_free(problems.arena);
	return ok ? 0 : 1;
}

/* While there is nothing to wind down yet, INT and TERM just end us; HUP is kept for later. */
static void keep_hangups(void)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

static void take_over_signals(struct server *server)
{
	sigset_t set;
	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)pthread_sigmask(SIG_BLOCK, &set, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
	server->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

/* All that needs rights, or that somebody else may have taken. */
static bool open_all(struct server *server, const struct conf_server *conf, struct err *err)
{
	if (!start_directory(conf->state, conf->user, err) ||
		!start_lock(conf->state, conf->user, &server->lock, err))
		return false;
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	if (conf->workers > 0 || cores < 1)
		cores = conf->workers > 0 ? (long)conf->workers : 1;
	server->responders =
		responders_open(conf->listen.list, conf->listen.n, (unsigned)cores, err);
	if (server->responders == NULL)
		return false;
	if (conf->status.len > 0) {
		if (!socket_is_free(&conf->status, err) ||
			(server->status_fd = socket_tcp(&conf->status, err)) < 0)
			return err_within(err, "server.status");
	}
	if (conf->beats.len > 0) {
		if (!socket_is_free(&conf->beats, err) ||
			(server->beats_fd = socket_udp(&conf->beats, err)) < 0)
			return err_within(err, "server.beats");
	}
	server->control_fd = socket_unix(conf->control, err);
	return server->control_fd >= 0 && start_give(conf->control, conf->user, err) &&
	       start_become(conf->user, err);
}

static void close_all(const struct server *server, const struct conf_server *conf)
{
	if (server->status_fd >= 0)
		(void)close(server->status_fd);
	if (server->beats_fd >= 0)
		(void)close(server->beats_fd);
	if (server->control_fd >= 0) {
		(void)close(server->control_fd);
		(void)unlink(conf->control);
	}
}

/* What is wrong with it is said; it is served all the same. */
static struct store *open_store(const char *dir)
{
	static const char *const then[] = {[STORE_SNAPSHOT] = "the last snapshot is in force",
		[STORE_LOST] = "nothing is remembered",
		[STORE_FROZEN] = "what it remembers is in force, operators' commands are refused",
		[STORE_NONE] = "nothing is remembered, operators' commands are refused"};
	enum store_origin origin;
	struct err err;
	struct store *const store = store_open(dir, &origin, &err);
	if (origin != STORE_KEPT && origin != STORE_NEW)
		log_line(LOG_LINE_ERROR, "journal=%s why=\"%s\": %s",
			origin == STORE_FROZEN ? "frozen" : "lost", err.text, then[origin]);
	return store;
}

static void run(struct server *server, struct load *load)
{
	struct store *const store = open_store(load->conf->server.state);
	server->loop = loop_new(); /* a large journal took its time: what is now is later */
	server->control = control_new(server->loop, load, store);
	server->docket = docket_new(server->control);
	responders_start(server->responders);
	server->mailbox = mailbox_new(server->loop, take_letter, server);
	server->keeper = keeper_start(store, server->mailbox);
	archive_verify(server->keeper);
	control_keep(server->control, server->keeper);
	server->loader = loader_start(server->path, server->kinds, server->mailbox);
	server->reloads = reloads_new(server->loader, server->control, server->path);
	server->status = status_start(
		server->status_fd, &load->conf->server.status, server->mailbox, server->responders);
	server->inquired =
		(struct inquired){server->mailbox, server->loader, server->keeper, server->status};
	server->verbs = (struct command_verbs){.cookie = server,
		.status = do_status,
		.reload = do_reload,
		.probe = do_probe,
		.stop = do_stop,
		.beat = do_beat,
		.explain = send_snapshot,
		.archive = do_archive,
		.decree = do_decree};
	server->commands = commands_new(server->loop, server->control_fd, &server->verbs);
	server->signals = loop_readable(server->loop, server->signal_fd, take_signal, server);
	control_watch(server->control, server->beats_fd);

	log_line(LOG_LINE_INFO, "ready version=%s pid=%d zones=%zu services=%zu checks=%zu",
		LOCUM_VERSION, (int)getpid(), view_zones(load->base), load->conf->n_services,
		load->conf->policy.n_checks);
	loop_run(server->loop);
	log_line(LOG_LINE_INFO, "stopping");
}

/*
 * Backwards: first who writes letters, then who reads the view, then the view.  False: the loader
 * is still in a zone or waits for a disk; what it may touch is left alone.
 */
static bool wind_down(struct server *server)
{
	control_end(server->control);
	const bool kept = keeper_stop(server->keeper);
	const bool all = loader_stop(server->loader) && kept;
	status_stop(server->status);
	if (all)
		mailbox_free(server->mailbox, letter_free);
	(void)unlink(control_load(server->control)->conf->server.control);
	commands_free(server->commands);
	responders_stop(server->responders);
	watch_free(server->signals);
	watch_free(server->stopping);
	docket_free(server->docket);
	reloads_free(server->reloads);
	control_free(server->control);
	return all;
}

int server_run(const char *path, const struct option_set *const kinds[])
{
	struct server server = {
		.path = path, .kinds = kinds, .control_fd = -1, .status_fd = -1, .beats_fd = -1};
	start_descriptors();
	keep_hangups();
	struct load *const load = first_load(path, kinds);
	if (load == NULL)
		return 1;
	take_over_signals(&server);

	struct err err;
	if (!open_all(&server, &load->conf->server, &err)) {
		(void)fprintf(stderr, "locumd: %s\n", err.text);
		responders_stop(server.responders);
		close_all(&server, &load->conf->server);
		load_unref(load);
		return 1;
	}
	run(&server, load);
	const bool all = wind_down(&server);
	log_line(LOG_LINE_INFO, "stopped");
	if (!all)
		_exit(0); /* not by way of main(): there is a thread that runs */
	loop_free(server.loop);
	(void)close(server.signal_fd);
	if (server.beats_fd >= 0)
		(void)close(server.beats_fd);
	return 0;
}
