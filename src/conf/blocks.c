#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/draft.h"
#include "conf/fill.h"
#include "conf/heartbeat.h"
#include "conf/pack.h"
#include "conf/problem.h"
#include "dns/name.h"

#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

enum { KINDS_MAX = 64 };

static struct reader reader_for(const struct draft *draft, const char *subject)
{
	return (struct reader){draft->arena, draft->problems, subject};
}

/* Of what is not known. */
static const struct conf_limits unlimited = {UINT16_MAX, UINT16_MAX};

static void build_server(struct draft *draft)
{
	if (draft->server == NULL) {
		draft->conf->server.limits = unlimited;
		if (draft->root != NULL && yaml_find(draft->root, "server") == NULL)
			conf_problem(draft->problems, CONF_ERROR, draft->root->at,
				"server is missing; add \"server: {listen: [\"127.0.0.1@53\"]}\" "
				"with the addresses to answer on");
		return;
	}
	struct conf_server *const server = &draft->conf->server;
	const struct part part = {table_server, server};
	const struct reader reader = reader_for(draft, "server");
	if (!fields_read(&reader, draft->server, &part, 1, FIELDS_REFUSE_OTHERS)) {
		server->limits = unlimited;
		return;
	}
	for (size_t i = 0; i < server->listen.n; i++)
		for (size_t j = 0; j < i; j++) {
			char text[ADDRESS_TEXT_MAX];
			if (address_equal(&server->listen.list[i], &server->listen.list[j]))
				conf_problem(draft->problems, CONF_ERROR,
					draft_place(draft->server, "listen"),
					"server: listen has %s twice; take one out",
					address_text(&server->listen.list[i], text));
		}
	uint32_t share;
	if (server->breaker.off == CONF_ON && !share_parse(server->breaker.share, 1, &share))
		conf_problem(draft->problems, CONF_ERROR, draft_place(draft->server, "breaker"),
			"server: breaker: share must be a whole number or a percentage, such as "
			"50%%");
	if (server->control == NULL)
		server->control = arena_format(draft->arena, "%s/control", server->state);
	const size_t len = strlen(server->control),
		     most = sizeof((struct sockaddr_un *)0)->sun_path;
	if (len >= most)
		conf_problem(draft->problems, CONF_ERROR, draft_place(draft->server, "control"),
			"server: control is a path of %zu octets, and a socket's may have %zu; "
			"name a shorter one",
			len, most - 1);
}

static bool is_base64(const char *text)
{
	const size_t len = strlen(text);
	const size_t digits =
		strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
	const size_t pads = strspn(text + digits, "=");
	return digits > 0 && pads <= 2 && digits + pads == len && len % 4 == 0;
}

static void build_key(struct draft *draft, const struct named *named, struct conf_key *key)
{
	const char *const subject = draft_subject(draft, &draft->keys, named);
	const struct reader reader = reader_for(draft, subject);
	const struct part part = {table_key, key};
	*key = (struct conf_key){
		.name = arena_text(draft->arena, named->key->text, strlen(named->key->text)),
		.domain = named->domain};
	if (!fields_read(&reader, named->value, &part, 1, FIELDS_REFUSE_OTHERS))
		return;
	if ((key->secret != NULL) == (key->file != NULL))
		conf_problem(draft->problems, CONF_ERROR, named->value->at,
			key->secret != NULL ? "%s: secret and file are both given; take one out"
					    : "%s: secret or file is missing; name the file that "
					      "has the secret",
			subject);
	else if (key->secret != NULL && !is_base64(key->secret))
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "secret"),
			"%s: secret must be base64, with its = at the end; copy it whole", subject);
}

static void build_keys(struct draft *draft)
{
	struct conf_key *const keys = arena_list(draft->arena, draft->keys.n, sizeof *keys);
	for (size_t i = 0; i < draft->keys.n; i++)
		build_key(draft, draft->keys.list[i], &keys[i]);
	draft->conf->keys = keys;
	draft->conf->n_keys = draft->keys.n;
}

static void build_zone(struct draft *draft, const struct named *named, struct conf_zone *zone)
{
	const char *const subject = draft_subject(draft, &draft->zones, named);
	const struct reader reader = reader_for(draft, subject);
	const struct part part = {table_zone, zone};
	const struct yaml_node *const map = named->value;
	*zone = (struct conf_zone){.apex = named->domain, .at = named->key->at};
	if (!fields_read(&reader, map, &part, 1, FIELDS_REFUSE_OTHERS)) {
		zone->limits = unlimited;
		return;
	}
	const bool all = zone->apex == NULL;
	if (all && zone->file != NULL)
		conf_problem(draft->problems, CONF_ERROR, draft_place(map, "file"),
			"%s: file cannot be given for all zones; give each zone its own entry, or "
			"name a directory with dir",
			subject);
	else if (all && zone->dir == NULL)
		conf_problem(draft->problems, CONF_ERROR, map->at,
			"%s: dir is missing; add the directory that has the NAME.zone files",
			subject);
	else if (!all && zone->dir != NULL)
		conf_problem(draft->problems, CONF_ERROR, draft_place(map, "dir"),
			"%s: dir belongs to the entry \"*\" alone; name the zone's own file with "
			"file",
			subject);
	else if (!all && zone->file == NULL)
		conf_problem(draft->problems, CONF_ERROR, map->at,
			"%s: file is missing; add the path of its zone file", subject);
}

static int by_dir(const void *left, const void *right)
{
	const struct conf_zone *const a = left, *const b = right;
	return strcmp(a->dir, b->dir);
}

/* The entries "*": sorted, as the others are. */
static void sort_dirs(struct draft *draft, struct conf_zone *dirs, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (dirs[i].dir == NULL)
			return; /* an error, and said */
	qsort(dirs, n, sizeof *dirs, by_dir);
	for (size_t i = 1; i < n; i++)
		if (strcmp(dirs[i].dir, dirs[i - 1].dir) == 0)
			conf_problem(draft->problems, CONF_ERROR, dirs[i].at,
				"zone \"*\": dir %s stands twice, also at %s:%u:%u; take one out",
				dirs[i].dir, dirs[i - 1].at.file, dirs[i - 1].at.line,
				dirs[i - 1].at.column);
}

static void build_zones(struct draft *draft)
{
	const size_t n = draft->zones.n;
	struct conf_zone *const zones = arena_list(draft->arena, n, sizeof *zones);
	size_t named = 0;
	for (size_t i = 0; i < n; i++) {
		build_zone(draft, draft->zones.list[i], &zones[i]);
		named += zones[i].apex != NULL;
	}
	if (n > named)
		sort_dirs(draft, zones + named, n - named);
	draft->conf->zones = zones;
	draft->conf->n_zones = n;
}

/* The kind that `type` names; NULL when that was an error or will be one. */
static const struct option_set *probe_kind(
	const struct draft *draft, const struct yaml_node *map, const char *subject)
{
	const struct yaml_entry *const type =
		map->is == YAML_IS_MAP ? yaml_find(map, "type") : NULL;
	if (type == NULL || type->value->is != YAML_IS_TEXT || yaml_empty(type->value))
		return NULL;
	const char *const name = type->value->text, *known[KINDS_MAX];
	size_t n = 0;
	for (size_t i = 0; draft->kinds[i] != NULL; i++) {
		if (strcmp(draft->kinds[i]->name, name) == 0)
			return draft->kinds[i];
		if (n < KINDS_MAX)
			known[n++] = draft->kinds[i]->name;
	}
	char quoted[QUOTED_MAX], near[SUGGESTION_MAX];
	conf_problem(draft->problems, CONF_ERROR, type->value->at,
		"%s: there is no type %s of probes%s", subject, problem_quoted(name, quoted),
		problem_nearest(name, known, n, near));
	return NULL;
}

static void take_port(struct draft *draft, const struct named *named, struct conf_probe *probe,
	uint32_t given, const char *subject)
{
	struct err err;
	probe->port = given;
	if (probe->kind->port_of != NULL &&
		!probe->kind->port_of(probe->options, &probe->port, &err))
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "port"),
			"%s: port: %s", subject, err.text);
	if (probe->port == 0)
		probe->port = probe->kind->port;
	if (probe->kind->target == TARGET_PORT && probe->port == 0)
		conf_problem(draft->problems, CONF_ERROR, named->value->at,
			"%s: port is missing; add the one to ask, a whole number 1 to 65535",
			subject);
	if (probe->kind->target != TARGET_PORT && probe->port != 0)
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "port"),
			"%s: type %s asks no port; take it out", subject, probe->kind->name);
}

static void check_limits(struct draft *draft, const struct named *named,
	const struct conf_probe *probe, const char *subject)
{
	const struct limits *const limits = &probe->limits;
	const char *const key = limits->min.given ? "min" : limits->max.given ? "max" : "max-age";
	char min[DECIMAL_TEXT_MAX], max[DECIMAL_TEXT_MAX];
	if (limits_any(limits) && probe->kind->valueless != NULL &&
		probe->kind->valueless(probe->options))
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, key),
			"%s: %s is a limit for a value, and type %s reads none "
			"with these options; take it out",
			subject, key, probe->kind->name);
	if (limits->min.given && limits->max.given &&
		decimal_compare(&limits->min, &limits->max) > 0)
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "min"),
			"%s: min %s is above max %s, so that no value is good; exchange them",
			subject, decimal_text(&limits->min, min), decimal_text(&limits->max, max));
}

/*
 * Attempts never overlap, so a timeout longer than the interval is no error in itself: it shows
 * only when an endpoint hangs.  Ten times as long, it would be asked a tenth as often as is written
 * there just then; that is not meant.  `fast` is for what fails at once, and may be as short as one
 * likes.
 */
static void check_times(struct draft *draft, const struct named *named,
	const struct conf_probe *probe, const char *subject)
{
	enum { TIMES_MAX = 10 };
	char a[SPAN_TEXT_MAX], b[SPAN_TEXT_MAX], c[SPAN_TEXT_MAX], d[SPAN_TEXT_MAX];
	const struct {
		const char *key;
		span_t span;
	} steady[] = {{"every", probe->every}, {"down", probe->down}};
	for (size_t i = 0; i < COUNT_OF(steady); i++)
		if (probe->timeout.ns > TIMES_MAX * steady[i].span.ns &&
			(i == 0 || yaml_find(named->value, steady[i].key) != NULL))
			conf_problem(draft->problems, CONF_ERROR,
				draft_place(named->value, steady[i].key),
				"%s: %s: %s is too short for a timeout of %s: attempts do not "
				"overlap, "
				"and one may take at most %d intervals; make timeout at most %s, "
				"or "
				"%s at least %s",
				subject, steady[i].key, span_text(steady[i].span, a),
				span_text(probe->timeout, b), TIMES_MAX,
				span_text((span_t){steady[i].span.ns * TIMES_MAX}, c),
				steady[i].key,
				span_text(span_ms((probe->timeout.ns / 1000000 + TIMES_MAX - 1) /
						  TIMES_MAX),
					d));
	if (probe->fast.ns > probe->every.ns)
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "fast"),
			"%s: fast: %s is longer than every: %s; make it shorter, or take it out",
			subject, span_text(probe->fast, a), span_text(probe->every, b));
}

static void check_options(struct draft *draft, const struct named *named,
	const struct conf_probe *probe, const char *subject)
{
	const char *key = "type";
	struct err err;
	/* With substitutions they are judged for each endpoint, filled: see services.c. */
	if (probe->kind->check != NULL && !fill_wanted(probe->kind->fields, probe->options) &&
		!probe->kind->check(probe->options, &key, &err))
		conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, key),
			"%s: %s: %s", subject, key, err.text);
}

static void check_watch(struct draft *draft, const struct named *named,
	const struct conf_probe *probe, const char *subject)
{
	if (!probe->watch || (probe->kind->watch != NULL && probe->kind->watch(probe->options)))
		return;
	conf_problem(draft->problems, CONF_ERROR, draft_place(named->value, "watch"),
		probe->kind->watch == NULL
			? "%s: type %s asks no TCP port, so no connection can be watched; take "
			  "watch out"
			: "%s: type %s expects no open port here, so no connection can be "
			  "watched; take watch out",
		subject, probe->kind->name);
}

/* `name` is that of a file in server.hooks: becomes its path, and is to be looked at. */
static void take_program(
	struct draft *draft, const struct field *field, struct texts *argv, const char *subject)
{
	struct text_at *const list =
		arena_copy(draft->arena, argv->list, argv->n * sizeof *argv->list);
	const char *const hooks = draft->conf->server.hooks, *const name = list[0].text;
	char quoted[QUOTED_MAX];
	if (hooks == NULL) {
		conf_problem(draft->problems, CONF_ERROR, list[0].at,
			"%s: %s: programs are run from server.hooks alone, which is not given; "
			"name the directory there",
			subject, field->key);
		return;
	}
	if (name[0] == '\0' || strchr(name, '/') != NULL || strcmp(name, ".") == 0 ||
		strcmp(name, "..") == 0) {
		conf_problem(draft->problems, CONF_ERROR, list[0].at,
			"%s: %s: %s is no name of a program in server.hooks; put it there and "
			"give its name alone",
			subject, field->key, problem_quoted(name, quoted));
		return;
	}
	list[0].text = arena_format(draft->arena, "%s/%s", hooks, name);
	argv->list = list;
	draft->programs = mem_grow(draft->programs, &draft->programs_room, draft->n_programs + 1,
		sizeof *draft->programs);
	draft->programs[draft->n_programs++] = (struct conf_program){.path = list[0].text,
		.subject = arena_text(draft->arena, subject, strlen(subject)),
		.key = field->key,
		.at = list[0].at};
}

static void take_programs(
	struct draft *draft, const struct conf_probe *probe, void *options, const char *subject)
{
	for (const struct field *f = probe->kind->fields; f != NULL && f->key != NULL; f++) {
		struct texts *const argv = (void *)((uint8_t *)options + f->offset);
		if (f->type == FIELD_ARGV && argv->n > 0)
			take_program(draft, f, argv, subject);
	}
}

/* A key by its name, which is a domain name: spelt in any way. */
static const struct conf_key *find_key(const struct draft *draft, const char *text)
{
	uint8_t name[NAME_MAX_OCTETS];
	char canonical[NAME_TEXT_MAX];
	struct err err;
	if (!name_parse(name, text, strlen(text), NULL, &err))
		return NULL;
	name_lower(name);
	const struct named *const key = names_get(draft->keys.index, name_text(name, canonical));
	return key != NULL ? &draft->conf->keys[key->order] : NULL;
}

/* The key of a heartbeat must be there, and be one that datagrams can be signed with. */
static void check_beat_key(struct draft *draft, const struct named *named,
	const struct heartbeat_options *options, const char *subject)
{
	const struct conf_key *const key =
		options->key != NULL ? find_key(draft, options->key) : NULL;
	const struct place at = draft_place(named->value, "key");
	char quoted[QUOTED_MAX];
	if (options->key == NULL)
		return;
	if (key == NULL)
		conf_problem(draft->problems, CONF_ERROR, at,
			"%s: key: there is no key %s in keys; add it there", subject,
			problem_quoted(options->key, quoted));
	else if (key->algorithm != CONF_HMAC_SHA256)
		conf_problem(draft->problems, CONF_ERROR, at,
			"%s: key: datagrams are signed with hmac-sha256, and %s is for another "
			"algorithm; name one of that",
			subject, problem_quoted(options->key, quoted));
	else if (draft->conf->server.beats.len == 0)
		conf_problem(draft->problems, CONF_ERROR, at,
			"%s: key: no datagram can come without server.beats; add it there with "
			"ADDRESS@PORT, or take the key out",
			subject);
}

static void build_probe(struct draft *draft, const struct named *named, struct conf_probe *probe)
{
	const char *const subject = draft_subject(draft, &draft->probes, named);
	const struct reader reader = reader_for(draft, subject);
	const struct option_set *const kind = probe_kind(draft, named->value, subject);
	void *const options = arena_alloc(draft->arena, kind != NULL ? kind->size : 0);
	struct probe_keys keys = {0};
	const struct part parts[] = {
		{kind != NULL ? kind->fields : NULL, options}, {table_probe, &keys}};
	*probe = (struct conf_probe){
		.name = arena_text(draft->arena, named->name, strlen(named->name)),
		.kind = kind,
		.options = options,
		.at = named->key->at,
	};
	if (!fields_read(&reader, named->value, parts, COUNT_OF(parts),
		    kind != NULL ? FIELDS_REFUSE_OTHERS : FIELDS_IGNORE_OTHERS) ||
		kind == NULL)
		return;
	probe->every = keys.every;
	probe->fast = keys.fast.ns != 0 ? keys.fast : keys.every;
	probe->down = keys.down.ns != 0 ? keys.down : keys.every;
	probe->timeout = keys.timeout;
	probe->rise = keys.rise;
	probe->fall = keys.fall;
	probe->watch = keys.watch;
	probe->limits = keys.limits;
	if (kind != &heartbeat_kind) /* nothing is attempted, so no timeout counts */
		check_times(draft, named, probe, subject);
	take_port(draft, named, probe, keys.port, subject);
	check_limits(draft, named, probe, subject);
	take_programs(draft, probe, options, subject);
	if (kind == &heartbeat_kind)
		check_beat_key(draft, named, options, subject);
	check_options(draft, named, probe, subject);
	check_watch(draft, named, probe, subject);
	if (pack_options(kind->fields, options, NULL, 0) > PACK_MAX)
		conf_problem(draft->problems, CONF_ERROR, named->value->at,
			"%s: its texts have more than %d octets together; shorten them", subject,
			PACK_MAX);
}

static void build_probes(struct draft *draft)
{
	struct conf_probe *const probes = arena_list(draft->arena, draft->probes.n, sizeof *probes);
	for (size_t i = 0; i < draft->probes.n; i++)
		build_probe(draft, draft->probes.list[i], &probes[i]);
	draft->conf->probes = probes;
	draft->conf->n_probes = draft->probes.n;
}

void draft_blocks(struct draft *draft)
{
	build_server(draft);
	build_keys(draft);
	build_zones(draft);
	build_probes(draft);
}
