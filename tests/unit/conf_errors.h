/* Configurations with an error each, and what is said of it. */
#ifndef LOCUM_TESTS_CONF_ERRORS_H
#define LOCUM_TESTS_CONF_ERRORS_H

#include "conf_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* What rows need around them; lines 1 to 3 of each file. */
#define TOP                                                                                        \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@53\"]}\n"                                                   \
	"zones: {example.com: {file: e.zone}}\n"

/* Lines 4 and 5, then a service whose keys a row gives: they begin in line 7, column 3. */
#define SERVICE                                                                                    \
	TOP "probes:\n"                                                                            \
	    "  web: {type: tcp, port: 80}\n"                                                       \
	    "services: {www: {\n"                                                                  \
	    "  "
#define ENDS                                                                                       \
	"endpoints: [{name: a, host: a.example.com, address: 192.0.2.1}, {name: b, host: "         \
	"b.example.com, address: 192.0.2.2}]"
#define REST "zone: example.com, " ENDS ", "

struct error_row {
	const char *what, *text, *problem;
};

static inline void check_errors(const struct error_row rows[], size_t n)
{
	size_t wrong = 0;
	for (size_t i = 0; i < n; i++) {
		struct parsed p = parse_text(rows[i].text);
		char wanted[1024];
		(void)snprintf(wanted, sizeof wanted, "/etc/locum.yaml:%s", rows[i].problem);
		const char *const text = parsed_problem(&p, 0);
		if (p.conf != NULL || p.problems.n != 1 || strcmp(text, wanted) != 0) {
			print_error("%s:\n", rows[i].what);
			for (size_t k = 0; k < p.problems.n; k++)
				print_error("\t%s\n", parsed_problem(&p, k));
			wrong++;
		}
		parsed_free(&p);
	}
	assert_int_equal(wrong, 0);
}

#endif
