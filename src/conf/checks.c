#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/draft.h"
#include "conf/fill.h"
#include "conf/pack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const span_t stale_least = {1000000000};

struct numbering {
	struct draft *draft;
	struct names *known; /* identity -> number of its check */
	struct conf_check *checks;
	struct policy_check *rules;
	size_t n, checks_room, rules_room;
	const char **asked; /* for each probe: see asked(); NULL until it is used */
	int8_t *filled;     /* for each probe: whether its options differ by endpoint: 1, -1; 0: not
			       known */
};

/* Silence becomes unknown after three intervals and an attempt, but no sooner than a second. */
static struct health_rule health_rule(const struct conf_probe *probe)
{
	const span_t stale = {3 * probe->every.ns + probe->timeout.ns};
	return (struct health_rule){
		.rise = (uint16_t)probe->rise,
		.fall = (uint16_t)probe->fall,
		.stale = span_at_least(stale, stale_least) ? stale : stale_least,
	};
}

/* `web http 2f6865616c7468`: what is asked, whoever is asked. */
static const char *spell(struct arena *arena, const struct conf_probe *probe, const void *options)
{
	const struct field *const fields = probe->kind->fields;
	const size_t len = pack_options(fields, options, NULL, 0);
	uint8_t *const packed = mem_new(len);
	char *const hex = mem_new(2 * len + 1);
	(void)!pack_options(fields, options, packed, len);
	for (size_t i = 0; i < len; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", packed[i]);
	const char *const text =
		arena_format(arena, "%s %s %s", probe->name, probe->kind->name, hex);
	free(packed);
	free(hex);
	return text;
}

/* The same; spelt once for all endpoints where it is the same for all. */
static const char *asked(struct numbering *all, const struct conf_check *check)
{
	struct arena *const scratch = all->draft->scratch;
	const char **const at = &all->asked[check->probe - all->draft->conf->probes];
	if (check->options != check->probe->options)
		return spell(scratch, check->probe, check->options);
	if (*at == NULL)
		*at = spell(scratch, check->probe, check->options);
	return *at;
}

static uint32_t add(struct numbering *all, struct conf_check check, const char *identity)
{
	const struct conf_probe *const probe = check.probe;
	char every[SPAN_TEXT_MAX], timeout[SPAN_TEXT_MAX];
	all->checks = mem_grow(all->checks, &all->checks_room, all->n + 1, sizeof *all->checks);
	all->rules = mem_grow(all->rules, &all->rules_room, all->n + 1, sizeof *all->rules);
	check.definition = arena_format(all->draft->arena, "%s %s %s", identity,
		span_text(probe->every, every), span_text(probe->timeout, timeout));
	all->checks[all->n] = check;
	all->rules[all->n] = (struct policy_check){identity, probe->name, health_rule(probe)};
	return (uint32_t)all->n++;
}

static const void *options_for(
	struct numbering *all, const struct conf_probe *probe, const struct conf_endpoint *end)
{
	int8_t *const filled = &all->filled[probe - all->draft->conf->probes];
	const char *key;
	struct err err;
	if (*filled == 0)
		*filled = fill_wanted(probe->kind->fields, probe->options) ? 1 : -1;
	if (*filled < 0)
		return probe->options;
	const void *const options =
		fill_options(probe->kind, probe->options, end, all->draft->arena, &key, &err);
	assert(options != NULL); /* or it would have been an error of the service */
	return options;
}

/* The check of one endpoint by one probe: made once, however many services ask for it. */
static uint32_t check_number(
	struct numbering *all, uint32_t number, const struct conf_endpoint *end)
{
	const struct conf_probe *const probe = &all->draft->conf->probes[number];
	struct conf_check check = {
		.probe = probe, .options = options_for(all, probe, end), .host = ""};
	char text[ADDRESS_TEXT_MAX] = "-";
	if (probe->kind->target != TARGET_NONE) {
		check.address = address_with_port(end->address, (uint16_t)probe->port);
		check.host = end->host_text != NULL ? end->host_text : "";
		(void)address_text(&check.address, text);
	}
	const char *const identity =
		arena_format(all->draft->arena, "%s %s %s", asked(all, &check), text, check.host);
	const uint32_t *const known = names_get(all->known, identity);
	if (known != NULL)
		return *known;
	const uint32_t made = add(all, check, identity);
	(void)!names_put(all->known, identity, arena_copy(all->draft->scratch, &made, sizeof made));
	return made;
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
	all.filled = arena_list(draft->scratch, conf->n_probes, sizeof *all.filled);

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

	policy->services = services;
	policy->endpoints = ends;
	policy->uses = uses;
	policy->n_checks = all.n;
	policy->checks = arena_copy(draft->arena, all.rules, all.n * sizeof *all.rules);
	conf->checks = arena_copy(draft->arena, all.checks, all.n * sizeof *all.checks);
	free(all.checks);
	free(all.rules);
}
