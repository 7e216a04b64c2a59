#include "server/decrees.h"

#include "base/mem.h"
#include "base/text.h"
#include "server/control.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/plans.h"
#include "server/reading.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	FORCE_ROOM = 64,
	WHEN_ROOM = 48,
};

/* ---- what it comes to ---- */

static void add(struct decrees *out, const struct decree *decree, uint32_t service, size_t endpoint)
{
	struct decree *const one = &out->list[out->n++];
	*one = *decree;
	one->service = service;
	one->endpoint = (uint8_t)endpoint;
}

/* One decree for each service, or for each endpoint in a drill; or the one that was said. */
static void spread(const struct reading *r, struct decrees *out)
{
	const struct policy *const policy = r->s.facts.policy;
	out->list = mem_list(policy->n_services + ENDPOINTS_MAX, sizeof *out->list);
	for (uint32_t i = 0; i < policy->n_services && r->wanted.all; i++)
		if (policy->services[i].with == POLICY_NONE) /* the others move with these */
			add(out, &r->decree, i, ENDPOINT_NONE);
	if (r->wanted.all)
		return;
	const struct policy_service *const p = &policy->services[r->decree.service];
	const bool all_drills =
		r->decree.verb == DECREE_CALM && r->decree.endpoint == ENDPOINT_NONE;
	for (uint32_t e = 0; e < p->n && all_drills; e++)
		if (r->s.facts.standings[p->first + e].drill_until.ns != 0)
			add(out, &r->decree, r->decree.service, e);
	if (!all_drills)
		add(out, &r->decree, r->decree.service, r->decree.endpoint);
}

/* " until 2026-11-22T06:00:00.000Z" for the `before` " until "; nothing without an end. */
static const char *when(
	const struct reading *r, const char *before, mono_t at, char room[WHEN_ROOM])
{
	json_t *const moment = jmoment(&r->s, at);
	room[0] = '\0';
	if (json_is_string(moment))
		(void)snprintf(room, WHEN_ROOM, "%s%s", before, json_string_value(moment));
	json_decref(moment);
	return room;
}

static char *names(const struct reading *r, const struct endpoint_set *set)
{
	json_t *const list = jends(r->s.facts.policy, r->decree.service, set);
	char *text = mem_text(json_array_size(list) == 0 ? "nobody" : "");
	size_t i;
	const json_t *name;
	json_array_foreach(list, i, name)
	{
		char *const more =
			mem_format("%s%s%s", text, i > 0 ? ", " : "", json_string_value(name));
		free(text);
		text = more;
	}
	json_decref(list);
	return text;
}

/* What is true once it is done, after the name of the service; the caller frees. */
static char *outcome(const struct reading *r, const char *end)
{
	char until[WHEN_ROOM], from[WHEN_ROOM];
	const char *const time = when(r, " until ", r->decree.until, until);
	switch (r->decree.verb) {
	case DECREE_SWITCH:
		return r->s.facts.policy->services[r->decree.service].rule.failback == FAILBACK_AUTO
			       ? mem_format("%s is active; no failback%s", end, time)
			       : mem_format("%s is active", end);
	case DECREE_PROMOTE: return mem_format("%s is active, and home from now on", end);
	case DECREE_FAILBACK: return mem_text("home is active");
	case DECREE_CLEAR: return mem_format("%s is not deposed any more", end);
	case DECREE_ONLINE: return mem_format("%s is online", end);
	case DECREE_OFFLINE: return mem_format("%s is offline, the last resort%s", end, time);
	case DECREE_OUT: return mem_format("%s is out%s", end, time);
	case DECREE_PIN: return mem_format("pinned to %s%s", end, time);
	case DECREE_UNPIN: return mem_text("not pinned any more");
	case DECREE_FREEZE: return mem_format("frozen%s", time);
	case DECREE_THAW: return mem_text("not frozen, and past switches are forgotten");
	case DECREE_MAINTENANCE:
		return mem_format(
			"%s is offline%s%s", end, when(r, " from ", r->decree.from, from), time);
	case DECREE_DRILL: return mem_format("%s is taken for down, as a drill%s", end, time);
	case DECREE_CALM: return mem_text("no drill any more");
	case DECREES_MAX: break;
	}
	return mem_text("");
}

/* "www: ams is active; ...; answers: fra -> ams"; the caller frees. */
static char *said(const struct reading *r, const struct plan *plan)
{
	const struct policy *const policy = r->s.facts.policy;
	const struct policy_service *const p = &policy->services[r->decree.service];
	const bool named = r->decree.endpoint != ENDPOINT_NONE;
	char *const what =
		outcome(r, named ? policy->endpoints[p->first + r->decree.endpoint].name : "");
	char *const from = names(r, &plan->was.on), *const to = names(r, &plan->then.on);
	char *const text =
		endpoint_same(&plan->was.on, &plan->then.on)
			? mem_format("%s: %s; answers: %s, as before", p->name, what, to)
			: mem_format("%s: %s; answers: %s -> %s", p->name, what, from, to);
	free(what);
	free(from);
	free(to);
	return text;
}

static void answer(struct decrees *out, json_t *json)
{
	out->answer = json_dumps(json, JSON_COMPACT);
	json_decref(json);
}

static void answer_wrong(struct decrees *out, const struct err *err)
{
	out->fate = DECREES_WRONG;
	answer(out, json_pack("{s:b, s:o}", "ok", 0, "error", jtext(err->text)));
}

/* "6,7" behind `before`; nothing without numbers. */
static const char *numbers(uint32_t bits, const char *before, char room[FORCE_ROOM])
{
	size_t used = 0;
	room[0] = '\0';
	for (unsigned i = 1; i <= REFUSAL_WITH; i++)
		if ((bits >> i & 1) != 0)
			used += (size_t)snprintf(room + used, FORCE_ROOM - used, "%s%u",
				used == 0 ? before : ",", i);
	return room;
}

static void answer_refused(struct decrees *out, const struct reading *r,
	const struct decree *decree, uint32_t in_the_way, json_t *plan)
{
	json_t *const refusal = plan_refusal(r->control, decree, out->refusal);
	const char *const next = json_string_value(json_object_get(refusal, "next"));
	const bool can_force = in_the_way != 0;
	char room[FORCE_ROOM];
	char *const force = mem_format("%s%s", numbers(in_the_way, ". --force ", room),
		can_force ? " does it all the same" : "");
	char *const error = mem_format("refusal %d: %s%s%s%s", (int)out->refusal,
		json_string_value(json_object_get(refusal, "why")), next[0] != '\0' ? "; " : "",
		next, force);
	out->fate = DECREES_REFUSED;
	answer(out, json_pack("{s:b, s:o, s:o, s:o}", "ok", 0, "error", jtext(error), "refusal",
			    refusal, "plan", plan));
	free(error);
	free(force);
}

/* One decree: with its plan. */
static void decide_one(struct decrees *out, const struct reading *r)
{
	const struct plan plan = plan_make(r->control, out->list[0].service, &out->list[0]);
	out->refusal = plan.refusal;
	if (r->wanted.dry_run) {
		out->fate = DECREES_PLANNED;
		answer(out, json_pack("{s:b, s:o}", "ok", 1, "plan", plan.json));
	} else if (plan.refusal != REFUSAL_NOT) {
		answer_refused(out, r, &out->list[0], plan.in_the_way, plan.json);
	} else {
		char *const text = said(r, &plan);
		out->fate = DECREES_GRANTED;
		answer(out, json_pack("{s:b, s:o, s:o}", "ok", 1, "said", jtext(text), "plan",
				    plan.json));
		free(text);
	}
}

/* Several, or none: those that are refused are left out. */
static void decide_many(struct decrees *out, const struct reading *r)
{
	size_t n = 0;
	for (size_t i = 0; i < out->n; i++)
		if (engine_refused(control_engine(r->control), &out->list[i], r->s.now) ==
			REFUSAL_NOT)
			out->list[n++] = out->list[i];
	out->n = n;
	if (n == 0) {
		const struct decree nothing = {.verb = r->decree.verb, .endpoint = ENDPOINT_NONE};
		out->refusal = REFUSAL_ALREADY;
		answer_refused(out, r, &nothing, 0, json_null());
		return;
	}
	char *const what = outcome(r, "");
	char *const text = mem_format("%s%zu %s: %s",
		r->wanted.dry_run ? "nothing was done; it would be: " : "", n,
		r->wanted.all ? text_plural(n, "service", "services")
			      : text_plural(n, "endpoint", "endpoints"),
		what);
	out->fate = r->wanted.dry_run ? DECREES_PLANNED : DECREES_GRANTED;
	answer(out, json_pack("{s:b, s:o}", "ok", 1, "said", jtext(text)));
	free(what);
	free(text);
}

/* `plan` without an endpoint: what would happen by itself. */
static void plan_now(struct decrees *out, const struct reading *r)
{
	const struct plan plan = plan_make(r->control, r->decree.service, NULL);
	out->fate = DECREES_PLANNED;
	answer(out, json_pack("{s:b, s:o}", "ok", 1, "plan", plan.json));
}

/* ---- for the log ---- */

static char *quoted(const char *key, const char *text)
{
	char room[4 * READING_REASON_MAX + 1];
	return text == NULL || text[0] == '\0'
		       ? mem_text("")
		       : mem_format(" %s=\"%s\"", key,
				 text_escape(text, strlen(text), room, sizeof room));
}

static char *log_words(const struct decrees *out, const struct reading *r)
{
	const struct policy_service *const p = &r->s.facts.policy->services[r->decree.service];
	const size_t end = r->decree.endpoint;
	char force[FORCE_ROOM], refused[48] = "", room[WHEN_ROOM];
	if (out->fate == DECREES_REFUSED)
		(void)snprintf(refused, sizeof refused, " refused=%s number=%d",
			refusal_name(out->refusal), (int)out->refusal);
	char *const reason = quoted("reason", r->wanted.reason);
	char *const text = mem_format("command=%s%s%s%s%s%s%s%s%s%s", r->wanted.verb,
		r->wanted.end ? " end" : "",
		r->wanted.all ? " all" : " service=", r->wanted.all ? "" : p->name,
		end != ENDPOINT_NONE ? " endpoint=" : "",
		end != ENDPOINT_NONE ? r->s.facts.policy->endpoints[p->first + end].name : "",
		when(r, " until=", r->decree.until, room),
		numbers(r->decree.force, " force=", force), refused, reason);
	free(reason);
	return text;
}

struct decrees decrees_read(const struct control *control, json_t *args)
{
	struct reading r = {.control = control, .s = control_glance(control)};
	struct decrees out = {.reason = ""};
	if (!reading_read(&r, args)) {
		answer_wrong(&out, &r.err);
		return out;
	}
	const bool only_now =
		strcmp(r.wanted.verb, "plan") == 0 && r.decree.endpoint == ENDPOINT_NONE;
	r.wanted.dry_run |= strcmp(r.wanted.verb, "plan") == 0;
	if (r.wanted.reason != NULL)
		out.reason = r.wanted.reason;
	spread(&r, &out);
	if (only_now)
		plan_now(&out, &r);
	else if (r.wanted.all || out.n != 1)
		decide_many(&out, &r);
	else
		decide_one(&out, &r);
	out.log = log_words(&out, &r);
	return out;
}

void decrees_free(struct decrees *decrees)
{
	free(decrees->list);
	free(decrees->answer);
	free(decrees->log);
}
