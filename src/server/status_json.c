#include "server/facts.h"
#include "server/jfacts.h"
#include "server/jtext.h"
#include "server/render.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static json_t *words(const char *word) { return json_string(word); }

static double ms(span_t span) { return (double)span.ns / 1e6; }

/* ---- records answered now ---- */

static json_t *records(const struct zone *zone, const struct service_records *service)
{
	json_t *const list = json_array();
	for (size_t i = 0; zone != NULL && i < service->n; i++) {
		const struct managed *const managed = &service->managed[i];
		const struct node *const node = zone_node(zone, managed->owner);
		if (node != NULL)
			jrecords(list, "", managed->owner, node_rrset(node, managed->type));
	}
	return list;
}

/* ---- services ---- */

/* What was read; null: nothing ever was. */
static json_t *value(const struct snapshot *s, const struct finding *finding)
{
	if (finding->at.ns == 0)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:f}", "text", jtext(finding->value), "read",
		jmoment(s, finding->at), "unchanged_since", jmoment(s, finding->changed), "age_s",
		ms(finding_age(finding, s->now)) / 1000.0);
}

static json_t *attempts(const struct tally *tally)
{
	json_t *const faults = json_object();
	for (size_t i = 0; i < FAULTS_MAX; i++)
		if (tally->no_verdicts[i] > 0)
			(void)json_object_set_new(faults, fact_fault((enum probe_fault)i),
				json_integer(tally->no_verdicts[i]));
	return json_pack("{s:I, s:I, s:o}", "pass", (json_int_t)tally->passes, "fail",
		(json_int_t)tally->fails, "no_verdict", faults);
}

/* Of those that passed in the last minutes; null: none did. */
static json_t *latency(const struct latency *latency)
{
	if (latency->n == 0)
		return json_null();
	return json_pack("{s:I, s:f, s:f, s:f}", "attempts", (json_int_t)latency->n, "min_ms",
		latency->min / 1e3, "median_ms", latency->median / 1e3, "p99_ms",
		latency->p99 / 1e3);
}

/* Whom a check asks; null: nobody. */
static json_t *asked(const struct conf_check *check)
{
	char room[ADDRESS_TEXT_MAX];
	return check->address.len > 0 ? jtext(address_text(&check->address, room)) : json_null();
}

static json_t *check(const struct snapshot *s, uint32_t number)
{
	const struct health *const health = &s->facts.checks[number];
	const struct last_outcome *const last = &s->last[number];
	const bool any = last->at.ns != 0;
	char strip[STRIP_ROOM];
	return json_pack("{s:o, s:o, s:o, s:i, s:o, s:o, s:o, s:o, s:s, s:o, s:o, s:o}", "probe",
		jtext(s->facts.policy->checks[number].probe), "address",
		asked(&s->load->conf->checks[number]), "state", words(fact_health(health->state)),
		"streak", (int)health->streak, "last",
		any ? words(fact_outcome(last->outcome)) : json_null(), "reason", jtext(last->why),
		"latency_ms", any ? json_real(ms(last->took)) : json_null(), "at",
		jmoment(s, last->at), "outcomes", tally_strip(&last->tally, strip), "attempts",
		attempts(&last->tally), "latency", latency(&last->latency), "value",
		value(s, &last->finding));
}

static json_t *endpoint(const struct snapshot *s, size_t service, uint32_t number)
{
	const struct policy *const policy = s->facts.policy;
	const struct policy_endpoint *const e =
		&policy->endpoints[policy->services[service].first + number];
	const struct verdict *const verdict =
		&s->facts.endpoints[policy->services[service].first + number];
	const struct conf_endpoint *const conf =
		&s->load->conf->services[service].endpoints[number];
	json_t *const checks = json_array();
	for (uint32_t i = 0; i < e->n; i++)
		if (fact_first_use(policy, e, i))
			(void)json_array_append_new(checks, check(s, policy->uses[e->first + i]));
	char address[ADDRESS_TEXT_MAX];
	json_t *const json = json_pack("{s:o, s:o, s:o, s:b, s:b, s:o, s:o, s:o}", "name",
		jtext(e->name), "address",
		conf->address.len > 0 ? jtext(address_text(&conf->address, address)) : json_null(),
		"host", conf->host_text != NULL ? jtext(conf->host_text) : json_null(), "home",
		number == s->facts.services[service].home, "active",
		(int)endpoint_has(&s->facts.services[service].on, number), "state",
		words(fact_health(verdict->state)), "since", jmoment(s, verdict->since), "checks",
		checks);
	(void)json_object_update_new(json, jendpoint(s, (uint32_t)service, number));
	return json;
}

/* The review of a service at rest is a failback. */
static mono_t failback_at(const struct pick *pick)
{
	const bool rests = pick->reason == PICK_KEPT || pick->reason == PICK_FAILBACK ||
			   pick->reason == PICK_FIRST;
	return rests ? pick->review : (mono_t){0};
}

static json_t *service(const struct snapshot *s, size_t number)
{
	const struct policy *const policy = s->facts.policy;
	const struct policy_service *const p = &policy->services[number];
	const struct conf_service *const conf = &s->load->conf->services[number];
	const struct pick *const pick = &s->facts.services[number];
	const struct zone *const zone = view_zone(s->view, conf->zone);
	json_t *const active = json_array(), *const endpoints = json_array();
	for (uint32_t e = 0; e < p->n; e++) {
		if (endpoint_has(&pick->on, e))
			(void)json_array_append_new(
				active, jtext(policy->endpoints[p->first + e].name));
		(void)json_array_append_new(endpoints, endpoint(s, number, e));
	}
	json_t *const json = json_pack(
		"{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:o, s:I, s:o, s:o, s:o}",
		"name", jtext(p->name), "zone", jname(conf->zone), "mode",
		words(p->rule.mode == MODE_SINGLE ? "single" : "pool"), "state",
		words(fact_service(s, number)), "active", active, "rule",
		words(pick_reason_text(pick->by)), "since", jmoment(s, pick->switched), "on_none",
		words(fact_on_none(p->rule.on_none)), "failback",
		words(fact_failback(p->rule.failback)), "hold_s", ms(p->rule.hold) / 1000.0,
		"failback_at", jmoment(s, failback_at(pick)), "ttl",
		(json_int_t)(conf->ttl.ns / 1000000000), "serial",
		zone != NULL ? json_integer(zone_serial(zone)) : json_null(), "records",
		records(zone, &s->load->records->services[number]), "endpoints", endpoints);
	(void)json_object_update_new(json, jservice(s, (uint32_t)number));
	return json;
}

static json_t *journal(const struct snapshot *s)
{
	const struct journal_facts *const j = &s->journal;
	return json_pack("{s:s, s:o, s:i, s:I, s:I}", "state",
		!j->kept    ? "none"
		: j->behind ? "behind"
			    : "well",
		"trouble", j->trouble[0] != '\0' ? jtext(j->trouble) : json_null(), "epoch",
		(int)j->epoch, "last", (json_int_t)j->last, "held", (json_int_t)j->held);
}

/* The configuration on the disk is not the one that is served. */
static json_t *refused(const struct snapshot *s)
{
	return s->refused.errors == 0 ? json_null()
				      : json_pack("{s:o, s:I}", "at", jmoment(s, s->refused.at),
						"errors", (json_int_t)s->refused.errors);
}

static json_t *prober(const struct child_facts *child)
{
	const struct report_beat *const beat = &child->beat;
	return json_pack("{s:o, s:i, s:i, s:i, s:i, s:f, s:I, s:i, s:i, s:i, s:i, s:o, s:o}",
		"state", words(fact_child(child->state)), "pid", (int)child->pid, "restarts",
		(int)child->restarts, "unended", (int)child->unended, "checks", (int)beat->checks,
		"late_ms", child->late_us / 1000.0, "attempts", (json_int_t)beat->attempts,
		"asking", (int)beat->asking, "queued", (int)beat->queued, "watching",
		(int)beat->standing, "unwatched", (int)beat->wanting, "vantage",
		json_pack("{s:s, s:i, s:i}", "state", fact_vantage(beat), "references",
			(int)beat->references, "silent", (int)beat->silent),
		"last_trouble", jtext(child->trouble));
}

static json_t *probers(const struct snapshot *s)
{
	json_t *const list = json_array();
	for (size_t i = 0; i < s->probers.n; i++)
		(void)json_array_append_new(list, prober(&s->probers.each[i]));
	return list;
}

char *render_status(const struct snapshot *snapshot, const struct counters *counters,
	const char *only, size_t *len)
{
	const struct policy *const policy = snapshot->facts.policy;
	json_t *const services = json_array();
	for (size_t i = 0; i < policy->n_services; i++)
		if (only == NULL || strcmp(policy->services[i].name, only) == 0)
			(void)json_array_append_new(services, service(snapshot, i));
	if (only != NULL && json_array_size(services) == 0) {
		json_decref(services);
		return NULL;
	}
	json_t *const root = json_pack(
		"{s:s, s:i, s:o, s:f, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o, s:o}", "version",
		LOCUM_VERSION, "pid", (int)getpid(), "at", jmoment(snapshot, snapshot->now),
		"uptime_s", ms(mono_between(snapshot->started, snapshot->now)) / 1000.0,
		"generation", (json_int_t)view_generation(snapshot->view), "zones",
		(json_int_t)view_zones(snapshot->view), "queries",
		(json_int_t)counters->udp_queries + (json_int_t)counters->tcp_queries, "switches",
		(json_int_t)snapshot->switches, "reloads", (json_int_t)snapshot->reloads,
		"reload_refused", refused(snapshot), "prober", prober(&snapshot->probers.all),
		"probers", probers(snapshot), "journal", journal(snapshot), "services", services);
	char *const out = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(9));
	json_decref(root);
	*len = strlen(out);
	return out;
}
