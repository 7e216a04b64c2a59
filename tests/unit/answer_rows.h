/* Questions and the whole text of their answers, as rows; the zones that many are asked of. */
#ifndef LOCUM_TESTS_ANSWER_ROWS_H
#define LOCUM_TESTS_ANSWER_ROWS_H

#include "tests/unit/ask.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct response response;

/* Asks and reads the response by the checker; its text, which the caller frees. */
static inline char *ask_sized(const struct view *view, const char *question, int edns,
	unsigned size, enum transport transport, uint32_t dice)
{
	static uint8_t out[ASK_ROOM];
	uint8_t wire[512 + 11];
	const struct request request = {.wire = wire,
		.len = ask_request(wire, question, edns, size),
		.transport = transport,
		.dice = dice};
	const size_t limit = transport == TRANSPORT_TCP ? ASK_ROOM
			     : edns == 0 || size < 512  ? 512
			     : size > 1232              ? 1232
							: size;
	memset(out, 0xA5, sizeof out);
	const struct answer answer = answer_request(view, &request, out, sizeof out);
	assert_int_equal(answer.fate, REQUEST_ANSWERED);
	const char *const wrong = response_suits(&response, out, answer.len, wire, limit);
	if (wrong != NULL)
		fail_msg("%s: %s", question, wrong);
	assert_int_equal(answer.rcode, response.rcode);
	assert_int_equal(response.opt, edns != 0);
	assert_int_equal(response.dnssec_ok, (edns & ASK_DO) != 0);
	assert_memory_equal(
		wire + MESSAGE_HEADER, out + MESSAGE_HEADER, name_len(wire + MESSAGE_HEADER) + 4);
	return ask_text(&response);
}

struct row {
	const char *what, *question, *expected;
};

static inline void check_rows(const char *const zones[], const struct row *rows, size_t n)
{
	struct view *const view = ask_view(zones);
	for (size_t i = 0; i < n; i++) {
		char *const text = ask_sized(view, rows[i].question, 0, 0, TRANSPORT_TCP, 0);
		if (strcmp(text, rows[i].expected) != 0)
			fail_msg("%s (%s):\n%s\nnot\n%s", rows[i].what, rows[i].question, text,
				rows[i].expected);
		free(text);
	}
	view_unref(view);
}

#define SOA "@ SOA ns1 host 1 3600 600 86400 60\n"
#define NO_EXAMPLE "au example. 60 SOA ns1.example. host.example. 1 3600 600 86400 60\n"

static const char example[] = "example.\n" SOA "@ NS ns1\n@ NS ns.elsewhere.\n"
			      "many A 192.0.2.10\nmany A 192.0.2.11\nmany TXT x\n"
			      "@ MX 10 mail\n@ MX 20 mail.elsewhere.\n@ TXT \"apex\"\n"
			      "ns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\nmail A 192.0.2.2\n"
			      "www CNAME web\n600 web A 192.0.2.3\nout CNAME www.elsewhere.\n"
			      "gone CNAME nothere\nnodata CNAME mail\n"
			      "a.b.c TXT \"deep\"\n"
			      "_s._tcp SRV 0 0 80 web\n_s._tcp SRV 1 0 81 web\n"
			      "_s._tcp SRV 2 0 80 nothere\n"
			      "_x._tcp SRV 0 0 80 .\n"
			      "far CNAME near.other.\nhosted CNAME www.sub\n"
			      "odd TYPE65280 \\# 3 010203\n"
			      "ptr PTR www\n"
			      "svc HTTPS 1 web alpn=h2\nalias HTTPS 0 svc\n"
			      "pair HTTPS 0 a.svc\npair HTTPS 0 b.svc\na.svc HTTPS 1 web\n"
			      "b.svc HTTPS 1 mail\nb.svc A 192.0.2.12\n"
			      "none HTTPS 0 .\nnone A 192.0.2.7\n"
			      "self SVCB 1 . port=8443\nself A 192.0.2.8\n"
			      "*.selves SVCB 1 . port=8443\n*.selves A 192.0.2.9\n";
static const char other[] = "other.\n" SOA "@ NS ns1.example.\nnear CNAME web.example.\n"
			    "mx MX 5 mail.example.\n";

#endif
