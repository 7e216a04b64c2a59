#include "server/tryouts.h"

#include "base/mem.h"
#include "base/text.h"
#include "conf/heartbeat.h"
#include "server/commands.h"
#include "server/facts.h"
#include "server/jtext.h"
#include "server/probers.h"

#include <stdlib.h>
#include <string.h>

struct tryout {
	struct tryout *next;
	struct session *session;
	json_t *probe; /* what is answered */
	size_t n, left;
	struct attempt {
		uint32_t id;
		json_t *told; /* stands in `probe` */
	} * attempts;
};

struct tryouts {
	struct tryout *first;
};

struct tryouts *tryouts_new(void) { return mem_new(sizeof(struct tryouts)); }

static void tryout_free(struct tryout *tryout)
{
	json_decref(tryout->probe);
	free(tryout->attempts);
	free(tryout);
}

static void answer(struct tryout *tryout)
{
	json_t *const reply = json_pack("{s:b, s:O}", "ok", 1, "probe", tryout->probe);
	char *const text = json_dumps(reply, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(reply);
	session_reply(tryout->session, text, strlen(text));
	free(text);
	tryout_free(tryout);
}

/* ---- what is asked ---- */

/* "there is no endpoint "x" in service www; did you mean "y"?" */
static void no_such(struct session *session, const char *what, const char *name, const char *where,
	const char *const known[], size_t n)
{
	const char *const near = text_nearest(name, known, n);
	session_fail(session, "there is no %s \"%.100s\"%.200s%s%.100s%s", what, name, where,
		near != NULL ? "; did you mean \"" : "; locumctl status lists what there is",
		near != NULL ? near : "", near != NULL ? "\"?" : "");
}

/* The number of the service; -1, and the session is answered. */
static int64_t find_service(
	const struct policy *policy, struct session *session, const struct tryout_names *names)
{
	const char **const known = mem_list(policy->n_services, sizeof *known);
	int64_t found = -1;
	for (size_t i = 0; i < policy->n_services; i++) {
		known[i] = policy->services[i].name;
		if (strcmp(known[i], names->service) == 0)
			found = (int64_t)i;
	}
	if (found < 0)
		no_such(session, "service", names->service, "", known, policy->n_services);
	free(known);
	return found;
}

static int64_t find_endpoint(
	const struct policy *policy, struct session *session, const struct tryout_names *names)
{
	const int64_t number = find_service(policy, session, names);
	if (number < 0)
		return -1;
	const struct policy_service *const service = &policy->services[number];
	const char *known[ENDPOINTS_MAX];
	for (uint32_t e = 0; e < service->n; e++) {
		known[e] = policy->endpoints[service->first + e].name;
		if (strcmp(known[e], names->endpoint) == 0)
			return service->first + e;
	}
	char where[256];
	(void)snprintf(where, sizeof where, " in service %.200s", service->name);
	no_such(session, "endpoint", names->endpoint, where, known, service->n);
	return -1;
}

/* The endpoint's checks that are meant; 0, and the session is answered. */
static size_t find_checks(const struct policy *policy, uint32_t endpoint, struct session *session,
	const struct tryout_names *names, uint32_t checks[])
{
	const struct policy_endpoint *const end = &policy->endpoints[endpoint];
	const char **const known = mem_list(end->n, sizeof *known);
	size_t n = 0, n_known = 0;
	for (uint32_t i = 0; i < end->n; i++) {
		const uint32_t check = policy->uses[end->first + i];
		if (!fact_first_use(policy, end, i))
			continue;
		known[n_known++] = policy->checks[check].probe;
		if (names->probe == NULL || strcmp(policy->checks[check].probe, names->probe) == 0)
			checks[n++] = check;
	}
	if (end->n == 0)
		session_fail(session, "service %.200s has no probes; its health names them",
			names->service);
	else if (n == 0) {
		char where[256];
		(void)snprintf(
			where, sizeof where, " in the health of service %.200s", names->service);
		no_such(session, "probe", names->probe, where, known, n_known);
	}
	free(known);
	return n;
}

/* Those that can be asked, of `n`; 0, and the session is answered. */
static size_t leave_out_heartbeats(
	const struct conf *conf, struct session *session, uint32_t checks[], size_t n)
{
	size_t left = 0;
	for (size_t i = 0; i < n; i++)
		if (conf->checks[checks[i]].probe->kind != &heartbeat_kind)
			checks[left++] = checks[i];
	if (n > 0 && left == 0)
		session_fail(session,
			"probe %.100s is a heartbeat, which nobody can ask; locumctl status "
			"SERVICE tells what it reported",
			conf->checks[checks[0]].probe->name);
	return left;
}

static json_t *attempt_json(const struct conf_check *check)
{
	char address[ADDRESS_TEXT_MAX];
	return json_pack("{s:o, s:s, s:o, s:f, s:[]}", "probe", jtext(check->probe->name), "type",
		check->probe->kind->name, "address",
		check->address.len > 0 ? jtext(address_text(&check->address, address))
				       : json_null(),
		"timeout_ms", (double)check->probe->timeout.ns / 1e6, "steps");
}

void tryouts_begin(struct tryouts *tryouts, struct probers *probers, const struct conf *conf,
	struct session *session, const struct tryout_names *names)
{
	const struct policy *const policy = &conf->policy;
	const int64_t endpoint = find_endpoint(policy, session, names);
	if (endpoint < 0)
		return;
	uint32_t *const checks = mem_list(policy->endpoints[endpoint].n, sizeof *checks);
	const size_t n = leave_out_heartbeats(conf, session, checks,
		find_checks(policy, (uint32_t)endpoint, session, names, checks));
	struct tryout *const tryout = mem_new(sizeof *tryout);
	json_t *const list = json_array();
	span_t every = {0};
	tryout->session = session;
	tryout->attempts = mem_list(n, sizeof *tryout->attempts);
	for (; tryout->n < n; tryout->n++) {
		const struct conf_check *const check = &conf->checks[checks[tryout->n]];
		struct attempt *const attempt = &tryout->attempts[tryout->n];
		attempt->id = probers_try(probers, checks[tryout->n]);
		if (attempt->id == 0)
			break;
		attempt->told = attempt_json(check);
		(void)json_array_append_new(list, attempt->told);
		if (every.ns == 0 || check->probe->every.ns < every.ns)
			every = check->probe->every;
	}
	free(checks);
	tryout->left = tryout->n;
	tryout->probe = json_pack("{s:o, s:o, s:f, s:o}", "service", jtext(names->service),
		"endpoint", jtext(names->endpoint), "every_ms", (double)every.ns / 1e6, "attempts",
		list);
	if (tryout->n == n && n > 0) {
		tryout->next = tryouts->first;
		tryouts->first = tryout;
		return;
	}
	if (n > 0) /* else it is said what was wrong */
		session_fail(session, "there is no prober right now; locumctl status tells why");
	tryout_free(tryout);
}

/* ---- what is heard ---- */

static double ms_between(mono_t from, mono_t to) { return (double)mono_between(from, to).ns / 1e6; }

static void add_end(json_t *told, const struct report *report)
{
	const bool valued = report->value[0] != '\0';
	const bool no_verdict = report->outcome != PROBE_PASS && report->outcome != PROBE_FAIL;
	const enum probe_fault fault = report->fault < FAULTS_MAX ? report->fault : FAULT_NONE;
	json_t *const end = json_pack("{s:s, s:o, s:f, s:o, s:o, s:o}", "outcome",
		fact_outcome(no_verdict ? PROBE_NO_VERDICT : report->outcome), "reason",
		jtext(report->why), "took_ms", ms_between(report->started, report->ended), "fault",
		no_verdict ? json_string(fact_fault(fault)) : json_null(), "value",
		valued ? jtext(report->value) : json_null(), "value_age_s",
		valued && report->age.ns != 0 ? json_real((double)report->age.ns / 1e9)
					      : json_null());
	(void)json_object_update(told, end);
	json_decref(end);
}

void tryouts_hear(struct tryouts *tryouts, const struct report *report)
{
	struct tryout **at = &tryouts->first;
	for (; *at != NULL; at = &(*at)->next)
		for (size_t i = 0; i < (*at)->n; i++) {
			struct tryout *const tryout = *at;
			json_t *const told = tryout->attempts[i].told;
			if (tryout->attempts[i].id != report->id)
				continue;
			if (report->kind == REPORT_STEP) {
				(void)json_array_append_new(json_object_get(told, "steps"),
					json_pack("{s:f, s:o}", "ms",
						ms_between(report->started, report->ended), "what",
						jtext(report->step)));
				return;
			}
			add_end(told, report);
			if (--tryout->left > 0)
				return;
			*at = tryout->next;
			answer(tryout);
			return;
		}
}

void tryouts_deaf(struct tryouts *tryouts)
{
	struct tryout *next = tryouts->first;
	tryouts->first = NULL;
	while (next != NULL) {
		struct tryout *const tryout = next;
		next = tryout->next;
		session_fail(
			tryout->session, "the prober went meanwhile; locumctl status tells why");
		tryout_free(tryout);
	}
}

void tryouts_free(struct tryouts *tryouts)
{
	if (tryouts == NULL)
		return;
	for (struct tryout *t = tryouts->first, *next; t != NULL; t = next) {
		next = t->next;
		tryout_free(t);
	}
	free(tryouts);
}
