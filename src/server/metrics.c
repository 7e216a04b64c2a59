#include "base/attr.h"
#include "server/facts.h"
#include "server/render.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A label's value as the format wants it: \\ \" \n. */
static const char *label(const char *value, char *room, size_t size)
{
	size_t used = 0;
	for (; *value != '\0' && used + 3 < size; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			room[used++] = '\\';
		room[used++] = (char)(*value == '\n' ? 'n' : *value);
	}
	room[used] = '\0';
	return room;
}

static void head(FILE *out, const char *metric, const char *type, const char *help)
{
	(void)fprintf(out, "# HELP %s %s\n# TYPE %s %s\n", metric, help, metric, type);
}

static void one(FILE *out, const char *metric, const char *type, const char *help, double value)
{
	head(out, metric, type, help);
	(void)fprintf(out, "%s %.15g\n", metric, value);
}

static void responder_metrics(FILE *out, const struct counters *counters)
{
	for (const struct counter_name *c = counter_names; c->name != NULL; c++) {
		char metric[64];
		uint64_t value = 0;
		(void)snprintf(metric, sizeof metric, "locum_%s_total", c->name);
		memcpy(&value, (const char *)counters + c->offset, sizeof value);
		head(out, metric, "counter", c->help);
		(void)fprintf(out, "%s %" PRIu64 "\n", metric, value);
	}
}

#define LABEL_ROOM ((size_t)256)

/* The labels of one endpoint: service="www",endpoint="fra". */
static const char *endpoint_labels(
	const struct policy *policy, uint32_t number, char room[3 * LABEL_ROOM])
{
	const struct policy_endpoint *const e = &policy->endpoints[number];
	char service[LABEL_ROOM], endpoint[LABEL_ROOM];
	(void)snprintf(room, 3 * LABEL_ROOM, "service=\"%s\",endpoint=\"%s\"",
		label(policy->services[e->service].name, service, sizeof service),
		label(e->name, endpoint, sizeof endpoint));
	return room;
}

static void service_metrics(FILE *out, const struct snapshot *s)
{
	static const char *const states[] = {
		"normal", "failed-over", "degraded", "none-left", "stuck"};
	const struct policy *const policy = s->facts.policy;
	char room[3 * LABEL_ROOM];
	head(out, "locum_service_state", "gauge",
		"1 for the state a service is in, 0 for the others");
	for (size_t i = 0; i < policy->n_services; i++) {
		const char *const is = fact_service(s, i);
		(void)label(policy->services[i].name, room, sizeof room);
		for (size_t k = 0; k < COUNT_OF(states); k++)
			(void)fprintf(out, "locum_service_state{service=\"%s\",state=\"%s\"} %d\n",
				room, states[k], strcmp(is, states[k]) == 0);
	}
	head(out, "locum_endpoint_active", "gauge", "1 when the endpoint is in the answer");
	for (size_t i = 0; i < policy->n_services; i++)
		for (uint32_t e = 0; e < policy->services[i].n; e++)
			(void)fprintf(out, "locum_endpoint_active{%s} %d\n",
				endpoint_labels(policy, policy->services[i].first + e, room),
				endpoint_has(&s->facts.services[i].on, e));
	head(out, "locum_endpoint_up", "gauge", "1 up, 0 down, -1 unknown");
	for (uint32_t e = 0; e < policy->n_endpoints; e++) {
		const enum health_state state = s->facts.endpoints[e].state;
		(void)fprintf(out, "locum_endpoint_up{%s} %d\n", endpoint_labels(policy, e, room),
			state == HEALTH_UP     ? 1
			: state == HEALTH_DOWN ? 0
					       : -1);
	}
}

/* One line for each service, 1 or 0 or a number, through `value`. */
static void each_service(FILE *out, const struct snapshot *s, const char *metric, const char *help,
	double (*value)(const struct snapshot *s, size_t service))
{
	char room[LABEL_ROOM];
	head(out, metric, "gauge", help);
	for (size_t i = 0; i < s->facts.policy->n_services; i++)
		(void)fprintf(out, "%s{service=\"%s\"} %.15g\n", metric,
			label(s->facts.policy->services[i].name, room, sizeof room), value(s, i));
}

static void each_endpoint(FILE *out, const struct snapshot *s, const char *metric, const char *help,
	double (*value)(const struct snapshot *s, uint32_t endpoint))
{
	char room[3 * LABEL_ROOM];
	head(out, metric, "gauge", help);
	for (uint32_t e = 0; e < s->facts.policy->n_endpoints; e++)
		(void)fprintf(out, "%s{%s} %.15g\n", metric,
			endpoint_labels(s->facts.policy, e, room), value(s, e));
}

static double rule_of(const struct snapshot *s, size_t service)
{
	return s->facts.services[service].reason;
}

static double is_pinned(const struct snapshot *s, size_t service)
{
	return s->facts.mandates[service].pinned != ENDPOINT_NONE;
}

static double is_frozen(const struct snapshot *s, size_t service)
{
	return s->facts.mandates[service].frozen;
}

static double is_suspect(const struct snapshot *s, size_t service)
{
	return s->facts.services[service].suspect;
}

static double exposure(const struct snapshot *s, size_t service)
{
	const mono_t until = s->facts.services[service].exposed;
	return mono_reached(until, s->now) ? 0 : (double)mono_between(s->now, until).ns / 1e9;
}

static double is_home(const struct snapshot *s, uint32_t endpoint)
{
	const uint32_t service = s->facts.policy->endpoints[endpoint].service;
	return endpoint ==
	       s->facts.policy->services[service].first + s->facts.services[service].home;
}

static double is_deposed(const struct snapshot *s, uint32_t endpoint)
{
	const uint32_t service = s->facts.policy->endpoints[endpoint].service;
	return endpoint_has(&s->facts.services[service].deposed,
		endpoint - s->facts.policy->services[service].first);
}

static double admin_of(const struct snapshot *s, uint32_t endpoint)
{
	return standing_admin(&s->facts.standings[endpoint], s->now);
}

static double in_drill(const struct snapshot *s, uint32_t endpoint)
{
	return !mono_reached(s->facts.standings[endpoint].drill_until, s->now);
}

static void standing_metrics(FILE *out, const struct snapshot *s)
{
	each_service(out, s, "locum_service_rule",
		"Number of the rule that decided when last asked: locum.yaml(5)", rule_of);
	each_service(
		out, s, "locum_service_pinned", "1 while an operator says who answers", is_pinned);
	each_service(
		out, s, "locum_service_frozen", "1 while an operator lets nothing move", is_frozen);
	each_service(
		out, s, "locum_service_suspect", "1 while the short TTL is in force", is_suspect);
	each_service(out, s, "locum_service_exposed_seconds",
		"How long clients may still hold what was answered before the last switch",
		exposure);
	each_endpoint(
		out, s, "locum_endpoint_home", "1 for the one entitled in normal times", is_home);
	each_endpoint(out, s, "locum_endpoint_deposed",
		"1 for one that lost active by failover and was not cleared", is_deposed);
	each_endpoint(out, s, "locum_endpoint_admin",
		"By an operator's word: 0 online, 1 offline, 2 out", admin_of);
	each_endpoint(
		out, s, "locum_endpoint_drill", "1 while a drill takes it for down", in_drill);
}

/* The same probe asks an endpoint with two addresses twice. */
static const char *family_label(
	const struct snapshot *s, const struct policy_endpoint *end, uint32_t check)
{
	if (!end->has[FAMILY_V4] || !end->has[FAMILY_V6])
		return "";
	return s->load->conf->checks[check].address.any.sa_family == AF_INET6 ? ",family=\"v6\""
									      : ",family=\"v4\"";
}

/* Each endpoint's checks, one line each, through `line`. */
static void each_check(FILE *out, const struct snapshot *s,
	void (*line)(FILE *out, const struct snapshot *s, uint32_t check, const char *labels))
{
	const struct policy *const policy = s->facts.policy;
	for (uint32_t e = 0; e < policy->n_endpoints; e++)
		for (uint32_t i = 0; i < policy->endpoints[e].n; i++) {
			const struct policy_endpoint *const end = &policy->endpoints[e];
			const uint32_t check = policy->uses[end->first + i];
			char room[3 * LABEL_ROOM], probe[LABEL_ROOM], labels[5 * LABEL_ROOM];
			if (!fact_first_use(policy, end, i))
				continue;
			(void)snprintf(labels, sizeof labels, "%s,probe=\"%s\"%s",
				endpoint_labels(policy, e, room),
				label(policy->checks[check].probe, probe, sizeof probe),
				family_label(s, end, check));
			line(out, s, check, labels);
		}
}

/* What the prober last said of itself. */
static void beat_metrics(FILE *out, const struct snapshot *s)
{
	const struct report_beat *const beat = &s->probers.all.beat;
	const struct {
		const char *name, *type, *help;
		uint64_t value;
	} rows[] = {
		{"prober_checks", "gauge", "Checks that the probers know", beat->checks},
		{"prober_attempts_total", "counter", "Attempts since the start of the probers",
			beat->attempts},
		{"prober_asking", "gauge", "Attempts under way", beat->asking},
		{"prober_queued", "gauge", "Attempts that wait for their turn", beat->queued},
		{"prober_watching", "gauge", "Connections that stand beside checks",
			beat->standing},
		{"prober_unwatched", "gauge", "Checks that go without one for want of descriptors",
			beat->wanting},
		{"prober_unended", "gauge", "Probers that were killed and have not ended",
			s->probers.all.unended},
		{"vantage_references", "gauge", "References that are asked", beat->references},
		{"vantage_silent", "gauge", "References that do not answer", beat->silent},
		{"vantage_doubted", "gauge", "1 while failures count for nothing", beat->doubted},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char name[64];
		(void)snprintf(name, sizeof name, "locum_%s", rows[i].name);
		one(out, name, rows[i].type, rows[i].help, (double)rows[i].value);
	}
}

/* ... and each of several. */
static void each_prober(FILE *out, const struct snapshot *s)
{
	const struct probers_facts *const probers = &s->probers;
	head(out, "locum_prober_process_running", "gauge", "1 when this prober runs and speaks");
	for (size_t i = 0; i < probers->n; i++)
		(void)fprintf(out, "locum_prober_process_running{number=\"%zu\"} %d\n", i + 1,
			probers->each[i].state == CHILD_RUNNING);
	head(out, "locum_prober_process_checks", "gauge", "Checks that this prober knows");
	for (size_t i = 0; i < probers->n; i++)
		(void)fprintf(out, "locum_prober_process_checks{number=\"%zu\"} %u\n", i + 1,
			probers->each[i].beat.checks);
	head(out, "locum_prober_process_queued", "gauge", "Attempts that wait for their turn");
	for (size_t i = 0; i < probers->n; i++)
		(void)fprintf(out, "locum_prober_process_queued{number=\"%zu\"} %u\n", i + 1,
			probers->each[i].beat.queued);
	head(out, "locum_prober_process_attempts_total", "counter",
		"Attempts since this prober's start");
	for (size_t i = 0; i < probers->n; i++)
		(void)fprintf(out,
			"locum_prober_process_attempts_total{number=\"%zu\"} %" PRIu64 "\n", i + 1,
			probers->each[i].beat.attempts);
	head(out, "locum_prober_process_late_seconds", "gauge",
		"Worst delay of an attempt by our own fault, as this prober last told");
	for (size_t i = 0; i < probers->n; i++)
		(void)fprintf(out, "locum_prober_process_late_seconds{number=\"%zu\"} %.6f\n",
			i + 1, probers->each[i].late_us / 1e6);
}

static void duration_line(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	if (s->last[check].at.ns != 0)
		(void)fprintf(out, "locum_probe_duration_seconds{%s} %.6f\n", labels,
			(double)s->last[check].took.ns / 1e9);
}

static void age_line(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	if (s->last[check].at.ns != 0)
		(void)fprintf(out, "locum_probe_age_seconds{%s} %.3f\n", labels,
			(double)mono_between(s->last[check].at, s->now).ns / 1e9);
}

static void success_line(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	const struct last_outcome *const last = &s->last[check];
	if (last->at.ns != 0)
		(void)fprintf(out, "locum_probe_success{%s} %d\n", labels,
			last->outcome == PROBE_PASS   ? 1
			: last->outcome == PROBE_FAIL ? 0
						      : -1);
}

static void latency_lines(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	const struct latency *const l = &s->last[check].latency;
	const struct {
		const char *quantile;
		uint32_t us;
	} rows[] = {{"0", l->min}, {"0.5", l->median}, {"0.99", l->p99}};
	for (size_t i = 0; i < COUNT_OF(rows) && l->n > 0; i++)
		(void)fprintf(out, "locum_probe_latency_seconds{%s,quantile=\"%s\"} %.6f\n", labels,
			rows[i].quantile, rows[i].us / 1e6);
}

static void attempt_lines(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	const struct tally *const tally = &s->last[check].tally;
	uint64_t no_verdicts = 0;
	for (size_t i = 0; i < FAULTS_MAX; i++)
		no_verdicts += tally->no_verdicts[i];
	const struct {
		enum probe_outcome outcome;
		uint64_t n;
	} rows[] = {{PROBE_PASS, tally->passes}, {PROBE_FAIL, tally->fails},
		{PROBE_NO_VERDICT, no_verdicts}};
	for (size_t i = 0; i < COUNT_OF(rows); i++)
		(void)fprintf(out, "locum_probe_attempts_total{%s,outcome=\"%s\"} %" PRIu64 "\n",
			labels, fact_outcome(rows[i].outcome), rows[i].n);
}

static void value_line(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	const struct finding *const finding = &s->last[check].finding;
	struct decimal number;
	char text[DECIMAL_TEXT_MAX];
	if (finding->at.ns != 0 && decimal_parse(finding->value, &number))
		(void)fprintf(
			out, "locum_probe_value{%s} %s\n", labels, decimal_text(&number, text));
}

static void value_age_line(FILE *out, const struct snapshot *s, uint32_t check, const char *labels)
{
	const struct finding *const finding = &s->last[check].finding;
	if (finding->at.ns != 0)
		(void)fprintf(out, "locum_probe_value_age_seconds{%s} %.3f\n", labels,
			(double)finding_age(finding, s->now).ns / 1e9);
}

static void probe_metrics(FILE *out, const struct snapshot *s)
{
	head(out, "locum_probe_success", "gauge",
		"How the last attempt ended: 1 passed, 0 failed, -1 no verdict");
	each_check(out, s, success_line);
	head(out, "locum_probe_duration_seconds", "gauge", "How long the last attempt took");
	each_check(out, s, duration_line);
	head(out, "locum_probe_latency_seconds", "gauge",
		"How long attempts took that passed in the last 5 to 10 minutes: least, median, 99 "
		"%");
	each_check(out, s, latency_lines);
	head(out, "locum_probe_attempts_total", "counter", "Attempts by how they ended");
	each_check(out, s, attempt_lines);
	head(out, "locum_probe_age_seconds", "gauge", "How long ago the last attempt ended");
	each_check(out, s, age_line);
	head(out, "locum_probe_value", "gauge", "The value that was read last, if it is a number");
	each_check(out, s, value_line);
	head(out, "locum_probe_value_age_seconds", "gauge",
		"How old that value is: as told by whom we asked, else since it last changed");
	each_check(out, s, value_age_line);
	head(out, "locum_prober_no_verdicts_total", "counter",
		"Attempts without a verdict, by what was wrong on our side");
	for (size_t i = 0; i < FAULTS_MAX; i++)
		(void)fprintf(out, "locum_prober_no_verdicts_total{reason=\"%s\"} %" PRIu64 "\n",
			fact_fault((enum probe_fault)i), s->no_verdicts[i]);
	one(out, "locum_prober_running", "gauge", "1 when all probers run and speak",
		s->probers.all.state == CHILD_RUNNING);
	one(out, "locum_prober_restarts_total", "counter", "Times a prober was started again",
		s->probers.all.restarts);
	beat_metrics(out, s);
	each_prober(out, s);
	one(out, "locum_prober_late_seconds", "gauge",
		"Worst delay of an attempt by our own fault, as last told",
		s->probers.all.late_us / 1e6);
}

char *render_metrics(const struct snapshot *snapshot, const struct counters *counters, size_t *len)
{
	char *text = NULL;
	FILE *const out = open_memstream(&text, len);
	if (out == NULL)
		abort();
	head(out, "locum_build_info", "gauge", "1; the version as a label");
	(void)fprintf(out, "locum_build_info{version=\"%s\"} 1\n", LOCUM_VERSION);
	one(out, "locum_uptime_seconds", "gauge", "Since the daemon started",
		(double)mono_between(snapshot->started, snapshot->now).ns / 1e9);
	one(out, "locum_generation", "gauge", "Number of the published view",
		(double)view_generation(snapshot->view));
	one(out, "locum_zones", "gauge", "Zones served", (double)view_zones(snapshot->view));
	one(out, "locum_switches_total", "counter", "Times a service's records were moved",
		(double)snapshot->switches);
	one(out, "locum_reloads_total", "counter",
		"Configurations taken into use, the first one too", (double)snapshot->reloads);
	one(out, "locum_reloads_refused_total", "counter",
		"Reloads refused for an error in the configuration or a zone",
		(double)snapshot->refused.n);
	responder_metrics(out, counters);
	one(out, "locum_journal_behind", "gauge",
		"1 while the journal is behind, or cannot be written at all",
		snapshot->journal.behind || !snapshot->journal.kept);
	one(out, "locum_journal_entries", "gauge", "Number of the last entry in the journal",
		(double)snapshot->journal.last);
	one(out, "locum_journal_held", "gauge", "Entries that wait for the store to be well",
		(double)snapshot->journal.held);
	service_metrics(out, snapshot);
	standing_metrics(out, snapshot);
	probe_metrics(out, snapshot);
	(void)fclose(out);
	return text;
}
