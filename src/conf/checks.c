#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/draft.h"
#include "conf/pack.h"
#include "dns/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const span_t stale_least = {1000000000};

enum { QUESTION_MAX = NAME_TEXT_MAX + ADDRESS_TEXT_MAX + 32 };

struct numbering {
	struct draft *draft;
	struct names *known; /* question -> number of its check, and one */
	struct conf_check *checks;
	struct policy_check *rules;
	size_t n, checks_room, rules_room;
	const char **asked; /* for each probe: name, kind and options; NULL until it is used */
};

/*
 * Silence becomes unknown after three intervals and an attempt, but no sooner than a second.  It is
 * the longest interval that counts: which one is in use is not known here.
 */
static struct health_rule health_rule(const struct conf_probe *probe)
{
	const span_t every = span_at_least(probe->down, probe->every) ? probe->down : probe->every;
	const span_t stale = {3 * every.ns + probe->timeout.ns};
	return (struct health_rule){
		.rise = (uint16_t)probe->rise,
		.fall = (uint16_t)probe->fall,
		.stale = span_at_least(stale, stale_least) ? stale : stale_least,
	};
}

/* `web http 2f6865616c7468`: what is asked, whoever is asked. */
static const char *asked(struct numbering *all, const struct conf_probe *probe)
{
	const char **const at = &all->asked[probe - all->draft->conf->probes];
	if (*at != NULL)
		return *at;
	const struct field *const fields = probe->kind->fields;
	const size_t len = pack_options(fields, probe->options, NULL, 0);
	uint8_t *const packed = mem_new(len);
	char *const hex = mem_new(2 * len + 1);
	(void)!pack_options(fields, probe->options, packed, len);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", packed[i]);
	*at = arena_format(all->draft->scratch, "%s %s %s", probe->name, probe->kind->name, hex);
	free(packed);
	free(hex);
	return *at;
}

/* What the prober is told, times and all. */
static const char *definition(
	struct arena *arena, const struct conf_probe *probe, const char *identity)
{
	char every[SPAN_TEXT_MAX], fast[SPAN_TEXT_MAX], down[SPAN_TEXT_MAX], timeout[SPAN_TEXT_MAX];
	char min[DECIMAL_TEXT_MAX], max[DECIMAL_TEXT_MAX], age[SPAN_TEXT_MAX];
	return arena_format(arena, "%s %s %s %s %s %u %u %s %s %s%s", identity,
		span_text(probe->every, every), span_text(probe->fast, fast),
		span_text(probe->down, down), span_text(probe->timeout, timeout), probe->rise,
		probe->fall, decimal_text(&probe->limits.min, min),
		decimal_text(&probe->limits.max, max), span_text(probe->limits.max_age, age),
		probe->watch ? " watch" : "");
}

static uint32_t add(struct numbering *all, const struct conf_probe *probe, struct address address,
	const char *host)
{
	struct arena *const arena = all->draft->arena;
	char text[ADDRESS_TEXT_MAX];
	const char *const identity = arena_format(
		arena, "%s %s %s", asked(all, probe), address_text(&address, text), host);
	all->checks = mem_grow(all->checks, &all->checks_room, all->n + 1, sizeof *all->checks);
	all->rules = mem_grow(all->rules, &all->rules_room, all->n + 1, sizeof *all->rules);
	all->checks[all->n] = (struct conf_check){
		.probe = probe,
		.address = address,
		.host = host,
		.definition = definition(arena, probe, identity),
	};
	all->rules[all->n] = (struct policy_check){identity, probe->name, health_rule(probe)};
	return (uint32_t)all->n++;
}

/* The check of one endpoint by one probe: made once, however many services ask for it. */
static uint32_t check_number(
	struct numbering *all, uint32_t number, const struct conf_endpoint *end)
{
	const struct conf_probe *const probe = &all->draft->conf->probes[number];
	const struct address address = address_with_port(end->address, (uint16_t)probe->port);
	const char *const host = end->host_text != NULL ? end->host_text : "";
	char question[QUESTION_MAX], text[ADDRESS_TEXT_MAX];
	(void)snprintf(
		question, sizeof question, "%u %s %s", number, address_text(&address, text), host);
	const uint32_t *const known = names_get(all->known, question);
	if (known != NULL)
		return *known;
	const uint32_t made = add(all, probe, address, host);
	struct arena *const scratch = all->draft->scratch;
	(void)!names_put(all->known, arena_text(scratch, question, strlen(question)),
		arena_copy(scratch, &made, sizeof made));
	return made;
}

/*
 * The references come last: checks that no endpoint uses.  Their identities are their own, so that
 * an endpoint that asks the same has a check of its own, which has to wait for theirs.
 */
static void add_references(struct numbering *all)
{
	struct draft *const draft = all->draft;
	const struct conf_references *const r = &draft->conf->server.references;
	if (r->probe == NULL)
		return;
	const struct named *const named = names_get(draft->probes.index, r->probe);
	const struct conf_probe *const probe = &draft->conf->probes[named->order];
	for (size_t i = 0; i < r->addresses.n; i++) {
		struct address address;
		if (!address_parse(r->addresses.list[i].text, &address))
			continue; /* cannot be: it was checked */
		const uint32_t number =
			add(all, probe, address_with_port(address, (uint16_t)probe->port), "");
		struct conf_check *const check = &all->checks[number];
		check->reference = true;
		check->definition = arena_format(draft->arena, "reference %s", check->definition);
		all->rules[number].identity =
			arena_format(draft->arena, "reference %s", all->rules[number].identity);
	}
}

static void count(const struct conf *conf, struct policy *policy)
{
	policy->n_services = conf->n_services;
	for (size_t i = 0; i < conf->n_services; i++) {
		const struct conf_service *const s = &conf->services[i];
		policy->n_endpoints += s->n_endpoints;
		policy->n_uses += s->n_endpoints * s->n_health;
	}
}

void draft_policy(struct draft *draft)
{
	struct conf *const conf = draft->conf;
	struct policy *const policy = &conf->policy;
	count(conf, policy);
	struct policy_service *const services =
		arena_list(draft->arena, policy->n_services, sizeof *services);
	struct policy_endpoint *const ends =
		arena_list(draft->arena, policy->n_endpoints, sizeof *ends);
	uint32_t *const uses = arena_list(draft->arena, policy->n_uses, sizeof *uses);
	struct numbering all = {.draft = draft, .known = names_new(draft->scratch)};
	all.asked = arena_list(draft->scratch, conf->n_probes, sizeof *all.asked);

	uint32_t end = 0, use = 0;
	for (uint32_t i = 0; i < conf->n_services; i++) {
		const struct conf_service *const s = &conf->services[i];
		services[i] =
			(struct policy_service){s->name, s->rule, end, (uint32_t)s->n_endpoints};
		for (size_t j = 0; j < s->n_endpoints; j++) {
			ends[end++] = (struct policy_endpoint){
				s->endpoints[j].name, i, use, (uint32_t)s->n_health};
			for (size_t k = 0; k < s->n_health; k++)
				uses[use++] = check_number(&all, s->health[k], &s->endpoints[j]);
		}
	}

	add_references(&all);

	policy->services = services;
	policy->endpoints = ends;
	policy->uses = uses;
	policy->n_checks = all.n;
	policy->checks = arena_copy(draft->arena, all.rules, all.n * sizeof *all.rules);
	conf->checks = arena_copy(draft->arena, all.checks, all.n * sizeof *all.checks);
	free(all.checks);
	free(all.rules);
}
