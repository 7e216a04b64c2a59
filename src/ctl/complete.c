#include "ctl/complete.h"

#include "ctl/ask.h"
#include "ctl/verbs.h"

#include <stdlib.h>
#include <string.h>

struct completion {
	const char *socket, *begun; /* begun: the word that is to be completed */
	const struct verb *verb;    /* NULL: it is the verb that is to be completed */
	const char *service;        /* NULL: none stands there yet */
	const char *key;            /* what is to be completed; NULL: nothing is known of it */
	unsigned given;
	FILE *out;
};

static void offer(const struct completion *c, const char *word)
{
	if (word != NULL && strncmp(word, c->begun, strlen(c->begun)) == 0)
		(void)fprintf(c->out, "%s\n", word);
}

/* ---- what stands before ---- */

static void read_words(struct completion *c, const char *const words[], size_t n)
{
	size_t positions = 0;
	for (size_t i = 0; i < n; i++) {
		const struct option *const option = option_find(words[i]);
		const bool is_socket = strcmp(words[i], "-s") == 0;
		const bool has_value = option != NULL && option->kind != OPTION_FLAG;
		c->given |= option != NULL ? option->bit : 0;
		if ((has_value || is_socket) && i + 1 == n) { /* its value is to be completed */
			c->key = has_value ? option->key : NULL;
			return;
		}
		if (is_socket)
			c->socket = words[i + 1];
		i += has_value || is_socket;
		if (words[i][0] == '-' || has_value || is_socket)
			continue;
		if (c->verb == NULL) {
			c->verb = verb_find(words[i]);
			continue;
		}
		if (positions == 0)
			c->service = words[i];
		positions++;
	}
	c->key = c->verb != NULL && positions < VERB_WORDS_MAX ? c->verb->words[positions] : NULL;
}

/* ---- what may stand there ---- */

static void offer_endpoints(const struct completion *c, const json_t *service)
{
	size_t i;
	const json_t *end;
	const char *const name = json_string_value(json_object_get(service, "name"));
	if (name == NULL || c->service == NULL || strcmp(name, c->service) != 0)
		return;
	json_array_foreach(json_object_get(service, "endpoints"), i, end)
		offer(c, json_string_value(json_object_get(end, "name")));
}

static void offer_names(const struct completion *c)
{
	const struct ask ask = {
		.path = c->socket, .line = "{\"verb\":\"status\"}", .patience = span_ms(1000)};
	struct err err;
	size_t len, i;
	char *const answer = ask_daemon(&ask, &len, &err);
	json_t *const reply = answer != NULL ? json_loadb(answer, len, 0, NULL) : NULL;
	const json_t *const status = json_object_get(reply, "status");
	const json_t *service;
	json_array_foreach(json_object_get(status, "services"), i, service)
	{
		if (strcmp(c->key, "service") == 0)
			offer(c, json_string_value(json_object_get(service, "name")));
		else
			offer_endpoints(c, service);
	}
	json_decref(reply);
	free(answer);
}

static void offer_options(const struct completion *c)
{
	for (const struct option *o = option_list(); o->name != NULL; o++)
		if (c->verb != NULL && (c->verb->options & ~c->given & o->bit) != 0)
			offer(c, o->name);
	offer(c, "--json");
}

void complete_words(const char *const words[], size_t n, const char *socket, FILE *out)
{
	static const char *const types[] = {"A", "AAAA", "CNAME", "MX", "NS", "SOA", "SRV", "TXT"};
	struct completion c = {.socket = socket, .begun = n > 0 ? words[n - 1] : "", .out = out};
	read_words(&c, words, n > 0 ? n - 1 : 0);
	if (c.begun[0] == '-')
		offer_options(&c);
	else if (c.key != NULL && (strcmp(c.key, "service") == 0 || strcmp(c.key, "endpoint") == 0))
		offer_names(&c);
	else if (c.key != NULL && strcmp(c.key, "type") == 0)
		for (size_t i = 0; i < COUNT_OF(types); i++)
			offer(&c, types[i]);
	else if (c.verb == NULL && c.key == NULL)
		for (const struct verb *v = verb_list(); v->name != NULL; v++)
			offer(&c, v->name);
}
