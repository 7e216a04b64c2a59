#include "server/advise.h"

#include "base/arena.h"
#include "base/mem.h"
#include "server/files.h"
#include "server/serve.h"
#include "server/sources.h"
#include "zone/advice.h"

#include <stdlib.h>
#include <string.h>

struct advice {
	struct arena *arena;
	size_t n, room;
	const char **texts;
};

struct adviser {
	const struct load *load;
	const struct advice *was;
	struct advice *is;
	struct conf_problems *problems;
	const struct view *before; /* what advice was given on already */
	struct arena *arena;
};

static bool has(const struct advice *advice, const char *text)
{
	for (size_t i = 0; advice != NULL && i < advice->n; i++)
		if (strcmp(advice->texts[i], text) == 0)
			return true;
	return false;
}

/* Whether it is to be said: neither of the configuration before nor of another endpoint it was. */
static bool is_news(struct adviser *a, const char *text)
{
	struct advice *const is = a->is;
	if (has(is, text) || is->n == CONF_WARNINGS_MAX)
		return false;
	is->texts = mem_grow(is->texts, &is->room, is->n + 1, sizeof *is->texts);
	is->texts[is->n++] = arena_text(is->arena, text, strlen(text));
	return !has(a->was, text);
}

/* The template that makes the record, if a service does. */
static const struct place *template_of(const struct load *load, const struct remark *remark)
{
	for (size_t i = 0; remark->owner != NULL && i < load->records->n; i++) {
		const struct managed *const managed =
			managed_find(&load->records->services[i], remark->owner, remark->type);
		if (managed != NULL)
			return &load->conf->services[i].records.list[managed->place].at;
	}
	return NULL;
}

static void tell(struct adviser *a, const struct source *source, struct remarks *remarks)
{
	const struct place file = {.file = source->path};
	remarks_place(remarks, source->apex, source->path, files_disk(), a->arena, NULL, NULL);
	for (size_t i = 0; i < remarks->n; i++) {
		const struct remark *const remark = &remarks->list[i];
		const struct place *const template = template_of(a->load, remark);
		conf_problem(a->problems, CONF_WARNING,
			template != NULL          ? *template
			: remark->at.path != NULL ? source_place(remark->at)
						  : file,
			"%s", remark->text);
	}
}

static bool advise_zone(void *cookie, const struct zone *zone)
{
	struct adviser *const a = cookie;
	const struct source *const source = sources_get(a->load->sources, zone_apex(zone));
	if (view_zone(a->before, zone_apex(zone)) == zone || source == NULL)
		return true;
	a->arena = arena_new();
	struct remarks remarks;
	size_t n = 0;
	zone_advise(zone, a->arena, &remarks);
	for (size_t i = 0; i < remarks.n; i++)
		if (is_news(a, remarks.list[i].text))
			remarks.list[n++] = remarks.list[i];
	remarks.n = n;
	tell(a, source, &remarks);
	arena_free(a->arena);
	return true;
}

/* The zones that have services, as their files have them. */
static struct view *managed_zones(const struct load *load)
{
	struct zone **const zones = mem_list(load->records->n, sizeof(struct zone *));
	size_t n = 0;
	for (size_t i = 0; i < load->records->n; i++) {
		const struct zone *const zone =
			view_zone(load->base, load->records->services[i].zone);
		zones[n++] = zone_ref(zone);
	}
	struct view *const none = view_empty();
	struct view *const view = view_with(none, zones, n, NULL, 0);
	view_unref(none);
	for (size_t i = 0; i < n; i++)
		zone_unref(zones[i]);
	free(zones);
	return view;
}

/* All pools whole, and of the others endpoint `e`, or home where there are fewer. */
static void choose(const struct conf *conf, uint32_t e, struct pick picks[])
{
	for (size_t i = 0; i < conf->n_services; i++) {
		const struct conf_service *const service = &conf->services[i];
		picks[i] = (struct pick){.chosen = true};
		if (service->rule.mode == MODE_POOL)
			for (size_t k = 0; k < service->n_endpoints; k++)
				endpoint_add(&picks[i].on, k);
		else
			endpoint_add(&picks[i].on, e < service->n_endpoints ? e : 0);
	}
}

static uint32_t most_endpoints(const struct conf *conf)
{
	size_t most = 0;
	for (size_t i = 0; i < conf->n_services; i++)
		if (conf->services[i].rule.mode != MODE_POOL &&
			conf->services[i].n_endpoints > most)
			most = conf->services[i].n_endpoints;
	return most > 0 ? (uint32_t)most : 1;
}

struct advice *advise_services(
	const struct load *load, const struct load *was, struct conf_problems *problems)
{
	struct advice *const is = mem_new(sizeof *is);
	is->arena = arena_new();
	struct view *const base = managed_zones(load);
	struct view *before = view_empty();
	struct serve *const serve = serve_new();
	struct pick *const picks = mem_list(load->conf->n_services, sizeof *picks);
	struct adviser a = {.load = load,
		.was = was != NULL ? was->advice : NULL,
		.is = is,
		.problems = problems};
	const uint32_t most = load->conf->n_services > 0 ? most_endpoints(load->conf) : 0;
	for (uint32_t e = 0; e < most && is->n < CONF_WARNINGS_MAX; e++) {
		choose(load->conf, e, picks);
		(void)serve_adopt(serve, base, load->records,
			(struct engine_facts){.policy = &load->conf->policy, .services = picks}, 0);
		a.before = before;
		view_each(serve_view(serve), advise_zone, &a);
		view_unref(before);
		before = view_ref(serve_view(serve));
	}
	view_unref(before);
	serve_free(serve);
	view_unref(base);
	free(picks);
	return is;
}

void advice_free(struct advice *advice)
{
	if (advice == NULL)
		return;
	free(advice->texts);
	arena_free(advice->arena);
	free(advice);
}
