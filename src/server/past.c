#include "server/past.h"

#include "base/arena.h"
#include "base/mem.h"
#include "failover/health.h"
#include "server/jtext.h"

#include <stdlib.h>
#include <string.h>

struct page {
	json_t *checks, *runs;
	json_t *places; /* of identities in `checks` */
	uint64_t last;
};

static json_int_t place_of(struct page *page, const char *identity)
{
	const json_t *const known = json_object_get(page->places, identity);
	if (known != NULL)
		return json_integer_value(known);
	const json_int_t place = (json_int_t)json_array_size(page->checks);
	(void)json_array_append_new(page->checks, jtext(identity));
	(void)json_object_set_new(page->places, identity, json_integer(place));
	return place;
}

static void add_run(void *cookie, const struct store_run *run)
{
	struct page *const page = cookie;
	(void)json_array_append_new(page->runs,
		json_pack("[I,I,I,i,I]", place_of(page, run->check), (json_int_t)run->from_ns,
			(json_int_t)run->to_ns, run->outcome, (json_int_t)run->n));
	page->last = run->number;
}

json_t *past_page(struct store *store, const struct store_query *query, const char *configuration,
	int64_t asked_ns)
{
	struct page page = {json_array(), json_array(), json_object(), query->after};
	const bool read =
		store_runs_after(store, query->since_ns, query->after, PAST_PAGE, add_run, &page);
	const bool more = json_array_size(page.runs) == PAST_PAGE;
	json_decref(page.places);
	json_t *const json = json_pack("{s:b, s:o, s:o, s:o, s:I}", "ok", 1, "configuration",
		jtext(configuration), "checks", page.checks, "runs", page.runs, "asked",
		(json_int_t)asked_ns);
	if (more)
		(void)json_object_set_new(json, "next", json_integer((json_int_t)page.last));
	if (read)
		return json;
	json_decref(json);
	return NULL;
}

static bool read_run(
	json_t *json, const char *const checks[], size_t n_checks, struct store_run *run)
{
	json_int_t check, from, to, n;
	int outcome;
	if (json_unpack(json, "[I,I,I,i,I]", &check, &from, &to, &outcome, &n) != 0)
		return false;
	if (check < 0 || (size_t)check >= n_checks || from > to || n < 1 || n > UINT32_MAX ||
		outcome < PROBE_PASS || outcome > PROBE_NO_VERDICT)
		return false;
	*run = (struct store_run){.check = checks[check],
		.from_ns = from,
		.to_ns = to,
		.outcome = outcome,
		.n = (uint32_t)n};
	return true;
}

bool past_add(struct past *past, const json_t *page, struct err *err)
{
	const json_t *const checks = json_object_get(page, "checks"), *const runs = json_object_get(
									      page, "runs");
	const json_int_t asked = json_integer_value(json_object_get(page, "asked"));
	const size_t n = json_array_size(checks);
	const char **const names = arena_list(past->arena, n, sizeof *names);
	size_t i;
	json_t *one;
	if (!json_is_array(checks) || !json_is_array(runs))
		return err_set(err, "the answer has no recorded outcomes");
	json_array_foreach(checks, i, one)
	{
		const char *const text = json_string_value(one);
		if (text == NULL)
			return err_set(err, "a check has no identity");
		names[i] = arena_text(past->arena, text, strlen(text));
	}
	past->asked_ns = asked > past->asked_ns ? asked : past->asked_ns;
	past->list = mem_grow(
		past->list, &past->room, past->n + json_array_size(runs), sizeof *past->list);
	json_array_foreach(runs, i, one)
	{
		if (!read_run(one, names, n, &past->list[past->n]))
			return err_set(err, "run %zu makes no sense", i);
		past->n++;
	}
	return true;
}

void past_free(struct past *past)
{
	arena_free(past->arena);
	free(past->list);
	*past = (struct past){0};
}
