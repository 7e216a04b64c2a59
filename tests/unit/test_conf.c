/* What a configuration means once it is right: a row for each option. */
#include "base/span.h"
#include "conf/manual.h"
#include "conf/tables.h"
#include "conf_fixture.h"
#include "dns/name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct parsed good_files(const char *path, const struct memory_file files[])
{
	struct parsed p = parse_files(path, files);
	for (size_t i = 0; i < p.problems.n; i++)
		print_error("%s\n", parsed_problem(&p, i));
	assert_non_null(p.conf);
	return p;
}

static struct parsed good(const char *text)
{
	const struct memory_file files[] = {{"/etc/locum.yaml", text}, {NULL, NULL}};
	struct parsed p = good_files("/etc/locum.yaml", files);
	assert_int_equal(p.problems.n, 0);
	return p;
}

/* The example of DESIGN section 8, word for word. */
static const char design[] =
	"version: 1\n"
	"server:  {listen: [\"127.0.0.1@5300\"], status: \"127.0.0.1@8053\", state: ./state}\n"
	"zones:\n"
	"  example.com: {file: zones/example.com.zone}\n"
	"probes:\n"
	"  web: {type: http, port: 80, path: /health, host: www.example.com, status: [200], every: "
	"1s, "
	"timeout: 500ms, fall: 3, rise: 2}\n"
	"services:\n"
	"  www:\n"
	"    zone: example.com\n"
	"    records: [\"www A {address}\", \"_http._tcp SRV 0 0 80 {host}.\"]\n"
	"    endpoints:                                  # in order of preference; the first is "
	"home\n"
	"      - {name: fra, host: fra.example.com, address: 192.0.2.10}\n"
	"      - {name: ams, host: ams.example.com, address: 192.0.2.20}\n"
	"    health: {all: [web]}\n"
	"    policy: {failover: auto, failback: auto, hold: 60s, on-none: keep}\n";

static const char *name_is(const uint8_t *name, char room[NAME_TEXT_MAX])
{
	return name_text(name, room);
}

static void the_design_example(void **state)
{
	(void)state;
	struct parsed p = good(design);
	const struct conf *const c = p.conf;
	char text[NAME_TEXT_MAX];
	assert_int_equal(c->server.listen.n, 1);
	assert_string_equal(address_text(&c->server.listen.list[0], text), "127.0.0.1@5300");
	assert_string_equal(address_text(&c->server.status, text), "127.0.0.1@8053");
	assert_string_equal(c->server.state, "/etc/state");
	assert_string_equal(c->server.control, "/etc/state/control");
	assert_int_equal(c->server.workers, 0);
	assert_null(c->server.user);
	assert_null(c->server.identity);
	assert_false(c->server.version);
	assert_int_equal(c->server.cookies.off, CONF_ON);
	assert_null(c->server.cookies.secret_file);
	assert_int_equal(c->server.rrl.off, CONF_ON);
	assert_int_equal(c->server.connections_per_client, 100);
	assert_int_equal(c->server.rrl.rate, 50);
	assert_int_equal(c->server.rrl.slip, 1);
	assert_int_equal(c->server.rrl.exempt.n, 2);
	assert_int_equal(c->server.rrl.exempt.list[1].net.low, 1);

	assert_int_equal(c->n_zones, 1);
	assert_string_equal(name_is(c->zones[0].apex, text), "example.com.");
	assert_string_equal(c->zones[0].file, "/etc/zones/example.com.zone");
	assert_int_equal(c->zones[0].at.line, 4);

	assert_int_equal(c->n_probes, 1);
	const struct conf_probe *const web = &c->probes[0];
	const struct http_options *const http = web->options;
	assert_string_equal(web->name, "web");
	assert_string_equal(web->kind->name, "http");
	assert_string_equal(http->path, "/health");
	assert_string_equal(http->host, "www.example.com");
	assert_int_equal(http->status.n, 1);
	assert_int_equal(http->status.list[0].low, 200);
	assert_int_equal(http->status.list[0].high, 200);
	assert_true(http->verify);
	assert_int_equal(web->port, 80);
	assert_int_equal(web->every.ns, span_ms(1000).ns);
	assert_int_equal(web->timeout.ns, span_ms(500).ns);
	assert_int_equal(web->fall, 3);
	assert_int_equal(web->rise, 2);

	assert_int_equal(c->n_services, 1);
	const struct conf_service *const www = &c->services[0];
	assert_string_equal(www->name, "www");
	assert_string_equal(name_is(www->zone, text), "example.com.");
	assert_int_equal(www->records.n, 2);
	assert_string_equal(www->records.list[1].text, "_http._tcp SRV 0 0 80 {host}.");
	assert_int_equal(www->records.list[1].at.line, 10);
	assert_int_equal(www->records.list[1].at.column, 34);
	assert_int_equal(www->n_endpoints, 2);
	assert_string_equal(www->endpoints[1].name, "ams");
	assert_string_equal(www->endpoints[1].host_text, "ams.example.com");
	assert_string_equal(name_is(www->endpoints[1].host, text), "ams.example.com.");
	assert_string_equal(address_text(&www->endpoints[1].address, text), "192.0.2.20");
	assert_int_equal(www->health.n, 1);
	assert_int_equal(www->health.probes[0], 0);
	assert_int_equal(www->rule.hold.ns, span_ms(60000).ns);
	assert_int_equal(c->n_files, 1);
	assert_string_equal(c->files[0], "/etc/locum.yaml");
	assert_string_equal(c->path, "/etc/locum.yaml");
	parsed_free(&p);
}

#define LISTEN "listen: \"127.0.0.1@53\""
#define HEAD "version: 1\nserver: {" LISTEN "}\n"

static void defaults(void **state)
{
	(void)state;
	struct parsed p = good(HEAD "zones: {z: {file: /f}}\n"
				    "probes: {h: {type: http}, t: {type: tcp, port: 7}}\n"
				    "services: {s: {zone: Z, records: \"@ A {address}\", "
				    "endpoints: [{name: a, address: 192.0.2.1}]}}\n");
	const struct conf *const c = p.conf;
	assert_string_equal(c->server.state, "/var/lib/locum");
	assert_string_equal(c->server.control, "/var/lib/locum/control");
	assert_int_equal(c->server.status.len, 0);
	const struct conf_probe *const h = &c->probes[0];
	assert_int_equal(h->every.ns, span_ms(2000).ns);
	assert_int_equal(h->timeout.ns, span_ms(1000).ns);
	assert_int_equal(h->fall, 3);
	assert_int_equal(h->rise, 2);
	assert_int_equal(h->port, 80);
	const struct http_options *const http = h->options;
	assert_string_equal(http->path, "/");
	assert_null(http->host);
	assert_true(http->verify);
	assert_int_equal(http->status.n, 2);
	assert_int_equal(http->status.list[0].high, 299);
	assert_int_equal(http->status.list[1].low, 304);
	const struct conf_service *const s = &c->services[0];
	assert_int_equal(s->ttl.ns, span_ms(30000).ns);
	assert_int_equal(s->rule.mode, MODE_SINGLE);
	assert_int_equal(s->rule.failback, FAILBACK_AUTO);
	assert_int_equal(s->rule.on_none, ON_NONE_KEEP);
	assert_int_equal(s->rule.hold.ns, span_ms(60000).ns);
	assert_int_equal(s->health.n, 0);
	assert_int_equal(c->policy.n_checks, 0);
	assert_int_equal(c->policy.endpoints[0].n, 0);
	parsed_free(&p);
}

static void every_option_given(void **state)
{
	(void)state;
	struct parsed p =
		good("version: 1\n"
		     "server:\n"
		     "  listen: [\"127.0.0.1@53\", \"::1@53\"]\n"
		     "  status: \"::1@80\"\n"
		     "  control: run/ctl\n"
		     "  state: /s\n"
		     "  workers: 7\n"
		     "  user: nobody\n"
		     "  identity: node 1\n"
		     "  version: true\n"
		     "  cookies: {secret-file: secrets}\n"
		     "  rrl: {rate: 5, slip: 0, exempt: []}\n"
		     "  connections-per-client: off\n"
		     "keys:\n"
		     "  b.: {algorithm: hmac-sha512, secret: YWJjZA==}\n"
		     "  A: {file: keys/a}\n"
		     "zones: {b.a: {file: x, limits: {types-per-name: 7}}, a: {file: /y}, \"*\": "
		     "{dir: d, limits: {records-per-type: 65535, types-per-name: 1}}}\n"
		     "probes: {p: {type: http, verify: false, status: [\"100-199\", 599], "
		     "min: -1.5, max: 18446744073709551615, max-age: 90d}}\n"
		     "services:\n"
		     "  s:\n"
		     "    zone: from.the.directory\n"
		     "    mode: pool\n"
		     "    ttl: 5m\n"
		     "    records: [\"{name} TXT {vars.x-1}\"]\n"
		     "    endpoints: [{name: e, host: H.x., address: \"2001:db8::1\", "
		     "vars: {x-1: \"a b\", y: ''}}]\n"
		     "    health: {all: p}\n"
		     "    policy: {failover: auto, failback: auto, hold: 0s, on-none: all}\n"
		     "  m: {zone: a, records: [\"m CNAME {host}.\"], endpoints: [{name: e, host: "
		     "h}], policy: {failback: manual}}\n");
	const struct conf *const c = p.conf;
	char text[NAME_TEXT_MAX];
	assert_int_equal(c->server.listen.n, 2);
	assert_string_equal(address_text(&c->server.listen.list[1], text), "::1@53");
	assert_string_equal(c->server.control, "/etc/run/ctl");
	assert_string_equal(c->server.state, "/s");
	assert_int_equal(c->server.workers, 7);
	assert_string_equal(c->server.user, "nobody");
	assert_string_equal(c->server.identity, "node 1");
	assert_true(c->server.version);
	assert_string_equal(c->server.cookies.secret_file, "/etc/secrets");
	assert_int_equal(c->server.connections_per_client, 0);
	assert_int_equal(c->server.rrl.rate, 5);
	assert_int_equal(c->server.rrl.slip, 0);
	assert_int_equal(c->server.rrl.exempt.n, 0);

	const struct limits *const limits = &c->probes[0].limits;
	assert_string_equal(decimal_text(&limits->min, text), "-1.5");
	assert_string_equal(decimal_text(&limits->max, text), "18446744073709551615");
	assert_int_equal(limits->max_age.ns, span_ms(90LL * 86400000).ns);

	assert_int_equal(c->n_keys, 2);
	assert_string_equal(c->keys[0].name, "A");
	assert_string_equal(c->keys[0].file, "/etc/keys/a");
	assert_null(c->keys[0].secret);
	assert_int_equal(c->keys[0].algorithm, CONF_HMAC_SHA256);
	assert_string_equal(name_is(c->keys[1].domain, text), "b.");
	assert_int_equal(c->keys[1].algorithm, CONF_HMAC_SHA512);
	assert_string_equal(c->keys[1].secret, "YWJjZA==");

	assert_int_equal(c->n_zones, 3); /* canonical order, "*" last */
	assert_string_equal(name_is(c->zones[0].apex, text), "a.");
	assert_string_equal(name_is(c->zones[1].apex, text), "b.a.");
	assert_null(c->zones[2].apex);
	assert_string_equal(c->zones[2].dir, "/etc/d");
	assert_null(c->zones[2].file);
	assert_int_equal(c->zones[0].limits.types_per_name, 0); /* as the server has it */
	assert_int_equal(c->zones[1].limits.records_per_type, 0);
	assert_int_equal(c->zones[1].limits.types_per_name, 7);
	assert_int_equal(c->zones[2].limits.records_per_type, 65535);
	assert_int_equal(c->zones[2].limits.types_per_name, 1);

	const struct http_options *const http = c->probes[0].options;
	assert_false(http->verify);
	assert_int_equal(http->status.n, 2);
	assert_int_equal(http->status.list[0].low, 100);
	assert_int_equal(http->status.list[0].high, 199);

	assert_string_equal(c->services[0].name, "m");
	assert_int_equal(c->services[0].rule.failback, FAILBACK_MANUAL);
	const struct conf_service *const s = &c->services[1];
	assert_int_equal(s->rule.mode, MODE_POOL);
	assert_int_equal(s->rule.on_none, ON_NONE_ALL);
	assert_int_equal(s->rule.hold.ns, 0);
	assert_int_equal(s->ttl.ns, span_ms(300000).ns);
	assert_string_equal(s->endpoints[0].host_text, "H.x");
	assert_string_equal(name_is(s->endpoints[0].host, text), "h.x.");
	assert_int_equal(s->endpoints[0].vars.n, 2);
	assert_string_equal(s->endpoints[0].vars.list[1].value, "");
	assert_int_equal(s->endpoints[0].at.line, 25);
	parsed_free(&p);
}

static void shares_of_answers(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		uint16_t share;
	} rows[] = {{"1%", 100}, {"50%", 5000}, {"0.25%", 25}, {"0.01%", 1}, {"12.5%", 1250}};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[400];
		(void)snprintf(text, sizeof text,
			"version: 1\nserver: {listen: [\"127.0.0.1@53\"], state: s}\n"
			"zones: {x: {file: x}}\nservices:\n  a: {zone: x, records: [\"a A "
			"192.0.2.1\"], endpoints: [{name: e}], policy: {trickle: %s}}\n"
			"  b: {zone: x, mode: pool, answer: weighted, records: [\"b A "
			"192.0.2.1\"], "
			"endpoints: [{name: e}, {name: f, weight: %zu}]}\n",
			rows[i].text, i);
		struct parsed p = parse_text(text);
		assert_string_equal(parsed_problem(&p, 0), "");
		assert_int_equal(p.conf->services[0].rule.trickle, rows[i].share);
		assert_false(p.conf->services[0].weighted);
		assert_true(p.conf->services[1].weighted);
		assert_int_equal(p.conf->services[1].endpoints[0].weight, 1);
		assert_int_equal(p.conf->services[1].endpoints[1].weight, i);
		parsed_free(&p);
	}
}

/* Templates: what each endpoint makes of them. */
static void filling(void **state)
{
	(void)state;
	static const struct pair vars[] = {{"x", "one"}, {"xy", "two"}};
	struct conf_endpoint full = {.name = "ams", .host_text = "a.b", .vars = {2, vars}};
	assert_true(address_parse("192.0.2.1", &full.address));
	const struct conf_endpoint bare = {.name = "fra"};
	static const struct {
		const char *what, *template, *filled, *why;
	} rows[] = {
		{"nothing to fill", "www A 192.0.2.9", "www A 192.0.2.9", NULL},
		{"address", "www A {address}", "www A 192.0.2.1", "endpoint fra has no address"},
		{"host", "{host}. TXT {host}", "a.b. TXT a.b", "endpoint fra has no host"},
		{"the longer name", "x TXT {vars.xy}{vars.x}", "x TXT twoone",
			"endpoint fra has no vars.xy"},
		{"braces that close nothing", "x TXT }", "x TXT }", NULL},
		{"nothing at all", "", "", NULL},
	};
	struct arena *const arena = arena_new();
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct err err = {""};
		assert_string_equal(
			conf_fill(rows[i].template, &full, arena, &err), rows[i].filled);
		const char *const poor = conf_fill(rows[i].template, &bare, arena, &err);
		if (rows[i].why == NULL)
			assert_non_null(poor);
		else
			assert_null(poor);
		assert_string_equal(err.text, rows[i].why != NULL ? rows[i].why : "");
	}
	struct err err;
	assert_string_equal(conf_fill("{name} A 1", &bare, arena, &err), "fra A 1");
	assert_null(conf_fill("x {name", &bare, arena, &err));
	assert_null(conf_fill("x {nam}", &bare, arena, &err));
	arena_free(arena);
}

static void includes(void **state)
{
	(void)state;
	const struct memory_file files[] = {
		{"/etc/l.yaml", HEAD "include: [more/*.yaml, ./one.yaml]\n"},
		{"/etc/one.yaml", "version: 1\nprobes: {w: {type: tcp, port: 1}}\n"},
		{"/etc/more/a.yaml", "zones: {a: {file: a.zone}}\n"},
		{"/etc/more/b.yaml", "zones: {b: {file: ../b.zone}}\ninclude: deep/c.yaml\n"},
		{"/etc/more/deep/c.yaml", "services: {s: {zone: b, records: [\"@ A {address}\"], "
					  "endpoints: [{name: e, "
					  "address: 192.0.2.1}], health: {all: [w]}}}\n"},
		{NULL, NULL}};
	struct parsed p = good_files("/etc/l.yaml", files);
	assert_int_equal(p.problems.n, 0);
	assert_int_equal(p.conf->n_files, 5);
	assert_string_equal(p.conf->zones[0].file, "/etc/more/a.zone");
	assert_string_equal(p.conf->zones[1].file, "/etc/more/../b.zone");
	assert_string_equal(p.conf->services[0].at.file, "/etc/more/deep/c.yaml");
	parsed_free(&p);
}

static void trouble_with_includes(void **state)
{
	(void)state;
	static const struct {
		const char *what, *main, *other, *problem;
	} rows[] = {
		{"no such file", HEAD "include: x.yaml\n", "",
			"m.yaml:3:10: include: x.yaml cannot be read: No such file or directory"},
		{"no file matches: only a warning", HEAD "include: \"x*.yaml\"\n", "",
			"m.yaml:3:10: warning: include: no file matches x*.yaml"},
		{"itself", HEAD "include: ./m.yaml\n", "",
			"m.yaml:3:10: include: m.yaml is the file that reading began with; take it "
			"out"},
		{"a circle", HEAD "include: o.yaml\n", "zones: {}\ninclude: o.yaml\n",
			"o.yaml:2:10: include: o.yaml is read already, first named at m.yaml:3:10; "
			"name "
			"it once"},
		{"server twice", HEAD "include: o.yaml\n", "server: {" LISTEN "}\n",
			"o.yaml:1:9: server stands twice, first at m.yaml:2:9; put all of it into "
			"one of "
			"them"},
		{"another version", HEAD "include: o.yaml\n", "version: 3\n",
			"o.yaml:1:10: version must be 1, not 3"},
		{"a zone in both", HEAD "include: o.yaml\nzones: {z: {file: f}}\n",
			"zones: {y: {file: f}, Z: {file: g}}\n",
			"o.yaml:1:23: zone \"Z\" stands twice, first at m.yaml:4:9; take one out "
			"or "
			"rename it"},
		{"a service in both",
			HEAD "include: o.yaml\nzones: {z: {file: f}}\nservices: {s: {zone: "
			     "z, records: [a A 192.0.2.1], endpoints: [{name: e}]}}\n",
			"services: {s: {}}\n",
			"o.yaml:1:12: service \"s\" stands twice, first at m.yaml:5:12; take one "
			"out or "
			"rename it"},
		{"one directory in both", HEAD "include: o.yaml\nzones: {\"*\": {dir: d}}\n",
			"zones: {\"*\": {dir: d}}\n",
			"o.yaml:1:9: zone \"*\": dir d stands twice, also at m.yaml:4:9; take one "
			"out"},
		{"YAML that cannot be read", HEAD "include: o.yaml\n", "a: b: c\n",
			"o.yaml:1:5: a \":\" stands where no key can; put a text that holds \": \" "
			"in "
			"quotes, and check the indentation"},
		{"an empty file", HEAD "include: o.yaml\n", "",
			"o.yaml:1:1: the file is empty; it begins with \"version: 1\""},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct memory_file files[] = {
			{"m.yaml", rows[i].main}, {"o.yaml", rows[i].other}, {NULL, NULL}};
		struct parsed p = parse_files("m.yaml", files);
		if (p.problems.n != 1 || strcmp(parsed_problem(&p, 0), rows[i].problem) != 0)
			fail_msg("%s: %zu: %s", rows[i].what, p.problems.n, parsed_problem(&p, 0));
		assert_int_equal(p.conf == NULL, p.problems.errors == 1);
		parsed_free(&p);
	}
}

static void a_chain_of_includes_ends(void **state)
{
	(void)state;
	/* Each names the next by another path, so that only the depth can stop it. */
	const struct memory_file files[] = {{"d/m.yaml", HEAD "include: ../d/m.yaml\n"},
		{"d/../d/m.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/../d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{"d/../d/../d/../d/../d/../d/../d/../d/../d/x.yaml", "include: ../d/x.yaml\n"},
		{NULL, NULL}};
	struct parsed p = parse_files("d/m.yaml", files);
	assert_null(p.conf);
	assert_int_equal(p.problems.n, 1);
	assert_non_null(strstr(p.problems.list[0].text, "more than 8 files include each other"));
	parsed_free(&p);
}

static void all_problems_in_order(void **state)
{
	(void)state;
	struct parsed p = parse_text("version: 1\n"
				     "server: {" LISTEN ", workers: 0}\n"
				     "services:\n"
				     "  z: {zone: z, records: [], endpoints: []}\n"
				     "  a: {zone: z, record: [], endpoints: [{nam: x}]}\n"
				     "probes: {p: {type: tcp, port: 0, rise: 0}}\n"
				     "zones: {y: {}}\n");
	static const uint32_t lines[] = {2, 4, 4, 4, 5, 5, 5, 5, 5, 6, 6, 7};
	assert_null(p.conf);
	for (size_t i = 0; i < p.problems.n; i++)
		if (i >= COUNT_OF(lines) || p.problems.list[i].at.line != lines[i])
			fail_msg("number %zu: %s", i, parsed_problem(&p, i));
	assert_int_equal(p.problems.n, COUNT_OF(lines));
	assert_int_equal(p.problems.errors, COUNT_OF(lines));
	parsed_free(&p);
}

static void a_hundred_problems_are_listed(void **state)
{
	(void)state;
	char text[16384] = HEAD "zones:\n";
	for (int i = 0; i < 250; i++)
		(void)sprintf(text + strlen(text), "  z%d: {fiel: f}\n", i);
	struct parsed p = parse_text(text);
	assert_null(p.conf);
	assert_int_equal(p.problems.n, CONF_PROBLEMS_MAX);
	assert_int_equal(p.problems.errors, 250);
	parsed_free(&p);
}

static void no_such_file(void **state)
{
	(void)state;
	const struct memory_file files[] = {{NULL, NULL}};
	struct parsed p = parse_files("x.yaml", files);
	assert_null(p.conf);
	assert_int_equal(p.problems.n, 1);
	assert_string_equal(
		parsed_problem(&p, 0), "x.yaml: cannot be read: No such file or directory");
	parsed_free(&p);
}

static void maps_that_are_off(void **state)
{
	(void)state;
	struct parsed p = good("version: 1\nserver: {" LISTEN ", cookies: off, rrl: off}\n");
	assert_int_equal(p.conf->server.cookies.off, CONF_OFF);
	assert_int_equal(p.conf->server.rrl.off, CONF_OFF);
	parsed_free(&p);
}

/* The word in place of the map, what it leaves to the defaults, and each endpoint's own within. */
static void maps_of_options(void **state)
{
	(void)state;
	static const struct {
		const char *what, *option;
		int off;
		bool verify;
		const char *name; /* of endpoint fra */
	} rows[] = {
		{"not given: the word that is the default", "", 1, true, NULL},
		{"a word", ", cover: true", 0, true, NULL},
		{"the other", ", cover: false", 1, true, NULL},
		{"a map", ", cover: {verify: false}", 0, false, NULL},
		{"a map that says nothing", ", cover: {}", 0, true, NULL},
		{"an endpoint's own value", ", cover: {name: \"{name}.{vars.x}\"}", 0, true,
			"fra.y"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		char text[512];
		(void)snprintf(text, sizeof text,
			"%szones: {z: {file: z}}\nprobes: {p: {type: say%s}}\n"
			"services: {s: {zone: z, records: [\"@ A {address}\"], health: {all: [p]}, "
			"endpoints: [{name: fra, address: 192.0.2.1, vars: {x: y}}]}}\n",
			HEAD, rows[i].option);
		struct parsed p = good(text);
		const struct say_options *const got = p.conf->checks[0].options;
		if (got->cover.off != rows[i].off || got->cover.verify != rows[i].verify)
			fail_msg("%s: %d, %d", rows[i].what, got->cover.off, got->cover.verify);
		assert_int_equal(got->cover.name != NULL, rows[i].name != NULL);
		if (rows[i].name != NULL)
			assert_string_equal(got->cover.name, rows[i].name);
		parsed_free(&p);
	}
}

static void every_default_parses(void **state)
{
	(void)state;
	/* put_default() asserts it; that every table is reached stands in the rows above. */
	static const struct field *const tables[] = {
		table_top, table_server, table_key, table_zone, table_probe, table_service};
	for (size_t i = 0; i < COUNT_OF(tables); i++)
		for (const struct field *f = tables[i]; f->key != NULL; f++)
			assert_true(f->type == FIELD_LATER || f->help != NULL);
}

static void the_manual_has_every_option(void **state)
{
	(void)state;
	char *text = NULL;
	size_t len = 0;
	FILE *const out = open_memstream(&text, &len);
	manual_print(out, fixture_kinds);
	(void)fclose(out);
	static const char *const parts[] = {".Ss server\n", ".Ss services\n",
		".Ss probes of type http\n", ".It Ic every : Ar duration\n",
		"Limits: 10ms to 1h.\n", "Default: 2s.\n",
		".It Ic listen : Ar list of address@port\n", "Must be given.\n",
		".It Ic on-none : Ar word\n",
		".Cm keep ,\n.Cm home ,\n.Cm all ,\n.Cm none\nor\n.Cm servfail .\n",
		"The default of port is 80.", ".It Ic verify : Ar boolean\n", "Default: true.\n",
		"Instead of the map:\n.Cm off .\n"};
	for (size_t i = 0; i < COUNT_OF(parts); i++)
		if (strstr(text, parts[i]) == NULL)
			fail_msg("the manual lacks: %s", parts[i]);
	assert_null(strstr(text, "Ic runbooks"));
	free(text);
}

static void the_steps_of_tests(void **state)
{
	(void)state;
	static const struct {
		enum step_kind kind;
		int64_t ms;
		const char *text;
		uint32_t line, column;
	} steps[] = {
		{STEP_GIVEN, 0, "all fail", 8, 16},
		{STEP_UNTIL, 10000, "www A 192.0.2.1", 10, 20},
		{STEP_GIVEN, 10000, "www/a pass", 7, 18},
		{STEP_GIVEN, 10000, "www/b fail", 7, 30},
		{STEP_AT, 10000, "www by failover", 11, 17},
	};
	struct parsed p = good("version: 1\n"
			       "server: {listen: [\"127.0.0.1@53\"]}\n"
			       "tests:\n"
			       "  z: {expect: {at 1s: a A 192.0.2.1}}\n"
			       "  first:\n"
			       "    given:\n"
			       "      at 10s:   [www/a pass, www/b fail]\n"
			       "      at 0ms:  all fail\n"
			       "    expect:\n"
			       "      until 10s:   www A 192.0.2.1\n"
			       "      at 10s:   www by failover\n");
	assert_int_equal(p.conf->n_tests, 2);
	assert_string_equal(p.conf->tests[1].name, "z");
	const struct conf_test *const test = &p.conf->tests[0];
	assert_string_equal(test->name, "first");
	assert_int_equal(test->at.line, 5);
	assert_int_equal(test->n, COUNT_OF(steps));
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		assert_int_equal(test->steps[i].kind, steps[i].kind);
		assert_int_equal(test->steps[i].time.ns, steps[i].ms * 1000000);
		assert_string_equal(test->steps[i].text, steps[i].text);
		assert_int_equal(test->steps[i].at.line, steps[i].line);
		assert_int_equal(test->steps[i].at.column, steps[i].column);
	}
	parsed_free(&p);
}

/* With errors: the zones whose files are known, and limits, which refuse nothing where they are not
 * known. */
static void what_is_known_of_a_broken_one(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *zones;
		uint32_t records;
	} rows[] = {
		{"elsewhere",
			"version: 1\nserver: {listen: [\"127.0.0.1@53\"], limits: "
			"{records-per-type: 7}}\nzones: {b.: {file: f}, a.: {file: e}, \"*\": "
			"{dir: "
			"d}}\nprobes: {x: {type: none}}\n",
			"/etc/e /etc/f /etc/d ", 7},
		{"in entries of zones",
			"version: 1\nserver: {listen: [\"127.0.0.1@53\"]}\nzones: {a: {file: e, "
			"no: 1}, "
			"b: {dir: d}, c: {}, \"*\": {file: g}, d: {file: [x]}}\n",
			"/etc/e ", 100},
		{"in the server",
			"version: 1\nserver: {limits: {records-per-type: 7}}\nzones: {a: {file: "
			"e}}\n",
			"/etc/e ", 65535},
		{"no server", "version: 1\nzones: {a: {file: e}}\n", "/etc/e ", 65535},
		{"nothing at all", "", "", 65535},
		{"no YAML", "version: [\n", "", 65535},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct memory_file list[] = {{"/etc/locum.yaml", rows[i].text}, {NULL, NULL}};
		const struct files in_memory = {list, memory_read, memory_glob};
		struct conf_problems problems = {.arena = arena_new()};
		struct conf *const conf =
			conf_parse_some("/etc/locum.yaml", &in_memory, fixture_kinds, &problems);
		char zones[200] = "";
		for (size_t k = 0; k < conf->n_zones; k++)
			(void)snprintf(zones + strlen(zones), sizeof zones - strlen(zones), "%s ",
				conf->zones[k].apex != NULL ? conf->zones[k].file
							    : conf->zones[k].dir);
		if (!conf->broken || problems.errors == 0 || strcmp(zones, rows[i].zones) != 0 ||
			conf->server.limits.records_per_type != rows[i].records)
			fail_msg("%s: %s, %u", rows[i].what, zones,
				conf->server.limits.records_per_type);
		conf_free(conf);
		arena_free(problems.arena);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_design_example),
		cmocka_unit_test(defaults),
		cmocka_unit_test(every_option_given),
		cmocka_unit_test(shares_of_answers),
		cmocka_unit_test(filling),
		cmocka_unit_test(includes),
		cmocka_unit_test(trouble_with_includes),
		cmocka_unit_test(a_chain_of_includes_ends),
		cmocka_unit_test(all_problems_in_order),
		cmocka_unit_test(a_hundred_problems_are_listed),
		cmocka_unit_test(no_such_file),
		cmocka_unit_test(what_is_known_of_a_broken_one),
		cmocka_unit_test(maps_that_are_off),
		cmocka_unit_test(maps_of_options),
		cmocka_unit_test(the_steps_of_tests),
		cmocka_unit_test(every_default_parses),
		cmocka_unit_test(the_manual_has_every_option),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
