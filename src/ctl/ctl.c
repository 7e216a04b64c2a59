#include "ctl/ctl.h"

#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/attempts.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "net/clock.h"

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2 };

struct command {
	const struct verb *verb;
	const char *socket, *words[WORDS_MAX]; /* NULL: not given */
	size_t n_words;
	bool json, dry_run, watch;
};

struct verb {
	const char *name, *arguments, *help;
	int64_t patience_s;
	size_t least, most; /* words behind it */
	bool can_dry_run, can_watch;
	const char *body; /* the key of what was asked for; NULL: the reply as it is */
	/* Puts the words into the question; false: they are none for it, and `err` was told. */
	bool (*fill)(const struct command *command, json_t *question, FILE *err);
	void (*show)(const struct command *command, const json_t *body, FILE *out);
	bool (*good)(const json_t *body); /* else the exit is CTL_FAILED; NULL: it always is */
};

static bool misused(FILE *err, const char *what, const char *word, const char *near)
{
	(void)fprintf(err, "locumctl: %s \"", what);
	table_text(err, word);
	(void)fputs("\"", err);
	if (near != NULL)
		(void)fprintf(err, "; did you mean \"%s\"?", near);
	(void)fputs(" (locumctl -h lists what there is)\n", err);
	return false;
}

/* ---- the verbs ---- */

static bool fill_reload(const struct command *command, json_t *question, FILE *err)
{
	(void)err;
	if (command->dry_run)
		(void)json_object_set_new(question, "dry-run", json_true());
	return true;
}

static bool fill_status(const struct command *command, json_t *question, FILE *err)
{
	(void)err;
	if (command->n_words > 0)
		(void)json_object_set_new(question, "service", json_string(command->words[0]));
	return true;
}

/* SERVICE/ENDPOINT [PROBE]; the name of an endpoint has no "/". */
static bool fill_probe(const struct command *command, json_t *question, FILE *err)
{
	const char *const slash = strrchr(command->words[0], '/');
	if (slash == NULL || slash == command->words[0] || slash[1] == '\0')
		return misused(err, "SERVICE/ENDPOINT is expected, not", command->words[0], NULL);
	(void)json_object_set_new(question, "service",
		json_stringn(command->words[0], (size_t)(slash - command->words[0])));
	(void)json_object_set_new(question, "endpoint", json_string(slash + 1));
	if (command->n_words > 1)
		(void)json_object_set_new(question, "probe", json_string(command->words[1]));
	return true;
}

static bool fill_beat(const struct command *command, json_t *question, FILE *err)
{
	(void)err;
	(void)json_object_set_new(question, "name", json_string(command->words[0]));
	if (command->n_words > 1)
		(void)json_object_set_new(question, "value", json_string(command->words[1]));
	return true;
}

static void show_status_of(const struct command *command, const json_t *body, FILE *out)
{
	show_status(body, command->n_words > 0 ? SHOW_CHECKS : SHOW_SERVICES, out);
}

static void show_attempts(const struct command *command, const json_t *body, FILE *out)
{
	(void)command;
	attempts_show(body, out);
}

static void show_lines(const json_t *lines, FILE *out)
{
	size_t i;
	const json_t *line;
	json_array_foreach(lines, i, line)
	{
		table_text(out, json_is_string(line) ? json_string_value(line) : "-");
		(void)fputc('\n', out);
	}
}

static void show_said(const struct command *command, const json_t *reply, FILE *out)
{
	(void)command;
	const char *const said = json_string_value(json_object_get(reply, "said"));
	show_lines(json_object_get(reply, "changes"), out);
	table_text(out, said != NULL ? said : "done");
	(void)fputc('\n', out);
}

static const struct verb verbs[] = {
	{.name = "status",
		.arguments = "[SERVICE]",
		.help = "what is answered now, and why",
		.patience_s = 5,
		.most = 1,
		.body = "status",
		.fill = fill_status,
		.show = show_status_of},
	{.name = "probe",
		.arguments = "SERVICE/ENDPOINT [PROBE] [--watch]",
		.help = "ask an endpoint now, and show every step",
		.patience_s = 70, /* a timeout has a minute at most */
		.least = 1,
		.most = 2,
		.can_watch = true,
		.body = "probe",
		.fill = fill_probe,
		.show = show_attempts,
		.good = attempts_passed},
	{.name = "reload",
		.arguments = "[--dry-run]",
		.help = "take on the changed configuration and zones, all or nothing",
		.patience_s = 600,
		.can_dry_run = true,
		.fill = fill_reload,
		.show = show_said},
	{.name = "beat",
		.arguments = "NAME [VALUE]",
		.help = "report in: the heartbeat NAME is alive",
		.patience_s = 5,
		.least = 1,
		.most = 2,
		.fill = fill_beat,
		.show = show_said},
	{.name = "stop",
		.arguments = "",
		.help = "end the daemon",
		.patience_s = 5,
		.show = show_said},
};

static void print_usage(FILE *out)
{
	(void)fputs("usage: locumctl [-s SOCKET] VERB [ARGUMENTS] [--json]\n\n", out);
	for (size_t i = 0; i < COUNT_OF(verbs); i++)
		(void)fprintf(
			out, "  %-7s%-35s%s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	(void)fputs("\n"
		    "  -s SOCKET  the daemon's server.control, if it is not LOCUM_SOCKET\n"
		    "             or /var/lib/locum/control\n"
		    "  --json     the answer as JSON\n"
		    "  --watch    again and again, every interval, until it is interrupted\n"
		    "  -h, -V     this text; the version\n"
		    "See locumctl(1).\n",
		out);
}

/* ---- the command line ---- */

static bool read_option(struct command *command, const char *word, const char *next, FILE *err)
{
	static const char *const options[] = {
		"-s", "--json", "--dry-run", "--watch", "--help", "--version"};
	if (strcmp(word, "--json") == 0)
		command->json = true;
	else if (strcmp(word, "--dry-run") == 0)
		command->dry_run = true;
	else if (strcmp(word, "--watch") == 0)
		command->watch = true;
	else if (strcmp(word, "-s") == 0 && next != NULL)
		command->socket = next;
	else if (strcmp(word, "-s") == 0)
		return misused(err, "the path of a socket is missing behind", word, NULL);
	else
		return misused(err, "there is no option", word,
			text_nearest(word, options, COUNT_OF(options)));
	return true;
}

static bool read_word(struct command *command, const char *word, FILE *err)
{
	const char *names[COUNT_OF(verbs)];
	if (command->verb != NULL) {
		if (command->n_words == command->verb->most)
			return misused(err, "one argument too many:", word, NULL);
		json_t *const text = json_string(word); /* NULL: not UTF-8 */
		json_decref(text);
		command->words[command->n_words++] = word;
		return text != NULL || misused(err, "no UTF-8:", word, NULL);
	}
	for (size_t i = 0; i < COUNT_OF(verbs); i++) {
		names[i] = verbs[i].name;
		if (strcmp(word, verbs[i].name) == 0)
			command->verb = &verbs[i];
	}
	return command->verb != NULL ||
	       misused(err, "there is no verb", word, text_nearest(word, names, COUNT_OF(names)));
}

static bool read_command(struct command *command, int argc, char *const argv[], FILE *err)
{
	bool options = true; /* until "--" */
	for (int i = 1; i < argc; i++) {
		const char *const word = argv[i];
		if (options && strcmp(word, "--") == 0) {
			options = false;
		} else if (options && word[0] == '-') {
			if (!read_option(command, word, argv[i + 1], err))
				return false;
			i += strcmp(word, "-s") == 0;
		} else if (!read_word(command, word, err)) {
			return false;
		}
	}
	if (command->verb == NULL) {
		print_usage(err);
		return false;
	}
	if (command->dry_run && !command->verb->can_dry_run)
		return misused(err, "--dry-run does not go with", command->verb->name, NULL);
	if (command->watch && !command->verb->can_watch)
		return misused(err, "--watch does not go with", command->verb->name, NULL);
	if (command->n_words < command->verb->least)
		return misused(err, "an argument is missing behind", command->verb->name, NULL);
	return true;
}

/* ---- question and answer ---- */

static void say_waiting(void *cookie, span_t so_far)
{
	(void)fprintf(cookie, "locumctl: locumd is still at it (%lld s)\n",
		(long long)(so_far.ns / 1000000000));
}

/* The line to send; NULL: the words are none for the verb, and `err` was told. */
static char *question(const struct command *command, FILE *err)
{
	json_t *const json = json_pack("{s:s}", "verb", command->verb->name);
	const bool filled = command->verb->fill == NULL || command->verb->fill(command, json, err);
	char *const line = filled ? json_dumps(json, JSON_COMPACT) : NULL;
	json_decref(json);
	return line;
}

static void show_json(const struct command *command, const json_t *json, FILE *out)
{
	(void)json_dumpf(json, out, command->watch ? JSON_COMPACT : JSON_INDENT(2));
	(void)fputc('\n', out);
}

/* `every`: when it is to be asked again, if that is wanted. */
static enum ctl_exit show_reply(
	const struct command *command, const json_t *reply, span_t *every, FILE *out, FILE *err)
{
	const struct verb *const verb = command->verb;
	const json_t *const part = verb->body != NULL ? json_object_get(reply, verb->body) : NULL;
	const json_t *const body = part != NULL ? part : reply;
	const bool done = json_is_true(json_object_get(reply, "ok"));
	if (command->json)
		show_json(command, done ? body : reply, out);
	else if (done)
		verb->show(command, body, out);
	*every = attempts_every(body);
	if (done)
		return verb->good == NULL || verb->good(body) ? CTL_DONE : CTL_FAILED;
	const char *const error = json_string_value(json_object_get(reply, "error"));
	show_lines(json_object_get(reply, "problems"), err);
	(void)fputs("locumctl: ", err);
	table_text(err, error != NULL ? error : "locumd refused and did not say why");
	(void)fputc('\n', err);
	return CTL_REFUSED;
}

static enum ctl_exit carry_out(
	const struct command *command, const char *line, span_t *every, FILE *out, FILE *err)
{
	const struct ask ask = {.path = command->socket,
		.line = line,
		.patience = span_ms(command->verb->patience_s * 1000),
		.notice = span_ms(5000),
		.waiting = say_waiting,
		.cookie = err};
	struct err why;
	size_t len;
	char *const answer = ask_daemon(&ask, &len, &why);
	if (answer == NULL) {
		(void)fputs("locumctl: ", err);
		table_text(err, why.text);
		(void)fputc('\n', err);
		return CTL_UNREACHABLE;
	}
	json_t *const reply = json_loadb(answer, len, 0, NULL);
	free(answer);
	enum ctl_exit result = CTL_REFUSED;
	if (json_is_object(reply))
		result = show_reply(command, reply, every, out, err);
	else
		(void)fprintf(err, "locumctl: the answer makes no sense; is that a locumd?\n");
	json_decref(reply);
	if (fflush(out) == 0 && !ferror(out))
		return result;
	(void)fputs("locumctl: cannot write the answer\n", err);
	return CTL_REFUSED;
}

/* Once; or until something else than a good or a bad answer comes, or ^C. */
static enum ctl_exit carry_on(const struct command *command, FILE *out, FILE *err)
{
	char *const line = question(command, err);
	enum ctl_exit result = CTL_USAGE;
	while (line != NULL) {
		const mono_t began = clock_mono();
		span_t every = {0};
		result = carry_out(command, line, &every, out, err);
		if (!command->watch || (result != CTL_DONE && result != CTL_FAILED))
			break;
		const int64_t left = mono_between(clock_mono(), mono_after(began, every)).ns;
		(void)poll(NULL, 0, left > 0 ? (int)(left / 1000000) : 0);
	}
	free(line);
	return result;
}

enum ctl_exit ctl_run(int argc, char *const argv[], FILE *out, FILE *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *const word = argv[i];
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ||
			(i == 1 && strcmp(word, "help") == 0)) {
			print_usage(out);
			return CTL_DONE;
		}
		if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0 ||
			(i == 1 && strcmp(word, "version") == 0)) {
			(void)fprintf(out, "locumctl %s\n", LOCUM_VERSION);
			return CTL_DONE;
		}
	}
	struct command command = {
		.socket = getenv("LOCUM_SOCKET")}; // NOLINT(concurrency-mt-unsafe): one thread
	if (command.socket == NULL || command.socket[0] == '\0')
		command.socket = "/var/lib/locum/control";
	if (!read_command(&command, argc, argv, err))
		return CTL_USAGE;
	return carry_on(&command, out, err);
}
