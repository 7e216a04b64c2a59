#include "server/reading.h"

#include "base/mem.h"
#include "base/moment.h"
#include "base/span.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
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

static const struct decree_form {
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

static const struct decree_form *find_form(const char *verb)
{
	for (size_t i = 0; i < COUNT_OF(forms); i++)
		if (strcmp(verb, forms[i].name) == 0)
			return &forms[i];
	return NULL;
}

/* A name that is not there, with the nearest that is. */
static bool unknown_name(struct err *err, const char *what, const char *name, const char *where,
	const char *const names[], size_t n)
{
	char quoted[160];
	const char *const near = text_nearest(name, names, n);
	(void)text_escape(name, strlen(name), quoted, sizeof quoted);
	if (near != NULL)
		return err_set(err, "there is no %s \"%s\"%s; did you mean \"%.100s\"?", what,
			quoted, where, near);
	return err_set(err, "there is no %s \"%s\"%s; locumctl status lists what there is", what,
		quoted, where);
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
	(void)unknown_name(&r->err, "service", name, "", names, policy->n_services);
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
	if (name == NULL && (r->wanted.form->takes & TAKES_END) != 0)
		return err_set(&r->err, "%s %s: which endpoint? --fail names it, --end ends it",
			r->wanted.verb, p->name);
	if (name == NULL)
		return err_set(&r->err, "%s %s: which endpoint?", r->wanted.verb, p->name);
	for (uint32_t i = 0; i < p->n; i++) {
		names[i] = ends[i].name;
		if (strcmp(names[i], name) == 0)
			r->decree.endpoint = (uint8_t)i;
	}
	char where[160];
	(void)snprintf(where, sizeof where, " in service %.100s", p->name);
	return r->decree.endpoint != ENDPOINT_NONE ||
	       unknown_name(&r->err, "endpoint", name, where, names, p->n);
}

static bool read_moment(const struct reading *r, const char *text, mono_t *at, struct err *err)
{
	char quoted[80];
	int64_t wall;
	if (!moment_parse(text, r->s.wall_ns, MOMENT_AHEAD, &wall))
		return err_set(err,
			"from: \"%s\" is no time; write 2026-11-22T22:00Z, or 30m for half an hour "
			"from now",
			text_escape(text, strlen(text), quoted, sizeof quoted));
	*at = mono_after(r->s.now, (span_t){wall - r->s.wall_ns});
	return true;
}

static bool read_times(struct reading *r)
{
	const struct wanted *const w = &r->wanted;
	span_t length = span_ms(w->end ? 0 : w->form->for_s * 1000);
	const span_t most = span_ms(w->form->most_s * 1000);
	char room[SPAN_TEXT_MAX];
	r->decree.from = r->s.now;
	if (w->from != NULL && !read_moment(r, w->from, &r->decree.from, &r->err))
		return false;
	if (r->decree.force != 0 && !w->end && (w->form->takes & TAKES_UNTIL) != 0 &&
		length.ns == 0)
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

bool reading_read(struct reading *r, json_t *args)
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
	if (w->reason != NULL && strlen(w->reason) > READING_REASON_MAX)
		return err_set(&r->err, "%s: the reason has at most %d octets", w->verb,
			READING_REASON_MAX);
	r->decree.verb = w->end ? DECREE_CALM : w->form->verb;
	r->decree.endpoint = ENDPOINT_NONE;
	return (w->all || (read_service(r) && read_endpoint(r))) && read_force(r) && read_times(r);
}
