#include "ctl/ctl.h"

#include "ctl/ask.h"
#include "ctl/attempts.h"
#include "ctl/complete.h"
#include "ctl/part.h"
#include "ctl/show.h"
#include "ctl/table.h"
#include "ctl/talk.h"
#include "net/clock.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void say_waiting(void *cookie, span_t so_far)
{
	(void)fprintf(cookie, "locumctl: locumd is still at it (%lld s)\n",
		(long long)(so_far.ns / 1000000000));
}

void talk_complain(const struct talk *talk, const char *text)
{
	(void)fputs("locumctl: ", talk->err);
	table_text(talk->err, text);
	(void)fputc('\n', talk->err);
}

json_t *talk_ask(const struct talk *talk, const json_t *question, enum ctl_exit *why)
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
		talk_complain(talk, err.text);
		*why = CTL_UNREACHABLE;
		return NULL;
	}
	json_t *const reply = json_loadb(answer, len, 0, NULL);
	free(answer);
	if (json_is_object(reply))
		return reply;
	json_decref(reply);
	talk_complain(talk, "the answer makes no sense; is that a locumd?");
	*why = CTL_WRONG;
	return NULL;
}

enum ctl_exit talk_failure(const struct talk *talk, const json_t *reply)
{
	const char *const error = json_string_value(json_object_get(reply, "error"));
	show_lines(json_object_get(reply, "problems"), talk->err);
	talk_complain(talk, error != NULL ? error : "locumd refused and did not say why");
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
		const bool in_lines = (talk->command->given & OPTION_WATCH) != 0;
		(void)json_dumpf(body, talk->out, in_lines ? JSON_COMPACT : JSON_INDENT(2));
		(void)fputc('\n', talk->out);
	} else if (done) {
		show(body, talk->out);
	}
	if (!done)
		return talk_failure(talk, reply);
	const struct verb *const verb = talk->command->verb;
	return verb->good == NULL || verb->good(body) ? CTL_DONE : CTL_FAILED;
}

/* Whether something refuses what was planned, and is not forced; then it is said. */
static bool is_in_the_way(const struct talk *talk, const json_t *reply)
{
	const json_t *const plan = json_object_get(reply, "plan");
	const json_t *const force = json_object_get(plan, "force");
	const json_t *one;
	size_t i, open = 0;
	json_array_foreach(json_object_get(plan, "refused"), i, one) open +=
		!part_is(one, "forced");
	if (open == 0)
		return false;
	(void)fputs("locumctl: that is refused", talk->err);
	json_array_foreach(force, i, one)(void) fprintf(talk->err, "%s%" JSON_INTEGER_FORMAT,
		i == 0 ? "; --force " : ",", json_integer_value(one));
	(void)fputs(json_array_size(force) > 0 ? " does it all the same\n" : "\n", talk->err);
	return true;
}

/* What would happen, and nothing else. */
static enum ctl_exit show_only(const struct talk *talk, const json_t *reply)
{
	const bool planned = json_object_get(reply, "plan") != NULL;
	const enum ctl_exit result = show_reply(talk, reply, planned ? "plan" : NULL,
		planned ? show_plan : talk->command->verb->show);
	return result == CTL_DONE && is_in_the_way(talk, reply) ? CTL_REFUSED : result;
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
	json_t *const reply = talk_ask(talk, question, &result);
	json_decref(question);
	if (reply == NULL)
		return result;
	result = show_only(talk, reply);
	json_decref(reply);
	(void)fflush(talk->out);
	if (result != CTL_DONE)
		return result;
	if (isatty(fileno(talk->in)) == 0) {
		talk_complain(talk,
			"nothing was done: there is no terminal to ask on; --yes does it unasked");
		return CTL_UNASKED;
	}
	if (is_yes(talk))
		return CTL_DONE;
	talk_complain(talk, "nothing was done");
	return CTL_UNASKED;
}

/* Asks and shows, once.  `every`: when to ask again, if that is wanted. */
static enum ctl_exit do_once(const struct talk *talk, span_t *every)
{
	const struct command *const command = talk->command;
	const struct verb *const verb = command->verb;
	enum ctl_exit result = CTL_WRONG;
	json_t *const reply = talk_ask(talk, command->question, &result);
	if (reply == NULL)
		return result;
	if ((command->given & OPTION_DRY_RUN) != 0 || verb->show == show_plan)
		result = show_only(talk, reply);
	else
		result = show_reply(talk, reply, verb->body,
			command->n_words > 0 && verb->show_one != NULL ? verb->show_one
								       : verb->show);
	*every = attempts_every(verb->body != NULL ? json_object_get(reply, verb->body) : NULL);
	json_decref(reply);
	if (fflush(talk->out) == 0 && !ferror(talk->out))
		return result;
	talk_complain(talk, "cannot write the answer");
	return CTL_WRONG;
}

/* Once; or until something else than a good or a bad answer comes, or ^C. */
static enum ctl_exit carry_out(const struct talk *talk)
{
	const unsigned given = talk->command->given;
	enum ctl_exit result = CTL_DONE;
	if (talk->command->verb->run != NULL)
		return talk->command->verb->run(talk);
	if (talk->command->verb->asks && (given & (OPTION_DRY_RUN | OPTION_YES)) == 0)
		result = agree(talk);
	if (result != CTL_DONE)
		return result;
	for (;;) {
		const mono_t began = clock_mono();
		span_t every = {0};
		result = do_once(talk, &every);
		if ((given & OPTION_WATCH) == 0 || (result != CTL_DONE && result != CTL_FAILED))
			return result;
		const int64_t left = mono_between(clock_mono(), mono_after(began, every)).ns;
		(void)poll(NULL, 0, left > 0 ? (int)(left / 1000000) : 0);
	}
}

static const char *default_socket(void)
{
	const char *const socket =
		getenv("LOCUM_SOCKET"); // NOLINT(concurrency-mt-unsafe): one thread
	return socket != NULL && socket[0] != '\0' ? socket : "/var/lib/locum/control";
}

/* What needs no daemon and no verb; false: something else is wanted. */
static bool is_simple(int argc, char *const argv[], FILE *out)
{
	if (argc > 1 && strcmp(argv[1], "--complete") == 0) {
		complete_words(
			(const char *const *)argv + 2, (size_t)argc - 2, default_socket(), out);
		return true;
	}
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
		const char *const word = argv[i];
		if (strcmp(word, "-h") == 0 || strcmp(word, "--help") == 0 ||
			(i == 1 && strcmp(word, "help") == 0)) {
			command_usage(out);
			return true;
		}
		if (strcmp(word, "-V") == 0 || strcmp(word, "--version") == 0 ||
			(i == 1 && strcmp(word, "version") == 0)) {
			(void)fprintf(out, "locumctl %s\n", LOCUM_VERSION);
			return true;
		}
	}
	return false;
}

enum ctl_exit ctl_run(
	int argc, char *const argv[], const struct ctl_tools *tools, FILE *in, FILE *out, FILE *err)
{
	if (is_simple(argc, argv, out))
		return fflush(out) == 0 ? CTL_DONE : CTL_WRONG;
	struct command command = {.socket = default_socket()};
	enum ctl_exit result = CTL_USAGE;
	if (command_read(&command, argc, argv, err))
		result = carry_out(&(struct talk){&command, tools, in, out, err});
	json_decref(command.question);
	return result;
}
