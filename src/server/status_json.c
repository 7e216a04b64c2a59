#include "net/octets.h"
#include "server/facts.h"
#include "server/jfacts.h"
#include "server/jput.h"
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
static void put_value(struct octets *out, const struct snapshot *s, const struct finding *finding)
{
	char room[MOMENT_TEXT_MAX];
	if (finding->at.ns == 0) {
		jput(out, ",\"value\":null");
		return;
	}
	jput_text(out, ",\"value\":{\"text\":", finding->value);
	jput_text(out, ",\"read\":", fact_moment(s, finding->at, room));
	jput_text(out, ",\"unchanged_since\":", fact_moment(s, finding->changed, room));
	jput_real(out, ",\"age_s\":", ms(finding_age(finding, s->now)) / 1000.0);
	jput(out, "}");
}

static void put_attempts(struct octets *out, const struct tally *tally)
{
	const char *before = "\"";
	jput_int(out, ",\"attempts\":{\"pass\":", tally->passes);
	jput_int(out, ",\"fail\":", tally->fails);
	jput(out, ",\"no_verdict\":{");
	for (size_t i = 0; i < FAULTS_MAX; i++)
		if (tally->no_verdicts[i] > 0) {
			jput(out, before);
			jput(out, fact_fault((enum probe_fault)i));
			jput_int(out, "\":", tally->no_verdicts[i]);
			before = ",\"";
		}
	jput(out, "}}");
}

/* Of those that passed in the last minutes; null: none did. */
static void put_latency(struct octets *out, const struct latency *latency)
{
	if (latency->n == 0) {
		jput(out, ",\"latency\":null");
		return;
	}
	jput_int(out, ",\"latency\":{\"attempts\":", latency->n);
	jput_real(out, ",\"min_ms\":", latency->min / 1e3);
	jput_real(out, ",\"median_ms\":", latency->median / 1e3);
	jput_real(out, ",\"p99_ms\":", latency->p99 / 1e3);
	jput(out, "}");
}

/* An address, or null. */
static void put_address(struct octets *out, const char *before, const struct address *address)
{
	char room[ADDRESS_TEXT_MAX];
	jput_text(out, before, address->len > 0 ? address_text(address, room) : NULL);
}

static void put_check(
	struct octets *out, const char *before, const struct snapshot *s, uint32_t number)
{
	const struct health *const health = &s->facts.checks[number];
	const struct last_outcome *const last = &s->last[number];
	const bool any = last->at.ns != 0;
	char strip[STRIP_ROOM], room[MOMENT_TEXT_MAX];
	jput(out, before);
	jput_text(out, "{\"probe\":", s->facts.policy->checks[number].probe);
	put_address(out, ",\"address\":", &s->load->conf->checks[number].address);
	jput_text(out, ",\"state\":", fact_health(health->state));
	jput_int(out, ",\"streak\":", health->streak);
	jput_text(out, ",\"last\":", any ? fact_outcome(last->outcome) : NULL);
	jput_text(out, ",\"reason\":", last->why);
	if (any)
		jput_real(out, ",\"latency_ms\":", ms(last->took));
	else
		jput(out, ",\"latency_ms\":null");
	jput_text(out, ",\"at\":", fact_moment(s, last->at, room));
	jput_text(out, ",\"outcomes\":", tally_strip(&last->tally, strip));
	put_attempts(out, &last->tally);
	put_latency(out, &last->latency);
	put_value(out, s, &last->finding);
	jput(out, "}");
}

static void put_endpoint(struct octets *out, const struct snapshot *s, size_t service, uint32_t end)
{
	const struct policy *const policy = s->facts.policy;
	const uint32_t number = policy->services[service].first + end;
	const struct policy_endpoint *const e = &policy->endpoints[number];
	const struct verdict *const verdict = &s->facts.endpoints[number];
	const struct conf_endpoint *const conf = &s->load->conf->services[service].endpoints[end];
	const struct pick *const pick = &s->facts.services[service];
	const char *before = "";
	char room[MOMENT_TEXT_MAX];
	jput_text(out, "{\"name\":", e->name);
	put_address(out, ",\"address\":", &conf->address);
	jput_text(out, ",\"host\":", conf->host_text);
	jput_bool(out, ",\"home\":", end == pick->home);
	jput_bool(out, ",\"active\":", endpoint_has(&pick->on, end));
	jput_text(out, ",\"state\":", fact_health(verdict->state));
	jput_text(out, ",\"since\":", fact_moment(s, verdict->since, room));
	jput(out, ",\"checks\":[");
	for (uint32_t i = 0; i < e->n; i++)
		if (fact_first_use(policy, e, i)) {
			put_check(out, before, s, policy->uses[e->first + i]);
			before = ",";
		}
	jput_fields(out, "],", jendpoint(s, (uint32_t)service, end));
	jput(out, "}");
}

/* The review of a service at rest is a failback. */
static mono_t failback_at(const struct pick *pick)
{
	const bool rests = pick->reason == PICK_KEPT || pick->reason == PICK_FAILBACK ||
			   pick->reason == PICK_FIRST;
	return rests ? pick->review : (mono_t){0};
}

static void put_service(
	struct octets *out, const char *before, const struct snapshot *s, uint32_t number)
{
	const struct policy *const policy = s->facts.policy;
	const struct policy_service *const p = &policy->services[number];
	const struct conf_service *const conf = &s->load->conf->services[number];
	const struct pick *const pick = &s->facts.services[number];
	const struct zone *const zone = view_zone(s->view, conf->zone);
	jput(out, before);
	jput_fields(out, "{",
		json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:f, s:o, s:I, s:o, s:o}",
			"name", jtext(p->name), "zone", jname(conf->zone), "mode",
			words(p->rule.mode == MODE_SINGLE ? "single" : "pool"), "state",
			words(fact_service(s, number)), "active", jends(policy, number, &pick->on),
			"rule", words(pick_reason_text(pick->by)), "since",
			jmoment(s, pick->switched), "on_none", words(fact_on_none(p->rule.on_none)),
			"failback", words(fact_failback(p->rule.failback)), "hold_s",
			ms(p->rule.hold) / 1000.0, "failback_at", jmoment(s, failback_at(pick)),
			"ttl", (json_int_t)(conf->ttl.ns / 1000000000), "serial",
			zone != NULL ? json_integer(zone_serial(zone)) : json_null(), "records",
			records(zone, &s->load->records->services[number])));
	for (uint32_t e = 0; e < p->n; e++) {
		jput(out, e == 0 ? ",\"endpoints\":[" : ",");
		put_endpoint(out, s, number, e);
	}
	jput_fields(out, "],", jservice(s, number));
	jput(out, "}");
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

/* All but the services. */
static json_t *whole(const struct snapshot *s, const struct counters *counters)
{
	return json_pack("{s:s, s:i, s:o, s:f, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:o, s:o}",
		"version", LOCUM_VERSION, "pid", (int)getpid(), "at", jmoment(s, s->now),
		"uptime_s", ms(mono_between(s->started, s->now)) / 1000.0, "generation",
		(json_int_t)view_generation(s->view), "zones", (json_int_t)view_zones(s->view),
		"queries", (json_int_t)counters->udp_queries + (json_int_t)counters->tcp_queries,
		"switches", (json_int_t)s->switches, "reloads", (json_int_t)s->reloads,
		"reload_refused", refused(s), "prober", prober(&s->probers.all), "probers",
		probers(s), "journal", journal(s));
}

/* Whether there is one of that name; NULL: all are meant. */
static bool is_there(const struct policy *policy, const char *only)
{
	for (size_t i = 0; i < policy->n_services && only != NULL; i++)
		if (strcmp(policy->services[i].name, only) == 0)
			return true;
	return only == NULL;
}

bool render_status(struct octets *out, const struct snapshot *snapshot,
	const struct counters *counters, const char *only)
{
	const struct policy *const policy = snapshot->facts.policy;
	const char *before = "";
	if (!is_there(policy, only))
		return false;
	jput_fields(out, "{", whole(snapshot, counters));
	jput(out, ",\"services\":[");
	for (uint32_t i = 0; i < policy->n_services; i++)
		if (only == NULL || strcmp(policy->services[i].name, only) == 0) {
			put_service(out, before, snapshot, i);
			before = ",";
		}
	jput(out, "]}");
	return true;
}
