#include "server/terms_load.h"

#include "base/arena.h"
#include "server/files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>

enum { HEX = 16, SECRET_DIGITS = 2 * SIPHASH_KEY };

static const char blanks[] = " \t\r";

/* One line, without its end: a secret, or nothing. */
static bool take_line(struct cookie_secrets *secrets, const char *line, size_t len, struct place at,
	struct conf_problems *problems)
{
	const size_t before = strspn(line, blanks);
	line += before < len ? before : len;
	len -= before < len ? before : len;
	while (len > 0 && strchr(blanks, line[len - 1]) != NULL)
		len--;
	if (len == 0 || line[0] == '#')
		return true;
	if (secrets->n == COOKIE_SECRETS) {
		conf_problem(problems, CONF_ERROR, at,
			"there are more than %d secrets; take the oldest out", COOKIE_SECRETS);
		return false;
	}
	if (len != SECRET_DIGITS || strspn(line, "0123456789abcdefABCDEF") < len) {
		conf_problem(problems, CONF_ERROR, at,
			"a secret of server.cookies must be %d hexadecimal digits; `openssl rand "
			"-hex %d` makes one",
			SECRET_DIGITS, SIPHASH_KEY);
		return false;
	}
	uint8_t *const secret = secrets->secret[secrets->n++];
	for (size_t i = 0; i < SIPHASH_KEY; i++) {
		const char two[3] = {line[2 * i], line[2 * i + 1], '\0'};
		secret[i] = (uint8_t)strtoul(two, NULL, HEX);
	}
	return true;
}

static void warn_of_readers(const char *path, struct conf_problems *problems)
{
	struct stat stat_of;
	const struct place at = {.file = path};
	if (stat(path, &stat_of) == 0 && (stat_of.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		conf_problem(problems, CONF_WARNING, at,
			"everybody can read the secrets of server.cookies, or others write them; "
			"chmod 600 it");
}

static void read_secrets(
	struct cookie_secrets *secrets, const char *path, struct conf_problems *problems)
{
	struct arena *const arena = arena_new();
	struct place at = {.file = arena_text(problems->arena, path, strlen(path))};
	struct err err;
	size_t len = 0;
	const struct files *const files = files_disk();
	const char *text = files->read(files->cookie, path, arena, &len, &err);
	bool sound = text != NULL;
	if (!sound)
		conf_problem(problems, CONF_ERROR, at, "server.cookies: %s", err.text);
	else
		warn_of_readers(at.file, problems);
	while (sound && *text != '\0') {
		const size_t line = strcspn(text, "\n");
		at.line++;
		at.column = 1;
		sound = take_line(secrets, text, line, at, problems);
		text += line + (text[line] != '\0');
	}
	if (sound && secrets->n == 0)
		conf_problem(problems, CONF_ERROR, at, "there is no secret in it");
	arena_free(arena);
}

static void make_secret(struct cookie_secrets *secrets)
{
	secrets->n = 1;
	if (getrandom(secrets->secret[0], SIPHASH_KEY, 0) != SIPHASH_KEY) {
		(void)fprintf(stderr, "the kernel has no random numbers\n");
		abort();
	}
}

static void take_cookies(struct cookie_secrets *secrets, const struct conf_server *conf,
	const struct conf_server *before, const struct terms *was, struct conf_problems *problems)
{
	if (conf->cookies.off == CONF_OFF)
		return;
	if (conf->cookies.secret_file != NULL)
		read_secrets(secrets, conf->cookies.secret_file, problems);
	else if (was != NULL && was->cookies.n > 0 && before->cookies.secret_file == NULL)
		*secrets = was->cookies;
	else
		make_secret(secrets);
}

static void take_rate(struct rate_rule *rate, const struct conf_rrl *conf)
{
	if (conf->off == CONF_ON) {
		rate->rate = conf->rate;
		rate->slip = conf->slip;
	}
	while (rate->n_exempt < conf->exempt.n && rate->n_exempt < TERMS_EXEMPT_MAX) {
		rate->exempt[rate->n_exempt] = conf->exempt.list[rate->n_exempt];
		rate->n_exempt++;
	}
}

struct terms *terms_load(const struct conf_server *conf, const struct conf_server *before,
	const struct terms *was, struct conf_problems *problems)
{
	struct terms *const terms = terms_new();
	if (conf->identity != NULL)
		(void)snprintf(terms->identity, sizeof terms->identity, "%s", conf->identity);
	if (conf->version)
		(void)snprintf(terms->version, sizeof terms->version, "locum %s", LOCUM_VERSION);
	take_rate(&terms->rate, &conf->rrl);
	terms->connections = conf->connections_per_client;
	take_cookies(&terms->cookies, conf, before, was, problems);
	if (was == NULL || !terms_equal(terms, was))
		return terms;
	terms_unref(terms);
	return terms_ref(was);
}
