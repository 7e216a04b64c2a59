/* An engine under test: events and effects in words. */
#ifndef LOCUM_TESTS_ENGINE_WORLD_H
#define LOCUM_TESTS_ENGINE_WORLD_H

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

static mono_t at(double s) { return (mono_t){(int64_t)(s * 1e9)}; }

static void say(struct world *w, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct world *w, const char *fmt, ...)
{
	const size_t n = strlen(w->said);
	if (n > 0)
		strcat(w->said, " ");
	va_list args;
	va_start(args, fmt);
	vsnprintf(w->said + strlen(w->said), sizeof(w->said) - strlen(w->said), fmt, args);
	va_end(args);
}

static const char *names(const struct policy *p, uint32_t service, const struct endpoint_set *set)
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
static void hear(struct world *w)
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

static void expect(struct world *w, const char *what, const char *effects)
{
	hear(w);
	if (strcmp(w->said, effects) != 0)
		fail_msg("%s\n expected: %s\n got:      %s", what, effects, w->said);
}

static struct world *begin(const char *policy, const char *effects)
{
	struct world *w = mem_new(sizeof(*w));
	w->arena = arena_new();
	w->engine = engine_new(policy_text(w->arena, policy), at(0), &w->effects);
	expect(w, "new", effects);
	return w;
}

static void end(struct world *w)
{
	engine_free(w->engine);
	arena_free(w->arena);
	free(w->effects.list);
	free(w);
}

static void step(struct world *w, struct event event, double s)
{
	engine_step(w->engine, &event, at(s), &w->effects);
}

/* `event`: "pass CHECK ...", "fail CHECK ...", "none CHECK ...", "deaf", "time". */
static void does(struct world *w, double s, const char *event, const char *effects)
{
	char copy[256], *rest;
	snprintf(copy, sizeof(copy), "%s", event);
	const char *verb = strtok_r(copy, " ", &rest);
	if (strcmp(verb, "deaf") == 0)
		step(w, (struct event){.kind = EVENT_DEAF}, s);
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

static void reload(struct world *w, double s, const char *policy, const char *effects)
{
	engine_adopt(w->engine, policy_text(w->arena, policy), at(s), &w->effects);
	expect(w, policy, effects);
}

#endif
