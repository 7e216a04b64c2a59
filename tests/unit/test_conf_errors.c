/* The language: errors of what stands around services, a row for each. */
#include "conf_errors.h"

static void errors_at_the_top(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"no version", "server: {listen: [\"127.0.0.1@53\"]}\n",
			"1:1: version is missing; begin the file with \"version: 1\""},
		{"another version", "version: 2\nserver: {listen: [\"127.0.0.1@53\"]}\n",
			"1:10: version must be 1, not 2"},
		{"no server", "version: 1\n",
			"1:1: server is missing; add \"server: {listen: [\"127.0.0.1@53\"]}\" with "
			"the "
			"addresses to answer on"},
		{"a text where a map must be", "version: 1\nserver: x\n",
			"2:9: server must be a map of keys and values, not a text"},
		{"a list as the whole file", "- version: 1\n",
			"1:1: a map of keys and values is expected here"},
		{"an unknown block", TOP "servics: {}\n",
			"4:1: unknown key \"servics\"; did you mean \"services\"?"},
		{"an unknown block near nothing", TOP "x: {}\n",
			"4:1: unknown key \"x\"; known here: version, include, server, keys, "
			"zones, "
			"probes, services, tests"},
		{"group", TOP "group: {name: lab}\n",
			"4:1: group is not supported yet; take it out"},
		{"alerts", TOP "alerts: {}\n", "4:1: alerts is not supported yet; take it out"},
		{"an empty block", TOP "services:\n",
			"4:10: services has no value; give it a map of keys and values, or take "
			"the key "
			"out"},
		{"a block given twice", TOP "zones: {}\n",
			"4:1: key \"zones\" stands twice, first in line 3, column 1; take one out"},
		{"YAML's own errors", "version: 1\nserver: {listen: x\n",
			"3:1: a \"{\" is not closed; put \",\" "
			"between its entries and \"}\" at its end (it "
			"begins in line 2)"},
	};
	check_errors(rows, COUNT_OF(rows));
}

#define SERVER(keys) "version: 1\nserver: {" keys "}\n"
#define LISTEN "listen: [\"127.0.0.1@53\"], "

static void errors_of_server(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"no listen", SERVER("workers: 2"),
			"2:9: server: listen is missing; add it with a list of ADDRESS@PORT, such "
			"as "
			"\"192.0.2.1@53\""},
		{"listen is empty", SERVER("listen: []"),
			"2:18: server: listen must have at least 1 element, not 0; add one"},
		{"listen without a port", SERVER("listen: [127.0.0.1]"),
			"2:19: server: listen must be a list of ADDRESS@PORT, such as "
			"\"192.0.2.1@53\", "
			"not \"127.0.0.1\""},
		{"listen with a name", SERVER("listen: [localhost@53]"),
			"2:19: server: listen must be a list of ADDRESS@PORT, such as "
			"\"192.0.2.1@53\", "
			"not \"localhost@53\""},
		{"listen twice the same", SERVER("listen: [\"::1@53\", \"0:0::1@53\"]"),
			"2:18: server: listen has ::1@53 twice; take one out"},
		{"status without a port", SERVER(LISTEN "status: 127.0.0.1"),
			"2:44: server: status must be ADDRESS@PORT, such as \"192.0.2.1@53\", not "
			"\"127.0.0.1\""},
		{"no workers", SERVER(LISTEN "workers: 0"),
			"2:45: server: workers must be 1 to 256, not 0"},
		{"workers in words", SERVER(LISTEN "workers: many"),
			"2:45: server: workers must be auto or a whole number 1 to 256, not "
			"\"many\""},
		{"workers like an octal number", SERVER(LISTEN "workers: 010"),
			"2:45: server: workers must be auto or a whole number 1 to 256, not "
			"\"010\""},
		{"workers beyond all", SERVER(LISTEN "workers: 99999999999999999999"),
			"2:45: server: workers must be 1 to 256, not 99999999999999999999"},
		{"an empty user", SERVER(LISTEN "user: ''"),
			"2:42: server: user must not be empty"},
		{"a user without value", SERVER(LISTEN "user: "),
			"2:42: server: user has no value; give it a text, or take the key out"},
		{"an empty path", SERVER(LISTEN "state: ''"),
			"2:43: server: state must be a path, not \"\""},
		{"a list as a path", SERVER(LISTEN "state: [a]"),
			"2:43: server: state must be a path, not a list"},
		{"a control path longer than a socket's",
			SERVER(LISTEN
				"control: "
				"/0123456789012345678901234567890123456789012345678901234567890"
				"12345678901234567890123456789012345678901234567890"),
			"2:45: server: control is a path of 112 octets, and a socket's may have "
			"107; name "
			"a shorter one"},
		{"an empty identity", SERVER(LISTEN "identity: ''"),
			"2:46: server: identity must not be empty"},
		{"a version that is no word of ours", SERVER(LISTEN "version: off"),
			"2:45: server: version must be true or false, not \"off\""},
		{"cookies that are on", SERVER(LISTEN "cookies: on"),
			"2:45: server: cookies must be off or a map of keys and values, not a "
			"text"},
		{"an unknown key of cookies", SERVER(LISTEN "cookies: {secret: x}"),
			"2:46: server: cookies: unknown key \"secret\"; known here: secret-file"},
		{"no connection at a time", SERVER(LISTEN "connections-per-client: 0"),
			"2:60: server: connections-per-client must be 1 to 65535, not 0"},
		{"no attempt at a time", SERVER(LISTEN "attempts-per-host: 0"),
			"2:55: server: attempts-per-host must be 1 to 4096, not 0"},
		{"no prober", SERVER(LISTEN "probers: 0"),
			"2:45: server: probers must be 1 to 64, not 0"},
		{"one reference",
			SERVER(LISTEN
				"references: {probe: p, addresses: [192.0.2.1]}") "probes: {p: "
										  "{type: tcp, "
										  "port: 1}}\n",
			"2:70: server: references: addresses must have at least 2 elements, not 1; "
			"add one"},
		{"references without a probe",
			SERVER(LISTEN "references: {addresses: [192.0.2.1, 192.0.2.2]}"),
			"2:48: server: references: probe is missing; add the name of the one that "
			"asks them"},
		{"references without addresses",
			SERVER(LISTEN
				"references: {probe: p}") "probes: {p: {type: tcp, port: 1}}\n",
			"2:48: server: references: addresses is missing; add at least two"},
		{"a probe for them that is not there",
			SERVER(LISTEN "references: {probe: q, addresses: [192.0.2.1, 192.0.2.2]}"),
			"2:56: server: references: there is no probe \"q\" in probes; add it "
			"there"},
		{"a probe that asks nobody",
			SERVER(LISTEN
				"references: {probe: p, addresses: [192.0.2.1, 192.0.2.2]}") "probe"
											     "s: "
											     "{p: "
											     "{type"
											     ": "
											     "smoke"
											     "}}\n",
			"2:56: server: references: probe p asks no address; name one that does"},
		{"a reference by name",
			SERVER(LISTEN
				"references: {probe: p, addresses: [192.0.2.1, a.example]}") "probe"
											     "s: "
											     "{p: "
											     "{type"
											     ": "
											     "tcp, "
											     "port:"
											     " 1}}"
											     "\n",
			"2:82: server: references: addresses must be IPv4 or IPv6 addresses "
			"without a port, and \"a.example\" is none; names are never looked up"},
		{"a reference twice",
			SERVER(LISTEN
				"references: {probe: p, addresses: [192.0.2.1, 192.0.2.1]}") "probe"
											     "s: "
											     "{p: "
											     "{type"
											     ": "
											     "tcp, "
											     "port:"
											     " 1}}"
											     "\n",
			"2:82: server: references: address 192.0.2.1 stands twice; take one out"},
		{"a share of more than all",
			SERVER(LISTEN "references: {probe: p, share: 3, addresses: [192.0.2.1, "
				      "192.0.2.2]}") "probes: {p: {type: tcp, port: 1}}\n",
			"2:66: server: references: share must be a percentage, or a whole number "
			"of at most as many as there are, such as 1 or 50%"},
		{"an empty path of hooks", SERVER(LISTEN "hooks: ''"),
			"2:43: server: hooks must be a path, not \"\""},
		{"rrl as a list", SERVER(LISTEN "rrl: [off]"),
			"2:41: server: rrl must be off or a map of keys and values, not a list"},
		{"rrl with nothing", SERVER(LISTEN "rrl: "),
			"2:41: server: rrl has no value; give it off or a map of keys and values, "
			"or take the key out"},
		{"rrl with a rate of 0", SERVER(LISTEN "rrl: {rate: 0}"),
			"2:48: server: rrl: rate must be 1 to 1000000, not 0"},
		{"rrl with a block that is none", SERVER(LISTEN "rrl: {exempt: [192.0.2.1/24]}"),
			"2:51: server: rrl: exempt must be a list of addresses and blocks, such as "
			"[192.0.2.1, \"2001:db8::/32\"], not \"192.0.2.1/24\""},
		{"an unknown key", SERVER(LISTEN "worker: 2"),
			"2:36: server: unknown key \"worker\"; did you mean \"workers\"?"},
	};
	check_errors(rows, COUNT_OF(rows));
}

static void errors_of_keys_and_zones(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"a key without a secret", TOP "keys: {k: {}}\n",
			"4:11: key \"k\": secret or file is missing; name the file that has the "
			"secret"},
		{"a key with two secrets", TOP "keys: {k: {secret: YWJj, file: k}}\n",
			"4:11: key \"k\": secret and file are both given; take one out"},
		{"a secret that is no base64", TOP "keys: {k: {secret: YWJjZ}}\n",
			"4:20: key \"k\": secret must be base64, with its = at the end; copy it "
			"whole"},
		{"an algorithm of the past", TOP "keys: {k: {algorithm: hmac-md5, file: k}}\n",
			"4:23: key \"k\": algorithm must be hmac-sha224, hmac-sha256, hmac-sha384 "
			"or "
			"hmac-sha512, not \"hmac-md5\""},
		{"keys that differ by case", TOP "keys: {k: {file: k}, K: {file: l}}\n",
			"4:22: key \"K\" stands twice, first at /etc/locum.yaml:4:8; take one out "
			"or "
			"rename it"},
		{"a key with no name", TOP "keys: {a..b: {file: k}}\n",
			"4:8: key \"a..b\": the name must be a domain name: the name has an empty "
			"label"},
		{"a zone with dir", SERVER("listen: \"::1@53\"") "zones: {x: {dir: d}}\n",
			"3:18: zone \"x\": dir belongs to the entry \"*\" alone; name the zone's "
			"own "
			"file with file"},
		{"a zone with nothing", SERVER("listen: \"::1@53\"") "zones: {x: {}}\n",
			"3:12: zone \"x\": file is missing; add the path of its zone file"},
		{"a zone that is no map", SERVER("listen: \"::1@53\"") "zones: {x: f}\n",
			"3:12: zone \"x\": a map of keys and values is expected here"},
		{"a zone without a value", SERVER("listen: \"::1@53\"") "zones:\n  x:\n",
			"4:5: zone \"x\": nothing is given; put a map of keys and values here"},
		{"all zones in one file",
			SERVER("listen: \"::1@53\"") "zones: {\"*\": {file: f}}\n",
			"3:21: zone \"*\": file cannot be given for all zones; give each zone its "
			"own "
			"entry, or name a directory with dir"},
		{"all zones without a directory",
			SERVER("listen: \"::1@53\"") "zones: {\"*\": {}}\n",
			"3:14: zone \"*\": dir is missing; add the directory that has the "
			"NAME.zone files"},
		{"zones that differ by case",
			SERVER("listen: \"::1@53\"") "zones: {x.y: {file: f}, X.y.: {file: g}}\n",
			"3:25: zone \"X.y.\" stands twice, first at /etc/locum.yaml:3:9; take one "
			"out or "
			"rename it"},
		{"a zone that is no name", SERVER("listen: \"::1@53\"") "zones: {.x: {file: f}}\n",
			"3:9: zone \".x\": the name must be a domain name: the name has an empty "
			"label"},
		{"limits of a zone that allow nothing",
			SERVER("listen: \"::1@53\"") "zones: {x: {file: f, limits: "
						     "{records-per-type: 0}}}\n",
			"3:49: zone \"x\": limits: records-per-type must be 1 to 65535, not 0"},
		{"secondaries",
			SERVER("listen: \"::1@53\"") "zones: {x: {file: f, secondaries: []}}\n",
			"3:22: zone \"x\": secondaries is not supported yet; take it out"},
		{"update", SERVER("listen: \"::1@53\"") "zones: {x: {file: f, update: []}}\n",
			"3:22: zone \"x\": update is not supported yet; take it out"},
	};
	check_errors(rows, COUNT_OF(rows));
}

#define PROBE(keys) TOP "probes: {p: {" keys "}}\n"

static void errors_of_probes(void **state)
{
	(void)state;
	static const struct error_row rows[] = {
		{"no type", PROBE("port: 80"),
			"4:13: probe \"p\": type is missing; add it with a text"},
		{"a type near another", PROBE("type: htpp"),
			"4:20: probe \"p\": there is no type \"htpp\" of probes; did you mean "
			"\"http\"?"},
		{"a type near none", PROBE("type: carrier-pigeon, foo: 1"),
			"4:20: probe \"p\": there is no type \"carrier-pigeon\" of probes"},
		{"no port where the kind has none", PROBE("type: tcp"),
			"4:13: probe \"p\": port is missing; add the one to ask, a whole number 1 "
			"to "
			"65535"},
		{"port 0", PROBE("type: tcp, port: 0"),
			"4:31: probe \"p\": port must be 1 to 65535, not 0"},
		{"port 65536", PROBE("type: tcp, port: 65536"),
			"4:31: probe \"p\": port must be 1 to 65535, not 65536"},
		{"a negative port", PROBE("type: tcp, port: -1"),
			"4:31: probe \"p\": port must be a whole number 1 to 65535, not \"-1\""},
		{"fall 0", PROBE("type: tcp, port: 1, fall: 0"),
			"4:40: probe \"p\": fall must be 1 to 100, not 0"},
		{"rise 101", PROBE("type: tcp, port: 1, rise: 101"),
			"4:40: probe \"p\": rise must be 1 to 100, not 101"},
		{"an interval without a unit", PROBE("type: tcp, port: 1, every: 5"),
			"4:41: probe \"p\": every must be a length of time such as 500ms, 2s or "
			"10m, not "
			"\"5\""},
		{"an interval too short", PROBE("type: tcp, port: 1, every: 9ms"),
			"4:41: probe \"p\": every must be 10ms to 1h, not 9ms"},
		{"an interval too long", PROBE("type: tcp, port: 1, every: 61m"),
			"4:41: probe \"p\": every must be 10ms to 1h, not 61m"},
		{"an interval far shorter than an attempt may take",
			PROBE("type: tcp, port: 1, every: 20ms, timeout: 333ms"),
			"4:41: probe \"p\": every: 20ms is too short for a timeout of 333ms: "
			"attempts do not overlap, and one may take at most 10 intervals; make "
			"timeout at most 200ms, or every at least 34ms"},
		{"the same while down", PROBE("type: tcp, port: 1, down: 50ms"),
			"4:40: probe \"p\": down: 50ms is too short for a timeout of 1s: "
			"attempts do not overlap, and one may take at most 10 intervals; make "
			"timeout at most 500ms, or down at least 100ms"},
		{"a fast interval that is slow", PROBE("type: tcp, port: 1, fast: 3s"),
			"4:40: probe \"p\": fast: 3s is longer than every: 2s; make it shorter, or "
			"take it out"},
		{"no timeout", PROBE("type: tcp, port: 1, timeout: 0s"),
			"4:43: probe \"p\": timeout must be 1ms to 1m, not 0s"},
		{"a timeout too long", PROBE("type: tcp, port: 1, timeout: 61s"),
			"4:43: probe \"p\": timeout must be 1ms to 1m, not 61s"},
		{"an option of another kind", PROBE("type: tcp, port: 1, path: /x"),
			"4:34: probe \"p\": unknown key \"path\"; did you mean \"watch\"?"},
		{"one that is like no other", PROBE("type: tcp, port: 1, querying: 1"),
			"4:34: probe \"p\": unknown key \"querying\"; known here: type, every, "
			"fast, down, timeout, fall, rise, port, watch, min, max, max-age"},
		{"an option near one of the kind's", PROBE("type: http, pat: /x"),
			"4:26: probe \"p\": unknown key \"pat\"; did you mean \"path\"?"},
		{"a status out of range", PROBE("type: http, status: [200, 600]"),
			"4:40: probe \"p\": status must be within 100 to 599, and 600 is not"},
		{"a status upside down", PROBE("type: http, status: [\"299-200\"]"),
			"4:35: probe \"p\": status has the range 299-200 upside down; put the "
			"lower number "
			"first"},
		{"a status that is no number", PROBE("type: http, status: [2xx]"),
			"4:35: probe \"p\": status must be a list of numbers and ranges, such as "
			"[200, "
			"\"300-399\"], not \"2xx\""},
		{"no status at all", PROBE("type: http, status: []"),
			"4:34: probe \"p\": status must have at least 1 element, not 0; add one"},
		{"a boolean of YAML 1.1", PROBE("type: http, verify: yes"),
			"4:34: probe \"p\": verify must be true or false, not \"yes\""},
		{"a map as a text", PROBE("type: http, path: {}"),
			"4:32: probe \"p\": path must be a text, not a map"},
		{"a name with a blank", TOP "probes: {p q: {type: tcp, port: 1}}\n",
			"4:10: probe \"p q\": a name has 1 to 128 letters, digits, dots, - and _; "
			"choose "
			"another"},
		{"a limit that is no number", PROBE("type: http, min: few"),
			"4:31: probe \"p\": min must be a number such as -12, 0.5 or 4294967295, "
			"not \"few\""},
		{"a limit with a unit", PROBE("type: http, max: 10%"),
			"4:31: probe \"p\": max must be a number such as -12, 0.5 or 4294967295, "
			"not \"10%\""},
		{"limits upside down", PROBE("type: http, min: 10, max: 9.5"),
			"4:31: probe \"p\": min 10 is above max 9.5, so that no value is good; "
			"exchange them"},
		{"an age of nothing", PROBE("type: http, max-age: 0s"),
			"4:35: probe \"p\": max-age must be 1ms to 366d, not 0s"},
		{"a limit for what reads no value", PROBE("type: tcp, port: 1, max-age: 1m"),
			"4:43: probe \"p\": max-age is a limit for a value, and type tcp reads "
			"none with these options; take it out"},
		{"a limit where no value is read", PROBE("type: http, max-age: 1m, path: /nothing"),
			"4:35: probe \"p\": max-age is a limit for a value, and type http reads "
			"none with these options; take it out"},
		{"a connection to no port", PROBE("type: smoke, watch: true"),
			"4:34: probe \"p\": type smoke asks no TCP port, so no connection can be "
			"watched; take watch out"},
		{"a connection to a port that shall be closed",
			PROBE("type: http, watch: true, verify: false"),
			"4:33: probe \"p\": type http expects no open port here, so no connection "
			"can "
			"be watched; take watch out"},
	};
	check_errors(rows, COUNT_OF(rows));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(errors_at_the_top),
		cmocka_unit_test(errors_of_server),
		cmocka_unit_test(errors_of_keys_and_zones),
		cmocka_unit_test(errors_of_probes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
