/* An engine under test: events and effects in words. */
#ifndef LOCUM_TESTS_ENGINE_WORLD_H
#define LOCUM_TESTS_ENGINE_WORLD_H

#include "base/arena.h"
#include "base/mem.h"
#include "failover/engine.h"
#include "policy_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct world {
	struct arena *arena;
	struct engine *engine;
	struct effects effects;
	char said[4096]; /* the effects of the last event */
};

static inline mono_t at(double s) { return (mono_t){(int64_t)(s * 1e9)}; }

static inline void say(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static inline void say(struct world *w, const char *fmt, ...)
{
	const size_t n = strlen(w->said);
	if (n > 0)
		strcat(w->said, " ");
	va_list args;
	va_start(args, fmt);
	vsnprintf(w->said + strlen(w->said), sizeof(w->said) - strlen(w->said), fmt, args);
	va_end(args);
}

static inline const char *names(
	const struct policy *p, uint32_t service, const struct endpoint_set *set)
{
	static char rooms[2][256];
	static int next;
	char *room = rooms[next++ % 2];
	room[0] = '\0';
	for (uint32_t i = 0; i < p->services[service].n; i++) {
		if (!endpoint_has(set, i))
			continue;
		if (room[0] != '\0')
			strcat(room, "+");
		strcat(room, p->endpoints[p->services[service].first + i].name);
	}
	return room;
}

/* The effects as words: "check:UD  service/endpoint:UD  service:from>to(rule)  service!(rule)". */
static inline void hear(struct world *w)
{
	const struct policy *p = engine_facts(w->engine).policy;
	w->said[0] = '\0';
	for (size_t i = 0; i < w->effects.n; i++) {
		const struct effect *e = &w->effects.list[i];
		const char *rule = pick_reason_text(e->pick.reason);
		switch (e->kind) {
		case EFFECT_HEALTH:
			say(w, "%s:%c%c", p->checks[e->subject].identity, "?UD"[e->was],
				"?UD"[e->is]);
			break;
		case EFFECT_VERDICT:
			say(w, "%s/%s:%c%c", p->services[p->endpoints[e->subject].service].name,
				p->endpoints[e->subject].name, "?UD"[e->was], "?UD"[e->is]);
			break;
		case EFFECT_SWITCH:
			say(w, "%s:%s>%s(%s)", p->services[e->subject].name,
				names(p, e->subject, &e->from), names(p, e->subject, &e->pick.on),
				rule);
			break;
		case EFFECT_STUCK: say(w, "%s!(%s)", p->services[e->subject].name, rule); break;
		case EFFECT_TRICKLE:
			say(w, "%s~%s", p->services[e->subject].name,
				names(p, e->subject, &e->pick.trickle));
			break;
		case EFFECT_TTL:
			say(w, "%s:ttl%c", p->services[e->subject].name,
				e->pick.suspect ? '-' : '+');
			break;
		case EFFECT_ROLE: say(w, "%s:role", p->services[e->subject].name); break;
		case EFFECT_OVER:
			say(w, "%s:over",
				e->of_service ? p->services[e->subject].name
					      : p->endpoints[e->subject].name);
			break;
		}
	}
	w->effects.n = 0;
}

static inline void expect(struct world *w, const char *what, const char *effects)
{
	hear(w);
	if (strcmp(w->said, effects) != 0)
		fail_msg("%s\n expected: %s\n got:      %s", what, effects, w->said);
}

static inline struct world *begin(const char *policy, const char *effects)
{
	struct world *w = mem_new(sizeof(*w));
	w->arena = arena_new();
	w->engine = engine_new(policy_text(w->arena, policy), at(0), &w->effects);
	expect(w, "new", effects);
	return w;
}

static inline void end(struct world *w)
{
	engine_free(w->engine);
	arena_free(w->arena);
	free(w->effects.list);
	free(w);
}

static inline void step(struct world *w, struct event event, double s)
{
	engine_step(w->engine, &event, at(s), &w->effects);
}

static void go_deaf(struct world *w, double s)
{
	const size_t n = engine_facts(w->engine).policy->n_checks;
	uint32_t *const all = mem_list(n, sizeof *all);
	for (uint32_t i = 0; i < n; i++)
		all[i] = i;
	step(w, (struct event){.kind = EVENT_DEAF, .deaf = all, .n_deaf = n}, s);
	free(all);
}

/* `event`: "pass CHECK ...", "fail CHECK ...", "none CHECK ...", "deaf", "time". */
static inline void does(struct world *w, double s, const char *event, const char *effects)
{
	char copy[256], *rest;
	snprintf(copy, sizeof(copy), "%s", event);
	const char *verb = strtok_r(copy, " ", &rest);
	if (strcmp(verb, "deaf") == 0)
		go_deaf(w, s);
	if (strcmp(verb, "time") == 0)
		step(w, (struct event){.kind = EVENT_TIME}, s);
	const enum probe_outcome outcome = strcmp(verb, "pass") == 0   ? PROBE_PASS
					   : strcmp(verb, "fail") == 0 ? PROBE_FAIL
								       : PROBE_NO_VERDICT;
	for (const char *check = strtok_r(NULL, " ", &rest); check != NULL;
		check = strtok_r(NULL, " ", &rest)) {
		const struct policy *p = engine_facts(w->engine).policy;
		uint32_t i = 0;
		while (strcmp(p->checks[i].identity, check) != 0)
			i++;
		step(w, (struct event){.kind = EVENT_OUTCOME, .check = i, .outcome = outcome}, s);
	}
	char what[300];
	snprintf(what, sizeof(what), "at %g: %s", s, event);
	expect(w, what, effects);
}

static inline uint32_t service_number(const struct world *w, const char *name)
{
	const struct policy *const p = engine_facts(w->engine).policy;
	uint32_t i = 0;
	while (strcmp(p->services[i].name, name) != 0)
		i++;
	return i;
}

/* "VERB SERVICE [ENDPOINT] [from=S] [until=S] [force=RULE]" */
static inline struct decree read_decree(const struct world *w, const char *text)
{
	char copy[256], *rest;
	snprintf(copy, sizeof(copy), "%s", text);
	const char *verb = strtok_r(copy, " ", &rest);
	struct decree decree = {.endpoint = ENDPOINT_NONE};
	while (strcmp(decree_text(decree.verb), verb) != 0)
		decree.verb++;
	decree.service = service_number(w, strtok_r(NULL, " ", &rest));
	const struct policy *const p = engine_facts(w->engine).policy;
	const struct policy_service *const service = &p->services[decree.service];
	for (char *word = strtok_r(NULL, " ", &rest); word != NULL;
		word = strtok_r(NULL, " ", &rest)) {
		if (strncmp(word, "from=", 5) == 0)
			decree.from = at(strtod(word + 5, NULL));
		else if (strncmp(word, "until=", 6) == 0)
			decree.until = at(strtod(word + 6, NULL));
		else if (strncmp(word, "force=", 6) == 0)
			decree.force |= 1U << strtol(word + 6, NULL, 10);
		else
			for (uint32_t i = 0; i < service->n; i++)
				if (strcmp(p->endpoints[service->first + i].name, word) == 0)
					decree.endpoint = (uint8_t)i;
	}
	return decree;
}

static inline bool same_pick(const struct pick *a, const struct pick *b)
{
	return endpoint_same(&a->on, &b->on) && endpoint_same(&a->deposed, &b->deposed) &&
	       endpoint_same(&a->withdrawn, &b->withdrawn) && a->reason == b->reason &&
	       a->by == b->by && a->home == b->home && a->suspect == b->suspect &&
	       a->switched.ns == b->switched.ns && a->stay.ns == b->stay.ns &&
	       a->review.ns == b->review.ns && a->strikes == b->strikes && a->chosen == b->chosen &&
	       endpoint_same(&a->dark[FAMILY_V4], &b->dark[FAMILY_V4]) &&
	       endpoint_same(&a->dark[FAMILY_V6], &b->dark[FAMILY_V6]) &&
	       memcmp(a->moves, b->moves, sizeof a->moves) == 0;
}

/* The pick of a decree's service: the first, as gates compare with who is active then. */
static inline struct pick first_pick(
	const struct effects *effects, const struct engine_facts *facts, uint32_t service)
{
	for (size_t i = 0; i < effects->n; i++)
		if (effects->list[i].kind == EFFECT_SWITCH && effects->list[i].subject == service)
			return effects->list[i].pick;
	return facts->services[service];
}

/* A decree is not refused, and does what was planned. */
static inline void orders(struct world *w, double s, const char *text, const char *effects)
{
	const struct decree decree = read_decree(w, text);
	step(w, (struct event){.kind = EVENT_TIME}, s);
	expect(w, text, "");
	assert_int_equal(engine_refused(w->engine, &decree, at(s)), REFUSAL_NOT);
	struct mandate mandate;
	struct standing standings[ENDPOINTS_MAX];
	const struct pick plan =
		engine_plan(w->engine, decree.service, &decree, 1, at(s), &mandate, standings);
	step(w, (struct event){.kind = EVENT_DECREE, .decree = &decree}, s);
	const struct engine_facts facts = engine_facts(w->engine);
	const struct pick is = first_pick(&w->effects, &facts, decree.service);
	if (!same_pick(&plan, &is))
		fail_msg("at %g: %s: it was planned otherwise: on %s by rule %d, not %s by %d", s,
			text, names(facts.policy, decree.service, &plan.on), plan.reason,
			names(facts.policy, decree.service, &is.on), is.reason);
	assert_int_equal(mandate.pinned, facts.mandates[decree.service].pinned);
	assert_int_equal(mandate.frozen, facts.mandates[decree.service].frozen);
	expect(w, text, effects);
}

static inline void is_refused(struct world *w, double s, const char *text, enum refusal refusal)
{
	const struct decree decree = read_decree(w, text);
	const enum refusal is = engine_refused(w->engine, &decree, at(s));
	if (is != refusal)
		fail_msg("at %g: %s: refused by %d", s, text, is);
}

static inline void reads(
	struct world *w, double s, const char *check, const char *text, const char *effects)
{
	const struct policy *const p = engine_facts(w->engine).policy;
	struct value value = {.read = at(s)};
	snprintf(value.text, sizeof value.text, "%s", text);
	uint32_t i = 0;
	while (strcmp(p->checks[i].identity, check) != 0)
		i++;
	step(w,
		(struct event){
			.kind = EVENT_OUTCOME, .check = i, .outcome = PROBE_PASS, .value = &value},
		s);
	expect(w, check, effects);
}

static inline void reload(struct world *w, double s, const char *policy, const char *effects)
{
	engine_adopt(w->engine, policy_text(w->arena, policy), at(s), &w->effects);
	expect(w, policy, effects);
}

#endif
