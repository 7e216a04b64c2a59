/* Options of probes with an endpoint's own values, and the programs that they name. */
#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TOP                                                                                        \
	"version: 1\n"                                                                             \
	"server: {listen: \"127.0.0.1@53\", hooks: hooks}\n"                                       \
	"zones: {z: {file: f}}\n"
#define SERVICE                                                                                    \
	"services: {s: {zone: z, records: [\"a TXT x\"], health: {all: [p]}, endpoints: [\n"       \
	"  {name: n, host: h.z, address: 192.0.2.1, vars: {x: 'v x', y: '/long/as/it/is'}},\n"     \
	"  {name: m, address: 192.0.2.2, vars: {x: w}}]}}\n"

static const char *argv_of(const struct conf_check *check, size_t i)
{
	const struct run_options *const options = check->options;
	return options->argv.list[i].text;
}

static void every_endpoint_has_its_own(void **state)
{
	(void)state;
	struct parsed p = parse_text(
		TOP "probes: {p: {type: run, argv: [tool, \"-{name}:{address}\", \"{vars.x}\", "
		    "\"{3} {} {\\\"a\\\": 1} { print } {\"]}}\n" SERVICE);
	assert_non_null(p.conf);
	assert_int_equal(p.conf->policy.n_checks, 2);
	static const char *const wanted[2][4] = {
		{"/etc/hooks/tool", "-n:192.0.2.1", "v x", "{3} {} {\"a\": 1} { print } {"},
		{"/etc/hooks/tool", "-m:192.0.2.2", "w", "{3} {} {\"a\": 1} { print } {"},
	};
	for (size_t c = 0; c < 2; c++) {
		assert_int_equal(p.conf->checks[c].address.len, 0); /* nobody is asked */
		assert_string_equal(p.conf->checks[c].host, "");
		for (size_t i = 0; i < 4; i++)
			assert_string_equal(argv_of(&p.conf->checks[c], i), wanted[c][i]);
	}
	assert_string_not_equal(
		p.conf->policy.checks[0].identity, p.conf->policy.checks[1].identity);
	assert_int_equal(p.conf->n_programs, 1);
	assert_string_equal(p.conf->programs[0].path, "/etc/hooks/tool");
	assert_string_equal(p.conf->programs[0].subject, "probe \"p\"");
	assert_int_equal(p.conf->programs[0].at.line, 4);
	parsed_free(&p);
}

static void what_asks_the_same_is_one_check(void **state)
{
	(void)state;
	struct parsed p =
		parse_text(TOP "probes: {p: {type: run, argv: [tool, \"{3}\"]}}\n" SERVICE);
	assert_non_null(p.conf);
	assert_int_equal(p.conf->policy.n_checks, 1); /* for two endpoints */
	assert_ptr_equal(p.conf->checks[0].options, p.conf->probes[0].options);
	parsed_free(&p);
}

static void errors(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text, *problem;
	} rows[] = {
		{"a value that one lacks",
			TOP "probes: {p: {type: run, argv: [t, \"{host}\"]}}\n" SERVICE,
			"7:3: service \"s\": probe p: argv: endpoint m has no host"},
		{"a variable that one lacks",
			TOP "probes: {p: {type: http, path: \"/{vars.y}\"}}\n" SERVICE,
			"7:3: service \"s\": probe p: path: endpoint m has no vars.y"},
		{"one that there is not",
			TOP "probes: {p: {type: run, argv: [t, \"{adress}\"]}}\n" SERVICE,
			"6:3: service \"s\": probe p: argv: there is no {adress}; did you mean "
			"\"address\"?"},
		{"a word that is none of ours",
			TOP "probes: {p: {type: run, argv: [t, \"{print}\"]}}\n" SERVICE,
			"6:3: service \"s\": probe p: argv: there is no {print}; write {address}, "
			"{address6}, "
			"{host}, {name} or {vars.x}, and a blank after a brace that stays"},
		{"what grows over its limit",
			TOP "probes: {p: {type: http, path: "
			    "\"/{name}/{name}/{name}/{vars.x}{vars.x}xx\"}}\n"
			    "services: {s: {zone: z, records: [\"a TXT x\"], health: {all: [p]}, "
			    "endpoints: [\n"
			    "  {name: n, address: 192.0.2.1, vars: {x: 0123456789abcdef}}]}}\n",
			"6:3: service \"s\": probe p: path: endpoint n makes 41 octets of it, and "
			"40 are the most"},
		{"no hooks",
			"version: 1\nserver: {listen: \"127.0.0.1@53\"}\n"
			"probes: {p: {type: run, argv: [t]}}\n",
			"3:32: probe \"p\": argv: programs are run from server.hooks alone, which "
			"is not given; name the directory there"},
		{"a path", TOP "probes: {p: {type: run, argv: [../t]}}\n",
			"4:32: probe \"p\": argv: \"../t\" is no name of a program in "
			"server.hooks; put it there and give its name alone"},
		{"an absolute one", TOP "probes: {p: {type: run, argv: [/bin/t]}}\n",
			"4:32: probe \"p\": argv: \"/bin/t\" is no name of a program in "
			"server.hooks; put it there and give its name alone"},
		{"the directory itself", TOP "probes: {p: {type: run, argv: [..]}}\n",
			"4:32: probe \"p\": argv: \"..\" is no name of a program in server.hooks; "
			"put it there and give its name alone"},
		{"nothing", TOP "probes: {p: {type: run, argv: []}}\n",
			"4:31: probe \"p\": argv must have at least 1 element, not 0; add one"},
		{"a port", TOP "probes: {p: {type: run, argv: [t], port: 1}}\n",
			"4:42: probe \"p\": type run asks no port; take it out"},
	};
	size_t wrong = 0;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct parsed p = parse_text(rows[i].text);
		char wanted[512];
		(void)snprintf(wanted, sizeof wanted, "/etc/locum.yaml:%s", rows[i].problem);
		if (strcmp(parsed_problem(&p, 0), wanted) != 0 || p.problems.n != 1) {
			print_error("%s:\n\t%s\n", rows[i].what, parsed_problem(&p, 0));
			wrong++;
		}
		parsed_free(&p);
	}
	assert_int_equal(wrong, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_endpoint_has_its_own),
		cmocka_unit_test(what_asks_the_same_is_one_check),
		cmocka_unit_test(errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
