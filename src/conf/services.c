#include "base/arena.h"
#include "base/text.h"
#include "conf/draft.h"
#include "conf/fill.h"
#include "conf/pack.h"
#include "conf/problem.h"
#include "conf/records.h"
#include "conf/site.h"
#include "dns/name.h"
#include "failover/shares.h"

#include <stdlib.h>
#include <string.h>

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
	if (end->weight != 1 && s->keys->answer == 0)
		conf_problem(problems, CONF_ERROR, draft_place(map, "weight"),
			"%s: endpoints, number %zu: weight has no meaning without answer: "
			"weighted; add that, or take it out",
			s->subject, i + 1);
	if (end->address6.len > 0 &&
		(end->address6.any.sa_family != AF_INET6 || end->address.any.sa_family != AF_INET))
		conf_problem(problems, CONF_ERROR, draft_place(map, "address6"),
			"%s: endpoints, number %zu: address6 must be an IPv6 address beside an "
			"IPv4 address; one address alone goes under address",
			s->subject, i + 1);
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

bool site_probe(
	const struct site *s, const char *key, const struct yaml_node *name, uint32_t *number)
{
	const struct draft *const draft = s->draft;
	const struct named *const named = names_get(draft->probes.index, name->text);
	char quoted[QUOTED_MAX], near[SUGGESTION_MAX] = "";
	if (named != NULL) {
		*number = (uint32_t)named->order;
		return true;
	}
	if (!problems_full(draft->problems))
		(void)problem_nearest(
			name->text, draft_names(draft, &draft->probes), draft->probes.n, near);
	conf_problem(draft->problems, CONF_ERROR, name->at,
		"%s: %s: there is no probe %s in probes%s", s->subject, key,
		problem_quoted(name->text, quoted), near[0] != '\0' ? near : "; add it there");
	return false;
}

static void find_probes(const struct site *s)
{
	s->service->health = site_needs(s, "health", s->keys->health);
	s->service->ready = site_needs(s, "ready", s->keys->ready);
	site_gates(s, s->keys->policy.require);
}

static bool probe_needs_address(const struct draft *draft, uint32_t probe)
{
	const struct option_set *const kind = draft->conf->probes[probe].kind;
	return kind != NULL && kind->target != TARGET_NONE;
}

static void check_addresses(const struct site *s)
{
	const struct conf_service *const service = s->service;
	bool needed = s->keys->health != NULL && service->health.n == 0; /* it was wrong */
	for (size_t i = 0; i < service->health.n; i++)
		needed |= probe_needs_address(s->draft, service->health.probes[i]);
	for (size_t i = 0; i < service->ready.n; i++)
		needed |= probe_needs_address(s->draft, service->ready.probes[i]);
	for (size_t i = 0; i < service->n_gates; i++)
		needed |= probe_needs_address(s->draft, service->gate_probes[i]);
	for (size_t i = 0; i < service->n_endpoints && needed; i++)
		if (service->endpoints[i].address.len == 0)
			conf_problem(s->draft->problems, CONF_ERROR, service->endpoints[i].at,
				"%s: endpoint %s has no address, and health needs one to probe; "
				"add it, or take health out",
				s->subject, service->endpoints[i].name);
}

/* The options of a probe with this endpoint's values; false: `err` says what is wrong with them. */
static bool options_suit(const struct conf_probe *probe, const struct conf_endpoint *endpoint,
	const char **key, struct err *err)
{
	const struct option_set *const kind = probe->kind;
	struct arena *const scratch = arena_new();
	const void *const filled = fill_options(kind, probe->options, endpoint, scratch, key, err);
	bool suit = filled != NULL;
	if (suit && kind->check != NULL && !kind->check(filled, key, err))
		suit = err_within(err, "endpoint %s", endpoint->name);
	if (suit && pack_options(kind->fields, filled, NULL, 0) > PACK_MAX)
		suit = err_set(err, "endpoint %s makes its texts longer than %d octets together",
			endpoint->name, PACK_MAX);
	arena_free(scratch);
	return suit;
}

/* ... for every endpoint; the first problem is enough. */
static void check_options(const struct site *s, const struct conf_probe *probe)
{
	const struct conf_service *const service = s->service;
	const char *key = "";
	struct err err;
	if (probe->kind == NULL || !fill_wanted(probe->kind->fields, probe->options))
		return;
	for (size_t i = 0; i < service->n_endpoints; i++)
		if (!options_suit(probe, &service->endpoints[i], &key, &err)) {
			conf_problem(s->draft->problems, CONF_ERROR, service->endpoints[i].at,
				"%s: probe %s: %s: %s", s->subject, probe->name, key, err.text);
			return;
		}
}

static void check_all_options(const struct site *s)
{
	const struct conf_service *const service = s->service;
	const struct conf_probe *const probes = s->draft->conf->probes;
	for (size_t i = 0; i < service->health.n; i++)
		check_options(s, &probes[service->health.probes[i]]);
	for (size_t i = 0; i < service->ready.n; i++)
		check_options(s, &probes[service->ready.probes[i]]);
	for (size_t i = 0; i < service->n_gates; i++)
		check_options(s, &probes[service->gate_probes[i]]);
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

static void policy_problem(const struct site *s, const char *key, const char *what)
{
	const struct yaml_entry *const policy = yaml_find(s->map, "policy");
	const struct yaml_node *const map =
		policy != NULL && policy->value->is == YAML_IS_MAP ? policy->value : s->map;
	conf_problem(s->draft->problems, CONF_ERROR, draft_place(map, key), "%s: policy: %s",
		s->subject, what);
}

static void check_ttl(const struct site *s, const char *key, span_t ttl)
{
	if (ttl.ns % 1000000000 != 0)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(s->map, key),
			"%s: %s must be whole seconds; DNS knows no shorter ones", s->subject, key);
}

static void check_rule(const struct site *s)
{
	const struct service_rule *const rule = &s->service->rule;
	check_ttl(s, "ttl", s->service->ttl);
	if (s->keys->suspect_ttl.ns >= 0)
		check_ttl(s, "suspect-ttl", s->service->suspect_ttl);
	if (s->service->suspect_ttl.ns > s->service->ttl.ns)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(s->map, "suspect-ttl"),
			"%s: suspect-ttl is longer than ttl; make it shorter", s->subject);
	if (rule->mode == MODE_POOL && rule->failback != FAILBACK_AUTO)
		policy_problem(s, "failback",
			"failback: manual has no meaning in mode pool; use auto, or mode single");
	if (rule->mode == MODE_POOL && rule->on_failover == ON_FAILOVER_PROMOTE)
		policy_problem(s, "on-failover",
			"on-failover: promote has no meaning in mode pool, which has no home; use "
			"mode single");
	if (rule->mode == MODE_POOL && s->keys->policy.comeback >= 0)
		policy_problem(s, "comeback",
			"comeback has no meaning in mode pool, where hold decides; take it out, or "
			"use mode single");
	if (rule->mode == MODE_POOL && s->keys->ready != NULL)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(s->map, "ready"),
			"%s: ready is for the standbys of mode single; take it out", s->subject);
	if (rule->mode == MODE_SINGLE && (rule->least != 1 || rule->most != 0))
		policy_problem(s, rule->most != 0 ? "most" : "least",
			"least and most are for mode pool; take them out");
	if (rule->mode == MODE_SINGLE && s->keys->answer != 0)
		conf_problem(s->draft->problems, CONF_ERROR, draft_place(s->map, "answer"),
			"%s: answer: weighted is for mode pool; take it out", s->subject);
	if (s->keys->policy.require != NULL && rule->mode == MODE_SINGLE &&
		rule->failback == FAILBACK_AUTO && s->keys->policy.discard == 0)
		policy_problem(s, "failback",
			"failback: auto with require may lose what came in since the failover; use "
			"manual or never, or say discard: accept");
}

bool share_parse(const char *text, size_t n, uint32_t *share)
{
	char *end;
	if (text[0] < '0' || text[0] > '9')
		return false;
	const unsigned long number = strtoul(text, &end, 10);
	const bool percent = end[0] == '%' && end[1] == '\0';
	if ((!percent && *end != '\0') || number > (percent ? 100 : 1000000))
		return false;
	*share = percent ? (uint32_t)((number * n + 99) / 100) : (uint32_t)number;
	if (*share == 0)
		*share = 1;
	return true;
}

/* "0.25%" in 10,000ths; 0: it is no such share. */
static uint16_t trickle_parse(const char *text)
{
	uint32_t share = 0;
	int decimals = -1; /* the point was not there yet */
	for (; *text != '\0' && *text != '%'; text++) {
		if (*text == '.' && decimals < 0 && text[1] != '%') {
			decimals = 0;
			continue;
		}
		if (*text < '0' || *text > '9' || share > SHARES_WHOLE || decimals == 2)
			return 0;
		share = share * 10 + (uint32_t)(*text - '0');
		decimals += decimals >= 0;
	}
	for (int i = decimals > 0 ? decimals : 0; i < 2; i++)
		share *= 10;
	return strcmp(text, "%") == 0 && share <= SHARES_WHOLE / 2 ? (uint16_t)share : 0;
}

static uint16_t trickle_of(const struct site *s)
{
	const struct service_keys *const keys = s->keys;
	if (keys->policy.trickle == NULL)
		return 0;
	const uint16_t share = trickle_parse(keys->policy.trickle);
	if (share == 0)
		policy_problem(
			s, "trickle", "trickle must be a percentage from 0.01% to 50%, such as 1%");
	if (keys->mode == MODE_POOL)
		policy_problem(s, "trickle",
			"trickle is for mode single; in a pool give the endpoint a small weight");
	if (keys->ready != NULL)
		policy_problem(s, "trickle",
			"trickle cannot be used together with ready: a standby whose service is "
			"stopped cannot answer; take one out");
	return share;
}

static struct service_rule rule_of(const struct site *s)
{
	const struct service_keys *const keys = s->keys;
	const struct policy_keys *const p = &keys->policy;
	uint32_t least = 1;
	if (p->least != NULL && !share_parse(p->least, keys->endpoints.n, &least))
		policy_problem(s, "least",
			"least must be a whole number or a percentage, such as 2 or 50%");
	const bool data = p->require != NULL || p->on_failover == ON_FAILOVER_PROMOTE ||
			  p->failback == FAILBACK_NEVER;
	const enum comeback otherwise = data ? COMEBACK_CLEAR : COMEBACK_UP;
	return (struct service_rule){
		.mode = (enum service_mode)keys->mode,
		.failover = (enum failover)p->failover,
		.on_failover = (enum on_failover)p->on_failover,
		.failback = (enum failback)p->failback,
		.on_none = (enum on_none)p->on_none,
		.comeback = p->comeback < 0 ? otherwise : (enum comeback)p->comeback,
		.cold = keys->ready != NULL,
		.follows = keys->follows,
		.brief = s->service->suspect_ttl.ns < keys->ttl.ns,
		.brief_ttl = s->service->suspect_ttl,
		.all_families = keys->families != 0,
		.least = (uint16_t)(least < ENDPOINTS_MAX ? least : ENDPOINTS_MAX),
		.most = (uint16_t)p->most,
		.trickle = trickle_of(s),
		.limit = (uint16_t)p->limit.switches,
		.limit_per = p->limit.per,
		.wait = p->wait,
		.start = p->start,
		.hold = p->hold,
		.ttl = keys->ttl,
	};
}

static void build_service(
	struct draft *draft, const struct named *named, struct conf_service *service)
{
	struct service_keys keys = {.suspect_ttl = {-1}};
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
	service->suspect_ttl = keys.suspect_ttl.ns < 0 ? keys.ttl : keys.suspect_ttl;
	service->weighted = keys.answer != 0;
	service->with = keys.with;
	service->after = keys.after;
	if (named->value->is != YAML_IS_MAP)
		return;
	service->rule = rule_of(&s);
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
	check_all_options(&s);
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
