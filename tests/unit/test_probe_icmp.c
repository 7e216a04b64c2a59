/* In a network namespace of its own, where root may say who pings how. */
#include "base/err.h"
#include "tests/unit/probe_once.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/wait.h>

static bool ours; /* we are in a namespace of our own */

static void run(const char *command)
{
	if (system(command) != 0) // NOLINT(cert-env33-c,concurrency-mt-unsafe): iproute2, a test
		fail_msg("%s", command);
}

static void write_to(const char *path, const char *text)
{
	const int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	(void)close(fd);
}

enum right { RAW, PING };

static void let(enum right right)
{
	write_to("/proc/sys/net/ipv4/ping_group_range", right == PING ? "0 2147483647" : "1 0");
}

static int set_up(void **state)
{
	(void)state;
	ours = geteuid() == 0 && unshare(CLONE_NEWNET) == 0;
	if (ours)
		run("ip link set lo up");
	return 0;
}

static struct probe_report ping(struct loop *loop, const char *text, int64_t ms)
{
	struct probe_target target = {.host = "", .timeout = span_ms(GUARD_MS)};
	assert_true(address_parse(text, &target.address));
	return ask_within(loop, &probe_icmp, &target, NULL, ms);
}

static void replies(void **state)
{
	(void)state;
	static const char *const hosts[] = {"127.0.0.1", "127.9.8.7", "::1"};
	if (!ours)
		skip();
	for (int right = RAW; right <= PING; right++) {
		let((enum right)right);
		struct loop *const loop = loop_new();
		const int before = lowest_descriptor();
		for (size_t i = 0; i < COUNT_OF(hosts); i++) {
			const struct probe_report got = ping(loop, hosts[i], GUARD_MS);
			expect_report(hosts[i], &got, PROBE_PASS, "");
		}
		assert_int_equal(lowest_descriptor(), before);
		loop_free(loop);
	}
}

/* Two ends of a cable; at the other one nobody has the address. */
static void whose_trouble(void **state)
{
	(void)state;
	if (!ours)
		skip();
	run("ip link add far type veth peer name near && ip addr add 192.0.2.1/24 dev near && "
	    "ip addr add 2001:db8::1/64 dev near nodad && ip link set near up && ip link set far "
	    "up");
	run("cd /proc/sys/net; for v in ipv4 ipv6; do echo 1 > $v/neigh/near/mcast_solicit; "
	    "echo 20 > $v/neigh/near/retrans_time_ms; done");
	static const struct {
		const char *what, *host;
		enum probe_outcome outcome;
		const char *why;
	} rows[] = {
		{"no neighbour answers", "192.0.2.9", PROBE_FAIL, "host unreachable"},
		{"the next one has its own say", "127.0.0.1", PROBE_PASS, ""},
		{"none of IPv6", "2001:db8::9", PROBE_FAIL, "host unreachable"},
		{"no route is our trouble", "198.51.100.1", PROBE_NO_VERDICT,
			"network unreachable"},
	};
	for (int right = RAW; right <= PING; right++) {
		let((enum right)right);
		struct loop *const loop = loop_new();
		for (size_t i = 0; i < COUNT_OF(rows); i++) {
			const struct probe_report got = ping(loop, rows[i].host, GUARD_MS);
			expect_report(rows[i].what, &got, rows[i].outcome, rows[i].why);
		}
		loop_free(loop);
	}
	run("ip link del near");
}

static void one_that_is_silent_is_cancelled(void **state)
{
	(void)state;
	if (!ours)
		skip();
	write_to("/proc/sys/net/ipv4/icmp_echo_ignore_all", "1");
	struct loop *const loop = loop_new();
	const struct probe_report got = ping(loop, "127.0.0.1", 50);
	expect_report("no reply", &got, PROBE_NO_VERDICT, "no report");
	write_to("/proc/sys/net/ipv4/icmp_echo_ignore_all", "0");
	loop_free(loop);
}

/* Many at once over one socket, as the prober has them. */
enum { MANY = 500 };

struct many {
	struct loop *loop;
	int left;
};

static void one_less(void *cookie, const struct probe_report *report)
{
	struct many *const many = cookie;
	expect_report("one of many", report, PROBE_PASS, "");
	if (--many->left == 0)
		loop_stop(many->loop);
}

static void many_share_a_socket(void **state)
{
	(void)state;
	if (!ours)
		skip();
	for (int right = RAW; right <= PING; right++) {
		let((enum right)right);
		struct many many = {.loop = loop_new(), .left = MANY};
		void *const shared = probe_icmp.begin(many.loop);
		struct probe_target targets[MANY] = {0};
		void *probes[MANY];
		const int before = lowest_descriptor();
		for (int i = 0; i < MANY; i++) {
			char text[ADDRESS_TEXT_MAX];
			(void)snprintf(text, sizeof text, "127.0.%d.%d", i / 250, i % 250 + 1);
			targets[i].host = "";
			assert_true(address_parse(text, &targets[i].address));
			probes[i] = probe_icmp.open(shared, &targets[i], NULL);
			probe_icmp.start(probes[i], one_less, &many);
		}
		assert_int_equal(lowest_descriptor(), before + 1);
		run_for(many.loop, GUARD_MS);
		assert_int_equal(many.left, 0);
		for (int i = 0; i < MANY; i++)
			probe_icmp.close(probes[i]);
		probe_icmp.end(shared);
		loop_free(many.loop);
	}
}

/* As nobody, who has no right but what the sysctl gives. */
static void as_nobody(void (*check)(void))
{
	const pid_t pid = fork();
	if (pid == 0) {
		if (setgid(65534) != 0 || setuid(65534) != 0)
			_exit(2);
		check();
		_exit(0);
	}
	int status = 0;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void check_none(void)
{
	struct err err;
	struct loop *const loop = loop_new();
	const struct probe_report got = ping(loop, "127.0.0.1", GUARD_MS);
	if (strcmp(got.why, "no right to ping") != 0 || got.outcome != PROBE_NO_VERDICT ||
		got.fault != FAULT_LOCAL || probe_icmp.options.able(NULL, &err))
		_exit(1);
}

static void check_some(void)
{
	struct err err;
	struct loop *const loop = loop_new();
	const struct probe_report got = ping(loop, "127.0.0.1", GUARD_MS);
	if (got.outcome != PROBE_PASS || !probe_icmp.options.able(NULL, &err))
		_exit(1);
}

static void without_a_right(void **state)
{
	(void)state;
	struct err err;
	if (!ours)
		skip();
	let(RAW);
	as_nobody(check_none);
	assert_true(probe_icmp.options.able(NULL, &err));
	assert_false(probe_icmp.options.able("nobody", &err));
	assert_string_equal(err.text,
		"the user nobody here has no right to ping, so nothing will be known; sysctl "
		"net.ipv4.ping_group_range=\"0 2147483647\" gives it, or CAP_NET_RAW does");
	let(PING);
	as_nobody(check_some);
	assert_true(probe_icmp.options.able("nobody", &err));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replies),
		cmocka_unit_test(whose_trouble),
		cmocka_unit_test(one_that_is_silent_is_cancelled),
		cmocka_unit_test(many_share_a_socket),
		cmocka_unit_test(without_a_right),
	};
	return cmocka_run_group_tests(tests, set_up, NULL);
}
