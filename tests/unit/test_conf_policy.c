/* What the engine and the prober get from a configuration, and how two differ. */
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static struct parsed good(const char *text)
{
	struct parsed p = parse_text(text);
	for (size_t i = 0; i < p.problems.n; i++)
		print_error("%s\n", parsed_problem(&p, i));
	assert_non_null(p.conf);
	return p;
}

#define HEAD                                                                                       \
	"version: 1\nserver: {listen: \"127.0.0.1@53\"}\nzones: {z: {file: f}}\n"                  \
	"probes:\n"                                                                                \
	"  web: {type: http, path: /x, every: 100ms, timeout: 200ms, rise: 4, fall: 5}\n"          \
	"  tcp: {type: tcp, port: 80, every: 10s, fast: 10ms, timeout: 3s}\n"                      \
	"services:\n"

static const char two_services[] = HEAD
	"  s2: {zone: z, records: [\"b A {address}\"], endpoints: [{name: y, address: 192.0.2.2}, "
	"{name: "
	"x, address: 192.0.2.1}], health: {all: [tcp, web]}}\n"
	"  s1: {zone: z, mode: pool, records: [\"a A {address}\"], endpoints: [{name: x, address: "
	"192.0.2.1}, {name: h, host: h.z, address: 192.0.2.1}], health: {all: [web]}}\n";

static void the_policy(void **state)
{
	(void)state;
	struct parsed p = good(two_services);
	const struct policy *const policy = &p.conf->policy;
	assert_int_equal(policy->n_services, 2);
	assert_string_equal(policy->services[0].name, "s1");
	assert_int_equal(policy->services[0].rule.mode, MODE_POOL);
	assert_string_equal(policy->services[1].name, "s2");
	assert_int_equal(policy->services[1].first, 2);
	assert_int_equal(policy->services[1].n, 2);
	static const struct {
		const char *name;
		uint32_t service, first, n;
	} ends[] = {{"x", 0, 0, 1}, {"h", 0, 1, 1}, {"y", 1, 2, 2}, {"x", 1, 4, 2}};
	assert_int_equal(policy->n_endpoints, COUNT_OF(ends));
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		assert_string_equal(policy->endpoints[i].name, ends[i].name);
		assert_int_equal(policy->endpoints[i].service, ends[i].service);
		assert_int_equal(policy->endpoints[i].first, ends[i].first);
		assert_int_equal(policy->endpoints[i].n, ends[i].n);
	}
	/* s1/x and s2/x ask the same of the same: one check; s1/h has another host. */
	static const uint32_t uses[] = {0, 1, 2, 3, 4, 0};
	assert_int_equal(policy->n_uses, COUNT_OF(uses));
	for (size_t i = 0; i < COUNT_OF(uses); i++)
		assert_int_equal(policy->uses[i], uses[i]);
	assert_int_equal(policy->n_checks, 5);
	parsed_free(&p);
}

static void the_checks(void **state)
{
	(void)state;
	struct parsed p = good(two_services);
	static const struct {
		const char *probe, *address, *host;
	} rows[] = {
		{"web", "192.0.2.1@80", ""},
		{"web", "192.0.2.1@80", "h.z"},
		{"tcp", "192.0.2.2@80", ""},
		{"web", "192.0.2.2@80", ""},
		{"tcp", "192.0.2.1@80", ""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct conf_check *const check = &p.conf->checks[i];
		char text[ADDRESS_TEXT_MAX];
		assert_string_equal(check->probe->name, rows[i].probe);
		assert_string_equal(p.conf->policy.checks[i].probe, rows[i].probe);
		assert_string_equal(address_text(&check->address, text), rows[i].address);
		assert_string_equal(check->host, rows[i].host);
		const char *const identity = p.conf->policy.checks[i].identity;
		assert_int_equal(strncmp(check->definition, identity, strlen(identity)), 0);
	}
	const struct health_rule web = p.conf->policy.checks[0].rule;
	assert_int_equal(web.rise, 4);
	assert_int_equal(web.fall, 5);
	assert_int_equal(web.stale.ns, span_ms(1000).ns); /* 3 * 100 ms + 200 ms is less */
	assert_int_equal(p.conf->policy.checks[2].rule.stale.ns, span_ms(33000).ns);
	parsed_free(&p);
}

#define ONE(probe, endpoint)                                                                       \
	"version: 1\nserver: {listen: \"127.0.0.1@53\"}\nzones: {z: {file: f}}\n"                  \
	"probes: {" probe "}\nservices: {s: {zone: z, records: [\"a A {address}\"], "              \
	"endpoints: [{name: e, " endpoint "}], health: {all: [p]}}}\n"

/* Nobody knows here whether it is up or down: silence is silence after the longest interval. */
static void staleness_follows_the_longest_interval(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t stale_ms;
	} rows[] = {
		{ONE("p: {type: http, every: 4s}", "address: 192.0.2.1"), 13000},
		{ONE("p: {type: http, every: 4s, fast: 100ms}", "address: 192.0.2.1"), 13000},
		{ONE("p: {type: http, every: 4s, down: 20s}", "address: 192.0.2.1"), 61000},
		{ONE("p: {type: http, every: 4s, down: 2s}", "address: 192.0.2.1"), 13000},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed p = good(rows[i].text);
		assert_int_equal(
			p.conf->policy.checks[0].rule.stale.ns, span_ms(rows[i].stale_ms).ns);
		parsed_free(&p);
	}
}

/* What carries health over a reload, and what tells the prober something new. */
static void identity_and_definition(void **state)
{
	(void)state;
	static const char base[] = ONE("p: {type: http, path: /x}", "address: 192.0.2.1");
	static const struct {
		const char *what, *text;
		bool same_identity, same_definition;
	} rows[] = {
		{"nothing", base, true, true},
		{"rise and fall",
			ONE("p: {type: http, path: /x, rise: 9, fall: 9}", "address: 192.0.2.1"),
			true, false},
		{"fast", ONE("p: {type: http, path: /x, fast: 1s}", "address: 192.0.2.1"), true,
			false},
		{"down", ONE("p: {type: http, path: /x, down: 9s}", "address: 192.0.2.1"), true,
			false},
		{"every", ONE("p: {type: http, path: /x, every: 9s}", "address: 192.0.2.1"), true,
			false},
		{"timeout", ONE("p: {type: http, path: /x, timeout: 9s}", "address: 192.0.2.1"),
			true, false},
		{"a limit of the value",
			ONE("p: {type: http, path: /x, max: 9}", "address: 192.0.2.1"), true,
			false},
		{"a default written out",
			ONE("p: {type: http, path: /x, port: 80}", "address: 192.0.2.1"), true,
			true},
		{"the endpoint's name",
			ONE("p: {type: http, path: /x}", "address: 192.0.2.1, vars: {}"), true,
			true},
		{"an option", ONE("p: {type: http, path: /y}", "address: 192.0.2.1"), false, false},
		{"a text made empty",
			ONE("p: {type: http, path: /x, host: ''}", "address: 192.0.2.1"), false,
			false},
		{"the port", ONE("p: {type: http, path: /x, port: 81}", "address: 192.0.2.1"),
			false, false},
		{"the kind", ONE("p: {type: tcp, port: 80}", "address: 192.0.2.1"), false, false},
		{"the address", ONE("p: {type: http, path: /x}", "address: 192.0.2.2"), false,
			false},
		{"the host", ONE("p: {type: http, path: /x}", "address: 192.0.2.1, host: h"), false,
			false},
	};
	struct parsed was = good(base);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed is = good(rows[i].text);
		const bool same = strcmp(was.conf->policy.checks[0].identity,
					  is.conf->policy.checks[0].identity) == 0;
		const bool defined =
			strcmp(was.conf->checks[0].definition, is.conf->checks[0].definition) == 0;
		if (same != rows[i].same_identity || defined != rows[i].same_definition)
			fail_msg("%s: identity %d, definition %d", rows[i].what, same, defined);
		parsed_free(&is);
	}
	parsed_free(&was);
}

/* They come after the endpoints' checks, and are nobody's: not even those of one that asks the
 * same. */
static void references_are_checks_of_their_own(void **state)
{
	(void)state;
	struct parsed p = good("version: 1\nserver: {listen: \"127.0.0.1@53\", references: {probe: "
			       "p, addresses: [192.0.2.1, 2001:db8::1]}}\nzones: {z: {file: f}}\n"
			       "probes: {p: {type: tcp, port: 1, watch: true}}\n"
			       "services: {s: {zone: z, records: [\"a A {address}\"], endpoints: "
			       "[{name: e, address: 192.0.2.1}], health: {all: [p]}}}\n");
	const struct conf *const c = p.conf;
	static const char *const addresses[] = {"192.0.2.1@1", "192.0.2.1@1", "2001:db8::1@1"};
	assert_int_equal(c->policy.n_checks, COUNT_OF(addresses));
	assert_int_equal(c->policy.n_uses, 1);
	for (size_t i = 0; i < COUNT_OF(addresses); i++) {
		char text[ADDRESS_TEXT_MAX];
		assert_string_equal(address_text(&c->checks[i].address, text), addresses[i]);
		assert_int_equal(c->checks[i].reference, i > 0);
		const char *const identity = c->policy.checks[i].identity;
		assert_int_equal(strncmp(c->checks[i].definition, identity, strlen(identity)), 0);
	}
	assert_int_equal(c->server.references.enough, 1);
	assert_string_not_equal(c->policy.checks[0].identity, c->policy.checks[1].identity);
	parsed_free(&p);
}

static void probes_with_one_question_stay_apart(void **state)
{
	(void)state;
	struct parsed p =
		good("version: 1\nserver: {listen: \"127.0.0.1@53\"}\nzones: {z: {file: f}}\n"
		     "probes: {p: {type: tcp, port: 1}, q: {type: tcp, port: 1, fall: 9}}\n"
		     "services: {s: {zone: z, records: [\"a A {address}\"], endpoints: [{name: "
		     "e, address: 192.0.2.1}], health: {all: [q, p]}}}\n");
	assert_int_equal(p.conf->policy.n_checks, 2);
	assert_string_not_equal(
		p.conf->policy.checks[0].identity, p.conf->policy.checks[1].identity);
	assert_int_equal(p.conf->policy.checks[0].rule.fall, 9);
	parsed_free(&p);
}

#define DIFF_TOP "version: 1\nserver: {listen: \"127.0.0.1@53\"}\n"
#define DIFF_SERVER_TERMS                                                                          \
	"version: 1\nserver: {listen: \"127.0.0.1@53\", identity: i, version: true, cookies: "     \
	"off, "                                                                                    \
	"rrl: {exempt: [192.0.2.1]}, connections-per-client: off, attempts-per-host: 5, probers: " \
	"2, references: {probe: q, "                                                               \
	"addresses: "                                                                              \
	"[192.0.2.1, 192.0.2.2]}}\n"
#define DIFF_ZONES "zones: {a: {file: f}, c: {file: f}, \"*\": {dir: d}}\n"
#define DIFF_KEYS "keys: {k: {file: k}}\n"
#define DIFF_PROBES "probes: {p: {type: http}, q: {type: tcp, port: 1}}\n"
#define DIFF_END "{name: e, address: 192.0.2.1}"
#define DIFF_S(keys, ends)                                                                         \
	"services: {s: {zone: a, records: [\"a A {address}\"], health: {all: [p]}, " keys          \
	"endpoints: [" ends "]}}\n"
#define DIFF_SERVICES DIFF_S("", DIFF_END ", {name: f, address: 192.0.2.2}")

static void differences(void **state)
{
	(void)state;
	static const char base[] = DIFF_TOP DIFF_ZONES DIFF_KEYS DIFF_PROBES DIFF_SERVICES;
	static const struct {
		const char *is, *lines;
	} rows[] = {
		{base, ""},
		{DIFF_TOP "zones: {a: {file: g}, b: {file: f}, \"*\": {dir: e}}\n" DIFF_KEYS
				DIFF_PROBES DIFF_SERVICES,
			"zone a: changed (file)|zone b: added|zone c: removed|zone *: removed|zone "
			"*: "
			"added|"},
		{DIFF_TOP "zones: {a: {file: f}, c: {file: f, limits: {types-per-name: 5}}, \"*\": "
			  "{dir: d, limits: {records-per-type: 9}}}\n" DIFF_KEYS DIFF_PROBES
				  DIFF_SERVICES,
			"zone c: changed (limits)|zone *: changed (limits)|"},
		{DIFF_TOP DIFF_ZONES "keys: {k: {algorithm: hmac-sha384, secret: YWJj}, l: {file: "
				     "l}}\n" DIFF_PROBES DIFF_SERVICES,
			"key k: changed (algorithm, secret, file)|key l: added|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS
			"probes: {p: {type: http, path: /y, every: 9s, "
			"fast: 1s, down: 8s, timeout: 9s, rise: 9, fall: 9, min: 1, port: "
			"9}, r: {type: tcp, port: 1}}\n" DIFF_SERVICES,
			"probe p: changed (every, fast, down, timeout, fall, rise, port, limits of "
			"the value, "
			"options)|probe q: "
			"removed|probe "
			"r: added|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS "probes: {p: {type: tcp, port: 80}, q: {type: tcp, "
					       "port: 1}}\n" DIFF_SERVICES,
			"probe p: changed (type)|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS DIFF_PROBES "services: {}\n", "service s: removed|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS DIFF_PROBES
			"services: {s: {zone: c, records: [\"b A {address}\"], ttl: 1s, mode: "
			"pool, health: "
			"{all: [q]}, endpoints: [" DIFF_END
			", {name: f, address: 192.0.2.2}], policy: {hold: 1s, on-none: all}}}\n",
			"service s: changed (zone, mode, ttl, records, health, hold, on-none)|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS DIFF_PROBES DIFF_S("policy: {failback: manual}, ",
			 "{name: e, address: 192.0.2.9, host: h, vars: {x: "
			 "y}}, {name: g, address: 192.0.2.3}"),
			"service s: changed (endpoint f removed, endpoint e: host, endpoint e: "
			"address, "
			"endpoint e: vars, endpoint g added, failback)|"},
		{DIFF_TOP DIFF_ZONES DIFF_KEYS DIFF_PROBES DIFF_S("",
			 "{name: g, address: 192.0.2.3}, {name: f, address: 192.0.2.2}, " DIFF_END),
			"service s: changed (endpoint g added, order of endpoints)|"},
		{"version: 1\nserver: {listen: \"127.0.0.1@54\", status: \"127.0.0.1@80\", state: "
		 "s, "
		 "workers: 2, user: u}\n" DIFF_ZONES DIFF_KEYS DIFF_PROBES DIFF_SERVICES,
			"server: listen changed, needs a restart|server: status changed, needs a "
			"restart|server: control changed, needs a restart|server: state changed, "
			"needs a "
			"restart|server: workers changed, needs a restart|server: user changed, "
			"needs a "
			"restart|"},
		{DIFF_SERVER_TERMS DIFF_ZONES DIFF_KEYS DIFF_PROBES DIFF_SERVICES,
			"server: identity changed|server: version changed|server: cookies "
			"changed|server: rrl changed|server: connections-per-client "
			"changed|server: attempts-per-host changed|server: "
			"probers changed|server: "
			"references changed|"},
	};
	struct parsed was = good(base);
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed is = good(rows[i].is);
		const char **lines;
		char all[1024] = "";
		const size_t n = conf_diff(was.conf, is.conf, is.arena, &lines);
		for (size_t k = 0; k < n; k++)
			(void)sprintf(all + strlen(all), "%s|", lines[k]);
		assert_string_equal(all, rows[i].lines);
		const bool restarts = strstr(all, "needs a restart") != NULL;
		assert_int_equal(conf_needs_restart(was.conf, is.conf) != NULL, restarts);
		parsed_free(&is);
	}
	parsed_free(&was);
}

static void what_needs_a_restart(void **state)
{
	(void)state;
	static const struct {
		const char *server, *key;
	} rows[] = {
		{"listen: \"127.0.0.1@53\", state: /s", NULL},
		{"listen: [\"127.0.0.1@53\", \"::1@53\"], state: /s", "listen"},
		{"listen: \"127.0.0.1@53\", state: /s, status: \"::1@1\"", "status"},
		{"listen: \"127.0.0.1@53\", state: /s, control: c", "control"},
		{"listen: \"127.0.0.1@53\", state: /t, control: /s/control", "state"},
		{"listen: \"127.0.0.1@53\", state: /s, workers: 1", "workers"},
		{"listen: \"127.0.0.1@53\", state: /s, user: u", "user"},
	};
	struct parsed was = good("version: 1\nserver: {listen: \"127.0.0.1@53\", state: /s}\n");
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[256];
		(void)snprintf(text, sizeof text, "version: 1\nserver: {%s}\n", rows[i].server);
		struct parsed is = good(text);
		const char *const key = conf_needs_restart(was.conf, is.conf);
		if (rows[i].key == NULL)
			assert_null(key);
		else
			assert_string_equal(key, rows[i].key);
		parsed_free(&is);
	}
	parsed_free(&was);
}

/* Ten thousand services of three endpoints, all in one file, in no time that grows with the square.
 */
static void many_services(void **state)
{
	(void)state;
	enum { N = 10000 };
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	(void)fputs(HEAD, out);
	for (unsigned i = 0; i < N; i++) {
		(void)fprintf(out, "  s%u: {zone: z, records: [\"n%u A {address}\"], endpoints: [",
			i * 7919 % N, i);
		for (unsigned k = 0; k < 3; k++)
			(void)fprintf(out, "%s{name: e%u, address: 10.%u.%u.%u}", k > 0 ? ", " : "",
				k, i >> 8, i & 255, k);
		(void)fputs("], health: {all: [web]}, policy: {failover: auto, hold: 60s}}\n", out);
	}
	(void)fclose(out);
	const clock_t begun = clock();
	struct parsed p = good(text);
	const double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
	print_message("%d services: %.2f s\n", N, seconds);
	assert_int_equal(p.conf->n_services, N);
	assert_int_equal(p.conf->policy.n_checks, 3 * N);
	assert_true(seconds < 10);
	parsed_free(&p);
	free(text);
}

/* As many, all of which move with one. */
static void many_together(void **state)
{
	(void)state;
	enum { N = 10000 };
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	(void)fputs(HEAD, out);
	for (unsigned i = 0; i < N; i++)
		(void)fprintf(out,
			"  s%u: {zone: z, records: [\"n%u A {address}\"], endpoints: [{name: a, "
			"address: 192.0.2.1}, {name: b, address: 192.0.2.2}], %s}\n",
			i, i, i == N / 2 ? "health: {all: [web]}" : "with: s5000");
	(void)fclose(out);
	const clock_t begun = clock();
	struct parsed p = good(text);
	const double seconds = (double)(clock() - begun) / CLOCKS_PER_SEC;
	print_message("%d services together: %.2f s\n", N, seconds);
	const struct policy *const policy = &p.conf->policy;
	for (size_t i = 0; i < N; i++) {
		assert_int_equal(policy->services[i].n_health, 1);
		assert_non_null(policy->services[i].health);
	}
	assert_int_equal(policy->n_uses, 2 * N);
	assert_int_equal(policy->n_checks, 2);
	assert_true(seconds < 5);
	parsed_free(&p);
	free(text);
}

/* Each asks for the health of all: what that takes is bounded. */
static void too_many_probes_together(void **state)
{
	(void)state;
	enum { PROBES = 64, SERVICES = 18 }; /* a leader, and 17 * 64 > 1024 */
	char *text = NULL, *names = NULL;
	size_t len = 0, names_len = 0;
	FILE *const out = open_memstream(&text, &len), *const list =
							       open_memstream(&names, &names_len);
	(void)fputs("version: 1\nserver: {listen: \"127.0.0.1@53\"}\nzones: {z: {file: f}}\n"
		    "probes:\n",
		out);
	for (unsigned i = 0; i < PROBES; i++) {
		(void)fprintf(out, "  p%u: {type: tcp, port: 80}\n", i);
		(void)fprintf(list, "%sp%u", i > 0 ? ", " : "", i);
	}
	(void)fclose(list);
	(void)fputs("services:\n", out);
	for (unsigned i = 0; i < SERVICES; i++)
		(void)fprintf(out,
			"  s%02u: {zone: z, records: [\"n%u A {address}\"], endpoints: [{name: a, "
			"address: 192.0.2.1}]%s, health: {all: [%s]}}\n",
			i, i, i > 0 ? ", with: s00" : "", names);
	(void)fclose(out);
	struct parsed p = parse_text(text);
	assert_int_equal(p.problems.n, 1);
	assert_string_equal(p.problems.list[0].text,
		"service \"s17\": health: the services that move with s00 have more than 1024 "
		"probes together; ask some by fewer");
	parsed_free(&p);
	free(text);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_policy),
		cmocka_unit_test(the_checks),
		cmocka_unit_test(staleness_follows_the_longest_interval),
		cmocka_unit_test(identity_and_definition),
		cmocka_unit_test(references_are_checks_of_their_own),
		cmocka_unit_test(probes_with_one_question_stay_apart),
		cmocka_unit_test(differences),
		cmocka_unit_test(what_needs_a_restart),
		cmocka_unit_test(many_services),
		cmocka_unit_test(many_together),
		cmocka_unit_test(too_many_probes_together),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
