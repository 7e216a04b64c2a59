/* The language: errors of services, their records and tests: a row for each. */
#include "conf_errors.h"

#define WWW(keys) SERVICE keys "}}\n"

static void errors_of_services(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"a word for a service", TOP "services: {www: zone}\n",
			"4:17: service \"www\": a map of keys and values is expected here"},
		{"a word for a policy",
			WWW("mode: pool, policy: x, records: [\"www A {address}\"], " REST),
			"7:23: service \"www\": policy: a map of keys and values is expected "
			"here"},
		{"no zone", WWW("records: [\"www A {address}\"], " ENDS),
			"6:17: service \"www\": zone is missing; add it with a domain name"},
		{"no records", WWW("zone: example.com, " ENDS),
			"6:17: service \"www\": records is missing; add it with a text or a list "
			"of texts"},
		{"no endpoints", WWW("zone: example.com, records: [\"www A 192.0.2.1\"]"),
			"6:17: service \"www\": endpoints is missing; add it with a list of maps"},
		{"a zone that is not there",
			WWW("records: [\"www A {address}\"], " ENDS ", zone: example.org"),
			"7:156: service \"www\": there is no zone example.org in zones; did you "
			"mean "
			"\"example.com\"?"},
		{"a zone that is no name",
			WWW("records: [\"www A {address}\"], " ENDS ", zone: a..b"),
			"7:156: service \"www\": zone must be a domain name, and \"a..b\" is not: "
			"the name has an empty "
			"label"},
		{"a TTL below a second", WWW("ttl: 1500ms, records: [\"www A {address}\"], " REST),
			"7:8: service \"www\": ttl must be whole seconds; DNS knows no shorter "
			"ones"},
		{"a TTL over a day", WWW("ttl: 86401s, records: [\"www A {address}\"], " REST),
			"7:8: service \"www\": ttl must be 0s to 1d, not 86401s"},
		{"a mode near one", WWW("mode: singel, records: [\"www A {address}\"], " REST),
			"7:9: service \"www\": mode must be single or pool, not \"singel\"; did "
			"you mean "
			"\"single\"?"},
		{"a probe that is not there",
			WWW("health: {all: [wep]}, records: [\"www A {address}\"], " REST),
			"7:18: service \"www\": health: there is no probe \"wep\" in probes; did "
			"you mean "
			"\"web\"?"},
		{"a probe twice",
			WWW("health: {all: [web, web]}, records: [\"www A {address}\"], " REST),
			"7:23: service \"www\": health: probe web stands twice; take one out"},
		{"no probe at all", WWW("health: {all: []}, records: [\"www A {address}\"], " REST),
			"7:17: service \"www\": health: a list of at least one probe is needed"},
		{"health without all", WWW("health: {}, records: [\"www A {address}\"], " REST),
			"7:11: service \"www\": health: all is missing; write {all: [...]}, {any: "
			"[...]} or {at-least: N, of: [...]}"},
		{"health any",
			WWW("health: {all: [web], any: [web]}, records: [\"www A "
			    "{address}\"], " REST),
			"7:24: service \"www\": health: only one of all, any and at-least may "
			"stand "
			"here; nest them"},
		{"at-least of too few",
			WWW("health: {at-least: 2, of: [web]}, records: [\"www A "
			    "{address}\"], " REST),
			"7:22: service \"www\": health: at-least must be a whole number, from 1 to "
			"how many of: has"},
		{"health at-least",
			WWW("health: {all: [web], at-least: 1}, records: [\"www A "
			    "{address}\"], " REST),
			"7:11: service \"www\": health: all is missing; write {all: [...]}, {any: "
			"[...]} or {at-least: N, of: [...]}"},
		{"health without an address",
			WWW("health: {all: [web]}, records: [\"www CNAME {host}.\"], zone: "
			    "example.com, "
			    "endpoints: [{name: a, host: a.example.com}]"),
			"7:88: service \"www\": endpoint a has no address, and health needs one to "
			"probe; "
			"add it, or take health out"},
		{"an endpoint without a name",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: "
			    "[{address: "
			    "192.0.2.1}]"),
			"7:64: service \"www\": endpoints, number 1: name is missing; add it with "
			"a text"},
		{"an endpoint twice",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a}, "
			    "{name: a}]"),
			"7:82: service \"www\": endpoint a stands twice, first in line 7; rename "
			"one"},
		{"an endpoint's name with a blank",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a b}]"),
			"7:71: service \"www\": endpoints, number 1: name must not be empty or "
			"hold blanks "
			"or any of \"={}/,; \"a b\" is no name"},
		{"a host that is no name",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a, "
			    "host: a..b}]"),
			"7:80: service \"www\": endpoints, number 1: host must be a domain name: "
			"the name has an empty "
			"label"},
		{"an address that is a name",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a, "
			    "address: localhost}]"),
			"7:83: service \"www\": endpoints, number 1: address must be an IPv4 or "
			"IPv6 "
			"address, not \"localhost\""},
		{"a variable with a dot in its name",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a, "
			    "vars: {x.y: z}}]"),
			"7:81: service \"www\": endpoints, number 1: vars: a name has letters, "
			"digits, - "
			"and _ only, not \"x.y\""},
		{"no endpoints in the list",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: []"),
			"7:63: service \"www\": endpoints must have at least 1 element, not 0; add "
			"one"},
		{"promotion in a pool",
			WWW("mode: pool, policy: {on-failover: promote}, records: [\"www A "
			    "{address}\"], " REST),
			"7:37: service \"www\": policy: on-failover: promote has no meaning in "
			"mode "
			"pool, which has no home; use mode single"},
		{"least in mode single",
			WWW("policy: {least: 2}, records: [\"www A {address}\"], " REST),
			"7:19: service \"www\": policy: least and most are for mode pool; take "
			"them "
			"out"},
		{"least that is no number",
			WWW("mode: pool, policy: {least: few}, records: [\"www A "
			    "{address}\"], " REST),
			"7:31: service \"www\": policy: least must be a whole number or a "
			"percentage, such as 2 or 50%"},
		{"failback that loses data",
			WWW("policy: {require: {same: web}}, records: [\"www A "
			    "{address}\"], " REST),
			"7:11: service \"www\": policy: failback: auto with require may lose what "
			"came in since the failover; use manual or never, or say discard: accept"},
		{"an unknown gate",
			WWW("policy: {failback: manual, require: {sane: web}}, records: [\"www A "
			    "{address}\"], " REST),
			"7:40: service \"www\": policy: require: there are fresh, behind, same and "
			"value; did you mean \"same\"?"},
		{"a gate without its limit",
			WWW("policy: {failback: manual, require: {fresh: {probe: web}}}, records: "
			    "[\"www A {address}\"], " REST),
			"7:47: service \"www\": policy: require: fresh: max is missing; add it "
			"with "
			"a length of time such as 500ms, 2s or 10m"},
		{"a gate of an unknown probe",
			WWW("policy: {failback: manual, require: {same: wep}}, records: [\"www A "
			    "{address}\"], " REST),
			"7:46: service \"www\": policy: require: there is no probe \"wep\" in "
			"probes; did you mean \"web\"?"},
		{"a gate whose limit is no number",
			WWW("policy: {failback: manual, require: {behind: {probe: web, max: x}}}, "
			    "records: [\"www A {address}\"], " REST),
			"7:66: service \"www\": policy: require: max: must be a number"},
		{"with nobody", WWW("with: wwx, records: [\"www A {address}\"], " REST),
			"7:9: service \"www\": with: there is no service \"wwx\"; did you mean "
			"\"www\"?"},
		{"with itself", WWW("with: www, records: [\"www A {address}\"], " REST),
			"7:9: service \"www\": with: a service cannot move with itself; take it "
			"out"},
		{"after itself", WWW("after: www, records: [\"www A {address}\"], " REST),
			"7:10: service \"www\": after: it leads back to this service; take one "
			"out"},
		{"after one that moves with it",
			WWW("after: zzz, records: [\"www A {address}\"], " REST
			    "}, zzz: {with: www, records: [\"zzz A {address}\"], " REST),
			"7:10: service \"www\": after: it leads back to this service; take one "
			"out"},
		{"after, beside with",
			WWW("with: zzz, after: zzz, records: [\"www A {address}\"], " REST
			    "}, zzz: {records: [\"zzz A {address}\"], " REST),
			"7:21: service \"www\": after: it moves with another service; say it of "
			"that one"},
		{"a suspect-ttl over the ttl",
			WWW("ttl: 5s, suspect-ttl: 6s, records: [\"www A {address}\"], " REST),
			"7:25: service \"www\": suspect-ttl is longer than ttl; make it shorter"},
		{"shares without a pool",
			WWW("answer: weighted, records: [\"www A {address}\"], " REST),
			"7:11: service \"www\": answer: weighted is for mode pool; take it out"},
		{"a trickle in a pool",
			WWW("mode: pool, policy: {trickle: 1%}, records: [\"www A "
			    "{address}\"], " REST),
			"7:33: service \"www\": policy: trickle is for mode single; in a pool give "
			"the endpoint a small weight"},
		{"a trickle without a percentage",
			WWW("policy: {trickle: 1}, records: [\"www A {address}\"], " REST),
			"7:21: service \"www\": policy: trickle must be a percentage from 0.01% to "
			"50%, such as 1%"},
		{"a trickle over a half",
			WWW("policy: {trickle: 50.01%}, records: [\"www A {address}\"], " REST),
			"7:21: service \"www\": policy: trickle must be a percentage from 0.01% to "
			"50%, such as 1%"},
		{"a trickle too fine",
			WWW("policy: {trickle: 0.125%}, records: [\"www A {address}\"], " REST),
			"7:21: service \"www\": policy: trickle must be a percentage from 0.01% to "
			"50%, such as 1%"},
		{"a trickle with an odd point",
			WWW("policy: {trickle: 1.%}, records: [\"www A {address}\"], " REST),
			"7:21: service \"www\": policy: trickle must be a percentage from 0.01% to "
			"50%, such as 1%"},
		{"a trickle to a standby that is stopped",
			WWW("policy: {trickle: 1%}, ready: {all: [web]}, records: [\"www A "
			    "{address}\"], " REST),
			"7:21: service \"www\": policy: trickle cannot be used together with "
			"ready: "
			"a standby whose service is stopped cannot answer; take one out"},
		{"a weight that does not count",
			WWW("mode: pool, records: [\"www A 192.0.2.1\"], zone: example.com, "
			    "endpoints: [{name: a, weight: 2}]"),
			"7:94: service \"www\": endpoints, number 1: weight has no meaning without "
			"answer: weighted; add that, or take it out"},
		{"a weight over the most",
			WWW("mode: pool, answer: weighted, records: [\"www A 192.0.2.1\"], zone: "
			    "example.com, endpoints: [{name: a, weight: 65536}]"),
			"7:112: service \"www\": endpoints, number 1: weight must be 0 to 65535, "
			"not "
			"65536"},
		{"address6 alone",
			WWW("records: [\"www A 192.0.2.1\"], zone: example.com, endpoints: [{name: "
			    "a, address6: \"2001:db8::1\"}]"),
			"7:84: service \"www\": endpoints, number 1: address6 must be an IPv6 "
			"address beside an IPv4 address; one address alone goes under address"},
		{"failback manual in a pool",
			WWW("mode: pool, policy: {failback: manual}, records: [\"www A "
			    "{address}\"], " REST),
			"7:34: service \"www\": policy: failback: manual has no meaning in mode "
			"pool; use "
			"auto, or mode single"},
		{"comeback in a pool",
			WWW("mode: pool, policy: {comeback: clear}, records: [\"www A "
			    "{address}\"], " REST),
			"7:34: service \"www\": policy: comeback has no meaning in mode pool, "
			"where hold decides; take it out, or use mode single"},
		{"standbys in a pool",
			WWW("mode: pool, ready: {all: [web]}, records: [\"www A "
			    "{address}\"], " REST),
			"7:22: service \"www\": ready is for the standbys of mode single; take it "
			"out"},
		{"a gate that lets all pass",
			WWW("policy: {failback: manual, require: {value: {probe: web}}}, records: "
			    "[\"www A {address}\"], " REST),
			"7:47: service \"www\": policy: require: value: min or max is missing; add "
			"one"},
		{"a gate that lets none pass",
			WWW("policy: {failback: manual, require: {value: {probe: web, min: 2, max: "
			    "1}}}, records: [\"www A {address}\"], " REST),
			"7:65: service \"www\": policy: require: value: min is above max, so that "
			"no "
			"value is good; exchange them"},
		{"a hold over a day",
			WWW("policy: {hold: 25h}, records: [\"www A {address}\"], " REST),
			"7:18: service \"www\": policy: hold must be 0s to 1d, not 25h"},
		{"an unknown key in policy",
			WWW("policy: {holt: 2s}, records: [\"www A {address}\"], " REST),
			"7:12: service \"www\": policy: unknown key \"holt\"; did you mean "
			"\"hold\"?"},
	};
	check_errors(rows, COUNT_OF(rows));
}

static void what_comes_later(void **state)
{
	(void)state;
	static const char *const keys[] = {"sync", "runbooks"};
	static const char *const policies[] = {"fence", "confirm", "step"};
	for (size_t i = 0; i < COUNT_OF(keys) + COUNT_OF(policies); i++) {
		const bool top = i < COUNT_OF(keys);
		const char *const key = top ? keys[i] : policies[i - COUNT_OF(keys)];
		char text[1024], wanted[256];
		(void)snprintf(text, sizeof text,
			SERVICE "records: [\"www A {address}\"], " REST "%s%s: x%s}}\n",
			top ? "" : "policy: {", key, top ? "" : "}");
		(void)snprintf(wanted, sizeof wanted,
			"service \"www\": %s%s is not supported yet; take it out",
			top ? "" : "policy: ", key);
		struct parsed p = parse_text(text);
		assert_int_equal(p.problems.n, 1);
		assert_string_equal(p.problems.list[0].text, wanted);
		parsed_free(&p);
	}
}

#define RECORD(record) WWW("records: ['" record "'], " REST)
#define SAYS "7:13: service \"www\": record "

static void errors_of_records(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"an unknown substitution", RECORD("www A {adress}"),
			SAYS "\"www A {adress}\": there is no {adress}; did you mean \"address\"?"},
		{"a brace that stays open", RECORD("www A {address"),
			SAYS "\"www A {address\": a \"{\" is not closed; add the \"}\", or write "
			     "\\123 for "
			     "a brace"},
		{"a brace in a brace", RECORD("www A {{address}}"),
			SAYS "\"www A {{address}}\": a \"{\" is not closed; add the \"}\", or "
			     "write \\123 "
			     "for a brace"},
		{"an empty substitution", RECORD("www A {}"),
			SAYS "\"www A {}\": there is no {}; write {address}, {address6}, {host}, "
			     "{name} or {vars.x}, "
			     "and \\123 for a brace"},
		{"a variable that is missing", RECORD("www TXT {vars.site}"),
			SAYS "\"www TXT {vars.site}\": endpoint a has no vars.site"},
		{"only a name", RECORD("www"),
			SAYS "\"www\": it must have a name, a type and data, such as \"www A "
			     "{address}\""},
		{"no data", RECORD("www A"),
			SAYS "\"www A\": it must have a name, a type and data, such as \"www A "
			     "{address}\""},
		{"a class", RECORD("www IN A {address}"),
			SAYS "\"www IN A {address}\": it must have no TTL and no class; take "
			     "\"IN\" out, "
			     "the TTL is the service's"},
		{"a TTL", RECORD("www 300 A {address}"),
			SAYS "\"www 300 A {address}\": it must have no TTL and no class; take "
			     "\"300\" out, "
			     "the TTL is the service's"},
		{"no name", RECORD(" A {address}"),
			SAYS
			"\" A {address}\": it must begin with a name; write @ for the zone itself"},
		{"a type by substitution", RECORD("www {name} x"),
			SAYS "\"www {name} x\": its type cannot be a substitution; write the type "
			     "itself"},
		{"an IPv4 address in AAAA", RECORD("www AAAA {address}"),
			SAYS "\"www AAAA {address}\": endpoint a has an IPv4 address, which needs "
			     "type A"},
		{"two lines", WWW("records: [\"www A {address}\\nx A 192.0.2.9\"], " REST),
			SAYS "\"www A {address}\\nx A 192.0.2.9\": a line break, tab or control "
			     "character "
			     "stands in it; write one line with blanks"},
		{"a CNAME in a pool", WWW("records: ['www cname {host}.'], mode: pool, " REST),
			SAYS "\"www cname {host}.\": a name can have one CNAME, and mode pool "
			     "would give it "
			     "several; use A or AAAA"},
		{"a CNAME where all may answer",
			WWW("records: ['www CNAME {host}.'], policy: {on-none: all}, " REST),
			SAYS "\"www CNAME {host}.\": a name can have one CNAME, and on-none: all "
			     "would give "
			     "it several; use A or AAAA"},
		{"no address",
			WWW("records: ['www A {address}'], zone: example.com, endpoints: [{name: "
			    "a}]"),
			SAYS "\"www A {address}\": endpoint a has no address"},
		{"no host",
			WWW("records: ['www MX 1 {host}.'], zone: example.com, endpoints: [{name: "
			    "a}]"),
			SAYS "\"www MX 1 {host}.\": endpoint a has no host"},
		{"a line break in a variable",
			WWW("records: ['www TXT {vars.x}'], zone: example.com, endpoints: [{name: "
			    "a, vars: "
			    "{x: \"y\\nz\"}}]"),
			SAYS "\"www TXT {vars.x}\": endpoint a puts a control character into it; "
			     "take it "
			     "out of its vars"},
	};
	check_errors(rows, COUNT_OF(rows));
}

#define TEST(keys) TOP "tests:\n  t: {" keys "}\n"

static void errors_of_tests(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"nothing is expected", TEST("given: {at 1s: www fail}"),
			"5:6: test \"t\": expect is missing; add it with a map of keys and values"},
		{"an empty expectation", TEST("expect: {}"),
			"5:15: test \"t\": nothing is expected; write {at 10s: \"www A "
			"192.0.2.1\"}"},
		{"a time without its word", TEST("expect: {10s: www A 192.0.2.1}"),
			"5:16: test \"t\": \"10s\" is no time; write \"at 10s\" or \"until 10s\""},
		{"a time without its unit", TEST("expect: {at 10: www A 192.0.2.1}"),
			"5:16: test \"t\": \"at 10\" is no time; write \"at 10s\" or \"until "
			"10s\""},
		{"given until", TEST("given: {until 1s: www fail}, expect: {at 1s: x A 192.0.2.1}"),
			"5:15: test \"t\": \"until 1s\" is no time; write \"at 10s\""},
		{"a map where a text stands", TEST("expect: {at 10s: {www: A}}"),
			"5:24: test \"t\": a text must stand here, such as \"www/fra fail\", or a "
			"list of them"},
		{"nothing in a list", TEST("expect: {at 10s: [www A 192.0.2.1, ~]}"),
			"5:42: test \"t\": a text must stand here, such as \"www/fra fail\", or a "
			"list of them"},
		{"a time twice", TEST("expect: {at 1s: x A 192.0.2.1, at 1s: x A 192.0.2.2}"),
			"5:38: key \"at 1s\" stands twice, first in line 5, column 16; take one "
			"out"},
		{"a key that is none", TEST("expects: {at 1s: x A 192.0.2.1}, expect: {at 1s: a}"),
			"5:7: test \"t\": unknown key \"expects\"; did you mean \"expect\"?"},
		{"a name that is none", TOP "tests: {a b: {expect: {at 1s: x A 192.0.2.1}}}\n",
			"4:9: test \"a b\": a name has 1 to 128 letters, digits, dots, - and _; "
			"choose another"},
	};
	check_errors(rows, COUNT_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_of_services),
		cmocka_unit_test(what_comes_later),
		cmocka_unit_test(errors_of_records),
		cmocka_unit_test(errors_of_tests),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
