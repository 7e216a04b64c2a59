#include "server/load.h"

#include "base/arena.h"
#include "base/mem.h"
#include "dns/name.h"
#include "server/advise.h"
#include "server/files.h"
#include "server/hooks.h"
#include "server/sources.h"
#include "server/terms_load.h"
#include "server/zones.h"

#include <stdlib.h>
#include <string.h>

/* Kinds of probes that are used and will not work here: said once each. */
static void warn_unable(const struct conf *conf, struct conf_problems *problems)
{
	for (size_t i = 0; i < conf->n_probes; i++) {
		const struct conf_probe *const probe = &conf->probes[i];
		bool said = probe->kind->able == NULL;
		struct err err;
		for (size_t j = 0; j < i && !said; j++)
			said = conf->probes[j].kind == probe->kind;
		if (!said && !probe->kind->able(conf->server.user, &err))
			conf_problem(problems, CONF_WARNING, probe->at, "probe \"%s\": type %s: %s",
				probe->name, probe->kind->name, err.text);
	}
}

struct load *load_read(const char *path, const struct option_set *const kinds[],
	const struct load *was, const struct load_watch *watch, struct conf_problems *problems)
{
	struct load *const load = mem_new(sizeof *load);
	load->refs = 1;
	load->conf = conf_parse_some(path, files_disk(), kinds, problems);
	if (load->conf->broken) {
		load->sources = sources_find(load->conf, problems);
		load->base = zones_read(load->conf, load->sources, was, watch, problems);
	} else {
		hooks_check(load->conf, problems);
		load->beat_keys = beat_keys_read(load->conf, problems);
		warn_unable(load->conf, problems);
		load->sources = sources_find(load->conf, problems);
		struct terms *const terms =
			terms_load(&load->conf->server, was != NULL ? &was->conf->server : NULL,
				was != NULL ? view_terms(was->base) : NULL, problems);
		struct view *const zones =
			zones_read(load->conf, load->sources, was, watch, problems);
		load->base = view_on(zones, terms);
		view_unref(zones);
		terms_unref(terms);
		load->records = records_render(load->conf, load->sources, load->base, problems);
		if (problems->errors == 0)
			load->advice = advise_services(load, was, problems);
	}
	if (load->records != NULL && problems->errors == 0)
		return load;
	load_unref(load);
	return NULL;
}

/* ---- differences ---- */

struct diff {
	struct arena *arena;
	const struct view *other;
	const char **lines;
	size_t n, room;
	enum { DIFF_NEW_OR_CHANGED, DIFF_GONE } pass;
};

static void line(struct diff *d, const char *text)
{
	d->lines = mem_grow(d->lines, &d->room, d->n + 1, sizeof *d->lines);
	d->lines[d->n++] = text;
}

static bool diff_zone(void *cookie, const struct zone *zone)
{
	struct diff *const d = cookie;
	const struct zone *const other = view_zone(d->other, zone_apex(zone));
	char name[NAME_TEXT_MAX];
	(void)name_text(zone_apex(zone), name);
	if (other == NULL)
		line(d, arena_format(d->arena, "zone %s: %s", name,
				d->pass == DIFF_GONE ? "removed" : "added"));
	else if (d->pass == DIFF_NEW_OR_CHANGED && other != zone)
		line(d, arena_format(d->arena, "zone %s: changed", name));
	return true;
}

size_t load_diff(
	const struct load *was, const struct load *is, struct arena *arena, const char ***lines)
{
	struct diff d = {.arena = arena};
	const char **conf_lines = NULL;
	const size_t n = conf_diff(was->conf, is->conf, arena, &conf_lines);
	for (size_t i = 0; i < n; i++)
		line(&d, conf_lines[i]);
	const struct cookie_secrets *const secrets_were = &view_terms(was->base)->cookies,
					   *const secrets = &view_terms(is->base)->cookies;
	if (was->conf->server.cookies.secret_file != NULL &&
		is->conf->server.cookies.secret_file != NULL &&
		(secrets_were->n != secrets->n ||
			memcmp(secrets_were->secret, secrets->secret, sizeof secrets->secret) != 0))
		line(&d, "server: secrets of cookies changed");
	d.other = was->base;
	d.pass = DIFF_NEW_OR_CHANGED;
	view_each(is->base, diff_zone, &d);
	d.other = is->base;
	d.pass = DIFF_GONE;
	view_each(was->base, diff_zone, &d);
	*lines = arena_copy(arena, d.lines, d.n * sizeof *d.lines);
	free(d.lines);
	return d.n;
}

struct load *load_ref(struct load *load)
{
	(void)__atomic_add_fetch(&load->refs, 1, __ATOMIC_RELAXED);
	return load;
}

void load_unref(struct load *load)
{
	if (load == NULL || __atomic_sub_fetch(&load->refs, 1, __ATOMIC_ACQ_REL) > 0)
		return;
	advice_free(load->advice);
	free(load->beat_keys.list);
	records_free(load->records);
	view_unref(load->base);
	sources_free(load->sources);
	conf_free(load->conf);
	free(load);
}
