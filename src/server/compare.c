#include "server/compare.h"

#include "base/arena.h"
#include "conf/conf.h"
#include "server/files.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/past.h"
#include "server/replay.h"

#include <stdlib.h>
#include <string.h>

struct side {
	struct conf *conf;
	struct replayed replayed;
};

static json_t *moment(int64_t wall_ns)
{
	const mono_t then = {1};
	return wall_ns == 0 ? json_null()
			    : jmoment(&(struct snapshot){.wall_ns = wall_ns, .now = then}, then);
}

static double seconds(int64_t ns) { return (double)ns / 1e9; }

static json_t *figures(const struct replayed_service *s)
{
	return json_pack("{s:I, s:I, s:f}", "switches", (json_int_t)s->switches, "flaps",
		(json_int_t)s->flaps, "wrong", seconds(s->wrong.ns));
}

static bool play(struct side *side, const char *path, const struct past *past,
	const struct option_set *const kinds[], struct err *err)
{
	struct conf_problems problems = {.arena = arena_new()};
	side->conf = conf_parse(path, files_disk(), kinds, &problems);
	for (size_t i = 0; i < problems.n && side->conf == NULL; i++)
		if (problems.list[i].grade == CONF_ERROR) {
			(void)err_set(
				err, "%s", conf_problem_text(&problems.list[i], problems.arena));
			break;
		}
	arena_free(problems.arena);
	if (side->conf == NULL)
		return false;
	side->replayed = replay(&side->conf->policy, past->list, past->n, past->asked_ns);
	return true;
}

static json_t *summary(const struct side *side)
{
	struct replayed_service all = {0};
	for (size_t i = 0; i < side->conf->policy.n_services; i++) {
		const struct replayed_service *const s = &side->replayed.services[i];
		all.switches += s->switches;
		all.flaps += s->flaps;
		all.wrong.ns += s->wrong.ns;
	}
	json_t *const json = figures(&all);
	(void)json_object_set_new(json, "configuration", jtext(side->conf->path));
	(void)json_object_set_new(
		json, "outcomes", json_integer((json_int_t)side->replayed.outcomes));
	(void)json_object_set_new(
		json, "silent-checks", json_integer((json_int_t)side->replayed.silent));
	return json;
}

/* The figures of the service if it is `name`, and on to the next; else null. */
static json_t *take(const struct side *side, const char *name, size_t *at)
{
	const struct policy *const policy = &side->conf->policy;
	if (*at == policy->n_services || strcmp(policy->services[*at].name, name) != 0)
		return json_null();
	return figures(&side->replayed.services[(*at)++]);
}

/* Both lists are sorted by name. */
static json_t *rows(const struct side *was, const struct side *is)
{
	const struct policy *const p = &was->conf->policy, *const q = &is->conf->policy;
	json_t *const list = json_array();
	for (size_t i = 0, k = 0; i < p->n_services || k < q->n_services;) {
		const bool first = k == q->n_services ||
				   (i < p->n_services &&
					   strcmp(p->services[i].name, q->services[k].name) <= 0);
		const char *const name = first ? p->services[i].name : q->services[k].name;
		json_t *const row = json_pack("{s:o}", "service", jtext(name));
		(void)json_object_set_new(row, "old", take(was, name, &i));
		(void)json_object_set_new(row, "new", take(is, name, &k));
		(void)json_array_append_new(list, row);
	}
	return list;
}

static json_t *report(const struct side *was, const struct side *is, const struct past *past)
{
	int64_t from = past->n > 0 ? past->list[0].from_ns : 0,
		to = past->n > 0 ? past->asked_ns : 0;
	for (size_t i = 0; i < past->n; i++) {
		const struct store_run *const run = &past->list[i];
		if (run->from_ns < from)
			from = run->from_ns;
		if (run->to_ns > to)
			to = run->to_ns;
	}
	return json_pack("{s:o, s:o, s:f, s:o, s:o, s:o}", "since", moment(from), "until",
		moment(to), "seconds", seconds(to - from), "old", summary(was), "new", summary(is),
		"services", rows(was, is));
}

json_t *compare_policies(const char *was, const char *is, const json_t *pages,
	const struct option_set *const kinds[], struct err *err)
{
	struct past past = {.arena = arena_new()};
	struct side old = {0}, new = {0};
	json_t *json = NULL;
	bool good = true;
	size_t i;
	const json_t *page;
	json_array_foreach(pages, i, page) good = good && past_add(&past, page, err);
	if (good && play(&old, was, &past, kinds, err) && play(&new, is, &past, kinds, err))
		json = report(&old, &new, &past);
	free(old.replayed.services);
	free(new.replayed.services);
	conf_free(old.conf);
	conf_free(new.conf);
	past_free(&past);
	return json;
}
