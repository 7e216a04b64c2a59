#include "base/err.h"
#include "probes/talk.h"
#include "probes/talk_trust.h"
#include "tests/unit/talk_server.h"

/* As the table of the kind has them. */
struct tls_options {
	struct talk_tls tls;
	struct texts alpn;
};

/* One authority, and what it and others signed; made once. */
enum { GOOD, EXPIRED, EARLY, FOREIGN, SELF, BARE, MANY, CERTS };

static struct world {
	char directory[32], ca[64], other_ca[64], self[64], empty[64];
	struct made authority, other, certs[CERTS];
} world;

static int make_world(void **state)
{
	(void)state;
	struct world *const w = &world;
	(void)snprintf(w->directory, sizeof w->directory, "/tmp/locum-tls-XXXXXX");
	assert_non_null(mkdtemp(w->directory));
	w->authority = make_cert(NULL, "Test CA", NULL, -HOUR_S, 100 * DAYS_S);
	w->other = make_cert(NULL, "Other CA", NULL, -HOUR_S, 100 * DAYS_S);
	const struct made *const by = &w->authority;
	w->certs[GOOD] = make_cert(
		by, "a", "DNS:a.example,IP:127.0.0.1,IP:::1", -HOUR_S, 30 * DAYS_S + HOUR_S);
	w->certs[EXPIRED] = make_cert(by, "a", "DNS:a.example", -10 * DAYS_S, -3 * DAYS_S - HOUR_S);
	w->certs[EARLY] =
		make_cert(by, "a", "DNS:a.example", 2 * HOUR_S + HOUR_S / 2, 30 * DAYS_S + HOUR_S);
	w->certs[FOREIGN] =
		make_cert(&w->other, "a", "DNS:a.example", -HOUR_S, 30 * DAYS_S + HOUR_S);
	w->certs[SELF] = make_cert(NULL, "a", "DNS:a.example", -HOUR_S, 30 * DAYS_S + HOUR_S);
	w->certs[BARE] = make_cert(by, "only a name", "email:x@y", -HOUR_S, 30 * DAYS_S + HOUR_S);
	w->certs[MANY] = make_cert(by, "a", "DNS:a.example,DNS:*.b.example,IP:192.0.2.1", -HOUR_S,
		30 * DAYS_S + HOUR_S);
	(void)snprintf(w->ca, sizeof w->ca, "%s/ca.pem", w->directory);
	(void)snprintf(w->other_ca, sizeof w->other_ca, "%s/other.pem", w->directory);
	(void)snprintf(w->self, sizeof w->self, "%s/self.pem", w->directory);
	(void)snprintf(w->empty, sizeof w->empty, "%s/empty.pem", w->directory);
	write_cert(w->ca, &w->authority);
	write_cert(w->other_ca, &w->other);
	write_cert(w->self, &w->certs[SELF]);
	assert_int_equal(fclose(fopen(w->empty, "we")), 0);
	return 0;
}

static int end_world(void **state)
{
	(void)state;
	const char *const files[] = {world.ca, world.other_ca, world.self, world.empty};
	for (size_t i = 0; i < COUNT_OF(files); i++)
		(void)unlink(files[i]);
	(void)rmdir(world.directory);
	for (size_t i = 0; i < CERTS; i++)
		free_cert(world.certs[i]);
	free_cert(world.authority);
	free_cert(world.other);
	return 0;
}

static const struct line waits[] = {{PLAY_HANG, ""}};

static struct probe_report ask(const struct server *server, const char *host,
	const struct tls_options *options, const struct probe_trace *trace)
{
	const struct probe_target target = {.address = server->address,
		.host = host,
		.timeout = span_ms(GUARD_MS),
		.trace = trace};
	struct loop *const loop = loop_new();
	const struct probe_report report = ask_within(loop, &probe_tls, &target, options, GUARD_MS);
	loop_free(loop);
	return report;
}

static const struct {
	const char *what;
	int cert;
	const char *host, *name, *ca;
	enum { VERIFIED, ANY } verify;
	uint32_t days;
	enum probe_outcome outcome;
	const char *why, *days_left;
} rows[] = {
	{"a good certificate passes and says its days", GOOD, "a.example", NULL, world.ca, VERIFIED,
		0, PROBE_PASS, "", "30"},
	{"a last dot is no part of the name", GOOD, "a.example.", NULL, world.ca, VERIFIED, 0,
		PROBE_PASS, "", "30"},
	{"it may be for the address where there is no host", GOOD, "", NULL, world.ca, VERIFIED, 0,
		PROBE_PASS, "", "30"},
	{"the option has the word", GOOD, "b.example", "a.example", world.ca, VERIFIED, 0,
		PROBE_PASS, "", "30"},
	{"enough days", GOOD, "a.example", NULL, world.ca, VERIFIED, 30, PROBE_PASS, "", "30"},
	{"too few days", GOOD, "a.example", NULL, world.ca, VERIFIED, 31, PROBE_FAIL,
		"certificate expires in 30 days, not 31", "30"},
	{"expired (F07)", EXPIRED, "a.example", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate expired 3 days ago", "-4"},
	{"not valid yet", EARLY, "a.example", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate is not valid for another 2 hours", "30"},
	{"for somebody else (F07)", GOOD, "b.example", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate is for a.example and 2 more, not b.example", "30"},
	{"for names, not this address", MANY, "", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate is for a.example and 2 more, not 127.0.0.1", "30"},
	{"a wildcard is a name", MANY, "www.b.example", NULL, world.ca, VERIFIED, 0, PROBE_PASS, "",
		"30"},
	{"for nobody that can be asked", BARE, "a.example", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate is for only a name, not a.example", "30"},
	{"by an authority that is not trusted", FOREIGN, "a.example", NULL, world.ca, VERIFIED, 0,
		PROBE_FAIL, "certificate's issuer Other CA is not trusted", "30"},
	{"that is trusted by the option", FOREIGN, "a.example", NULL, world.other_ca, VERIFIED, 0,
		PROBE_PASS, "", "30"},
	{"the system trusts none of them", GOOD, "a.example", NULL, NULL, VERIFIED, 0, PROBE_FAIL,
		"certificate's issuer Test CA is not trusted", "30"},
	{"signed by itself", SELF, "a.example", NULL, world.ca, VERIFIED, 0, PROBE_FAIL,
		"certificate is self-signed and not trusted", "30"},
	{"signed by itself and trusted", SELF, "a.example", NULL, world.self, VERIFIED, 0,
		PROBE_PASS, "", "30"},
	{"any will do, expired too", EXPIRED, "a.example", NULL, NULL, ANY, 0, PROBE_PASS, "",
		"-4"},
	{"any for long enough", EXPIRED, "a.example", NULL, NULL, ANY, 7, PROBE_FAIL,
		"certificate has expired", "-4"},
	{"what to trust cannot be read: our trouble", GOOD, "a.example", NULL, "/nowhere/ca.pem",
		VERIFIED, 0, PROBE_NO_VERDICT,
		"cannot read trusted certificates: No such file or directory", ""},
	{"nobody is trusted by an empty file", GOOD, "a.example", NULL, world.empty, VERIFIED, 0,
		PROBE_NO_VERDICT, "cannot read trusted certificates: no certificate or crl found",
		""},
};

static void certificates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct tls_options options = {.tls = {.verify = rows[i].verify == VERIFIED,
							    .name = rows[i].name,
							    .ca = rows[i].ca,
							    .days = rows[i].days}};
		struct server server;
		const int before = lowest_descriptor();
		server_start(
			&server, "127.0.0.1", &world.certs[rows[i].cert], waits, COUNT_OF(waits));
		server_go(&server);
		const struct probe_report got = ask(&server, rows[i].host, &options, NULL);
		server_stop(&server);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		if (strcmp(got.value, rows[i].days_left) != 0)
			fail_msg("%s: %s days, not %s", rows[i].what, got.value, rows[i].days_left);
		assert_int_equal(lowest_descriptor(), before);
	}
}

static int choose_h2(SSL *ssl, const unsigned char **out, unsigned char *len,
	const unsigned char *in, unsigned n, void *cookie)
{
	(void)ssl;
	(void)cookie;
	static const unsigned char mine[] = "\x02h2\x08http/1.1";
	unsigned char *chosen;
	if (SSL_select_next_proto(&chosen, len, mine, sizeof mine - 1, in, n) !=
		OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_ALERT_FATAL;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

static void versions_and_protocols(void **state)
{
	(void)state;
	static const struct text_at h2[] = {{.text = "h2"}},
				    both[] = {{.text = "acme"}, {.text = "http/1.1"}},
				    imap[] = {{.text = "imap"}};
	static const struct {
		const char *what;
		int server_most;
		enum { CHOOSES, CHOOSES_NOT } alpn;
		int least;
		struct texts offer;
		enum probe_outcome outcome;
		const char *why;
	} cases[] = {
		{"TLS 1.2 will do", TLS1_2_VERSION, CHOOSES, TALK_TLS_1_2, {0}, PROBE_PASS, ""},
		{"unless 1.3 is asked for", TLS1_2_VERSION, CHOOSES, TALK_TLS_1_3, {0}, PROBE_FAIL,
			"does not speak TLS 1.3 or newer"},
		{"1.3 when it is", TLS1_3_VERSION, CHOOSES, TALK_TLS_1_3, {0}, PROBE_PASS, ""},
		{"h2 is spoken", TLS1_3_VERSION, CHOOSES, TALK_TLS_1_2, {1, h2}, PROBE_PASS, ""},
		{"one of two", TLS1_2_VERSION, CHOOSES, TALK_TLS_1_2, {2, both}, PROBE_PASS, ""},
		{"the server refuses", TLS1_3_VERSION, CHOOSES, TALK_TLS_1_2, {1, imap}, PROBE_FAIL,
			"TLS alert: no application protocol"},
		{"the server does not care", TLS1_3_VERSION, CHOOSES_NOT, TALK_TLS_1_2, {1, imap},
			PROBE_FAIL, "none of the offered protocols was chosen"},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct tls_options options = {
			.tls = {.verify = true, .ca = world.ca, .version = cases[i].least},
			.alpn = cases[i].offer};
		struct server server;
		server_start(&server, "::1", &world.certs[GOOD], waits, COUNT_OF(waits));
		assert_int_equal(
			SSL_CTX_set_max_proto_version(server.tls, cases[i].server_most), 1);
		if (cases[i].alpn == CHOOSES)
			SSL_CTX_set_alpn_select_cb(server.tls, choose_h2, NULL);
		server_go(&server);
		const struct probe_report got = ask(&server, "", &options, NULL);
		server_stop(&server);
		expect_report(cases[i].what, &got, cases[i].outcome, cases[i].why);
	}
}

/* What is no TLS, or half of it. */
static void other_peers(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		struct line script[LINES_MAX];
		int64_t ms;
		enum probe_outcome outcome;
		const char *why;
	} cases[] = {
		{"a server in the clear",
			{{PLAY_SAY, "220 mail.example ESMTP\r\n"}, {PLAY_HANG, ""}}, GUARD_MS,
			PROBE_FAIL, "does not speak TLS"},
		{"closed at once", {{PLAY_SHUT, ""}, {PLAY_HANG, ""}}, GUARD_MS, PROBE_FAIL,
			"closed during the TLS handshake"},
		{"reset", {{PLAY_RESET, ""}}, GUARD_MS, PROBE_FAIL, "connection reset"},
		{"half a record, then the end (F09)",
			{{PLAY_SAY, "\x16\x03\x03\x40"}, {PLAY_SHUT, ""}, {PLAY_HANG, ""}},
			GUARD_MS, PROBE_FAIL, "closed during the TLS handshake"},
		{"half a record, then nothing (F05)",
			{{PLAY_SAY, "\x16\x03\x03\x40"}, {PLAY_HANG, ""}}, 100, PROBE_NO_VERDICT,
			"no report"},
		{"an alert", {{PLAY_HEAR, "\x16"}, {PLAY_SAY, "\x15\x03\x03\xff\x02\x02\x28"}},
			GUARD_MS, PROBE_FAIL, "TLS alert: handshake failure"},
		{"warnings without end (F08)", {{PLAY_FLOOD, "\x15\x03\x03\xff\x02\x01\x5a"}},
			GUARD_MS, PROBE_FAIL, "TLS: too many warn alerts"},
		{"requests for a handshake without end (F08)",
			{{PLAY_FLOOD, "\x16\x03\x03\xff\x04\xff\xff\xff\xff"}}, GUARD_MS,
			PROBE_FAIL, "more than 1024 KB received"},
	};
	const struct tls_options options = {.tls = {.verify = true, .ca = world.ca}};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct server server;
		server_start(&server, "127.0.0.1", NULL, cases[i].script, LINES_MAX);
		server_go(&server);
		const struct probe_target target = {
			.address = server.address, .host = "", .timeout = span_ms(GUARD_MS)};
		struct loop *const loop = loop_new();
		const struct probe_report got =
			ask_within(loop, &probe_tls, &target, &options, cases[i].ms);
		loop_free(loop);
		server_stop(&server);
		expect_report(cases[i].what, &got, cases[i].outcome, cases[i].why);
	}
}

static struct probe_report ask_exchange(const struct server *server, const char *expect)
{
	const struct { /* as the table of the kind has them */
		const char *send, *expect;
		uint32_t value;
		struct talk_tls tls;
	} options = {"GET_ID\n", expect, 1, {.verify = true, .ca = world.ca}};
	const struct probe_target target = {
		.address = server->address, .host = "a.example", .timeout = span_ms(GUARD_MS)};
	struct loop *const loop = loop_new();
	const struct probe_report got =
		ask_within(loop, &probe_exchange, &target, &options, GUARD_MS);
	loop_free(loop);
	return got;
}

static void an_exchange_through_tls(void **state)
{
	(void)state;
	static const struct line answers[] = {{PLAY_HEAR, "GET_ID\n"}, {PLAY_SAY, "4711\n"},
		{PLAY_HANG, ""}},
				 floods[] = {{PLAY_FLOOD, "all work and no play "}},
				 closes[] = {{PLAY_HEAR, "GET_ID\n"}, {PLAY_SAY, "47"},
					 {PLAY_SHUT, ""}, {PLAY_HANG, ""}};
	static const struct {
		const char *what;
		const struct line *script;
		size_t lines;
		enum probe_outcome outcome;
		const char *why;
	} cases[] = {
		{"the answer is read", answers, COUNT_OF(answers), PROBE_PASS, ""},
		{"one without end is cut (F08)", floods, COUNT_OF(floods), PROBE_FAIL,
			"no match in the first 64 KB: \"all work and no play all work and no play "
			"all work a...\""},
		{"one without its end fails at once (F09)", closes, COUNT_OF(closes), PROBE_FAIL,
			"closed after \"47\""},
	};
	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct server server;
		server_start(
			&server, "127.0.0.1", &world.certs[GOOD], cases[i].script, cases[i].lines);
		server_go(&server);
		const struct probe_report got = ask_exchange(&server, "^([0-9]+)\n");
		server_stop(&server);
		expect_report(cases[i].what, &got, cases[i].outcome, cases[i].why);
		assert_string_equal(got.value, cases[i].outcome == PROBE_PASS ? "4711" : "");
	}
}

static mono_t at_ms(int64_t ms) { return (mono_t){span_ms(ms).ns}; }

/* A file of trusted certificates is renewed, broken and made good again under a running prober. */
static void what_is_trusted_is_looked_at_again(void **state)
{
	(void)state;
	char path[64];
	struct probe_report why;
	(void)snprintf(path, sizeof path, "%s/later.pem", world.directory);
	struct trusts *const trusts = trusts_new();
	struct trust *const trust = trust_take(trusts, path, at_ms(0));
	assert_ptr_equal(trust_take(trusts, path, at_ms(0)), trust); /* shared */

	assert_null(trust_context(trust, at_ms(0), &why));
	expect_report("not there yet", &why, PROBE_NO_VERDICT,
		"cannot read trusted certificates: No such file or directory");
	write_cert(path, &world.authority);
	assert_null(trust_context(trust, at_ms(9999), &why)); /* not so often */
	SSL_CTX *const context = trust_context(trust, at_ms(10000), &why);
	assert_non_null(context);
	const X509_STORE *const first = SSL_CTX_get_cert_store(context);
	assert_ptr_equal(trust_context(trust, at_ms(20000), &why), context);
	assert_ptr_equal(SSL_CTX_get_cert_store(context), first); /* not read again */

	assert_int_equal(truncate(path, 0), 0);
	assert_ptr_equal(trust_context(trust, at_ms(30000), &why), context);
	assert_ptr_equal(SSL_CTX_get_cert_store(context), first); /* rather the old ones */
	write_cert(path, &world.other);
	assert_ptr_equal(trust_context(trust, at_ms(40000), &why), context);
	assert_ptr_not_equal(SSL_CTX_get_cert_store(context), first);
	assert_int_equal(unlink(path), 0);
	assert_ptr_equal(trust_context(trust, at_ms(50000), &why), context);

	trust_put(trust);
	assert_non_null(trust_context(trust, at_ms(60000), &why)); /* the other user's */
	trust_put(trust);
	trusts_free(trusts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates),
		cmocka_unit_test(versions_and_protocols),
		cmocka_unit_test(other_peers),
		cmocka_unit_test(an_exchange_through_tls),
		cmocka_unit_test(what_is_trusted_is_looked_at_again),
	};
	return cmocka_run_group_tests(tests, make_world, end_world);
}
