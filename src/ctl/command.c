#include "ctl/command.h"

#include "base/mem.h"
#include "ctl/table.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

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

static bool put_text(struct command *command, const char *key, const char *word, FILE *err)
{
	json_t *const text = json_string(word); /* NULL: not UTF-8 */
	if (text == NULL)
		return misused(err, "no UTF-8:", word, NULL);
	(void)json_object_set_new(command->question, key, text);
	return true;
}

/* "www/fra": the name of an endpoint has no "/". */
static bool put_pair(struct command *command, const char *word, FILE *err)
{
	const char *const slash = strrchr(word, '/');
	if (slash == NULL || slash == word || slash[1] == '\0')
		return misused(err, "SERVICE/ENDPOINT is expected, not", word, NULL);
	if (!put_text(command, "service", word, err))
		return false;
	(void)json_object_set_new(
		command->question, "service", json_stringn(word, (size_t)(slash - word)));
	return put_text(command, "endpoint", slash + 1, err);
}

/* "6,7" */
static bool put_numbers(struct command *command, const char *key, const char *word, FILE *err)
{
	json_t *const list = json_array();
	const char *at = word;
	char *end = NULL;
	bool good = word[0] != '\0';
	while (good) {
		const long number = strtol(at, &end, 10);
		good = end != at && at[0] >= '0' && at[0] <= '9' && (*end == ',' || *end == '\0');
		(void)json_array_append_new(list, json_integer(number));
		if (*end == '\0')
			break;
		at = end + 1;
	}
	(void)json_object_set_new(command->question, key, list);
	return good || misused(err, "numbers such as 6 or 6,7 are expected, not", word, NULL);
}

/* How many words more it took; -1: it is wrong. */
static int read_option(struct command *command, const char *word, const char *next, FILE *err)
{
	if (strcmp(word, "--json") == 0) {
		command->json = true;
		return 0;
	}
	if (strcmp(word, "-s") == 0) {
		command->socket = next;
		return next != NULL ? 1
				    : misused(err, "the path of a socket is missing behind", word,
					      NULL) -
					      1;
	}
	const struct option *const option = option_find(word);
	if (option == NULL)
		return misused(err, "there is no option", word, option_near(word)) - 1;
	command->given |= option->bit;
	if (option->kind == OPTION_FLAG) {
		if (option->key != NULL)
			(void)json_object_set_new(command->question, option->key, json_true());
		return 0;
	}
	if (next == NULL)
		return misused(err, "something is missing behind", word, NULL) - 1;
	const bool good = option->kind == OPTION_TEXT
				  ? put_text(command, option->key, next, err)
				  : put_numbers(command, option->key, next, err);
	return good ? 1 : -1;
}

/* Whole: the daemon has another working directory. */
static bool put_path(
	struct command *command, const char *key, const char *word, bool is_list, FILE *err)
{
	char here[4096];
	if (word[0] != '/' && getcwd(here, sizeof here) == NULL)
		return misused(err, "name the file from / on, not", word, NULL);
	char *const path = word[0] == '/' ? mem_text(word) : mem_format("%s/%s", here, word);
	json_t *list = json_object_get(command->question, key);
	bool put = true;
	if (!is_list) {
		put = put_text(command, key, path, err);
	} else {
		if (list == NULL)
			(void)json_object_set_new(command->question, key, list = json_array());
		put = json_array_append_new(list, json_string(path)) == 0 ||
		      misused(err, "no UTF-8:", word, NULL);
	}
	free(path);
	return put;
}

static bool read_word(struct command *command, const char *word, FILE *err)
{
	if (command->verb == NULL) {
		command->verb = verb_find(word);
		if (command->verb == NULL)
			return misused(err, "there is no verb", word, verb_near(word));
		return put_text(command, "verb", word, err);
	}
	const struct verb *const verb = command->verb;
	if (verb->many && command->n_words == VERB_WORDS_MAX)
		command->n_words--;
	if (command->n_words == VERB_WORDS_MAX || verb->words[command->n_words] == NULL)
		return misused(err, "one argument too many:", word, NULL);
	const bool is_list = verb->many && command->n_words == VERB_WORDS_MAX - 1;
	const char *const key = verb->words[command->n_words++];
	if (strcmp(key, "service/endpoint") == 0)
		return put_pair(command, word, err);
	if (is_list || strcmp(key, "file") == 0)
		return put_path(command, key, word, is_list, err);
	return put_text(command, key, word, err);
}

static bool check(const struct command *command, FILE *err)
{
	const struct verb *const verb = command->verb;
	char what[64];
	for (const struct option *o = option_list(); o->name != NULL; o++)
		if ((command->given & o->bit) != 0 && (verb->options & o->bit) == 0) {
			(void)snprintf(what, sizeof what, "%s does not go with", o->name);
			return misused(err, what, verb->name, NULL);
		}
	if (command->n_words >= verb->least || (command->given & OPTION_ALL) != 0)
		return true;
	(void)fprintf(err, "locumctl: which %s? locumctl %s %s\n", verb->words[command->n_words],
		verb->name, verb->arguments);
	return false;
}

bool command_read(struct command *command, int argc, char *const argv[], FILE *err)
{
	bool may_be_option = true; /* until "--" */
	command->question = json_object();
	for (int i = 1; i < argc; i++) {
		const char *const word = argv[i];
		if (may_be_option && strcmp(word, "--") == 0) {
			may_be_option = false;
		} else if (may_be_option && word[0] == '-') {
			const int more = read_option(command, word, argv[i + 1], err);
			if (more < 0)
				return false;
			i += more;
		} else if (!read_word(command, word, err)) {
			return false;
		}
	}
	if (command->verb == NULL) {
		command_usage(err);
		return false;
	}
	return check(command, err);
}

void command_usage(FILE *out)
{
	(void)fputs("usage: locumctl [-s SOCKET] VERB [ARGUMENTS] [OPTIONS]\n\n", out);
	for (const struct verb *v = verb_list(); v->name != NULL; v++)
		(void)fprintf(out, "  %-12s%-30s%s\n", v->name, v->arguments, v->help);
	(void)fputs("\n", out);
	for (const struct option *o = option_list(); o->name != NULL; o++)
		(void)fprintf(out, "  %-9s %-9s %s\n", o->name, o->value != NULL ? o->value : "",
			o->help);
	(void)fputs("  --json              the answer as JSON\n"
		    "  -s SOCKET           the daemon's server.control, if it is not LOCUM_SOCKET\n"
		    "                      or /var/lib/locum/control\n"
		    "  -h, -V              this text; the version\n"
		    "See locumctl(1).\n",
		out);
}
