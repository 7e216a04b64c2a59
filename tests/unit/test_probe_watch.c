/* Beside the attempts: connections that stand idle, and references that vouch for us. */
#include "tests/unit/prober_child.h"

#include <fcntl.h>

enum { HOUR_MS = 3600000 };

static struct check_rule watched(int64_t every_ms)
{
	struct check_rule rule = rule_of(every_ms, 1000);
	rule.watch = true;
	return rule;
}

/* A port that is answered for a while, and what has connected to it and stayed. */
struct server {
	struct address address;
	int listener, standing;
};

static struct server serve(const char *text)
{
	struct server server = {.standing = -1};
	server.listener = listen_on(text, &server.address);
	return server;
}

/* Waits for a connection that stays: the attempts' are reset at once. */
static void wait_for_sentry(struct server *server)
{
	struct pollfd p = {.fd = server->listener, .events = POLLIN};
	for (;;) {
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
		const int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			continue;
		struct pollfd quiet = {.fd = fd, .events = POLLIN};
		char octet;
		if (poll(&quiet, 1, 50) == 0) {
			server->standing = fd;
			return;
		}
		(void)!read(fd, &octet, 1);
		(void)close(fd);
	}
}

static void close_all(struct server *server)
{
	(void)close(server->listener);
	if (server->standing >= 0)
		(void)close(server->standing);
	server->standing = -1;
}

/* All dies at once: the failures come at once, not an interval later. */
static void a_crash_is_seen_without_asking_often(void **state)
{
	(void)state;
	enum { EVERY_MS = 5000 };
	struct child child = start();
	struct server server = serve("127.0.0.1");
	order_by(&child, 1, &probe_tcp, &server.address, watched(EVERY_MS));
	assert_int_equal(wait_for(&child, 1).outcome, PROBE_PASS);
	wait_for_sentry(&server);
	const mono_t died = clock_mono();
	close_all(&server);
	struct report r = {0};
	for (int i = 0; i < 3; i++) {
		r = wait_for(&child, 1);
		if (i == 0 && r.outcome == PROBE_PASS)
			r = wait_for(&child, 1); /* the slot just came */
		assert_int_equal(r.outcome, PROBE_FAIL);
	}
	assert_true(mono_between(died, r.ended).ns < span_ms(EVERY_MS / 5).ns);
	/* Then it is down, and asked as is usual then. */
	const struct report next = wait_for(&child, 1);
	assert_true(mono_between(r.started, next.started).ns > span_ms(EVERY_MS / 100).ns);
	stop(&child);
}

/* The server closes what is idle after 1.5 s and is well: three passes each time, until it is
 * learnt. */
static void who_closes_idle_connections_is_learnt(void **state)
{
	(void)state;
	enum { LIFE_MS = 1600 };
	struct child child = start();
	struct server server = serve("127.0.0.1");
	order_by(&child, 1, &probe_tcp, &server.address, watched(100));
	int replaced = 0, closed = 0;
	for (int i = 0; i < 5; i++) {
		wait_for_sentry(&server);
		struct pollfd p = {.fd = server.standing, .events = POLLIN};
		if (poll(&p, 1, LIFE_MS) == 1)
			replaced++; /* it went by itself, before its time */
		else
			closed++;
		(void)close(server.standing);
		server.standing = -1;
	}
	assert_int_equal(closed, 2);
	assert_int_equal(replaced, 3);
	struct report r[REPORTS_MAX];
	for (;;) { /* all the while it passed */
		const ssize_t n = recv(child.fd, r, sizeof r, MSG_DONTWAIT);
		if (n <= 0)
			break;
		for (size_t i = 0; i < (size_t)n / sizeof r[0]; i++)
			assert_true(r[i].kind == REPORT_ALIVE || r[i].outcome != PROBE_FAIL);
	}
	close_all(&server);
	stop(&child);
}

/* A server that closes every connection at once: its listener sees few of them. */
static void there_is_no_storm_of_connections(void **state)
{
	(void)state;
	struct child child = start();
	struct server server = serve("127.0.0.1");
	struct check_rule rule = watched(50);
	order_by(&child, 1, &probe_tcp, &server.address, rule);
	const mono_t until = mono_after(clock_mono(), span_ms(3000));
	size_t accepted = 0;
	struct report r[REPORTS_MAX];
	while (!mono_reached(until, clock_mono())) {
		struct pollfd p[] = {{.fd = server.listener, .events = POLLIN},
			{.fd = child.fd, .events = POLLIN}};
		(void)poll(p, 2, 50);
		const int fd = accept4(server.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		accepted += fd >= 0;
		if (fd >= 0)
			(void)close(fd);
		(void)!recv(child.fd, r, sizeof r, MSG_DONTWAIT);
	}
	assert_in_range(accepted, 1, 3); /* then it rests for minutes */
	close_all(&server);
	stop(&child);
}

/* Half of the descriptors at most stand idle; the others are asked as well. */
static void few_descriptors_are_shared(void **state)
{
	(void)state;
	enum { CHECKS = 40 };
	struct child child = start_within(64); /* of which it keeps 34 to itself */
	for (uint32_t id = 1; id <= CHECKS; id++)
		order_by(&child, id, &probe_tcp, &child.open, watched(50));
	struct report r[REPORTS_MAX];
	bool asked[CHECKS + 1] = {false};
	size_t left = CHECKS;
	struct report_beat beat = {0};
	while (left > 0 || beat.standing + beat.wanting < CHECKS)
		for (size_t i = 0, n = hear(&child, r); i < n; i++)
			if (r[i].kind == REPORT_ALIVE) {
				beat = r[i].beat;
			} else {
				assert_int_equal(r[i].outcome, PROBE_PASS);
				left -= !asked[r[i].id];
				asked[r[i].id] = true;
			}
	assert_int_equal(beat.standing, (64 - 34) / 2);
	assert_int_equal(beat.wanting, CHECKS - (64 - 34) / 2);
	for (uint32_t id = 1; id <= CHECKS; id++)
		forget(&child, id);
	do
		beat = wait_for_beat(&child, 0).beat;
	while (beat.standing + beat.wanting > 0);
	stop(&child);
}

static struct check_rule reference(int64_t every_ms)
{
	struct check_rule rule = rule_of(every_ms, 300);
	rule.reference = true;
	return rule;
}

/* The references are asked once an hour, and when a failure speaks against the state. */
static void a_failure_waits_for_the_references(void **state)
{
	(void)state;
	struct child child = start();
	struct address nobody;
	const int refusing = refuse_on("127.0.0.1", &nobody);
	struct server a = serve("127.0.0.1"), b = serve("127.0.0.2");
	limit(&child, 64, 2);
	order_by(&child, 1, &probe_tcp, &a.address, reference(HOUR_MS));
	order_by(&child, 2, &probe_tcp, &b.address, reference(HOUR_MS));
	order(&child, 3, &probe_tcp, &nobody, 50, 40);
	mono_t vouched = {0};
	struct report r[REPORTS_MAX];
	size_t fails = 0;
	while (fails < 5)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind == REPORT_ALIVE)
				continue;
			if (r[i].id != 3) {
				vouched = r[i].started;
				continue;
			}
			assert_int_equal(r[i].outcome, PROBE_FAIL);
			if (++fails <= 3) /* the fourth agrees with the state */
				assert_true(mono_reached(r[i].ended, vouched));
		}
	assert_int_equal(listen(refusing, 16), 0); /* up again: then both references go */
	for (int passes = 0; passes < 3;)
		passes += wait_for(&child, 3).outcome == PROBE_PASS;
	close_all(&a);
	close_all(&b);
	(void)shutdown(refusing, SHUT_RDWR);
	struct report said;
	for (int i = 0; i < 20;) {
		said = wait_for(&child, 3);
		assert_true(said.outcome != PROBE_FAIL);
		i += said.outcome == PROBE_NO_VERDICT;
	}
	assert_int_equal(said.fault, FAULT_VANTAGE);
	assert_string_equal(said.why, "the references do not answer either");
	struct report beat = wait_for_beat(&child, 3);
	assert_true(beat.beat.doubted);
	assert_int_equal(beat.beat.references, 2);
	assert_int_equal(beat.beat.silent, 2);
	forget(&child, 1);
	forget(&child, 2); /* nobody vouches any more, so it is believed */
	do
		said = wait_for(&child, 3);
	while (said.outcome != PROBE_FAIL);
	(void)close(refusing);
	stop(&child);
}

/* They accept and say nothing: a failure waits for their timeout, then it is doubt. */
static void references_that_hang_are_waited_for(void **state)
{
	(void)state;
	struct child child = start();
	struct address nobody;
	const int refusing = refuse_on("127.0.0.1", &nobody);
	order_by(&child, 1, &probe_http, &child.mute, reference(HOUR_MS));
	order_by(&child, 2, &probe_http, &child.mute, reference(HOUR_MS));
	order(&child, 3, &probe_tcp, &nobody, 50, 40);
	const struct report said = wait_for(&child, 3);
	assert_int_equal(said.outcome, PROBE_NO_VERDICT);
	assert_int_equal(said.fault, FAULT_VANTAGE);
	forget(&child, 3); /* also while one is held */
	(void)wait_for_beat(&child, 2);
	(void)close(refusing);
	stop(&child);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_crash_is_seen_without_asking_often),
		cmocka_unit_test(who_closes_idle_connections_is_learnt),
		cmocka_unit_test(there_is_no_storm_of_connections),
		cmocka_unit_test(few_descriptors_are_shared),
		cmocka_unit_test(a_failure_waits_for_the_references),
		cmocka_unit_test(references_that_hang_are_waited_for),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
