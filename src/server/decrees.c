#include "server/decrees.h"

#include "base/mem.h"
#include "base/span.h"
#include "base/text.h"
#include "server/control.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/plans.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	REASON_MAX = 200,
	FORCED_S = 4 * 3600, /* what forces something ends by itself */
	MONTH_S = 31 * 86400,
	YEAR_S = 366 * 86400,
};

/* What a verb needs and takes. */
enum takes {
	TAKES_ENDPOINT = 1,
	TAKES_UNTIL = 2, /* "for" */
	TAKES_FROM = 4,
	TAKES_ALL = 8,
	TAKES_END = 16, /* "end": takes it back */
};

static const struct form {
	const char *name;
	enum decree_verb verb;
	unsigned takes;
	int64_t for_s, most_s; /* how long, unless it is said; 0: without end.  At most. */
} forms[] = {
	{"switch", DECREE_SWITCH, TAKES_ENDPOINT | TAKES_UNTIL, FORCED_S, YEAR_S},
	{"plan", DECREE_SWITCH, TAKES_ENDPOINT | TAKES_UNTIL, FORCED_S, YEAR_S},
	{"promote", DECREE_PROMOTE, TAKES_ENDPOINT, 0, 0},
	{"failback", DECREE_FAILBACK, 0, 0, 0},
	{"clear", DECREE_CLEAR, TAKES_ENDPOINT, 0, 0},
	{"online", DECREE_ONLINE, TAKES_ENDPOINT, 0, 0},
	{"offline", DECREE_OFFLINE, TAKES_ENDPOINT | TAKES_UNTIL, 0, YEAR_S},
	{"out", DECREE_OUT, TAKES_ENDPOINT | TAKES_UNTIL, 0, YEAR_S},
	{"pin", DECREE_PIN, TAKES_ENDPOINT | TAKES_UNTIL, FORCED_S, YEAR_S},
	{"unpin", DECREE_UNPIN, 0, 0, 0},
	{"freeze", DECREE_FREEZE, TAKES_UNTIL | TAKES_ALL, FORCED_S, YEAR_S},
	{"thaw", DECREE_THAW, TAKES_ALL, 0, 0},
	{"maintenance", DECREE_MAINTENANCE, TAKES_ENDPOINT | TAKES_UNTIL | TAKES_FROM, FORCED_S,
		MONTH_S},
	{"drill", DECREE_DRILL, TAKES_ENDPOINT | TAKES_UNTIL | TAKES_END, 60, 3600},
};

struct wanted { /* a command as it came */
	const struct form *form;
	const char *verb, *service, *endpoint, *until, *from, *reason;
	json_t *force;
	int all, end, dry_run;
};

struct reading {
	const struct control *control;
	struct snapshot s;
	struct wanted wanted;
	struct decree decree; /* of the first service and endpoint */
	struct err err;
};

/* ---- reading ---- */

static const struct form *find_form(const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (strcmp(verb, forms[i].name) == 0)
			return &forms[i];
	return NULL;
}

/* A name that is not there, with the nearest that is. */
static bool unknown_name(
	struct err *err, const char *what, const char *name, const char *const names[], size_t n)
{
	char quoted[160];
	const char *const near = text_nearest(name, names, n);
	(void)text_escape(name, strlen(name), quoted, sizeof quoted);
	if (near != NULL)
		return err_set(
			err, "there is no %s \"%s\"; did you mean \"%.100s\"?", what, quoted, near);
	return err_set(
		err, "there is no %s \"%s\"; locumctl status lists what there is", what, quoted);
}

static bool read_service(struct reading *r)
{
	const struct policy *const policy = r->s.facts.policy;
	const char *const name = r->wanted.service;
	bool found = false;
	if (name == NULL)
		return err_set(&r->err, "%s: which service?", r->wanted.verb);
	for (uint32_t i = 0; i < policy->n_services && !found; i++) {
		found = strcmp(policy->services[i].name, name) == 0;
		r->decree.service = i;
	}
	if (found)
		return true;
	const char **const names = mem_list(policy->n_services, sizeof *names);
	for (size_t i = 0; i < policy->n_services; i++)
		names[i] = policy->services[i].name;
	(void)unknown_name(&r->err, "service", name, names, policy->n_services);
	free(names);
	return false;
}

static bool read_endpoint(struct reading *r)
{
	const struct policy_service *const p = &r->s.facts.policy->services[r->decree.service];
	const struct policy_endpoint *const ends = &r->s.facts.policy->endpoints[p->first];
	const char *names[ENDPOINTS_MAX], *const name = r->wanted.endpoint;
	r->decree.endpoint = ENDPOINT_NONE;
	const bool may_lack = r->wanted.end || strcmp(r->wanted.verb, "plan") == 0;
	if (name == NULL && (may_lack || (r->wanted.form->takes & TAKES_ENDPOINT) == 0))
		return true;
	if (name == NULL)
		return err_set(&r->err, "%s %s: which endpoint?", r->wanted.verb, p->name);
	for (uint32_t i = 0; i < p->n; i++) {
		names[i] = ends[i].name;
		if (strcmp(names[i], name) == 0)
			r->decree.endpoint = (uint8_t)i;
	}
	char what[160];
	(void)snprintf(what, sizeof what, "endpoint of service %.100s", p->name);
	return r->decree.endpoint != ENDPOINT_NONE ||
	       unknown_name(&r->err, what, name, names, p->n);
}

/* "30m" from now, or "2026-11-22T22:00Z", with seconds or without. */
static bool read_moment(const struct reading *r, const char *text, mono_t *at, struct err *err)
{
	span_t span;
	struct tm tm = {.tm_mday = 0};
	const char *rest = strptime(text, "%Y-%m-%dT%H:%M", &tm);
	if (span_parse(text, &span)) {
		*at = mono_after(r->s.now, span);
		return true;
	}
	if (rest != NULL && rest[0] == ':')
		rest = strptime(rest, ":%S", &tm);
	if (rest == NULL || strcmp(rest, "Z") != 0) {
		char quoted[80];
		return err_set(err,
			"from: \"%s\" is no time; write 2026-11-22T22:00Z, or 30m for half an hour "
			"from now",
			text_escape(text, strlen(text), quoted, sizeof quoted));
	}
	const int64_t wall = (int64_t)timegm(&tm) * 1000000000;
	*at = mono_after(r->s.now, (span_t){wall - r->s.wall_ns});
	return true;
}

static bool read_times(struct reading *r)
{
	const struct wanted *const w = &r->wanted;
	span_t length = span_ms(w->form->for_s * 1000);
	const span_t most = span_ms(w->form->most_s * 1000);
	char room[SPAN_TEXT_MAX];
	r->decree.from = r->s.now;
	if (w->from != NULL && !read_moment(r, w->from, &r->decree.from, &r->err))
		return false;
	if (r->decree.force != 0 && (w->form->takes & TAKES_UNTIL) != 0 && length.ns == 0)
		length = span_ms((int64_t)FORCED_S * 1000);
	if (w->until != NULL && (!span_parse(w->until, &length) || length.ns < 1000000000 ||
					!span_at_least(most, length)))
		return err_set(&r->err, "%s: for: a time from 1s to %s, such as 4h", w->verb,
			span_text(most, room));
	if (length.ns != 0)
		r->decree.until = mono_after(r->decree.from, length);
	if (r->decree.until.ns != 0 && mono_reached(r->decree.until, r->s.now))
		return err_set(&r->err, "%s: that is over already", w->verb);
	if (span_at_least(mono_between(r->s.now, r->decree.from), span_ms((int64_t)YEAR_S * 1000)))
		return err_set(&r->err, "%s: from: at most 366 days ahead", w->verb);
	return true;
}

static bool read_force(struct reading *r)
{
	size_t i;
	json_t *number;
	if (r->wanted.force != NULL && !json_is_array(r->wanted.force))
		return err_set(&r->err, "%s: force is a list of numbers", r->wanted.verb);
	json_array_foreach(r->wanted.force, i, number)
	{
		const json_int_t n = json_integer_value(number);
		if (n < 1 || n > REFUSAL_WITH || !refusal_can_force((enum refusal)n))
			return err_set(&r->err,
				"%s: force: 3 to 9 can be forced: locumctl(1) lists the refusals",
				r->wanted.verb);
		r->decree.force |= 1U << n;
	}
	return true;
}

/* What stands in the command and does not go with its verb; NULL: nothing. */
static const char *out_of_place(const struct wanted *w)
{
	const unsigned takes = w->form->takes;
	if (w->endpoint != NULL && (takes & TAKES_ENDPOINT) == 0)
		return "endpoint";
	if (w->until != NULL && ((takes & TAKES_UNTIL) == 0 || w->end))
		return "for";
	if (w->from != NULL && (takes & TAKES_FROM) == 0)
		return "from";
	if (w->all && (takes & TAKES_ALL) == 0)
		return "all";
	if (w->end && (takes & TAKES_END) == 0)
		return "end";
	return w->all && w->service != NULL ? "service beside all" : NULL;
}

static bool read_command(struct reading *r, json_t *args)
{
	struct wanted *const w = &r->wanted;
	json_error_t error;
	if (json_unpack_ex(args, &error, 0, "{s:s, s?s, s?s, s?s, s?s, s?s, s?o, s?b, s?b, s?b !}",
		    "verb", &w->verb, "service", &w->service, "endpoint", &w->endpoint, "for",
		    &w->until, "from", &w->from, "reason", &w->reason, "force", &w->force, "all",
		    &w->all, "end", &w->end, "dry-run", &w->dry_run) != 0)
		return err_set(&r->err, "%.300s", error.text);
	w->form = find_form(w->verb);
	if (w->form == NULL)
		return err_set(&r->err, "there is no such verb");
	const char *const misplaced = out_of_place(w);
	if (misplaced != NULL)
		return err_set(&r->err, "%s: it takes no %s", w->verb, misplaced);
	if (w->reason != NULL && strlen(w->reason) > REASON_MAX)
		return err_set(
			&r->err, "%s: the reason has at most %d octets", w->verb, REASON_MAX);
	r->decree.verb = w->end ? DECREE_CALM : w->form->verb;
	r->decree.endpoint = ENDPOINT_NONE;
	return (w->all || (read_service(r) && read_endpoint(r))) && read_force(r) && read_times(r);
}

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

/* "until 2026-11-22T06:00:00.000Z", or nothing. */
static const char *until(const struct reading *r, char *room, size_t size)
{
	json_t *const moment = jmoment(&r->s, r->decree.until);
	const char *const text = json_string_value(moment);
	room[0] = '\0';
	if (text != NULL)
		(void)snprintf(room, size, " until %s", text);
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
	char room[64];
	const char *const time = until(r, room, sizeof room);
	switch (r->decree.verb) {
	case DECREE_SWITCH:
		return mem_format("%s is active; failback does not move it by itself%s", end, time);
	case DECREE_PROMOTE: return mem_format("%s is active, and home from now on", end);
	case DECREE_FAILBACK: return mem_text("home is active");
	case DECREE_CLEAR: return mem_format("%s is not deposed any more", end);
	case DECREE_ONLINE: return mem_format("%s is online", end);
	case DECREE_OFFLINE: return mem_format("%s is offline, the last resort%s", end, time);
	case DECREE_OUT: return mem_format("%s is out%s", end, time);
	case DECREE_PIN: return mem_format("pinned to %s%s", end, time);
	case DECREE_UNPIN: return mem_text("not pinned any more");
	case DECREE_FREEZE: return mem_format("frozen%s", time);
	case DECREE_THAW: return mem_text("not frozen, and its switches are forgotten");
	case DECREE_MAINTENANCE: return mem_format("maintenance of %s is planned%s", end, time);
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

static void answer_refused(
	struct decrees *out, const struct reading *r, const struct decree *decree, json_t *plan)
{
	json_t *const refusal = plan_refusal(r->control, decree, out->refusal);
	const char *const next = json_string_value(json_object_get(refusal, "next"));
	const bool can_force = refusal_can_force(out->refusal);
	char force[48] = "";
	if (can_force)
		(void)snprintf(force, sizeof force, "%s--force %d does it all the same",
			next[0] != '\0' ? "; " : "", (int)out->refusal);
	char *const error = mem_format("refusal %d: %s%s%s%s", (int)out->refusal,
		json_string_value(json_object_get(refusal, "why")),
		next[0] != '\0' || can_force ? ". " : "", next, force);
	out->fate = DECREES_REFUSED;
	answer(out, json_pack("{s:b, s:o, s:o, s:o}", "ok", 0, "error", jtext(error), "refusal",
			    refusal, "plan", plan));
	free(error);
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
		answer_refused(out, r, &out->list[0], plan.json);
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
		answer_refused(out, r, &nothing, json_null());
		return;
	}
	char *const what = outcome(r, "");
	char *const text =
		mem_format("%zu %s: %s", n, r->wanted.all ? "services" : "endpoints", what);
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
	char room[4 * REASON_MAX + 1];
	return text == NULL || text[0] == '\0'
		       ? mem_text("")
		       : mem_format(" %s=\"%s\"", key,
				 text_escape(text, strlen(text), room, sizeof room));
}

static char *log_words(const struct decrees *out, const struct reading *r)
{
	char force[64] = "", refused[48] = "", room[64], *at = force;
	for (unsigned i = 1; i <= REFUSAL_WITH; i++)
		if ((r->decree.force >> i & 1) != 0)
			at += snprintf(at, (size_t)(force + sizeof force - at), "%s%u",
				at == force ? " force=" : ",", i);
	if (out->fate == DECREES_REFUSED)
		(void)snprintf(refused, sizeof refused, " refused=%s number=%d",
			refusal_name(out->refusal), (int)out->refusal);
	(void)until(r, room, sizeof room);
	if (room[0] != '\0')
		memcpy(room, " until=", 7);
	char *const service = quoted("service", r->wanted.all ? NULL : r->wanted.service);
	char *const endpoint = quoted("endpoint", r->wanted.endpoint);
	char *const reason = quoted("reason", r->wanted.reason);
	char *const text =
		mem_format("command=%s%s%s%s%s%s%s%s", r->wanted.verb, r->wanted.all ? " all" : "",
			r->wanted.end ? " end" : "", service, endpoint, room, force, refused);
	char *const whole = mem_format("%s%s", text, reason);
	free(service);
	free(endpoint);
	free(reason);
	free(text);
	return whole;
}

struct decrees decrees_read(const struct control *control, json_t *args)
{
	struct reading r = {.control = control, .s = control_glance(control)};
	struct decrees out = {.reason = ""};
	if (!read_command(&r, args)) {
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
