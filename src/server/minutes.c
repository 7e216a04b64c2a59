#include "server/minutes.h"

#include "base/mem.h"
#include "base/text.h"
#include "server/facts.h"
#include "server/snapshot.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERDICT_LINES_MAX = 20, NAMES_ROOM = 512 };

void minutes_add(struct minutes *minutes, enum log_level level, const char *fmt, ...)
{
	char *text = NULL;
	va_list args;
	va_start(args, fmt);
	/* NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): clang-tidy 14 misses va_start */
	const int len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return;
	minutes->list =
		mem_grow(minutes->list, &minutes->room, minutes->n + 1, sizeof *minutes->list);
	minutes->list[minutes->n++] = (struct minute){level, text};
}

void minutes_say(struct minutes *minutes)
{
	for (size_t i = 0; i < minutes->n; i++) {
		log_line(minutes->list[i].level, "%s", minutes->list[i].text);
		free(minutes->list[i].text);
	}
	free(minutes->list);
	*minutes = (struct minutes){0};
}

void minutes_join(struct minutes *minutes, struct minutes *more)
{
	if (more->n == 0)
		return;
	minutes->list = mem_grow(
		minutes->list, &minutes->room, minutes->n + more->n, sizeof *minutes->list);
	memcpy(&minutes->list[minutes->n], more->list, more->n * sizeof *more->list);
	minutes->n += more->n;
	free(more->list);
	*more = (struct minutes){0};
}

/* ---- what happened ---- */

static const char *names(const struct policy *policy, const struct policy_service *service,
	const struct endpoint_set *on, char room[NAMES_ROOM])
{
	size_t used = 0;
	room[0] = '\0';
	for (uint32_t e = 0; e < service->n && used + 64 < NAMES_ROOM; e++)
		if (endpoint_has(on, e))
			used += (size_t)snprintf(room + used, NAMES_ROOM - used, "%s%.48s",
				used > 0 ? "," : "", policy->endpoints[service->first + e].name);
	return used > 0 ? room : "-";
}

/* The first check of an endpoint that is in `state`; -1: none. */
static int64_t check_in(
	const struct engine_facts *facts, uint32_t endpoint, enum health_state state)
{
	const struct policy_endpoint *const e = &facts->policy->endpoints[endpoint];
	for (uint32_t i = e->first; i < e->first + e->n; i++)
		if (facts->checks[facts->policy->uses[i]].state == state)
			return facts->policy->uses[i];
	return -1;
}

/* Why nothing is known of a check: never what its endpoint said before. */
static const char *why_unknown(const struct snapshot *s, uint32_t check)
{
	const struct last_outcome *const last = &s->last[check];
	if (!probers_hear(&s->probers, s->load->conf, check))
		return "no prober";
	return last->outcome == PROBE_NO_VERDICT && last->why[0] != '\0' ? last->why
									 : "nothing heard of it";
}

/* ` probe=web why="status 503"` of the check that made an endpoint what it is, or nothing. */
static const char *cause(const struct snapshot *s, uint32_t endpoint, char *room, size_t size)
{
	const enum health_state state = s->facts.endpoints[endpoint].state;
	const int64_t check = state == HEALTH_UP ? -1 : check_in(&s->facts, endpoint, state);
	room[0] = '\0';
	if (!mono_reached(s->facts.standings[endpoint].drill_until, s->now)) {
		(void)snprintf(room, size, " why=\"a drill\"");
	} else if (check >= 0) {
		char why[2 * REPORT_WHY_MAX];
		const char *const text = state == HEALTH_UNKNOWN ? why_unknown(s, (uint32_t)check)
								 : s->last[check].why;
		(void)snprintf(room, size, " probe=%s why=\"%s\"",
			s->facts.policy->checks[check].probe,
			text_escape(text, strlen(text), why, sizeof why));
	}
	return room;
}

static void say_verdict(
	struct minutes *minutes, const struct snapshot *s, const struct effect *effect)
{
	const struct policy_endpoint *const endpoint = &s->facts.policy->endpoints[effect->subject];
	char room[3 * REPORT_WHY_MAX];
	minutes_add(minutes, effect->is == HEALTH_DOWN ? LOG_LINE_WARNING : LOG_LINE_INFO,
		"service=%s endpoint=%s state=%s was=%s%s",
		s->facts.policy->services[endpoint->service].name, endpoint->name,
		fact_health(effect->is), fact_health(effect->was),
		cause(s, effect->subject, room, sizeof room));
}

static void say_switch(
	struct minutes *minutes, const struct snapshot *s, const struct effect *effect)
{
	const struct policy_service *const service = &s->facts.policy->services[effect->subject];
	char from[NAMES_ROOM], to[NAMES_ROOM], why[3 * REPORT_WHY_MAX] = "";
	for (uint32_t e = 0; e < service->n && why[0] == '\0'; e++)
		if (endpoint_has(&effect->from, e) && !endpoint_has(&effect->pick.on, e))
			(void)cause(s, service->first + e, why, sizeof why);
	const enum log_level level = effect->pick.by == PICK_NONE_LEFT  ? LOG_LINE_ERROR
				     : effect->pick.by == PICK_FAILOVER ? LOG_LINE_WARNING
									: LOG_LINE_INFO;
	minutes_add(minutes, level,
		"service=%s from=%s to=%s rule=%s number=%d%s ttl=%lld generation=%llu",
		service->name, names(s->facts.policy, service, &effect->from, from),
		names(s->facts.policy, service, &effect->pick.on, to),
		pick_reason_text(effect->pick.by), (int)effect->pick.by, why,
		(long long)(pick_ttl(&service->rule, &effect->pick).ns / 1000000000),
		(unsigned long long)view_generation(s->view));
}

static void say_stuck(
	struct minutes *minutes, const struct snapshot *s, const struct effect *effect)
{
	const struct policy_service *const service = &s->facts.policy->services[effect->subject];
	char on[NAMES_ROOM];
	minutes_add(minutes, LOG_LINE_ERROR, "service=%s rule=%s number=%d answers=%s why=\"%s\"",
		service->name, pick_reason_text(effect->pick.reason), (int)effect->pick.reason,
		names(s->facts.policy, service, &effect->pick.on, on),
		fact_rule(effect->pick.reason));
}

static void say_trickle(
	struct minutes *minutes, const struct snapshot *s, const struct effect *effect)
{
	const struct policy_service *const service = &s->facts.policy->services[effect->subject];
	char to[NAMES_ROOM];
	minutes_add(minutes, LOG_LINE_INFO, "service=%s trickle=%s", service->name,
		names(s->facts.policy, service, &effect->pick.trickle, to));
}

static void say_over(struct minutes *minutes, const struct snapshot *s, const struct effect *effect)
{
	const struct policy *const policy = s->facts.policy;
	if (effect->of_service)
		minutes_add(minutes, LOG_LINE_INFO, "service=%s decree=over",
			policy->services[effect->subject].name);
	else
		minutes_add(minutes, LOG_LINE_INFO, "service=%s endpoint=%s decree=over",
			policy->services[policy->endpoints[effect->subject].service].name,
			policy->endpoints[effect->subject].name);
}

struct minutes minutes_of(const struct snapshot *s, const struct effects *effects)
{
	struct minutes all = {0}, *const minutes = &all;
	size_t verdicts = 0;
	for (size_t i = 0; i < effects->n; i++) {
		const struct effect *const effect = &effects->list[i];
		switch (effect->kind) {
		case EFFECT_VERDICT:
			if (verdicts++ < VERDICT_LINES_MAX)
				say_verdict(minutes, s, effect);
			break;
		case EFFECT_SWITCH: say_switch(minutes, s, effect); break;
		case EFFECT_STUCK: say_stuck(minutes, s, effect); break;
		case EFFECT_TRICKLE: say_trickle(minutes, s, effect); break;
		case EFFECT_OVER: say_over(minutes, s, effect); break;
		case EFFECT_HEALTH: /* the verdict it leads to is said */
		case EFFECT_TTL:
		case EFFECT_ROLE: break; /* and so is the switch or decree it comes with */
		}
	}
	if (verdicts > VERDICT_LINES_MAX)
		minutes_add(minutes, LOG_LINE_INFO,
			"endpoints=%zu: more changed state at once; the status has them",
			verdicts - VERDICT_LINES_MAX);
	return all;
}
