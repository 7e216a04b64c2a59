#include "ctl/ctl.h"

#include "base/text.h"
#include "ctl/ask.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { WORDS_MAX = 2 };

struct command {
	const struct verb *verb;
	const char *socket, *words[WORDS_MAX]; /* words: NULL when not given */
	size_t n_words;
	bool json, dry_run;
};

struct verb {
	const char *name, *arguments, *help;
	int64_t patience_s;
	const char *words[WORDS_MAX]; /* what its arguments are called in JSON */
	size_t needs;                 /* so many of them */
	bool can_dry_run;
	void (*show)(const struct command *command, const json_t *reply, FILE *out);
};

static void show_status_of(const struct command *command, const json_t *reply, FILE *out)
{
	show_status(json_object_get(reply, "status"),
		command->n_words > 0 ? SHOW_CHECKS : SHOW_SERVICES, out);
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
		.words = {"service"},
		.show = show_status_of},
	{.name = "reload",
		.arguments = "[--dry-run]",
		.help = "take on the changed configuration and zones, all or nothing",
		.patience_s = 600,
		.can_dry_run = true,
		.show = show_said},
	{.name = "beat",
		.arguments = "NAME [VALUE]",
		.help = "report in: the heartbeat NAME is alive",
		.patience_s = 5,
		.words = {"name", "value"},
		.needs = 1,
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
			out, "  %-7s%-13s %s\n", verbs[i].name, verbs[i].arguments, verbs[i].help);
	(void)fputs("\n"
		    "  -s SOCKET  the daemon's server.control, if it is not LOCUM_SOCKET\n"
		    "             or /var/lib/locum/control\n"
		    "  --json     the answer as JSON\n"
		    "  -h, -V     this text; the version\n"
		    "See locumctl(1).\n",
		out);
}

/* ---- the command line ---- */

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

static bool read_option(struct command *command, const char *word, const char *next, FILE *err)
{
	static const char *const options[] = {"-s", "--json", "--dry-run", "--help", "--version"};
	if (strcmp(word, "--json") == 0)
		command->json = true;
	else if (strcmp(word, "--dry-run") == 0)
		command->dry_run = true;
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
		if (command->n_words == WORDS_MAX || command->verb->words[command->n_words] == NULL)
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
	if (command->n_words < command->verb->needs)
		return misused(err, "an argument is missing behind", command->verb->name, NULL);
	if (command->dry_run && !command->verb->can_dry_run)
		return misused(err, "--dry-run does not go with", command->verb->name, NULL);
	return true;
}

/* ---- question and answer ---- */

static void say_waiting(void *cookie, span_t so_far)
{
	(void)fprintf(cookie, "locumctl: locumd is still at it (%lld s)\n",
		(long long)(so_far.ns / 1000000000));
}

static char *question(const struct command *command)
{
	json_t *const json = json_pack("{s:s}", "verb", command->verb->name);
	for (size_t i = 0; i < command->n_words; i++)
		(void)json_object_set_new(
			json, command->verb->words[i], json_string(command->words[i]));
	if (command->dry_run)
		(void)json_object_set_new(json, "dry-run", json_true());
	char *const line = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	return line;
}

static enum ctl_exit show_reply(
	const struct command *command, const json_t *reply, FILE *out, FILE *err)
{
	const bool done = json_is_true(json_object_get(reply, "ok"));
	if (command->json) {
		const json_t *const status = json_object_get(reply, "status");
		(void)json_dumpf(done && status != NULL ? status : reply, out, JSON_INDENT(2));
		(void)fputc('\n', out);
	} else if (done) {
		command->verb->show(command, reply, out);
	}
	if (done)
		return CTL_DONE;
	const char *const error = json_string_value(json_object_get(reply, "error"));
	show_lines(json_object_get(reply, "problems"), err);
	(void)fputs("locumctl: ", err);
	table_text(err, error != NULL ? error : "locumd refused and did not say why");
	(void)fputc('\n', err);
	return CTL_REFUSED;
}

static enum ctl_exit carry_out(const struct command *command, FILE *out, FILE *err)
{
	char *const line = question(command);
	const struct ask ask = {.path = command->socket,
		.line = line,
		.patience = span_ms(command->verb->patience_s * 1000),
		.notice = span_ms(5000),
		.waiting = say_waiting,
		.cookie = err};
	struct err why;
	size_t len;
	char *const answer = ask_daemon(&ask, &len, &why);
	free(line);
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
		result = show_reply(command, reply, out, err);
	else
		(void)fprintf(err, "locumctl: the answer makes no sense; is that a locumd?\n");
	json_decref(reply);
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
	const enum ctl_exit result = carry_out(&command, out, err);
	if (fflush(out) != 0 || ferror(out)) {
		(void)fputs("locumctl: cannot write the answer\n", err);
		return CTL_REFUSED;
	}
	return result;
}
