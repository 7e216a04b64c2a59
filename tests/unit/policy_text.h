/*
 * Policies for tests, from text: one service a line, sorted by name,
 *   NAME single|pool auto|manual keep|all HOLD ENDPOINT=CHECK,CHECK ...
 * with a check named by its identity and the hold in seconds.  The first line may be
 *   rise R fall F stale S
 * for all checks; else 2, 3, 5.
 */
#ifndef LOCUM_TESTS_POLICY_TEXT_H
#define LOCUM_TESTS_POLICY_TEXT_H

#include "base/arena.h"
#include "failover/policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_HEALTH = 4, TEXT_CHECKS_MAX = 64, TEXT_ENDPOINTS_MAX = 256, TEXT_SERVICES_MAX = 32 };

struct policy_text {
	struct policy policy;
	struct policy_check checks[TEXT_CHECKS_MAX];
	struct policy_endpoint endpoints[TEXT_ENDPOINTS_MAX];
	struct policy_service services[TEXT_SERVICES_MAX];
	uint32_t uses[4 * TEXT_ENDPOINTS_MAX];
	struct quorum trees[TEXT_SERVICES_MAX][64];
	struct health_rule rule;
};

static uint32_t text_check(struct policy_text *t, const char *identity)
{
	for (uint32_t i = 0; i < t->policy.n_checks; i++)
		if (strcmp(t->checks[i].identity, identity) == 0)
			return i;
	assert(t->policy.n_checks < TEXT_CHECKS_MAX);
	t->checks[t->policy.n_checks] =
		(struct policy_check){.identity = identity, .probe = identity, .rule = t->rule};
	return (uint32_t)t->policy.n_checks++;
}

static void text_endpoint(struct policy_text *t, struct policy_service *service, char *word)
{
	struct policy *p = &t->policy;
	char *checks = strchr(word, '=');
	assert(checks != NULL && p->n_endpoints < TEXT_ENDPOINTS_MAX);
	*checks++ = '\0';
	struct policy_endpoint *end = &t->endpoints[p->n_endpoints++];
	*end = (struct policy_endpoint){.name = word,
		.service = (uint32_t)p->n_services - 1,
		.first = (uint32_t)p->n_uses,
		.has = {true}};
	char *rest;
	for (char *check = strtok_r(checks, ",", &rest); check != NULL;
		check = strtok_r(NULL, ",", &rest)) {
		t->uses[p->n_uses++] = text_check(t, check);
		end->n++;
	}
	/* All endpoints of a service have as many checks: one asked twice counts as once. */
	while (end->n > 0 && end->n < TEXT_HEALTH) {
		t->uses[p->n_uses] = t->uses[p->n_uses - 1];
		p->n_uses++;
		end->n++;
	}
	assert(end->n <= TEXT_HEALTH && (service->n == 0 || service->n_health == end->n));
	service->n_health = (uint16_t)end->n;
	t->trees[p->n_services - 1][0] = (struct quorum){service->n_health, service->n_health};
	service->health = end->n > 0 ? t->trees[p->n_services - 1] : NULL;
	service->n++;
}

static void text_service(struct policy_text *t, char *line)
{
	struct policy *p = &t->policy;
	char *rest;
	const char *name = strtok_r(line, " ", &rest);
	const char *mode = strtok_r(NULL, " ", &rest);
	const char *failback = strtok_r(NULL, " ", &rest);
	const char *on_none = strtok_r(NULL, " ", &rest);
	const char *hold = strtok_r(NULL, " ", &rest);
	assert(hold != NULL && p->n_services < TEXT_SERVICES_MAX);
	assert(p->n_services == 0 || strcmp(t->services[p->n_services - 1].name, name) < 0);
	struct policy_service *service = &t->services[p->n_services++];
	*service = (struct policy_service){.name = name,
		.rule = {.mode = strcmp(mode, "pool") == 0 ? MODE_POOL : MODE_SINGLE,
			.failback = strcmp(failback, "auto") == 0 ? FAILBACK_AUTO : FAILBACK_MANUAL,
			.on_none = strcmp(on_none, "all") == 0 ? ON_NONE_ALL : ON_NONE_KEEP,
			.hold = span_ms(strtol(hold, NULL, 10) * 1000)},
		.first = (uint32_t)p->n_endpoints,
		.with = POLICY_NONE,
		.after = POLICY_NONE};
	for (char *word = strtok_r(NULL, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest))
		text_endpoint(t, service, word);
}

static const struct policy *policy_text(struct arena *arena, const char *text)
{
	struct policy_text *t = arena_alloc(arena, sizeof(*t));
	t->rule = (struct health_rule){.rise = 2, .fall = 3, .stale = span_ms(5000)};
	char *rest, *copy = arena_text(arena, text, strlen(text));
	for (char *line = strtok_r(copy, "\n", &rest); line != NULL;
		line = strtok_r(NULL, "\n", &rest)) {
		unsigned rise, fall, stale;
		if (sscanf(line, "rise %u fall %u stale %u", &rise, &fall, &stale) == 3)
			t->rule = (struct health_rule){
				(uint16_t)rise, (uint16_t)fall, span_ms((int64_t)stale * 1000)};
		else
			text_service(t, line);
	}
	t->policy.checks = t->checks;
	t->policy.endpoints = t->endpoints;
	t->policy.services = t->services;
	t->policy.uses = t->uses;
	return &t->policy;
}

#endif
