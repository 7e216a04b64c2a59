#include "tests/unit/probe_once.h"

#include <errno.h>

/* As the table of the kind has them. */
enum { OPEN, REFUSED };
struct tcp_options {
	int expect;
};

static struct probe_report ask(const struct address *address, int expect, int64_t ms)
{
	const struct probe_target target = {
		.address = *address, .host = "", .timeout = span_ms(1000)};
	const struct tcp_options options = {expect};
	struct loop *const loop = loop_new();
	const struct probe_report report = ask_within(loop, &probe_tcp, &target, &options, ms);
	loop_free(loop);
	return report;
}

static void outcomes(void **state)
{
	(void)state;
	static const struct {
		const char *what, *address;
		enum { LISTENING, CLOSED, AS_IS } port;
		int expect;
		enum probe_outcome outcome;
		const char *why;
	} rows[] = {
		{"an open port passes", "127.0.0.1", LISTENING, OPEN, PROBE_PASS, ""},
		{"IPv6 as well", "::1", LISTENING, OPEN, PROBE_PASS, ""},
		{"a closed port fails", "127.0.0.1", CLOSED, OPEN, PROBE_FAIL,
			"connection refused"},
		{"a stopped standby passes", "127.0.0.1", CLOSED, REFUSED, PROBE_PASS, ""},
		{"a running one fails", "127.0.0.1", LISTENING, REFUSED, PROBE_FAIL,
			"connection accepted"},
		{"no route is our trouble", "127.255.255.255", AS_IS, OPEN, PROBE_NO_VERDICT,
			"network unreachable"},
		{"also when a refusal was expected", "127.255.255.255", AS_IS, REFUSED,
			PROBE_NO_VERDICT, "network unreachable"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct address address;
		int fd = -1;
		if (rows[i].port == LISTENING)
			fd = listen_on(rows[i].address, &address);
		else if (rows[i].port == CLOSED)
			fd = refuse_on(rows[i].address, &address);
		else {
			assert_true(address_parse(rows[i].address, &address));
			address = address_with_port(address, 9);
		}
		const int before = lowest_descriptor();
		const struct probe_report got = ask(&address, rows[i].expect, GUARD_MS);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		assert_int_equal(lowest_descriptor(), before); /* nothing is left open */
		if (fd >= 0)
			(void)close(fd);
	}
}

static void descriptors_that_ran_out_are_our_trouble(void **state)
{
	(void)state;
	struct address address;
	const int fd = listen_on("127.0.0.1", &address);
	const struct probe_target target = {
		.address = address, .host = "", .timeout = span_ms(1000)};
	const struct tcp_options options = {OPEN};
	struct loop *const loop = loop_new();
	const struct rlimit was = no_descriptors();
	const struct probe_report got = ask_within(loop, &probe_tcp, &target, &options, GUARD_MS);
	descriptors_back(was);
	expect_report("no descriptor left", &got, PROBE_NO_VERDICT, "out of descriptors");
	loop_free(loop);
	(void)close(fd);
}

/* The backlog is full, so that the kernel drops what comes: a hanging host. */
static void a_hanging_host_is_cancelled(void **state)
{
	(void)state;
	struct address address;
	const int fd = listen_on("127.0.0.1", &address);
	assert_int_equal(listen(fd, 0), 0);
	int filling[8];
	for (size_t i = 0; i < COUNT_OF(filling); i++) {
		filling[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		(void)connect(filling[i], &address.any, address.len);
	}
	const int before = lowest_descriptor();
	const struct probe_report got = ask(&address, OPEN, 50);
	expect_report("no answer", &got, PROBE_NO_VERDICT, "no report");
	assert_int_equal(lowest_descriptor(), before);
	for (size_t i = 0; i < COUNT_OF(filling); i++)
		(void)close(filling[i]);
	(void)close(fd);
}

static void the_server_sees_nothing(void **state)
{
	(void)state;
	struct address address;
	const int fd = listen_on("127.0.0.1", &address);
	int unseen = 0;
	for (int i = 0; i < 20; i++) {
		const struct probe_report got = ask(&address, OPEN, GUARD_MS);
		expect_report("open", &got, PROBE_PASS, "");
		const int accepted = accept(fd, NULL, NULL);
		unseen += accepted < 0 && errno == EAGAIN;
		if (accepted >= 0)
			(void)close(accepted);
	}
	assert_true(unseen >= 10); /* on a busy machine the kernel acknowledges now and then */
	(void)close(fd);
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
		probe_tcp.start(again->probe, ask_again, again);
	else
		loop_stop(again->loop);
}

static void a_probe_is_asked_again_and_again(void **state)
{
	(void)state;
	struct address address;
	const int fd = listen_on("127.0.0.1", &address);
	const struct probe_target target = {
		.address = address, .host = "", .timeout = span_ms(1000)};
	const struct tcp_options options = {OPEN};
	struct again again = {.loop = loop_new(), .left = 100};
	void *const shared = probe_tcp.begin(again.loop);
	again.probe = probe_tcp.open(shared, &target, &options);
	probe_tcp.start(again.probe, ask_again, &again);
	run_for(again.loop, GUARD_MS);
	assert_int_equal(again.left, 0);
	probe_tcp.close(again.probe);
	probe_tcp.end(shared);
	loop_free(again.loop);
	(void)close(fd);
}

static void whose_errno(void **state)
{
	(void)state;
	static const struct {
		const char *what;
		int error;
		enum probe_when when;
		enum probe_outcome outcome;
		const char *why;
	} rows[] = {
		{"refused at once (loopback)", ECONNREFUSED, PROBE_AT_ONCE, PROBE_FAIL,
			"connection refused"},
		{"refused later", ECONNREFUSED, PROBE_LATER, PROBE_FAIL, "connection refused"},
		{"reset", ECONNRESET, PROBE_LATER, PROBE_FAIL, "connection reset"},
		{"the kernel gave up", ETIMEDOUT, PROBE_LATER, PROBE_FAIL, "timed out"},
		{"no route here", ENETUNREACH, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"network unreachable"},
		{"a router said so", ENETUNREACH, PROBE_LATER, PROBE_FAIL, "network unreachable"},
		{"an unreachable route of ours", EHOSTUNREACH, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"host unreachable"},
		{"no neighbour answers", EHOSTUNREACH, PROBE_LATER, PROBE_FAIL, "host unreachable"},
		{"out of descriptors", EMFILE, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"out of descriptors"},
		{"the machine is", ENFILE, PROBE_AT_ONCE, PROBE_NO_VERDICT, "out of descriptors"},
		{"out of buffers", ENOBUFS, PROBE_LATER, PROBE_NO_VERDICT, "out of buffers"},
		{"out of memory", ENOMEM, PROBE_AT_ONCE, PROBE_NO_VERDICT, "out of memory"},
		{"out of ports", EADDRNOTAVAIL, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"no free local port"},
		{"our packet filter", EPERM, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"Operation not permitted"},
		{"our prohibit route", EACCES, PROBE_AT_ONCE, PROBE_NO_VERDICT,
			"Permission denied"},
		{"ICMPv6 from their packet filter", EACCES, PROBE_LATER, PROBE_FAIL,
			"Permission denied"},
		{"our interface went down", ENETDOWN, PROBE_LATER, PROBE_NO_VERDICT,
			"local network down"},
		{"a number without a name", 4095, PROBE_LATER, PROBE_FAIL, "error 4095"},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct probe_report got = probe_errno(rows[i].error, rows[i].when);
		expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(outcomes),
		cmocka_unit_test(descriptors_that_ran_out_are_our_trouble),
		cmocka_unit_test(a_hanging_host_is_cancelled),
		cmocka_unit_test(the_server_sees_nothing),
		cmocka_unit_test(a_probe_is_asked_again_and_again),
		cmocka_unit_test(whose_errno),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
