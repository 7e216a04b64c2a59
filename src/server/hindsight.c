#include "server/hindsight.h"

#include "base/mem.h"
#include "base/moment.h"
#include "server/archive.h"
#include "server/facts.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/memory.h"
#include "server/runs.h"

#include <stdlib.h>
#include <string.h>

enum { ENTRIES_BEFORE = 3, ENTRIES_AFTER = 2 };

static int by_name(const void *key, const void *element)
{
	return strcmp(key, ((const struct policy_service *)element)->name);
}

/* The number in the policy of a service of an explanation. */
static uint32_t number_of(const struct policy *policy, const json_t *service)
{
	const char *const name = json_string_value(json_object_get(service, "name"));
	const struct policy_service *const found =
		name == NULL ? NULL
			     : bsearch(name, policy->services, policy->n_services,
				       sizeof *policy->services, by_name);
	return found == NULL ? POLICY_NONE : (uint32_t)(found - policy->services);
}

/* Which checks the services of an explanation have, by number. */
static bool *checks_of(const struct policy *policy, const json_t *explain)
{
	bool *const used = mem_list(policy->n_checks, sizeof *used);
	size_t i;
	const json_t *service;
	json_array_foreach(json_object_get(explain, "services"), i, service)
	{
		const uint32_t number = number_of(policy, service);
		if (number == POLICY_NONE)
			continue;
		const struct policy_service *const p = &policy->services[number];
		for (uint32_t e = p->first; e < p->first + p->n; e++)
			for (uint32_t u = 0; u < policy->endpoints[e].n; u++)
				used[policy->uses[policy->endpoints[e].first + u]] = true;
	}
	return used;
}

struct hindsight hindsight_of(
	const struct snapshot *s, const json_t *explain, int64_t at_ns, struct arena *arena)
{
	bool *const used = checks_of(s->facts.policy, explain);
	struct hindsight h = {.at_ns = at_ns};
	h.n = runs_recent(
		&s->recorded, s->facts.policy, used, wall_at(s->now, s->wall_ns), arena, &h.runs);
	free(used);
	return h;
}

/* ---- entries ---- */

struct looking {
	const struct hindsight *h;
	struct load *load;
	struct store *store;
	uint64_t upto; /* number of the last entry at T; 0: none */
	bool read;     /* false: the store could not be read */
};

static void keep_entry(void *cookie, const struct store_entry *e)
{
	json_t *const json = archive_entry(e);
	(void)json_object_set_new(json, "at_ns", json_integer(e->at_ns));
	(void)json_object_set_new(json, "state", jtext(e->state));
	(void)json_array_append_new(cookie, json);
}

static json_t *entries(struct looking *l, const struct store_query *query)
{
	json_t *const list = json_array();
	l->read = store_entries(l->store, query, keep_entry, list) && l->read;
	return list;
}

/* The one that a query with a limit of 1 finds; NULL: none. */
static json_t *entry(struct looking *l, struct store_query query)
{
	query.limit = 1;
	json_t *const list = entries(l, &query);
	json_t *const found = json_incref(json_array_get(list, 0));
	json_decref(list);
	return found;
}

/* The last one at T. */
static json_t *entry_then(struct looking *l, struct store_query query)
{
	query.upto = l->upto;
	return l->upto > 0 ? entry(l, query) : NULL;
}

static int64_t at_of(const json_t *entry)
{
	return json_integer_value(json_object_get(entry, "at_ns"));
}

static uint64_t number(const json_t *entry)
{
	return (uint64_t)json_integer_value(json_object_get(entry, "number"));
}

static const char *text_of(const json_t *entry, const char *key)
{
	const char *const text = json_string_value(json_object_get(entry, key));
	return text != NULL ? text : "";
}

/* As others see it, without what is ours.  Takes it; null when there is none. */
static json_t *told(json_t *entry)
{
	if (entry == NULL)
		return json_null();
	(void)json_object_del(entry, "at_ns");
	(void)json_object_del(entry, "state");
	return entry;
}

/* ---- whether it ran ---- */

static char *not_running(const json_t *stop, const json_t *next)
{
	return next == NULL
		       ? mem_format("locumd was not running: it ended at %s (entry %llu)",
				 text_of(stop, "at"), (unsigned long long)number(stop))
		       : mem_format("locumd was not running: it ended at %s (entry %llu) and was "
				    "started at %s (entry %llu)",
				 text_of(stop, "at"), (unsigned long long)number(stop),
				 text_of(next, "at"), (unsigned long long)number(next));
}

/* The last that is known of a process that ended without a word. */
static int64_t last_sign(struct looking *l, const json_t *explain, const json_t *next);

/* A process that began with `start`, and of which no stop is known before T. */
static char *running(struct looking *l, const json_t *explain, const json_t *start,
	const json_t *stop, const json_t *next, const char **is)
{
	char sign_text[MOMENT_TEXT_MAX];
	const bool has_ended = stop != NULL && (next == NULL || number(stop) < number(next));
	const int64_t sign = next == NULL || has_ended ? INT64_MAX : last_sign(l, explain, next);
	*is = sign >= l->h->at_ns ? "yes" : "unknown";
	if (sign >= l->h->at_ns)
		return mem_format("locumd was running, since %s (entry %llu)", text_of(start, "at"),
			(unsigned long long)number(start));
	return mem_format(
		"it is not known whether locumd was running: the last that is recorded is of "
		"%s, it ended without a word and was started again at %s (entry %llu)",
		moment_text(sign, sign_text), text_of(next, "at"),
		(unsigned long long)number(next));
}

static void add_running(struct looking *l, json_t *explain)
{
	json_t *const start = entry_then(l, (struct store_query){.service = "", .kind = "start"});
	json_t *stop = NULL, *next = NULL;
	const char *is = "unknown";
	char *says;
	if (start != NULL) {
		const struct store_query stops = {.service = "",
						 .kind = "stop",
						 .after = number(start),
						 .first = true},
					 starts = {.service = "",
						 .kind = "start",
						 .after = number(start),
						 .first = true};
		stop = entry(l, stops);
		next = entry(l, starts);
	} else {
		next = entry(l, (struct store_query){.first = true});
	}
	if (start == NULL && next == NULL) {
		says = mem_text("the journal is empty");
	} else if (start == NULL) {
		says = mem_format("that is before the journal: its first entry is of %s",
			text_of(next, "at"));
	} else if (stop != NULL && number(stop) <= l->upto &&
		   (next == NULL || number(stop) < number(next))) {
		is = "no";
		says = not_running(stop, next);
	} else {
		says = running(l, explain, start, stop, next, &is);
	}
	(void)json_object_set_new(explain, "running", json_string(is));
	(void)json_object_set_new(explain, "says", jtext(says));
	free(says);
	json_decref(start);
	json_decref(stop);
	json_decref(next);
}

/* Whether zones and configuration were taken on anew since. */
static void add_loaded(struct looking *l, json_t *explain)
{
	static const char *const kinds[] = {"start", "reload"};
	json_t *first = NULL;
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		json_t *const one = entry(l,
			(struct store_query){
				.service = "", .kind = kinds[i], .after = l->upto, .first = true});
		const bool sooner = one != NULL && (first == NULL || number(one) < number(first));
		json_decref(sooner ? first : one);
		first = sooner ? one : first;
	}
	(void)json_object_set_new(explain, "loaded_since", told(first));
}

/* ---- checks ---- */

static struct runs runs_of(
	struct looking *l, const struct policy_check *check, int64_t at_ns, span_t stale)
{
	struct runs runs = {.check = check->identity, .at_ns = at_ns, .stale = stale};
	l->read = runs_at(&runs, l->store, l->h->runs, l->h->n) && l->read;
	return runs;
}

static int64_t last_sign(struct looking *l, const json_t *explain, const json_t *next)
{
	const struct policy *const policy = &l->load->conf->policy;
	json_t *const last = entry(l, (struct store_query){.upto = number(next) - 1});
	int64_t sign = last != NULL ? at_of(last) : 0;
	bool *const used = checks_of(policy, explain);
	json_decref(last);
	for (uint32_t c = 0; c < policy->n_checks; c++) {
		if (!used[c])
			continue;
		const struct runs runs = runs_of(l, &policy->checks[c], at_of(next) - 1,
			(span_t){0}); /* not joined with what the next process heard */
		if (runs.before.n > 0 && runs.before.to_ns > sign)
			sign = runs.before.to_ns;
	}
	free(used);
	return sign;
}

static json_t *moment_json(int64_t ns)
{
	char room[MOMENT_TEXT_MAX];
	return json_string(moment_text(ns, room));
}

static json_t *run_json(const struct store_run *run)
{
	if (run->n == 0)
		return json_null();
	return json_pack("{s:s, s:I, s:o, s:o}", "outcome",
		fact_outcome((enum probe_outcome)run->outcome), "n", (json_int_t)run->n, "from",
		moment_json(run->from_ns), "to", moment_json(run->to_ns));
}

/* What was heard of one: the run that was going on, or the last before, and the next. */
static json_t *check_json(struct looking *l, uint32_t end, uint32_t check)
{
	const struct policy *const policy = &l->load->conf->policy;
	const struct policy_check *const is = &policy->checks[check];
	const struct runs runs = runs_of(l, is, l->h->at_ns, is->rule.stale);
	const bool heard = runs.before.n > 0 && l->h->at_ns - runs.before.to_ns < is->rule.stale.ns;
	return json_pack("{s:o, s:o, s:b, s:o, s:o}", "probe", jtext(is->probe), "endpoint",
		jtext(policy->endpoints[end].name), "heard", (int)heard, "run",
		run_json(&runs.before), "next", run_json(&runs.after));
}

static json_t *checks_json(struct looking *l, uint32_t service)
{
	const struct policy *const policy = &l->load->conf->policy;
	const struct policy_service *const p = &policy->services[service];
	json_t *const list = json_array();
	for (uint32_t e = p->first; e < p->first + p->n; e++)
		for (uint32_t u = 0; u < policy->endpoints[e].n; u++)
			if (fact_first_use(policy, &policy->endpoints[e], u))
				(void)json_array_append_new(list,
					check_json(l, e,
						policy->uses[policy->endpoints[e].first + u]));
	return list;
}

/* ---- services ---- */

/* What a state says of a service, told as if it were T now: its clock is the wall's. */
struct then {
	struct snapshot s;
	struct pick *picks;
	struct mandate *mandates;
	struct standing *standings;
};

static void then_free(struct then *then)
{
	free(then->picks);
	free(then->mandates);
	free(then->standings);
}

/* `shown`: what was answered; `said`: what operators had said. */
static bool then_of(struct then *then, const struct looking *l, uint32_t service,
	const json_t *shown, const json_t *said)
{
	const struct policy *const policy = &l->load->conf->policy;
	const struct wall wall = {0};
	struct memory memory = {0};
	then->picks = mem_list(policy->n_services, sizeof *then->picks);
	then->mandates = mem_list(policy->n_services, sizeof *then->mandates);
	then->standings = mem_list(policy->n_endpoints, sizeof *then->standings);
	struct standing *const standings = &then->standings[policy->services[service].first];
	const char *const words = text_of(said, "state");
	bool good =
		memory_parse(text_of(shown, "state"), policy, service, wall, &memory, standings);
	then->picks[service] = memory.pick;
	good = good && memory_parse(words, policy, service, wall, &memory, standings);
	then->mandates[service] = memory.mandate;
	then->s = (struct snapshot){.now = {l->h->at_ns}, .wall_ns = l->h->at_ns, .load = l->load};
	then->s.facts.policy = policy;
	then->s.facts.services = then->picks;
	then->s.facts.mandates = then->mandates;
	then->s.facts.standings = then->standings;
	return good;
}

/* Who answered, as they were called then, by which rule and since when: also of endpoints that the
 * configuration has no more. */
static void add_choice(const json_t *shown, json_t *json)
{
	json_t *const state = json_loads(text_of(shown, "state"), 0, NULL);
	const json_int_t by = json_integer_value(json_object_get(state, "by"));
	(void)json_object_set(json, "active", json_object_get(state, "on"));
	(void)json_object_set_new(
		json, "since", moment_json(json_integer_value(json_object_get(state, "switched"))));
	(void)json_object_set_new(json, "chosen_by",
		by >= PICK_FIRST && by <= PICK_ORDERED ? jrule((enum pick_reason)by) : json_null());
	json_decref(state);
}

static json_t *records_json(const struct looking *l, uint32_t service, const struct pick *pick)
{
	const struct service_records *const r = &l->load->records->services[service];
	json_t *const list = json_array();
	for (size_t i = 0; i < r->n && endpoint_count(&pick->on) > 0; i++) {
		struct rrset *const set = records_of(r, i, pick);
		jrecords(list, "", r->managed[i].owner, set);
		rrset_unref(set);
	}
	return list;
}

static void add_facts(
	struct looking *l, uint32_t service, const json_t *shown, const json_t *said, json_t *json)
{
	/* What changes without an entry. */
	static const char *const unknown[] = {"suspect", "ttl_now", "asked", "stuck"};
	struct then then;
	const bool known = then_of(&then, l, service, shown, said);
	const struct pick *const pick = &then.picks[service];
	(void)json_object_set_new(json, "known", json_boolean(known));
	if (known) {
		json_t *const roles = jservice(&then.s, service);
		for (size_t i = 0; i < COUNT_OF(unknown); i++)
			(void)json_object_del(roles, unknown[i]);
		(void)json_object_update_new(json, roles);
		add_choice(shown, json);
		(void)json_object_set_new(json, "records", records_json(l, service, pick));
	}
	then_free(&then);
}

/* The entries before and after T. */
static json_t *around(struct looking *l, const char *name)
{
	const struct store_query before = {.service = name,
					 .upto = l->upto,
					 .limit = ENTRIES_BEFORE},
				 after = {.service = name,
					 .after = l->upto,
					 .limit = ENTRIES_AFTER,
					 .first = true};
	json_t *const list = l->upto > 0 ? entries(l, &before) : json_array(),
		      *const later = entries(l, &after);
	size_t i;
	json_t *one;
	(void)json_array_extend(list, later);
	json_decref(later);
	json_array_foreach(list, i, one)
	{
		(void)json_object_set_new(one, "later", json_boolean(number(one) > l->upto));
		(void)told(one);
	}
	return list;
}

static json_t *service_then(struct looking *l, uint32_t service)
{
	const char *const name = l->load->conf->policy.services[service].name;
	struct store_query query = {.service = name};
	json_t *const said = entry_then(l, query);
	query.shown = true;
	json_t *const shown = entry_then(l, query);
	json_t *const json = json_pack("{s:o, s:b}", "name", jtext(name), "known", 0);
	if (shown != NULL)
		add_facts(l, service, shown, said, json);
	/* It brought other words of operators, and no entry for each service. */
	json_t *const restored =
		entry_then(l, (struct store_query){.service = "", .kind = "restore"});
	const bool overtaken = restored != NULL && number(restored) > number(said);
	(void)json_object_set_new(json, "restored", told(overtaken ? json_incref(restored) : NULL));
	json_decref(restored);
	json_decref(shown);
	json_decref(said);
	(void)json_object_set_new(json, "by",
		told(entry_then(l, (struct store_query){.service = name, .kind = "switch"})));
	(void)json_object_set_new(json, "said",
		told(entry_then(l, (struct store_query){.service = name, .kind = "decree"})));
	(void)json_object_set_new(json, "entries", around(l, name));
	(void)json_object_set_new(json, "checks", checks_json(l, service));
	return json;
}

bool hindsight_add(
	json_t *explain, const struct hindsight *hindsight, struct load *load, struct store *store)
{
	struct looking l = {.h = hindsight, .load = load, .store = store};
	l.read = store_number_at(store, hindsight->at_ns, &l.upto);
	const int64_t began = store_runs_begin(store);
	json_t *const services = json_array();
	size_t i;
	json_t *one;
	(void)json_object_del(explain, "rcode"); /* they are of now */
	(void)json_object_del(explain, "generation");
	(void)json_object_set_new(explain, "asked", json_incref(json_object_get(explain, "at")));
	(void)json_object_set_new(explain, "at", moment_json(hindsight->at_ns));
	add_running(&l, explain);
	add_loaded(&l, explain);
	(void)json_object_set_new(
		explain, "outcomes_since", began > 0 ? moment_json(began) : json_null());
	json_array_foreach(json_object_get(explain, "services"), i, one)
	{
		const uint32_t service = number_of(&load->conf->policy, one);
		if (service != POLICY_NONE)
			(void)json_array_append_new(services, service_then(&l, service));
	}
	(void)json_object_set_new(explain, "services", services);
	/* What they have now says nothing of then. */
	json_array_foreach(json_object_get(explain, "steps"), i,
		one) if (json_object_get(one, "file") == NULL ||
			 json_is_null(json_object_get(one, "file")))(void)
		json_object_set_new(one, "records", json_array());
	return l.read;
}
