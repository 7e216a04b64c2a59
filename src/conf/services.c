#include "base/arena.h"
#include "base/text.h"
#include "conf/draft.h"
#include "conf/problem.h"
#include "conf/records.h"
#include "dns/name.h"

#include <string.h>

struct site { /* the service that is judged, and where it stands */
	struct draft *draft;
	const struct yaml_node *map;
	const char *subject;
	const struct service_keys *keys;
	struct conf_service *service;
};

static void check_zone(const struct site *s)
{
	const struct draft *const draft = s->draft;
	char text[NAME_TEXT_MAX], near[SUGGESTION_MAX];
	(void)name_text(s->service->zone, text);
	if (names_get(draft->zones.index, text) != NULL)
		return;
	const size_t n = draft->zones.n;
	if (n > 0 && draft->zones.list[n - 1]->domain == NULL)
		return; /* it may be in the directory: the loader will tell */
	const char *suggestion = "";
	if (!problems_full(draft->problems))
		suggestion = problem_nearest(yaml_find(s->map, "zone")->value->text,
			draft_names(draft, &draft->zones), n, near);
	conf_problem(draft->problems, CONF_ERROR, draft_place(s->map, "zone"),
		"%s: there is no zone %.*s in zones%s%s", s->subject,
		(int)(strlen(text) > 1 ? strlen(text) - 1 : 1), text, suggestion,
		suggestion[0] == '\0' ? "; add it there" : "");
}

/* What fields_read() left to do for an endpoint. */
static void finish_endpoint(
	const struct site *s, const struct yaml_node *map, struct conf_endpoint *end, size_t i)
{
	struct conf_problems *const problems = s->draft->problems;
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	char quoted[QUOTED_MAX];
	end->at = map->at;
	if (end->name != NULL &&
		(end->name[0] == '\0' || strpbrk(end->name, " \t\r\n\"={}/,") != NULL))
		conf_problem(problems, CONF_ERROR, draft_place(map, "name"),
			"%s: endpoints, number %zu: name must not be empty or hold blanks or any "
			"of "
			"\"={}/,; %s is no name",
			s->subject, i + 1, problem_quoted(end->name, quoted));
	if (end->host_text == NULL)
		return;
	if (!name_parse(name, end->host_text, strlen(end->host_text), NULL, &err)) {
		conf_problem(problems, CONF_ERROR, draft_place(map, "host"),
			"%s: endpoints, number %zu: host must be a domain name: %s", s->subject,
			i + 1, err.text);
		return;
	}
	name_lower(name);
	end->host = arena_copy(s->draft->arena, name, name_len(name));
	const size_t len = strlen(end->host_text);
	if (end->host_text[len - 1] == '.')
		end->host_text = arena_text(s->draft->arena, end->host_text, len - 1);
}

static void finish_endpoints(const struct site *s)
{
	const struct items *const items = &s->keys->endpoints;
	const struct yaml_node *const nodes = yaml_find(s->map, "endpoints")->value;
	struct conf_endpoint *const ends =
		arena_copy(s->draft->arena, items->list, items->n * sizeof *ends);
	for (size_t i = 0; i < items->n; i++) {
		const struct yaml_node *const map = nodes->entries[i].value;
		finish_endpoint(s, map, &ends[i], i);
		for (size_t j = 0; j < i; j++)
			if (strcmp(ends[j].name, ends[i].name) == 0)
				conf_problem(s->draft->problems, CONF_ERROR,
					draft_place(map, "name"),
					"%s: endpoint %s stands twice, first in line %u; rename "
					"one",
					s->subject, ends[i].name, ends[j].at.line);
	}
	s->service->n_endpoints = items->n;
	s->service->endpoints = ends;
}

static void find_probe(const struct site *s, const struct text_at *name, uint32_t *number)
{
	const struct draft *const draft = s->draft;
	const struct named *const named = names_get(draft->probes.index, name->text);
	char quoted[QUOTED_MAX], near[SUGGESTION_MAX] = "";
	if (named != NULL) {
		*number = (uint32_t)named->order;
		return;
	}
	if (!problems_full(draft->problems))
		(void)problem_nearest(
			name->text, draft_names(draft, &draft->probes), draft->probes.n, near);
	conf_problem(draft->problems, CONF_ERROR, name->at,
		"%s: health: there is no probe %s in probes%s", s->subject,
		problem_quoted(name->text, quoted), near[0] != '\0' ? near : "; add it there");
}

static void find_probes(const struct site *s)
{
	const struct texts *const all = &s->keys->health.all;
	uint32_t *const numbers = arena_list(s->draft->arena, all->n, sizeof *numbers);
	for (size_t i = 0; i < all->n; i++) {
		if (all->list[i].text == NULL)
			continue; /* said already: it was no text */
		find_probe(s, &all->list[i], &numbers[i]);
		for (size_t j = 0; j < i; j++)
			if (all->list[j].text != NULL &&
				strcmp(all->list[j].text, all->list[i].text) == 0)
				conf_problem(s->draft->problems, CONF_ERROR, all->list[i].at,
					"%s: health: probe %s stands twice; take one out",
					s->subject, all->list[i].text);
	}
	s->service->n_health = all->n;
	s->service->health = numbers;
}

static bool probe_needs_address(const struct draft *draft, uint32_t probe)
{
	const struct option_set *const kind = draft->conf->probes[probe].kind;
	return kind != NULL && kind->target != TARGET_NONE;
}

static void check_addresses(const struct site *s)
{
	const struct conf_service *const service = s->service;
	bool needed = false;
	for (size_t i = 0; i < service->n_health; i++)
		needed |= probe_needs_address(s->draft, service->health[i]);
	for (size_t i = 0; i < service->n_endpoints && needed; i++)
		if (service->endpoints[i].address.len == 0)
			conf_problem(s->draft->problems, CONF_ERROR, service->endpoints[i].at,
				"%s: endpoint %s has no address, and health needs one to probe; "
				"add it, or take health out",
				s->subject, service->endpoints[i].name);
}

/* One record for every endpoint; the first problem of it is enough. */
static void check_record(const struct site *s, const struct text_at *template)
{
	struct conf_problems *const problems = s->draft->problems;
	const struct conf_service *const service = s->service;
	struct record record;
	struct err err;
	char quoted[QUOTED_MAX];
	(void)problem_quoted(template->text, quoted);
	if (!record_split(template->text, &record, &err)) {
		conf_problem(problems, CONF_ERROR, template->at, "%s: record %s: %s", s->subject,
			quoted, err.text);
		return;
	}
	const char *const alone = record_type_is(&record, "CNAME")   ? "CNAME"
				  : record_type_is(&record, "DNAME") ? "DNAME"
								     : NULL;
	if (alone != NULL &&
		(service->rule.mode == MODE_POOL || service->rule.on_none == ON_NONE_ALL))
		conf_problem(problems, CONF_ERROR, template->at,
			"%s: record %s: a name can have one %s, and %s would give it several; "
			"use A or AAAA",
			s->subject, quoted, alone,
			service->rule.mode == MODE_POOL ? "mode pool" : "on-none: all");
	for (size_t i = 0; i < service->n_endpoints; i++)
		if (!record_suits(template->text, &record, &service->endpoints[i], &err)) {
			conf_problem(problems, CONF_ERROR, template->at, "%s: record %s: %s",
				s->subject, quoted, err.text);
			return;
		}
}

static void check_rule(const struct site *s)
{
	const struct yaml_entry *const policy = yaml_find(s->map, "policy");
	if (s->service->ttl.ns % 1000000000 != 0)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(s->map, "ttl"),
			"%s: ttl must be whole seconds; DNS knows no shorter ones", s->subject);
	if (policy != NULL && policy->value->is == YAML_IS_MAP &&
		s->service->rule.mode == MODE_POOL && s->service->rule.failback == FAILBACK_MANUAL)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(policy->value, "failback"),
			"%s: policy: failback: manual has no meaning in mode pool; use auto, or "
			"mode "
			"single",
			s->subject);
}

static void build_service(
	struct draft *draft, const struct named *named, struct conf_service *service)
{
	struct service_keys keys = {0};
	const struct site s = {
		draft, named->value, draft_subject(draft, &draft->services, named), &keys, service};
	const struct reader reader = {draft->arena, draft->problems, s.subject};
	const struct part part = {table_service, &keys};
	*service = (struct conf_service){.at = named->key->at};
	service->name = arena_text(draft->arena, named->name, strlen(named->name));
	const bool whole = fields_read(&reader, named->value, &part, 1, FIELDS_REFUSE_OTHERS);
	service->zone = keys.zone;
	service->ttl = keys.ttl;
	service->records = keys.records;
	service->rule = (struct service_rule){
		.mode = (enum service_mode)keys.mode,
		.failback = (enum failback)keys.policy.failback,
		.on_none = (enum on_none)keys.policy.on_none,
		.hold = keys.policy.hold,
	};
	if (named->value->is != YAML_IS_MAP)
		return;
	check_rule(&s);
	if (service->zone != NULL)
		check_zone(&s);
	find_probes(&s);
	if (!whole)
		return; /* templates and endpoints are judged together, once each is right */
	const size_t before = draft->problems->errors;
	finish_endpoints(&s);
	if (draft->problems->errors != before)
		return;
	check_addresses(&s);
	for (size_t i = 0; i < keys.records.n; i++)
		check_record(&s, &keys.records.list[i]);
}

void draft_services(struct draft *draft)
{
	struct conf_service *const services =
		arena_list(draft->arena, draft->services.n, sizeof *services);
	for (size_t i = 0; i < draft->services.n; i++)
		build_service(draft, draft->services.list[i], &services[i]);
	draft->conf->services = services;
	draft->conf->n_services = draft->services.n;
}
