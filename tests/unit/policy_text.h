/*
 * Policies for tests, from text: one service a line, sorted by name,
 *   NAME single|pool auto|manual keep|all HOLD ENDPOINT=CHECK,CHECK ...
 * with a check named by its identity and the hold in seconds.  An endpoint with more than that is
 *   ENDPOINT=HEALTH|HEALTH6/READY|READY6#GATES
 * each a list of checks.  A line below a service may add to it:
 *   + none|home never manual off promote clear wait=S start=S brief=TTL limit=N/S least=N most=N
 * trickle=SHARE all-families with=NAME after=NAME fresh=S behind=N same range=MIN:MAX lenient the
 * gates in the order of their checks, lenient for the one before.  The first lines may be rise R
 * fall F stale S breaker SWITCHES FAILBACKS PER for all; else 2, 3, 5, and none.
 */
#ifndef LOCUM_TESTS_POLICY_TEXT_H
#define LOCUM_TESTS_POLICY_TEXT_H

#include "base/arena.h"
#include "failover/policy.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	TEXT_HEALTH = 4,
	TEXT_CHECKS_MAX = 64,
	TEXT_ENDPOINTS_MAX = 256,
	TEXT_SERVICES_MAX = 32,
	TEXT_GATES_MAX = 4,
	TEXT_USES = 4 * TEXT_HEALTH + TEXT_GATES_MAX,
};

struct policy_text {
	struct policy policy;
	struct policy_check checks[TEXT_CHECKS_MAX];
	struct policy_endpoint endpoints[TEXT_ENDPOINTS_MAX];
	struct policy_service services[TEXT_SERVICES_MAX];
	uint32_t uses[TEXT_USES * TEXT_ENDPOINTS_MAX];
	struct quorum trees[TEXT_SERVICES_MAX][TEXT_HEALTH + 1];
	struct gate_rule gates[TEXT_SERVICES_MAX][TEXT_GATES_MAX];
	const char *with[TEXT_SERVICES_MAX], *after[TEXT_SERVICES_MAX];
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

/* The checks of a list; all endpoints of a service have as many: the last is asked again. */
static uint16_t text_uses(struct policy_text *t, char *list, uint16_t pad)
{
	struct policy *p = &t->policy;
	uint16_t n = 0;
	char *rest;
	for (char *check = strtok_r(list, ",", &rest); check != NULL;
		check = strtok_r(NULL, ",", &rest), n++)
		t->uses[p->n_uses++] = text_check(t, check);
	for (; n > 0 && n < pad; n++, p->n_uses++)
		t->uses[p->n_uses] = t->uses[p->n_uses - 1];
	return n;
}

static char *text_cut(char *text, char at)
{
	char *const cut = text != NULL ? strchr(text, at) : NULL;
	if (cut == NULL)
		return NULL;
	*cut = '\0';
	return cut + 1;
}

static void text_endpoint(struct policy_text *t, struct policy_service *service, char *word)
{
	struct policy *p = &t->policy;
	char *health = text_cut(word, '='), *gates = text_cut(health, '#');
	char *ready = text_cut(health, '/'), *health6 = text_cut(health, '|');
	char *ready6 = text_cut(ready, '|');
	assert(health != NULL && p->n_endpoints < TEXT_ENDPOINTS_MAX);
	struct policy_endpoint *end = &t->endpoints[p->n_endpoints++];
	*end = (struct policy_endpoint){.name = word,
		.service = (uint32_t)p->n_services - 1,
		.first = (uint32_t)p->n_uses,
		.has = {true, health6 != NULL}};
	const uint16_t n = text_uses(t, health, TEXT_HEALTH);
	if (health6 != NULL)
		(void)!text_uses(t, health6, TEXT_HEALTH);
	const uint16_t n_ready = ready != NULL ? text_uses(t, ready, TEXT_HEALTH) : 0;
	if (ready6 != NULL)
		(void)!text_uses(t, ready6, TEXT_HEALTH);
	const uint16_t n_gates = gates != NULL ? text_uses(t, gates, 0) : 0;
	end->n = (uint32_t)p->n_uses - end->first;
	assert(service->n == 0 || (service->n_health == n && service->n_ready == n_ready &&
					  service->n_gates == n_gates));
	service->n_health = n;
	service->n_ready = n_ready;
	service->n_gates = n_gates;
	struct quorum *const tree = t->trees[p->n_services - 1];
	tree[0] = (struct quorum){TEXT_HEALTH, TEXT_HEALTH};
	service->health = n > 0 ? tree : NULL;
	service->ready = n_ready > 0 ? tree : NULL;
	service->rule.cold = n_ready > 0;
	service->gates = t->gates[p->n_services - 1];
	service->n++;
}

static void text_more(struct policy_text *t, char *line)
{
	const size_t at = t->policy.n_services - 1;
	struct service_rule *const rule = &t->services[at].rule;
	struct gate_rule *gate = t->gates[at];
	char *rest;
	for (char *word = strtok_r(line, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest)) {
		char *const value = text_cut(word, '='), *const second = text_cut(value, '/');
		const int64_t number = value != NULL ? strtol(value, NULL, 10) : 0;
		const span_t span = span_ms(number * 1000);
		if (strcmp(word, "none") == 0)
			rule->on_none = ON_NONE_NONE;
		else if (strcmp(word, "home") == 0)
			rule->on_none = ON_NONE_HOME;
		else if (strcmp(word, "never") == 0)
			rule->failback = FAILBACK_NEVER;
		else if (strcmp(word, "manual") == 0)
			rule->failover = FAILOVER_MANUAL;
		else if (strcmp(word, "off") == 0)
			rule->failover = FAILOVER_OFF;
		else if (strcmp(word, "promote") == 0)
			rule->on_failover = ON_FAILOVER_PROMOTE;
		else if (strcmp(word, "clear") == 0)
			rule->comeback = COMEBACK_CLEAR;
		else if (strcmp(word, "all-families") == 0)
			rule->all_families = true;
		else if (strcmp(word, "wait") == 0)
			rule->wait = span;
		else if (strcmp(word, "start") == 0)
			rule->start = span;
		else if (strcmp(word, "least") == 0)
			rule->least = (uint16_t)number;
		else if (strcmp(word, "most") == 0)
			rule->most = (uint16_t)number;
		else if (strcmp(word, "limit") == 0) {
			rule->limit = (uint16_t)number;
			rule->limit_per = span_ms(strtol(second, NULL, 10) * 1000);
		} else if (strcmp(word, "brief") == 0) {
			rule->brief = true;
			rule->ttl = span;
			rule->brief_ttl =
				span_ms(second != NULL ? strtol(second, NULL, 10) * 1000 : 0);
		} else if (strcmp(word, "trickle") == 0) /* in 10,000ths */
			rule->trickle = (uint16_t)number;
		else if (strcmp(word, "with") == 0)
			t->with[at] = value;
		else if (strcmp(word, "after") == 0)
			t->after[at] = value;
		else if (strcmp(word, "fresh") == 0)
			*gate++ = (struct gate_rule){.kind = GATE_FRESH, .age = span};
		else if (strcmp(word, "behind") == 0)
			*gate++ = (struct gate_rule){.kind = GATE_BEHIND, .max = (double)number};
		else if (strcmp(word, "same") == 0)
			*gate++ = (struct gate_rule){.kind = GATE_SAME};
		else if (strcmp(word, "range") == 0) {
			*gate++ = (struct gate_rule){.kind = GATE_LIMITS,
				.min = (double)number,
				.max = strtod(strchr(value, ':') + 1, NULL)};
		} else if (strcmp(word, "lenient") == 0)
			gate[-1].lenient = true;
		else
			assert(false && "a word of a service");
	}
}

static uint32_t text_find(const struct policy_text *t, const char *name)
{
	for (uint32_t i = 0; name != NULL && i < t->policy.n_services; i++)
		if (strcmp(t->services[i].name, name) == 0)
			return i;
	return POLICY_NONE;
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
		unsigned rise, fall, stale, switches, failbacks, per;
		if (sscanf(line, "rise %u fall %u stale %u", &rise, &fall, &stale) == 3)
			t->rule = (struct health_rule){
				(uint16_t)rise, (uint16_t)fall, span_ms((int64_t)stale * 1000)};
		else if (sscanf(line, "breaker %u %u %u", &switches, &failbacks, &per) == 3)
			t->policy.breaker =
				(struct policy_breaker){switches, span_ms((int64_t)per * 1000),
					failbacks, span_ms((int64_t)per * 1000)};
		else if (line[0] == '+')
			text_more(t, line + 1);
		else
			text_service(t, line);
	}
	for (size_t i = 0; i < t->policy.n_services; i++) {
		t->services[i].with = text_find(t, t->with[i]);
		t->services[i].after = text_find(t, t->after[i]);
	}
	t->policy.checks = t->checks;
	t->policy.endpoints = t->endpoints;
	t->policy.services = t->services;
	t->policy.uses = t->uses;
	return &t->policy;
}

#endif
