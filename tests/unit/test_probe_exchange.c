#include "base/arena.h"
#include "base/err.h"
#include "probes/talk.h"
#include "tests/unit/talk_server.h"

/* As the table of the kind has them. */
struct exchange_options {
	const char *send, *expect;
	uint32_t value;
	struct talk_tls tls;
};

static struct probe_report ask(
	const struct server *server, const struct exchange_options *options, int64_t ms)
{
	const struct probe_target target = {
		.address = server->address, .host = "", .timeout = span_ms(GUARD_MS)};
	struct loop *const loop = loop_new();
	const struct probe_report report = ask_within(loop, &probe_exchange, &target, options, ms);
	loop_free(loop);
	return report;
}

static const struct {
	const char *what;
	struct line script[LINES_MAX];
	const char *send, *expect;
	uint32_t group;
	enum probe_outcome outcome;
	const char *why, *value;
} rows[] = {
	{"a notifier's last transaction is read",
		{{PLAY_HEAR, "GET_ID\n\n"}, {PLAY_SAY, "MSGID: 1\n4711\n\n"}, {PLAY_HANG, ""}},
		"Version: 3\nCapabilities: \n\nMSGID: 1\nGET_ID\n\n", "MSGID: 1\n([0-9]+)\n\n", 1,
		PROBE_PASS, "", "4711"},
	{"a banner is waited for, and its version read",
		{{PLAY_SAY, "* OK [CAPABILITY IMAP4rev1] mail Cyrus IMAP 3.6.1 server ready\r\n"},
			{PLAY_HANG, ""}},
		NULL, "\\* OK .*Cyrus IMAP ([0-9.]+)", 1, PROBE_PASS, "", "3.6.1"},
	{"any octet is good where nothing is expected", {{PLAY_SAY, "x"}, {PLAY_HANG, ""}}, NULL,
		NULL, 0, PROBE_PASS, "", ""},
	{"an answer in many pieces is one",
		{{PLAY_DRIP, "220 mail.example ESMTP\r\n"}, {PLAY_HANG, ""}}, NULL,
		"^220 [a-z.]+ ESMTP\r\n", 0, PROBE_PASS, "", ""},
	{"a captured text is not cut where a piece ends",
		{{PLAY_DRIP, "serial 2026112201\n"}, {PLAY_HANG, ""}}, NULL, "serial ([0-9]+)", 1,
		PROBE_PASS, "", "2026112201"},
	{"nor when nothing follows it", {{PLAY_DRIP, "serial 2026112201"}, {PLAY_HANG, ""}}, NULL,
		"serial ([0-9]+)", 1, PROBE_PASS, "", "2026112201"},
	{"$ is the end, not that of a piece", {{PLAY_DRIP, "OK, but not quite"}, {PLAY_HANG, ""}},
		NULL, "^OK(, but not quite)?$", 1, PROBE_PASS, "", ", but not quite"},
	{"$ is the end when the peer closes", {{PLAY_SAY, "+PONG\r\n"}}, NULL, "^\\+PONG\r\n$", 0,
		PROBE_PASS, "", ""},
	{"a group that has no part in the match is no value", {{PLAY_SAY, "b\n"}, {PLAY_HANG, ""}},
		NULL, "(a)|b\n", 1, PROBE_PASS, "", ""},
	{"octets that do not print are made to", {{PLAY_SAY, "v=\x01\"\n"}, {PLAY_HANG, ""}}, NULL,
		"v=(.*)\n", 1, PROBE_PASS, "", "\\001\\\""},
	{"what is not expected fails when the peer closes", {{PLAY_SAY, "-ERR busy\r\n"}}, NULL,
		"^\\+OK", 0, PROBE_FAIL, "closed after \"-ERR busy\\013\\n\"", ""},
	{"a half close after a few octets fails at once (F09)",
		{{PLAY_SAY, "22"}, {PLAY_SHUT, ""}, {PLAY_HANG, ""}}, NULL, "^220 ", 0, PROBE_FAIL,
		"closed after \"22\"", ""},
	{"closed without a word", {{PLAY_SHUT, ""}, {PLAY_HANG, ""}}, NULL, "^220 ", 0, PROBE_FAIL,
		"closed before an answer", ""},
	{"also where anything would do", {{PLAY_SHUT, ""}, {PLAY_HANG, ""}}, NULL, NULL, 0,
		PROBE_FAIL, "closed before an answer", ""},
	{"reset", {{PLAY_RESET, ""}}, NULL, "^220 ", 0, PROBE_FAIL, "connection reset", ""},
	{"an answer without end is cut (F08)", {{PLAY_FLOOD, "all work and no play "}}, NULL,
		"^220 ", 0, PROBE_FAIL,
		"no match in the first 64 KB: \"all work and no play all work and no play all "
		"work a...\"",
		""},
	{"what stands behind 64 KB is not looked for, what stands before is",
		{{PLAY_FLOOD, "all work and no play "}}, NULL, "no (play) all", 1, PROBE_PASS, "",
		"play"},
};

static void conversations(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct exchange_options options = {.send = rows[i].send,
			.expect = rows[i].expect,
			.value = rows[i].group,
			.tls = {.cover = TALK_CLEAR}};
		struct server server;
		const int before = lowest_descriptor();
		server_start(
			&server, i % 2 == 0 ? "127.0.0.1" : "::1", NULL, rows[i].script, LINES_MAX);
		server_go(&server);
		const struct probe_report got = ask(&server, &options, GUARD_MS);
		server_stop(&server);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		if (strcmp(got.value, rows[i].value) != 0)
			fail_msg("%s: read \"%s\", not \"%s\"", rows[i].what, got.value,
				rows[i].value);
		assert_int_equal(lowest_descriptor(), before);
	}
}

/* An endpoint that accepts and says nothing (F05): the prober's timeout ends it. */
static void silence_is_cancelled(void **state)
{
	(void)state;
	static const struct line script[] = {{PLAY_HANG, ""}};
	const struct exchange_options options = {
		.send = "PING\r\n", .expect = "PONG", .tls = {.cover = TALK_CLEAR}};
	struct server server;
	server_start(&server, "127.0.0.1", NULL, script, COUNT_OF(script));
	server_go(&server);
	const int before = lowest_descriptor();
	const struct probe_report got = ask(&server, &options, 100);
	expect_report("no answer", &got, PROBE_NO_VERDICT, "no report");
	assert_int_equal(lowest_descriptor(), before);
	server_stop(&server);
}

static void no_connection(void **state)
{
	(void)state;
	const struct exchange_options options = {.expect = "x", .tls = {.cover = TALK_CLEAR}};
	struct server server;
	const int fd = refuse_on("127.0.0.1", &server.address);
	const struct probe_report got = ask(&server, &options, GUARD_MS);
	expect_report("nobody listens", &got, PROBE_FAIL, "connection refused");
	(void)close(fd);

	const int listener = listen_on("127.0.0.1", &server.address);
	const struct probe_target target = {
		.address = server.address, .host = "", .timeout = span_ms(1000)};
	struct loop *const loop = loop_new();
	const struct rlimit was = no_descriptors();
	const struct probe_report ours =
		ask_within(loop, &probe_exchange, &target, &options, GUARD_MS);
	descriptors_back(was);
	expect_report("no descriptor left", &ours, PROBE_NO_VERDICT, "out of descriptors");
	assert_int_equal(ours.fault, FAULT_LOCAL);
	loop_free(loop);
	(void)close(listener);
}

/* What has been said is put together here. */
struct told {
	char text[1024];
};

static void hear_step(void *cookie, const char *line)
{
	struct told *const told = cookie;
	const size_t used = strlen(told->text);
	(void)snprintf(told->text + used, sizeof told->text - used, "%s\n", line);
}

static void every_step_is_told(void **state)
{
	(void)state;
	static const struct line script[] = {
		{PLAY_HEAR, "PING\r\n"}, {PLAY_SAY, "+PONG\r\n"}, {PLAY_HANG, ""}};
	const struct exchange_options options = {
		.send = "PING\r\n", .expect = "PONG", .tls = {.cover = TALK_CLEAR}};
	struct server server;
	struct told told = {.text = ""};
	const struct probe_trace trace = {hear_step, &told};
	server_start(&server, "127.0.0.1", NULL, script, COUNT_OF(script));
	server_go(&server);
	const struct probe_target target = {
		.address = server.address, .host = "", .timeout = span_ms(1000), .trace = &trace};
	struct loop *const loop = loop_new();
	const struct probe_report got =
		ask_within(loop, &probe_exchange, &target, &options, GUARD_MS);
	loop_free(loop);
	server_stop(&server);
	expect_report("traced", &got, PROBE_PASS, "");
	assert_string_equal(told.text, "connected\nsent 6 octets\nfirst octet\n"
				       "heard \"+PONG\\013\\n\"\n");
}

static void options_that_cannot_work_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *expect, *key, *text;
		uint32_t value;
	} bad[] = {
		{"(unclosed", "expect", "Unmatched (", 0},
		{"(a)\\1", "expect", "back reference", 0},
		{"(a)(b)", "value", "group 3 is asked for, but expect has 2", 3},
		{NULL, "value", "group 1 is asked for, but expect has 0", 1},
	};
	const char *key = "";
	struct err err;
	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		const struct exchange_options options = {
			.expect = bad[i].expect, .value = bad[i].value};
		assert_false(probe_exchange.options.check(&options, &key, &err));
		assert_string_equal(key, bad[i].key);
		if (strstr(err.text, bad[i].text) == NULL)
			fail_msg("\"%s\" lacks \"%s\"", err.text, bad[i].text);
	}
	const struct exchange_options good = {.expect = "(a)(b)", .value = 2};
	assert_true(probe_exchange.options.check(&good, &key, &err));
}

struct again {
	struct loop *loop;
	void *probe;
	int left;
};

static void ask_again(void *cookie, const struct probe_report *report)
{
	struct again *const again = cookie;
	expect_report("every time", report, PROBE_PASS, "");
	if (--again->left > 0)
		probe_exchange.start(again->probe, ask_again, again);
	else
		loop_stop(again->loop);
}

static void a_probe_is_asked_again_and_again(void **state)
{
	(void)state;
	static const struct line script[] = {
		{PLAY_HEAR, "PING\r\n"}, {PLAY_SAY, "+PONG\r\n"}, {PLAY_HANG, ""}};
	const struct exchange_options options = {
		.send = "PING\r\n", .expect = "PONG", .tls = {.cover = TALK_CLEAR}};
	struct server server;
	server_start(&server, "127.0.0.1", NULL, script, COUNT_OF(script));
	server_go(&server);
	const struct probe_target target = {
		.address = server.address, .host = "", .timeout = span_ms(1000)};
	struct again again = {.loop = loop_new(), .left = 100};
	void *const shared = probe_exchange.begin(again.loop);
	again.probe = probe_exchange.open(shared, &target, &options);
	probe_exchange.start(again.probe, ask_again, &again);
	run_for(again.loop, GUARD_MS);
	assert_int_equal(again.left, 0);
	probe_exchange.close(again.probe);
	probe_exchange.end(shared);
	loop_free(again.loop);
	server_stop(&server);
	assert_int_equal(atomic_load(&server.accepted), 100);
	assert_int_equal(atomic_load(&server.resets), 100); /* no TIME_WAIT is left here */
}

static double cpu_seconds(void)
{
	struct rusage used;
	assert_int_equal(getrusage(RUSAGE_THREAD, &used), 0);
	return (double)used.ru_utime.tv_sec + (double)used.ru_utime.tv_usec / 1e6;
}

/* regexec() begins anew at every octet: alone it takes seconds. */
static void a_long_answer_costs_little(void **state)
{
	(void)state;
	enum { OCTETS = 30000 };
	static char text[OCTETS + 1];
	memset(text, 'x', OCTETS);
	const struct line script[] = {{PLAY_DRIP, text}, {PLAY_SHUT, ""}, {PLAY_HANG, ""}};
	const struct exchange_options options = {
		.expect = "(x|y)+z", .value = 1, .tls = {.cover = TALK_CLEAR}};
	struct server server;
	server_start(&server, "127.0.0.1", NULL, script, COUNT_OF(script));
	server_go(&server);
	const double before = cpu_seconds();
	const struct probe_report got = ask(&server, &options, GUARD_MS);
	const double spent = cpu_seconds() - before;
	server_stop(&server);
	assert_int_equal(got.outcome, PROBE_FAIL);
	assert_non_null(strstr(got.why, "closed after"));
	print_message("%.3f s\n", spent);
	assert_true(spent < 0.5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(conversations),
		cmocka_unit_test(silence_is_cancelled),
		cmocka_unit_test(no_connection),
		cmocka_unit_test(every_step_is_told),
		cmocka_unit_test(options_that_cannot_work_are_refused),
		cmocka_unit_test(a_probe_is_asked_again_and_again),
		cmocka_unit_test(a_long_answer_costs_little),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
