/* The record lines of services: NAME TYPE RDATA. */
#include "dns/name.h"
#include "zone/rrtext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t origin[] = "\7example\3com";

static void lines_of_services(void **state)
{
	(void)state;
	static const struct {
		const char *text, *owner, *rdata, *why;
	} rows[] = {
		{"www A 192.0.2.1", "www.example.com.", "192.0.2.1", NULL},
		{"  @\tMX  10 mail ", "example.com.", "10 mail.example.com.", NULL},
		{"_http._tcp SRV 0 0 80 a.b.", "_http._tcp.example.com.", "0 0 80 a.b.", NULL},
		{"www.Example.COM. txt \"a;b (c)\"", "www.Example.COM.", "\"a;b (c)\"", NULL},
		{"* TYPE65280 \\# 1 00", "*.example.com.", "\\# 1 00", NULL},
		{"www 300 A 192.0.2.1", NULL, NULL,
			"\"300\": a record here has no TTL and no class"},
		{"www 5m A 192.0.2.1", NULL, NULL, "no TTL and no class"},
		{"www IN A 192.0.2.1", NULL, NULL, "\"IN\": a record here has no TTL and no class"},
		{"www", NULL, NULL, "NAME TYPE RDATA"},
		{"", NULL, NULL, "NAME TYPE RDATA"},
		{"www FOO 192.0.2.1", NULL, NULL, "\"FOO\" is not a record type"},
		{"www A", NULL, NULL, "A: something is missing"},
		{"www. A 192.0.2.1", NULL, NULL, "outside the zone example.com."},
		{"a..b A 192.0.2.1", NULL, NULL, "empty label"},
		{"\"www\" A 192.0.2.1", NULL, NULL, "quotes"},
		{"www A 192.0.2.1 ; home", NULL, NULL, "bare \";\""},
		{"www A (192.0.2.1)", NULL, NULL, "bare parenthesis"},
		{"www TXT a\nb TXT c", NULL, NULL, "newline"},
		{"www ANY a", NULL, NULL, "stand in no zone"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		uint8_t owner[NAME_MAX_OCTETS], out[RDATA_MAX];
		uint16_t type, len;
		struct err err;
		char name[NAME_TEXT_MAX];
		const bool done = record_parse(rows[i].text, origin, owner, &type, out, &len, &err);
		if (done != (rows[i].why == NULL))
			fail_msg("%s: %s", rows[i].text, done ? "was taken" : err.text);
		if (!done && strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: %s", rows[i].text, err.text);
		if (!done)
			continue;
		assert_string_equal(name_text(owner, name), rows[i].owner);
		char *const text = rdata_text(type, (struct rdata){out, len});
		assert_string_equal(text, rows[i].rdata);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_of_services),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
