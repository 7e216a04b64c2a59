#include "conf/checks.h"

#include "base/arena.h"
#include "base/mem.h"
#include "base/span.h"
#include "conf/pack.h"
#include "dns/name.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const span_t stale_least = {1000000000};

enum { QUESTION_MAX = NAME_TEXT_MAX + ADDRESS_TEXT_MAX + 32 };

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

uint32_t numbering_check(
	struct numbering *all, uint32_t number, const struct conf_endpoint *end, enum family family)
{
	const struct conf_probe *const probe = &all->draft->conf->probes[number];
	const bool second = family == FAMILY_V6 && end->address6.len > 0;
	const struct address address =
		address_with_port(second ? end->address6 : end->address, (uint16_t)probe->port);
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

struct numbering numbering_new(struct draft *draft)
{
	struct numbering all = {.draft = draft, .known = names_new(draft->scratch)};
	all.asked = arena_list(draft->scratch, draft->conf->n_probes, sizeof *all.asked);
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
