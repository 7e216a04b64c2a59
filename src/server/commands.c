#include "server/commands.h"

#include "base/mem.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/stream.h"
#include "server/jtext.h"
#include "server/tryouts.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum {
	CLIENTS_MAX = 16,
	SESSIONS_MAX = 64, /* with those whose clients left before they were answered */
	LINE_MAX_OCTETS = 64 * 1024,
	REPLY_MAX = 256 * 1024 * 1024,
	DEPTH_MAX = 8,
	DEADLINE_MS = 5000,
	DRAIN_MS = 10000,
};

struct session {
	struct commands *commands;
	struct session *next, **link;
	struct stream *stream; /* NULL: the client is gone */
	char author[48];
};

struct commands {
	struct acceptor *acceptor;
	struct stream_rule rule;
	const struct command_verbs *verbs;
	struct session *sessions;
	size_t n_sessions;
};

static void session_free(struct session *session)
{
	session->commands->n_sessions--;
	*session->link = session->next;
	if (session->next != NULL)
		session->next->link = session->link;
	if (session->stream != NULL)
		stream_set_cookie(session->stream, NULL);
	free(session);
}

static struct session *session_new(struct commands *commands, struct stream *stream)
{
	struct session *const session = mem_new(sizeof *session);
	struct ucred who = {0};
	socklen_t len = sizeof who;
	(void)getsockopt(stream_fd(stream), SOL_SOCKET, SO_PEERCRED, &who, &len);
	(void)snprintf(
		session->author, sizeof session->author, "uid=%u pid=%d", who.uid, (int)who.pid);
	session->commands = commands;
	session->stream = stream;
	session->next = commands->sessions;
	session->link = &commands->sessions;
	if (session->next != NULL)
		session->next->link = &session->next;
	commands->sessions = session;
	commands->n_sessions++;
	stream_set_cookie(stream, session);
	stream_hold(stream);
	return session;
}

const char *session_author(const struct session *session) { return session->author; }

void session_reply(struct session *session, const char *json, size_t len)
{
	struct stream *const stream = session->stream;
	session_free(session);
	if (stream == NULL)
		return;
	stream_send(stream, json, len);
	stream_send(stream, "\n", 1);
	stream_finish(stream);
}

static void reply_json(struct session *session, json_t *reply)
{
	char *const text = json_dumps(reply, JSON_COMPACT);
	json_decref(reply);
	session_reply(session, text, strlen(text));
	free(text);
}

void session_done(struct session *session, const char *said)
{
	reply_json(session, json_pack("{s:b, s:o}", "ok", 1, "said", jtext(said)));
}

void session_fail(struct session *session, const char *fmt, ...)
{
	char text[1024];
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
	(void)vsnprintf(text, sizeof text, fmt, args);
	va_end(args);
	reply_json(session, json_pack("{s:b, s:o}", "ok", 0, "error", jtext(text)));
}

void session_reply_list(struct session *session, bool ok, const char *said, const char *key,
	const char *const lines[], size_t n)
{
	json_t *const list = json_array();
	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(list, jtext(lines[i]));
	reply_json(session, json_pack("{s:b, s:o, s:o}", "ok", (int)ok, ok ? "said" : "error",
				    jtext(said), key, list));
}

/* ---- reading a command ---- */

/* jansson nests as deep as it is told to: count before it reads. */
static bool too_deep(const char *line, size_t len)
{
	size_t depth = 0;
	bool quoted = false;
	for (size_t i = 0; i < len; i++) {
		if (quoted && line[i] == '\\')
			i++;
		else if (line[i] == '"')
			quoted = !quoted;
		else if (!quoted && (line[i] == '{' || line[i] == '['))
			depth++;
		else if (!quoted && (line[i] == '}' || line[i] == ']') && depth > 0)
			depth--;
		if (depth > DEPTH_MAX)
			return true;
	}
	return false;
}

static void do_status(struct session *session, json_t *args)
{
	const char *service = NULL;
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s, s?s !}", "verb", &(const char *){NULL},
		    "service", &service) != 0)
		session_fail(session, "status: %s", error.text);
	else
		verbs->status(verbs->cookie, session, service);
}

static void do_reload(struct session *session, json_t *args)
{
	int dry_run = 0;
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s, s?b !}", "verb", &(const char *){NULL},
		    "dry-run", &dry_run) != 0)
		session_fail(session, "reload: %s", error.text);
	else
		verbs->reload(verbs->cookie, session, dry_run != 0);
}

static void do_probe(struct session *session, json_t *args)
{
	struct tryout_names names = {0};
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s, s:s, s:s, s?s !}", "verb", &(const char *){NULL},
		    "service", &names.service, "endpoint", &names.endpoint, "probe",
		    &names.probe) != 0)
		session_fail(session, "probe: %s", error.text);
	else
		verbs->probe(verbs->cookie, session, &names);
}

static void do_stop(struct session *session, json_t *args)
{
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s !}", "verb", &(const char *){NULL}) != 0)
		session_fail(session, "stop: %s", error.text);
	else
		verbs->stop(verbs->cookie, session);
}

static void do_explain(struct session *session, json_t *args)
{
	const char *name, *type = "A", *at = NULL;
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s, s:s, s?s, s?s !}", "verb", &(const char *){NULL},
		    "name", &name, "type", &type, "at", &at) != 0)
		session_fail(session, "explain: %s", error.text);
	else
		verbs->explain(verbs->cookie, session, name, type, at);
}

static void do_decree(struct session *session, json_t *args)
{
	const struct command_verbs *const verbs = session->commands->verbs;
	verbs->decree(verbs->cookie, session, args);
}

static void do_beat(struct session *session, json_t *args)
{
	const char *name = NULL, *value = NULL;
	json_error_t error;
	const struct command_verbs *const verbs = session->commands->verbs;
	if (json_unpack_ex(args, &error, 0, "{s:s, s:s, s?s !}", "verb", &(const char *){NULL},
		    "name", &name, "value", &value) != 0)
		session_fail(session, "beat: %s", error.text);
	else
		verbs->beat(verbs->cookie, session, name, value);
}

static void do_archive(struct session *session, json_t *args)
{
	const struct command_verbs *const verbs = session->commands->verbs;
	verbs->archive(verbs->cookie, session, args);
}

static const struct verb {
	const char *name;
	void (*run)(struct session *session, json_t *args);
} verb_table[] = {
	{"status", do_status},
	{"reload", do_reload},
	{"probe", do_probe},
	{"stop", do_stop},
	{"beat", do_beat},
	{"explain", do_explain},
	{"history", do_archive},
	{"export", do_archive},
	{"outcomes", do_archive},
	{"check", do_archive},
	{"backup", do_archive},
	{"restore", do_archive},
	{"plan", do_decree},
	{"switch", do_decree},
	{"promote", do_decree},
	{"failback", do_decree},
	{"clear", do_decree},
	{"online", do_decree},
	{"offline", do_decree},
	{"out", do_decree},
	{"pin", do_decree},
	{"unpin", do_decree},
	{"freeze", do_decree},
	{"thaw", do_decree},
	{"maintenance", do_decree},
	{"drill", do_decree},
};

static void unknown_verb(struct session *session, const char *word)
{
	const char *names[COUNT_OF(verb_table)];
	for (size_t i = 0; i < COUNT_OF(verb_table); i++)
		names[i] = verb_table[i].name;
	const char *const near = text_nearest(word, names, COUNT_OF(verb_table));
	session_fail(session, "there is no verb \"%.40s\"%s%s%s; locumctl(1) has all of them", word,
		near != NULL ? "; did you mean \"" : "", near != NULL ? near : "",
		near != NULL ? "\"?" : "");
}

/* For others, a disk maybe; these do not, and an operator needs them then. */
static bool waits(void (*run)(struct session *session, json_t *args))
{
	return run != do_status && run != do_stop;
}

static void run_line(struct session *session, const char *line, size_t len)
{
	json_error_t error;
	json_t *const args =
		too_deep(line, len) ? NULL : json_loadb(line, len, JSON_REJECT_DUPLICATES, &error);
	const char *const verb = json_string_value(json_object_get(args, "verb"));
	size_t i = 0;
	while (verb != NULL && i < COUNT_OF(verb_table) && strcmp(verb_table[i].name, verb) != 0)
		i++;
	if (verb == NULL)
		session_fail(session,
			"expected one line of JSON like {\"verb\":\"status\"}, at most %d octets",
			LINE_MAX_OCTETS);
	else if (i == COUNT_OF(verb_table))
		unknown_verb(session, verb);
	else if (session->commands->n_sessions > SESSIONS_MAX && waits(verb_table[i].run))
		session_fail(session, "too many wait for an answer; ask again");
	else
		verb_table[i].run(session, args);
	json_decref(args);
}

static size_t take(void *cookie, struct stream *stream, const uint8_t *data, size_t len)
{
	const uint8_t *const end = memchr(data, '\n', len);
	if (end == NULL && len < LINE_MAX_OCTETS)
		return 0;
	struct session *const session = session_new(cookie, stream);
	if (end == NULL) {
		run_line(session, "", 0);
		return len;
	}
	run_line(session, (const char *)data, (size_t)(end - data));
	return (size_t)(end - data) + 1;
}

static void gone(void *cookie, struct stream *stream)
{
	(void)cookie;
	struct session *const session = stream_cookie(stream);
	if (session != NULL)
		session->stream = NULL;
}

struct commands *commands_new(struct loop *loop, int fd, const struct command_verbs *verbs)
{
	struct commands *const commands = mem_new(sizeof *commands);
	commands->verbs = verbs;
	commands->rule = (struct stream_rule){.connections = CLIENTS_MAX,
		.in_max = LINE_MAX_OCTETS,
		.out_max = REPLY_MAX,
		.idle = span_ms(DEADLINE_MS),
		.message = span_ms(DEADLINE_MS),
		.drain = span_ms(DRAIN_MS),
		.take = take,
		.gone = gone};
	commands->acceptor = acceptor_new(loop, fd, &commands->rule, commands);
	return commands;
}

void commands_free(struct commands *commands)
{
	if (commands == NULL)
		return;
	acceptor_free(commands->acceptor);
	for (struct session *s = commands->sessions, *next; s != NULL; s = next) {
		next = s->next;
		free(s);
	}
	free(commands);
}
