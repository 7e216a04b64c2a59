/* The prober as its parent sees it: a process, orders in, reports out. */
#include "prober/schedule.h"
#include "tests/unit/prober_child.h"

#include <signal.h>
#include <stdio.h>
#include <sys/ioctl.h>

static bool passed(const struct report *r) { return r->outcome == PROBE_PASS; }

static bool was_late(const struct report *r)
{
	return r->outcome == PROBE_NO_VERDICT && strcmp(r->why, "prober was late") == 0;
}

static void the_first_round_is_spread(void **state)
{
	(void)state;
	enum { CHECKS = 200, EVERY_MS = 500, PARTS = 5 };
	struct child child = start();
	(void)wait_for_beat(&child, 0);
	const mono_t ordered = clock_mono();
	for (uint32_t id = 1; id <= CHECKS; id++)
		order(&child, id, &probe_tcp, &child.open, EVERY_MS, 400);
	const span_t ordering = mono_between(ordered, clock_mono());
	bool seen[CHECKS + 1] = {false};
	size_t left = CHECKS, parts[PARTS] = {0};
	struct report r[REPORTS_MAX];
	while (left > 0)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind != REPORT_OUTCOME || seen[r[i].id])
				continue;
			seen[r[i].id] = true;
			left--;
			/* When it was to begin. */
			const int64_t us =
				mono_between(ordered, r[i].started).ns / 1000 - r[i].late_us;
			assert_true(us >= 0 && us <= EVERY_MS * 1000 + ordering.ns / 1000 + 20000);
			const size_t part = (size_t)us * PARTS / (EVERY_MS * 1000);
			parts[part < PARTS ? part : PARTS - 1]++;
		}
	if (ordering.ns < span_ms(50).ns) /* else the orders themselves took their time */
		for (size_t i = 0; i < PARTS; i++)
			assert_in_range(parts[i], CHECKS / PARTS / 2, CHECKS / PARTS * 2);
	stop(&child);
}

static void the_interval_is_kept_without_drift(void **state)
{
	(void)state;
	const int64_t every_us = 20000, jitter_us = every_us / SCHEDULE_JITTER;
	struct child child = start();
	order(&child, 7, &probe_tcp, &child.open, every_us / 1000, 15);
	const struct report first = wait_for(&child, 7);
	const int64_t first_us = first.started.ns / 1000 - first.late_us;
	int on_time = 0;
	for (int i = 0; i < 20; i++) {
		const struct report r = wait_for(&child, 7);
		/* Where in an interval it was to begin, counted from the first. */
		const int64_t us = r.started.ns / 1000 - r.late_us - first_us + jitter_us + 10;
		on_time += us % every_us <= 2 * jitter_us + 20;
	}
	assert_true(on_time >= 18); /* what was late by more than an interval begins when it can */
	stop(&child);
}

static void a_silent_server_times_out(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, 100, 60);
	struct report r;
	do { /* late is possible on a busy machine, not for ever */
		r = wait_for(&child, 1);
		assert_true(was_late(&r) || r.outcome == PROBE_FAIL);
		assert_true(mono_between(r.started, r.ended).ns >= span_ms(60).ns);
	} while (was_late(&r));
	assert_string_equal(r.why, "timed out");
	assert_true(mono_between(r.started, r.ended).ns < span_ms(60 + 60 / 4).ns);
	stop(&child);
}

static void forgotten_checks_are_silent(void **state)
{
	(void)state;
	struct child child = start();
	for (uint32_t id = 1; id <= 20; id++)
		order(&child, id, &probe_http, id % 2 != 0 ? &child.mute : &child.open, 50, 40);
	(void)wait_for(&child, 1);
	for (uint32_t id = 1; id < 20; id++)
		forget(&child, id); /* while they wait, ask or tell */
	forget(&child, 4711);       /* never known */
	(void)wait_for_beat(&child, 1);
	struct report r[REPORTS_MAX];
	for (int beats = 0; beats < 1;)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			beats += r[i].kind == REPORT_ALIVE;
			assert_true(r[i].kind == REPORT_ALIVE || r[i].id == 20);
		}
	stop(&child);
}

static void new_times_take_effect(void **state)
{
	(void)state;
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, 3600000, 3600000);
	order(&child, 2, &probe_tcp, &child.open, 3600000, 1000);
	(void)wait_for_beat(&child, 2);
	order(&child, 1, &probe_http, &child.mute, 50, 30);
	order(&child, 2, &probe_tcp, &child.open, 50, 30);
	for (int i = 0; i < 3; i++) {
		struct report r = wait_for(&child, 2);
		assert_true(passed(&r) || was_late(&r));
		r = wait_for(&child, 1);
		assert_true(mono_between(r.started, r.ended).ns < span_ms(10000).ns);
	}
	assert_int_equal(wait_for_beat(&child, 2).beat.checks, 2);
	stop(&child);
}

/* When the attempt was to begin. */
static mono_t due(const struct report *r)
{
	return (mono_t){r->started.ns - (int64_t)r->late_us * 1000};
}

static void the_interval_follows_the_health(void **state)
{
	(void)state;
	enum { EVERY_MS = 3000, FAST_MS = 10, DOWN_MS = 300, FALL = 4 };
	struct child child = start();
	struct address nobody;
	const int refusing = refuse_on("127.0.0.1", &nobody);
	const struct check_rule rule = {.every = span_ms(EVERY_MS),
		.fast = span_ms(FAST_MS),
		.down = span_ms(DOWN_MS),
		.timeout = span_ms(2000),
		.rise = 2,
		.fall = FALL};
	order_by(&child, 1, &probe_tcp, &nobody, rule);
	struct report was = wait_for(&child, 1), is;
	for (int i = 1; i < FALL; i++, was = is) { /* soon decided */
		is = wait_for(&child, 1);
		assert_int_equal(is.outcome, PROBE_FAIL);
		assert_true(mono_between(due(&was), due(&is)).ns < span_ms(EVERY_MS / 2).ns);
	}
	was = wait_for(&child, 1); /* its slot counts from before the trouble */
	for (int i = 0; i < 3; i++, was = is) {
		is = wait_for(&child, 1);
		const int64_t ns = mono_between(due(&was), due(&is)).ns;
		assert_true(ns > span_ms(DOWN_MS / 2).ns && ns < span_ms(EVERY_MS / 2).ns);
	}
	assert_int_equal(listen(refusing, 16), 0); /* it recovers */
	do
		was = wait_for(&child, 1);
	while (was.outcome != PROBE_PASS);
	is = wait_for(&child, 1);
	assert_int_equal(is.outcome, PROBE_PASS);
	assert_true(mono_between(due(&was), due(&is)).ns < span_ms(DOWN_MS / 2).ns);
	was = wait_for(&child, 1);
	is = wait_for(&child, 1);
	assert_true(mono_between(due(&was), due(&is)).ns > span_ms(EVERY_MS / 2).ns);
	(void)close(refusing);
	stop(&child);
}

static void a_thousand_checks(void **state)
{
	(void)state;
	enum { CHECKS = 1000, ROUNDS = 4 };
	struct child child = start();
	for (uint32_t id = 1; id <= CHECKS; id++)
		order(&child, id, &probe_tcp, &child.open, 100, PATIENCE_MS);
	static unsigned done[CHECKS + 1];
	static mono_t ended[CHECKS + 1];
	memset(done, 0, sizeof done);
	memset(ended, 0, sizeof ended);
	size_t left = CHECKS;
	struct report r[REPORTS_MAX];
	while (left > 0)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind != REPORT_OUTCOME)
				continue;
			assert_in_range(r[i].id, 1, CHECKS);
			assert_true(passed(&r[i])); /* no false failure, on the busiest machine */
			assert_true(mono_reached(ended[r[i].id], r[i].started)); /* one at a time */
			ended[r[i].id] = r[i].ended;
			left -= ++done[r[i].id] == ROUNDS;
		}
	stop(&child);
}

/* 64 descriptors, 200 checks that take their whole time: they queue, none is refused one. */
static void few_descriptors_make_a_queue(void **state)
{
	(void)state;
	enum { CHECKS = 200 };
	struct child child = start_within(64);
	for (uint32_t id = 1; id <= CHECKS; id++)
		order(&child, id, id % 2 != 0 ? &probe_http : &probe_tcp,
			id % 2 != 0 ? &child.mute : &child.open, 100, 20);
	bool seen[CHECKS + 1] = {false};
	struct report r[REPORTS_MAX];
	for (size_t left = CHECKS; left > 0;)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind != REPORT_OUTCOME)
				continue;
			if (r[i].outcome == PROBE_NO_VERDICT && !was_late(&r[i]))
				fail_msg("check %u: %s", r[i].id, r[i].why);
			left -= !seen[r[i].id];
			seen[r[i].id] = true;
		}
	stop(&child);
}

/* Nobody reads for a while: every check keeps one report and waits; then all goes on. */
static void a_full_socket_is_waited_for(void **state)
{
	(void)state;
	enum { CHECKS = 2000 };
	struct child child = start();
	for (uint32_t id = 1; id <= CHECKS; id++)
		order(&child, id, &probe_tcp, &child.open, 50, 45);
	int before = -1, waiting = 0;
	do { /* until nothing more comes in: full */
		before = waiting;
		(void)poll(NULL, 0, 100);
		assert_int_equal(ioctl(child.fd, FIONREAD, &waiting), 0);
	} while (waiting != before || waiting == 0);
	(void)poll(NULL, 0, 100); /* they are all stuck now */
	const mono_t read_on = clock_mono();
	unsigned old[CHECKS + 1] = {0};
	bool fresh[CHECKS + 1] = {false};
	size_t left = CHECKS;
	struct report r[REPORTS_MAX];
	while (left > 0)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind != REPORT_OUTCOME)
				continue;
			if (!mono_reached(read_on, r[i].started)) {
				old[r[i].id]++;
				continue;
			}
			left -= !fresh[r[i].id];
			fresh[r[i].id] = true;
		}
	unsigned kept = 0;
	for (size_t id = 1; id <= CHECKS; id++)
		kept += old[id];
	/* What the socket held, and one for each check: not 2,000 every 50 ms. */
	assert_in_range(kept, CHECKS, CHECKS * 3);
	stop(&child);
}

/* Stopped for more than a second: what ends in that time is nobody's failure, and nothing bursts.
 */
static void a_stopped_prober_judges_nothing(void **state)
{
	(void)state;
	enum { CHECKS = 500, EVERY_MS = 400 };
	struct child child = start();
	order(&child, 1, &probe_http, &child.mute, 300, 280);
	for (uint32_t id = 2; id <= CHECKS; id++)
		order(&child, id, &probe_tcp, &child.open, EVERY_MS, 300);
	(void)wait_for(&child, 1); /* its next attempt begins within 32 ms and takes 280 */
	(void)wait_for_beat(&child, CHECKS);
	(void)kill(child.pid, SIGSTOP);
	int status;
	assert_int_equal(waitpid(child.pid, &status, WUNTRACED), child.pid);
	assert_true(WIFSTOPPED(status));
	struct report r[REPORTS_MAX];
	while (recv(child.fd, r, sizeof r, MSG_DONTWAIT) > 0)
		;
	struct pollfd p = {.fd = child.fd, .events = POLLIN};
	assert_int_equal(poll(&p, 1, 1500), 0); /* silent */
	const mono_t woken = clock_mono();
	(void)kill(child.pid, SIGCONT);

	bool stopped_one = false;
	size_t at_once = 0, left = CHECKS - 1;
	bool seen[CHECKS + 1] = {false};
	uint32_t worst = 0;
	while (left > 0 || !stopped_one)
		for (size_t i = 0, n = hear(&child, r); i < n; i++) {
			if (r[i].kind == REPORT_ALIVE) {
				worst = r[i].late_us > worst ? r[i].late_us : worst;
				continue;
			}
			if (r[i].id == 1) {
				assert_true(was_late(&r[i]) || mono_reached(woken, r[i].started));
				stopped_one = true;
				continue;
			}
			assert_true(r[i].outcome != PROBE_FAIL);
			left -= !seen[r[i].id];
			seen[r[i].id] = true;
			at_once += mono_between(woken, r[i].started).ns < span_ms(40).ns;
		}
	assert_true(at_once < CHECKS / 2); /* 40 of 400 ms: a tenth is their share */
	assert_true(worst > 900000);
	stop(&child);
}

/* 30 checks of a host that hangs, two at a time; one of another host is not kept waiting. */
static void a_host_that_hangs_is_asked_by_few_at_a_time(void **state)
{
	(void)state;
	enum { CHECKS = 30, TIMEOUT_MS = 100, PER_HOST = 2 };
	struct child child = start();
	struct address elsewhere;
	const int listener = listen_on("127.0.0.2", &elsewhere);
	limit(&child, PER_HOST, 1);
	for (uint32_t id = 1; id <= CHECKS; id++)
		order(&child, id, &probe_http, &child.mute, 100, TIMEOUT_MS);
	order(&child, CHECKS + 1, &probe_tcp, &elsewhere, 20, 50);
	struct report r[REPORTS_MAX];
	mono_t ended[CHECKS * 3];
	size_t n = 0, others = 0;
	uint32_t queued = 0;
	const mono_t began = clock_mono();
	while (n < COUNT_OF(ended) / 3)
		for (size_t i = 0, m = hear(&child, r); i < m && n < COUNT_OF(ended); i++) {
			if (r[i].kind == REPORT_ALIVE) {
				assert_true(r[i].beat.asking <= PER_HOST + 1);
				queued = queued > r[i].beat.queued ? queued : r[i].beat.queued;
			} else if (r[i].id == CHECKS + 1) {
				others++;
			} else {
				ended[n++] = r[i].ended;
			}
		}
	/* 30 attempts of 100 ms, by two. */
	assert_true(mono_between(began, ended[CHECKS - 1]).ns >=
		    span_ms(CHECKS / PER_HOST * TIMEOUT_MS).ns);
	assert_true(queued > CHECKS / 2);
	assert_true(others > CHECKS / PER_HOST);
	(void)close(listener);
	stop(&child);
}

static void wrong_orders_are_dropped(void **state)
{
	(void)state;
	struct child child = start();
	uint8_t message[sizeof(struct order) + 64] = {0};
	struct order o = {.kind = (enum order_kind)99, .id = 1};
	send_all(&child, &o, sizeof o);
	send_all(&child, &o, 1);
	static const struct {
		const char *texts;
		uint16_t kind_len, host_len;
		uint32_t options_len;
		int64_t every_ms, timeout_ms;
		socklen_t address_len;
	} rows[] = {
		{"tcp", 3, 0, 0, 100, 100, sizeof(struct sockaddr_in)},  /* no options */
		{"tcpx", 3, 0, 1, 100, 100, sizeof(struct sockaddr_in)}, /* other options */
		{"tcp", 3, 0, 4, 100, 100, sizeof(struct sockaddr_in)},  /* longer than it is */
		{"tcp", 3, 65535, UINT32_MAX, 100, 100, sizeof(struct sockaddr_in)},
		{"smoke", 5, 0, 0, 100, 100, sizeof(struct sockaddr_in)},
		{"tcp", 3, 0, 0, 0, 100, sizeof(struct sockaddr_in)},
		{"tcp", 3, 0, 0, 100, -1, sizeof(struct sockaddr_in)},
		{"tcp", 3, 0, 0, 100, 100, 0},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		o = (struct order){.kind = ORDER_WATCH,
			.id = 1,
			.address = child.open,
			.rule = rule_of(rows[i].every_ms, rows[i].timeout_ms),
			.kind_len = rows[i].kind_len,
			.host_len = rows[i].host_len,
			.options_len = rows[i].options_len};
		o.address.len = rows[i].address_len;
		memcpy(message, &o, sizeof o);
		memcpy(message + sizeof o, rows[i].texts, strlen(rows[i].texts));
		send_all(&child, message, sizeof o + strlen(rows[i].texts));
	}
	order(&child, 2, &probe_tcp, &child.open, 50, 40);
	(void)wait_for(&child, 2);
	(void)wait_for_beat(&child, 1);
	char said[8192] = "";
	assert_true(pread(child.said, said, sizeof said - 1, 0) > 0);
	assert_non_null(strstr(said, "order=dropped id=1"));
	assert_non_null(strstr(said, "no such kind"));
	stop(&child);
}

static void a_terminals_signals_do_not_end_it(void **state)
{
	(void)state;
	struct child child = start();
	(void)wait_for_beat(&child, 0);
	(void)kill(child.pid, SIGINT);
	(void)kill(child.pid, SIGHUP);
	(void)kill(child.pid, SIGPIPE);
	(void)wait_for_beat(&child, 0);
	(void)wait_for_beat(&child, 0);
	stop(&child);
}

/* Somebody else still holds the other end: its parent's end is enough. */
static void it_ends_with_its_parent(void **state)
{
	(void)state;
	int pair[2];
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair), 0);
	(void)fflush(NULL);
	const pid_t parent = fork();
	assert_true(parent >= 0);
	if (parent == 0) {
		if (fork() == 0)
			_exit(prober_run(pair[1]));
		(void)pause();
		_exit(0);
	}
	(void)close(pair[1]);
	struct child child = {.fd = pair[0]};
	(void)wait_for_beat(&child, 0);
	(void)kill(parent, SIGKILL);
	int status;
	assert_int_equal(waitpid(parent, &status, 0), parent);
	struct report r[REPORTS_MAX];
	struct pollfd p = {.fd = pair[0], .events = POLLIN};
	do
		assert_int_equal(poll(&p, 1, PATIENCE_MS), 1);
	while (recv(pair[0], r, sizeof r, 0) > 0);
	(void)close(pair[0]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_round_is_spread),
		cmocka_unit_test(the_interval_is_kept_without_drift),
		cmocka_unit_test(a_silent_server_times_out),
		cmocka_unit_test(forgotten_checks_are_silent),
		cmocka_unit_test(new_times_take_effect),
		cmocka_unit_test(the_interval_follows_the_health),
		cmocka_unit_test(a_thousand_checks),
		cmocka_unit_test(few_descriptors_make_a_queue),
		cmocka_unit_test(a_full_socket_is_waited_for),
		cmocka_unit_test(a_stopped_prober_judges_nothing),
		cmocka_unit_test(a_host_that_hangs_is_asked_by_few_at_a_time),
		cmocka_unit_test(wrong_orders_are_dropped),
		cmocka_unit_test(a_terminals_signals_do_not_end_it),
		cmocka_unit_test(it_ends_with_its_parent),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
