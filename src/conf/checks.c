#include "conf/checks.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/fill.h"
#include "conf/pack.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const span_t stale_least = {1000000000};

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

static uint32_t add(struct numbering *all, struct conf_check check, const char *identity)
{
	const struct conf_probe *const probe = check.probe;
	all->checks = mem_grow(all->checks, &all->checks_room, all->n + 1, sizeof *all->checks);
	all->rules = mem_grow(all->rules, &all->rules_room, all->n + 1, sizeof *all->rules);
	check.definition = definition(all->draft->arena, probe, identity);
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

uint32_t numbering_check(
	struct numbering *all, uint32_t number, const struct conf_endpoint *end, enum family family)
{
	const struct conf_probe *const probe = &all->draft->conf->probes[number];
	struct conf_check check = {
		.probe = probe, .options = options_for(all, probe, end), .host = ""};
	char text[ADDRESS_TEXT_MAX] = "-";
	if (probe->kind->target != TARGET_NONE) {
		const bool second = family == FAMILY_V6 && end->address6.len > 0;
		check.address = address_with_port(
			second ? end->address6 : end->address, (uint16_t)probe->port);
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
		struct conf_check check = {
			.probe = probe, .options = probe->options, .host = "", .reference = true};
		struct address address;
		char text[ADDRESS_TEXT_MAX];
		if (!address_parse(r->addresses.list[i].text, &address))
			continue; /* cannot be: it was checked */
		check.address = address_with_port(address, (uint16_t)probe->port);
		(void)add(all, check,
			arena_format(draft->arena, "reference %s %s", asked(all, &check),
				address_text(&check.address, text)));
	}
}

struct numbering numbering_new(struct draft *draft)
{
	struct numbering all = {.draft = draft, .known = names_new(draft->scratch)};
	all.asked = arena_list(draft->scratch, draft->conf->n_probes, sizeof *all.asked);
	all.filled = arena_list(draft->scratch, draft->conf->n_probes, sizeof *all.filled);
	return all;
}

void numbering_end(struct numbering *all)
{
	struct conf *const conf = all->draft->conf;
	struct arena *const arena = all->draft->arena;
	add_references(all);
	conf->policy.n_checks = all->n;
	conf->policy.checks = arena_copy(arena, all->rules, all->n * sizeof *all->rules);
	conf->checks = arena_copy(arena, all->checks, all->n * sizeof *all->checks);
	free(all->checks);
	free(all->rules);
}
