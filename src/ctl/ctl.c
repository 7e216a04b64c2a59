#include "ctl/ctl.h"

#include "ctl/ask.h"
#include "ctl/command.h"
#include "ctl/show.h"
#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct talk {
	const struct command *command;
	FILE *in, *out, *err;
};

static void say_waiting(void *cookie, span_t so_far)
{
	(void)fprintf(cookie, "locumctl: locumd is still at it (%lld s)\n",
		(long long)(so_far.ns / 1000000000));
}

static void complain(FILE *err, const char *text)
{
	(void)fputs("locumctl: ", err);
	table_text(err, text);
	(void)fputc('\n', err);
}

/* The answer, an object that the caller owns; NULL, and why: there is none. */
static json_t *ask(const struct talk *talk, const json_t *question, enum ctl_exit *why)
{
	char *const line = json_dumps(question, JSON_COMPACT);
	const struct ask ask = {.path = talk->command->socket,
		.line = line,
		.patience = span_ms(talk->command->verb->patience_s * 1000),
		.notice = span_ms(5000),
		.waiting = say_waiting,
		.cookie = talk->err};
	struct err err;
	size_t len;
	char *const answer = ask_daemon(&ask, &len, &err);
	free(line);
	if (answer == NULL) {
		complain(talk->err, err.text);
		*why = CTL_UNREACHABLE;
		return NULL;
	}
	json_t *const reply = json_loadb(answer, len, 0, NULL);
	free(answer);
	if (json_is_object(reply))
		return reply;
	json_decref(reply);
	complain(talk->err, "the answer makes no sense; is that a locumd?");
	*why = CTL_WRONG;
	return NULL;
}

static enum ctl_exit show_failure(const struct talk *talk, const json_t *reply)
{
	const char *const error = json_string_value(json_object_get(reply, "error"));
	show_lines(json_object_get(reply, "problems"), talk->err);
	complain(talk->err, error != NULL ? error : "locumd refused and did not say why");
	return json_object_get(reply, "refusal") != NULL ? CTL_REFUSED : CTL_WRONG;
}

/* `key`: the part of a good answer that is meant; NULL: all of it. */
static enum ctl_exit show_reply(const struct talk *talk, const json_t *reply, const char *key,
	void (*show)(const json_t *body, FILE *out))
{
	const bool done = json_is_true(json_object_get(reply, "ok"));
	const json_t *const part = key != NULL ? json_object_get(reply, key) : NULL;
	const json_t *const body = done && part != NULL ? part : reply;
	if (talk->command->json) {
		(void)json_dumpf(body, talk->out, JSON_INDENT(2));
		(void)fputc('\n', talk->out);
	} else if (done) {
		show(body, talk->out);
	}
	return done ? CTL_DONE : show_failure(talk, reply);
}

/* The first refusal of a plan that is not forced; NULL: there is none. */
static const json_t *refusal_of(const json_t *reply)
{
	size_t i;
	const json_t *one;
	const json_t *const plan = json_object_get(reply, "plan");
	json_array_foreach(json_object_get(plan, "refused"), i,
		one) if (!json_is_true(json_object_get(one, "forced"))) return one;
	return NULL;
}

static enum ctl_exit complain_refusal(const struct talk *talk, const json_t *refusal)
{
	const json_int_t number = json_integer_value(json_object_get(refusal, "number"));
	(void)fprintf(
		talk->err, "locumctl: refusal %" JSON_INTEGER_FORMAT " stands in the way", number);
	if (json_is_true(json_object_get(refusal, "can_force")))
		(void)fprintf(talk->err, "; --force %" JSON_INTEGER_FORMAT " does it all the same",
			number);
	(void)fputc('\n', talk->err);
	return CTL_REFUSED;
}

/* What would happen, and nothing else. */
static enum ctl_exit show_only(const struct talk *talk, const json_t *reply)
{
	const bool planned = json_object_get(reply, "plan") != NULL;
	const enum ctl_exit result = show_reply(talk, reply, planned ? "plan" : NULL,
		planned ? show_plan : talk->command->verb->show);
	const json_t *const refusal = refusal_of(reply);
	return result == CTL_DONE && refusal != NULL ? complain_refusal(talk, refusal) : result;
}

static bool is_yes(const struct talk *talk)
{
	char line[16];
	(void)fputs("Shall I? [y/N] ", talk->err);
	(void)fflush(talk->err);
	return fgets(line, sizeof line, talk->in) != NULL &&
	       (strcmp(line, "y\n") == 0 || strcmp(line, "yes\n") == 0);
}

/* Shows the plan and asks; CTL_DONE: go on. */
static enum ctl_exit agree(const struct talk *talk)
{
	enum ctl_exit result = CTL_WRONG;
	json_t *const question = json_copy(talk->command->question);
	(void)json_object_set_new(question, "dry-run", json_true());
	json_t *const reply = ask(talk, question, &result);
	json_decref(question);
	if (reply == NULL)
		return result;
	result = show_only(talk, reply);
	json_decref(reply);
	(void)fflush(talk->out);
	if (result != CTL_DONE)
		return result;
	if (isatty(fileno(talk->in)) == 0) {
		complain(talk->err,
			"nothing was done: there is no terminal to ask on; --yes does it unasked");
		return CTL_UNASKED;
	}
	if (is_yes(talk))
		return CTL_DONE;
	complain(talk->err, "nothing was done");
	return CTL_UNASKED;
}

static enum ctl_exit carry_out(const struct talk *talk)
{
	const struct command *const command = talk->command;
	const bool only_shows = (command->given & OPTION_DRY_RUN) != 0;
	enum ctl_exit result = CTL_DONE;
	if (command->verb->asks && !only_shows && (command->given & OPTION_YES) == 0)
		result = agree(talk);
	if (result != CTL_DONE)
		return result;
	json_t *const reply = ask(talk, command->question, &result);
	if (reply == NULL)
		return result;
	if (only_shows || command->verb->show == show_plan)
		result = show_only(talk, reply);
	else
		result = show_reply(talk, reply, command->verb->body, command->verb->show);
	json_decref(reply);
	return result;
}

enum ctl_exit ctl_run(int argc, char *const argv[], FILE *in, FILE *out, FILE *err)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *const word = argv[i];
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ||
			(i == 1 && strcmp(word, "help") == 0)) {
			command_usage(out);
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
	enum ctl_exit result = CTL_USAGE;
	if (command_read(&command, argc, argv, err))
		result = carry_out(&(struct talk){&command, in, out, err});
	json_decref(command.question);
	if (fflush(out) != 0 || ferror(out)) {
		(void)fputs("locumctl: cannot write the answer\n", err);
		return CTL_WRONG;
	}
	return result;
}
