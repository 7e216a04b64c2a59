#include "server/beat_keys.h"

#include "base/arena.h"
#include "base/mem.h"
#include "conf/heartbeat.h"
#include "dns/mac.h"
#include "dns/name.h"
#include "server/files.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const struct conf_key *find_key(const struct conf *conf, const char *name)
{
	uint8_t domain[NAME_MAX_OCTETS];
	struct err err;
	if (!name_parse(domain, name, strlen(name), NULL, &err))
		return NULL;
	for (size_t i = 0; i < conf->n_keys; i++)
		if (name_equal(conf->keys[i].domain, domain))
			return &conf->keys[i];
	return NULL;
}

static void warn_of_readers(const char *path, struct place at, struct conf_problems *problems)
{
	struct stat st;
	if (stat(path, &st) == 0 && (st.st_mode & (S_IRWXO | S_IWGRP)) != 0)
		conf_problem(problems, CONF_WARNING, at,
			"everybody can read the key in %s, or others write it; chmod 600 it", path);
}

/* The secret in base64, whitespace around it taken off. */
static bool read_secret(const struct conf_key *from, struct beat_key *key, struct place at,
	struct conf_problems *problems)
{
	struct arena *const arena = arena_new();
	const struct files *const files = files_disk();
	struct err err = {"it is not base64"};
	const char *text = from->secret;
	size_t len = text != NULL ? strlen(text) : 0;
	if (text == NULL)
		text = files->read(files->cookie, from->file, arena, &len, &err);
	if (text != NULL && from->secret == NULL) {
		warn_of_readers(from->file, at, problems);
		text += strspn(text, " \t\r\n");
		len = strcspn(text, " \t\r\n");
	}
	if (text != NULL)
		key->len = base64_read(text, len, key->secret, sizeof key->secret);
	arena_free(arena);
	if (key->len == 0)
		conf_problem(problems, CONF_ERROR, at, "key \"%s\": %s: %s", from->name,
			from->file != NULL ? from->file : "its secret", err.text);
	return key->len > 0;
}

struct beat_keys beat_keys_read(const struct conf *conf, struct conf_problems *problems)
{
	struct beat_keys keys = {0, NULL};
	size_t room = 0;
	for (size_t i = 0; i < conf->n_probes; i++) {
		const struct conf_probe *const probe = &conf->probes[i];
		if (probe->kind != &heartbeat_kind)
			continue;
		const struct heartbeat_options *const options = probe->options;
		if (options->key == NULL ||
			beat_keys_find(&keys, options->key, strlen(options->key)) != NULL)
			continue;
		const struct conf_key *const from = find_key(conf, options->key);
		struct beat_key key = {.name = options->key};
		if (from == NULL || !read_secret(from, &key, probe->at, problems))
			continue;
		keys.list = mem_grow(keys.list, &room, keys.n + 1, sizeof *keys.list);
		keys.list[keys.n++] = key;
	}
	return keys;
}

const struct beat_key *beat_keys_find(const struct beat_keys *keys, const char *name, size_t len)
{
	for (size_t i = 0; i < keys->n; i++)
		if (strlen(keys->list[i].name) == len && memcmp(keys->list[i].name, name, len) == 0)
			return &keys->list[i];
	return NULL;
}
