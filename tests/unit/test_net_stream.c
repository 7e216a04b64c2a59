/*
 * Streams over real sockets, in one thread: the clients are plain descriptors, the loop ticks
 * every millisecond while something is awaited.  A message is one octet for its length, one for
 * what to do with it, and the rest.
 */
#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/stream.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { CLIENTS = 40, REPLY = 1000 };

struct bench {
	struct loop *loop;
	struct acceptor *acceptor;
	struct stream_rule rule;
	struct address at;
	int client[CLIENTS];
	struct watch *tick, *guard;
	bool (*done)(struct bench *bench);
	unsigned takes, gone, turns, ticks, acted;
	struct stream *held;
	char *got; /* by client 0 */
	size_t got_len, got_room, wanted, sent;
	bool got_end;
	int got_errno;
};

static size_t take(void *cookie, struct stream *stream, const uint8_t *data, size_t len)
{
	struct bench *const bench = cookie;
	if (len < 2 || len < data[0])
		return 0;
	bench->takes++;
	static char reply[REPLY];
	switch (data[1]) {
	case 'e': stream_send(stream, data, data[0]); break;
	case 'b':
		memset(reply, (int)(bench->takes % 251), sizeof reply);
		stream_send(stream, reply, sizeof reply);
		break;
	case 'h':
		stream_hold(stream);
		bench->held = stream;
		break;
	case 'f':
		stream_send(stream, "bye", 3);
		stream_finish(stream);
		break;
	case 'g': {
		char *const giant = mem_new(64 << 20);
		stream_send(stream, giant, 64 << 20);
		free(giant);
		break;
	}
	default: stream_close(stream); break;
	}
	return data[0];
}

static void gone(void *cookie, struct stream *stream)
{
	struct bench *const bench = cookie;
	bench->gone++;
	stream_send(stream, "x", 1); /* in vain, and harmless */
	stream_release(stream);
	if (bench->held == stream)
		bench->held = NULL;
}

static void turn(void *cookie, mono_t now)
{
	(void)now;
	struct bench *const bench = cookie;
	bench->turns++;
	if (bench->done != NULL && bench->done(bench))
		loop_stop(bench->loop);
}

static void tick(void *cookie, mono_t now)
{
	struct bench *const bench = cookie;
	bench->ticks++;
	watch_again(bench->tick, mono_after(now, span_ms(1)));
}

static void too_long(void *cookie, mono_t now)
{
	(void)cookie;
	(void)now;
	fail_msg("waited for 20 s in vain");
}

static struct bench *begin(struct stream_rule rule)
{
	struct bench *const bench = mem_new(sizeof *bench);
	rule.take = take;
	rule.gone = gone;
	bench->rule = rule;
	bench->loop = loop_new();
	struct err err;
	assert_true(address_parse("127.0.0.1", &bench->at));
	const int fd = socket_tcp(&bench->at, &err);
	if (fd == -1)
		fail_msg("%s", err.text);
	assert_int_equal(getsockname(fd, &bench->at.any, &bench->at.len), 0);
	bench->acceptor = acceptor_new(bench->loop, fd, &bench->rule, bench);
	bench->tick = loop_at(bench->loop, clock_mono(), tick, bench);
	bench->guard =
		loop_at(bench->loop, mono_after(clock_mono(), span_ms(20000)), too_long, bench);
	loop_after_turn(bench->loop, turn, bench);
	for (size_t i = 0; i < CLIENTS; i++)
		bench->client[i] = -1;
	return bench;
}

static void end(struct bench *bench)
{
	const uint64_t open = acceptor_counts(bench->acceptor).open;
	const unsigned before = bench->gone;
	acceptor_free(bench->acceptor);
	assert_int_equal(bench->gone - before, open);
	for (size_t i = 0; i < CLIENTS; i++)
		if (bench->client[i] != -1)
			(void)close(bench->client[i]);
	watch_free(bench->tick);
	watch_free(bench->guard);
	loop_free(bench->loop);
	free(bench->got);
	free(bench);
}

/* Long deadlines, unless a test is about one. */
static struct stream_rule patient(void)
{
	return (struct stream_rule){
		.connections = CLIENTS,
		.in_max = 4096,
		.out_max = 65536,
		.idle = span_ms(60000),
		.message = span_ms(60000),
		.drain = span_ms(60000),
	};
}

static void until(struct bench *bench, bool (*done)(struct bench *bench))
{
	bench->done = done;
	loop_run(bench->loop);
	bench->done = NULL;
}

static void dial(struct bench *bench, size_t i)
{
	bench->client[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(bench->client[i] >= 0);
	assert_int_equal(connect(bench->client[i], &bench->at.any, bench->at.len), 0);
	assert_int_equal(fcntl(bench->client[i], F_SETFL, O_NONBLOCK), 0);
}

static void say(struct bench *bench, size_t i, const char *octets, size_t len)
{
	assert_int_equal(send(bench->client[i], octets, len, MSG_NOSIGNAL), len);
}

static void listen_to_0(struct bench *bench)
{
	for (;;) {
		bench->got = mem_grow(bench->got, &bench->got_room, bench->got_len + 65536, 1);
		const ssize_t n = recv(bench->client[0], bench->got + bench->got_len, 65536, 0);
		if (n <= 0) {
			bench->got_errno = n < 0 ? errno : 0;
			bench->got_end = n == 0 || errno != EAGAIN;
			return;
		}
		bench->got_len += (size_t)n;
	}
}

static bool got_wanted(struct bench *bench)
{
	listen_to_0(bench);
	return bench->got_len >= bench->wanted || bench->got_end;
}

static bool got_end(struct bench *bench)
{
	listen_to_0(bench);
	return bench->got_end;
}

static bool one_gone(struct bench *bench) { return bench->gone == 1; }
static bool some_held(struct bench *bench) { return bench->held != NULL; }

static bool all_accepted(struct bench *bench)
{
	return acceptor_counts(bench->acceptor).accepted == bench->wanted;
}

static bool acted_upon(struct bench *bench) { return bench->ticks >= bench->acted; }

/* For what leaves no trace: the loop has seen it by then. */
static void a_few_ticks(struct bench *bench)
{
	bench->acted = bench->ticks + 10;
	until(bench, acted_upon);
}

static void messages_are_taken_whole_and_in_order(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	dial(bench, 0);
	say(bench, 0, "\3e1\4e22\2e\4e", 11); /* three and a half */
	bench->wanted = 9;
	until(bench, got_wanted);
	assert_int_equal(bench->takes, 3);
	say(bench, 0, "33", 2);
	bench->wanted = 13;
	until(bench, got_wanted);
	assert_int_equal(bench->got_len, 13);
	assert_memory_equal(bench->got, "\3e1\4e22\2e\4e33", 13);
	assert_int_equal(acceptor_counts(bench->acceptor).open, 1);
	end(bench);
}

/* One octet a tick, of a message of 255. */
static bool dripped_to_the_end(struct bench *bench)
{
	if (bench->acted == bench->ticks)
		return bench->gone == 1;
	bench->acted = bench->ticks;
	const char octet = bench->sent == 0 ? '\377' : 'e';
	if (send(bench->client[0], &octet, 1, MSG_NOSIGNAL) == 1)
		bench->sent++;
	return bench->gone == 1;
}

static void a_drip_does_not_move_the_deadline(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.message = span_ms(25);
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	bench->wanted = 1;
	until(bench, all_accepted);
	const mono_t start = clock_mono();
	until(bench, dripped_to_the_end);
	const span_t took = mono_between(start, clock_mono());
	assert_true(span_at_least(took, span_ms(24)));
	assert_true(bench->sent < 200);
	assert_int_equal(bench->takes, 0);
	assert_int_equal(acceptor_counts(bench->acceptor).timed_out, 1);
	end(bench);
}

static bool chatted(struct bench *bench)
{
	listen_to_0(bench);
	if (bench->got_len == 2 * bench->sent && !bench->got_end && bench->sent < 60 &&
		bench->acted != bench->ticks) {
		bench->acted = bench->ticks;
		say(bench, 0, "\2e", 2);
		bench->sent++;
	}
	return bench->got_end;
}

static void each_message_renews_the_idle_time_and_silence_ends_it(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.idle = span_ms(40);
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	const mono_t start = clock_mono();
	until(bench, chatted); /* 60 messages, a millisecond or more apart, then silence */
	assert_int_equal(bench->sent, 60);
	assert_true(span_at_least(mono_between(start, clock_mono()), span_ms(95)));
	assert_int_equal(bench->got_errno, 0);
	assert_int_equal(acceptor_counts(bench->acceptor).timed_out, 1);
	end(bench);
}

/* Sends as much as it can, and reads nothing. */
static bool pushed_until_gone(struct bench *bench)
{
	while (send(bench->client[0], "\2b\2b\2b\2b\2b\2b\2b\2b", 16, MSG_NOSIGNAL) > 0)
		bench->sent += 16;
	return bench->gone == 1;
}

static void who_never_reads_is_cut_and_costs_little(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.drain = span_ms(40);
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	until(bench, pushed_until_gone);
	/* What the kernel took is its own; past it, not more than one batch was made. */
	assert_true((size_t)bench->takes * REPLY < 32 << 20);
	assert_int_equal(acceptor_counts(bench->acceptor).timed_out, 1);
	assert_int_equal(acceptor_counts(bench->acceptor).overrun, 0);
	end(bench);
}

/* Sends 40,000 requests as fast as they go and reads only when no more go out. */
static bool pipelined(struct bench *bench)
{
	static char requests[80000];
	for (size_t i = 0; i < sizeof requests; i += 2)
		requests[i] = 2, requests[i + 1] = 'b';
	if (bench->sent < sizeof requests) {
		const ssize_t n = send(bench->client[0], requests + bench->sent,
			sizeof requests - bench->sent, MSG_NOSIGNAL);
		bench->sent += n > 0 ? (size_t)n : 0;
	} else {
		listen_to_0(bench);
	}
	return bench->got_len >= bench->wanted || bench->got_end;
}

static void a_long_pipeline_that_is_read_late_gets_every_answer(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	dial(bench, 0);
	bench->wanted = (size_t)40000 * REPLY;
	until(bench, pipelined);
	assert_int_equal(bench->got_len, bench->wanted);
	for (size_t i = 0; i < 40000; i++)
		assert_int_equal((uint8_t)bench->got[i * REPLY], (i + 1) % 251);
	assert_int_equal(acceptor_counts(bench->acceptor).overrun, 0);
	end(bench);
}

static void a_reply_past_out_max_that_is_not_taken_closes(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	dial(bench, 0);
	say(bench, 0, "\2g", 2);
	until(bench, one_gone);
	assert_int_equal(acceptor_counts(bench->acceptor).overrun, 1);
	end(bench);
}

static void a_message_past_in_max_closes(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.in_max = 100;
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	char message[101] = {100, 'e'};
	say(bench, 0, message, 100); /* as long as the longest may be */
	bench->wanted = 100;
	until(bench, got_wanted);
	assert_int_equal(bench->got_len, 100);
	message[0] = 101;
	say(bench, 0, message, 60);
	bench->wanted = 160;
	say(bench, 0, message, 41);
	until(bench, got_end);
	assert_int_equal(acceptor_counts(bench->acceptor).overrun, 1);
	assert_int_equal(bench->takes, 1);
	end(bench);
}

static void after_a_half_close_answers_still_go_out(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	dial(bench, 0);
	say(bench, 0, "\3e1\2h\3e2\4e", 11);
	assert_int_equal(shutdown(bench->client[0], SHUT_WR), 0);
	until(bench, some_held); /* the answer to the second is made elsewhere */
	stream_send(bench->held, "late", 4);
	stream_release(bench->held);
	until(bench, got_end);
	assert_int_equal(bench->got_errno, 0);
	assert_int_equal(bench->got_len, 10);
	assert_memory_equal(bench->got, "\3e1late\3e2", 10);
	assert_int_equal(bench->gone, 1);
	end(bench);
}

static void the_last_words_arrive_whatever_was_not_read(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	dial(bench, 0);
	static char much[60000] = "\2f";
	say(bench, 0, much, sizeof much);
	until(bench, got_end);
	assert_int_equal(bench->got_errno, 0); /* no reset */
	assert_int_equal(bench->got_len, 3);
	assert_int_equal(bench->gone, 0); /* it waits for our close */
	(void)close(bench->client[0]);
	bench->client[0] = -1;
	until(bench, one_gone);
	assert_int_equal(acceptor_counts(bench->acceptor).timed_out, 0);
	end(bench);
}

static void a_client_that_stays_after_the_last_words_is_left(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.drain = span_ms(10);
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	say(bench, 0, "\2f", 2);
	until(bench, one_gone);
	end(bench);
}

static bool first_has_spoken(struct bench *bench) { return bench->takes == 1; }
static bool two_gone(struct bench *bench) { return bench->gone == 2; }

static bool is_open(const struct bench *bench, size_t i)
{
	char octet;
	return recv(bench->client[i], &octet, 1, MSG_PEEK) == -1 && errno == EAGAIN;
}

static void at_the_cap_the_longest_idle_goes(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.connections = 3;
	struct bench *const bench = begin(rule);
	for (size_t i = 0; i < 3; i++) {
		dial(bench, i);
		bench->wanted = i + 1;
		until(bench, all_accepted);
	}
	say(bench, 0, "\2e", 2); /* 1 is now the longest idle */
	until(bench, first_has_spoken);
	dial(bench, 3);
	until(bench, one_gone);
	assert_true(is_open(bench, 2));
	assert_false(is_open(bench, 1));
	say(bench, 2, "\5", 1); /* within a message: 0 is now the longest idle */
	a_few_ticks(bench);
	dial(bench, 4);
	until(bench, two_gone);
	assert_true(is_open(bench, 2));
	assert_true(is_open(bench, 3));
	assert_int_equal(acceptor_counts(bench->acceptor).crowded_out, 2);
	assert_int_equal(acceptor_counts(bench->acceptor).open, 3);
	end(bench);
}

static bool second_refused(struct bench *bench)
{
	return acceptor_counts(bench->acceptor).crowded_out == 1;
}

static void what_is_being_answered_is_not_crowded_out(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.connections = 1;
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	say(bench, 0, "\2h", 2);
	until(bench, some_held);
	dial(bench, 1);
	until(bench, second_refused);
	assert_non_null(bench->held);
	assert_false(is_open(bench, 1));
	stream_send(bench->held, "yes", 3);
	stream_release(bench->held);
	bench->wanted = 3;
	until(bench, got_wanted);
	assert_int_equal(bench->got_len, 3);
	end(bench);
}

static void held_streams_take_nothing_and_answer_in_order(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.idle = rule.message = span_ms(5); /* neither counts while it is held */
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	say(bench, 0, "\3e1\2h\3e2", 8);
	until(bench, some_held);
	a_few_ticks(bench);
	assert_int_equal(bench->takes, 2);
	stream_send(bench->held, "held", 4);
	stream_release(bench->held);
	bench->wanted = 10;
	until(bench, got_wanted);
	assert_memory_equal(bench->got, "\3e1held\3e2", 10);
	end(bench);
}

static void a_hold_can_have_a_deadline(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	rule.hold = span_ms(10);
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	say(bench, 0, "\2h", 2);
	until(bench, one_gone);
	assert_null(bench->held);
	assert_int_equal(acceptor_counts(bench->acceptor).timed_out, 1);
	end(bench);
}

static bool all_gone(struct bench *bench)
{
	const struct stream_counts counts = acceptor_counts(bench->acceptor);
	return counts.accepted >= bench->wanted && counts.open == 0;
}

static void resets_are_harmless(void **state)
{
	(void)state;
	struct bench *const bench = begin(patient());
	const struct linger reset = {.l_onoff = 1};
	for (int round = 0; round < 10; round++) {
		for (size_t i = 0; i < CLIENTS; i++) {
			dial(bench, i);
			say(bench, i, "\5eee\2b\2b\2b\2h", i % 11);
			(void)setsockopt(
				bench->client[i], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
			if (i % 2 == 0) {
				bench->wanted++;
				until(bench, all_accepted);
			} else {
				bench->wanted++;
			}
			(void)close(bench->client[i]);
			bench->client[i] = -1;
		}
		/* One that is held does not notice: it is closed from outside. */
		until(bench, all_accepted);
		if (bench->held != NULL)
			stream_close(bench->held);
	}
	until(bench, all_gone);
	end(bench);
}

static bool twice_without(struct bench *bench)
{
	return acceptor_counts(bench->acceptor).no_descriptor == 2;
}

/* In a child: the limit is the process's. */
static void starve(void)
{
	struct bench *const bench = begin(patient());
	watch_free(bench->tick);
	bench->tick = NULL;
	for (size_t i = 0; i < 20; i++)
		dial(bench, i);
	struct rlimit limit;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
	const rlim_t plenty = limit.rlim_cur;
	const int next = dup(STDIN_FILENO);
	(void)close(next);
	limit.rlim_cur = (rlim_t)next + 5; /* room for five */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	const mono_t start = clock_mono();
	until(bench, twice_without);
	assert_true(span_at_least(mono_between(start, clock_mono()), span_ms(100)));
	assert_true(bench->turns < 20); /* no spinning */
	/* The longest idle made room after the first time: one more came in. */
	assert_int_equal(acceptor_counts(bench->acceptor).accepted, 6);
	limit.rlim_cur = plenty;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
	bench->wanted = 20;
	until(bench, all_accepted);
	end(bench);
}

static void without_descriptors_it_pauses_and_goes_on(void **state)
{
	(void)state;
	const pid_t child = fork();
	if (child == 0) {
		starve();
		_exit(0);
	}
	int status = -1;
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(messages_are_taken_whole_and_in_order),
		cmocka_unit_test(a_drip_does_not_move_the_deadline),
		cmocka_unit_test(each_message_renews_the_idle_time_and_silence_ends_it),
		cmocka_unit_test(who_never_reads_is_cut_and_costs_little),
		cmocka_unit_test(a_long_pipeline_that_is_read_late_gets_every_answer),
		cmocka_unit_test(a_reply_past_out_max_that_is_not_taken_closes),
		cmocka_unit_test(a_message_past_in_max_closes),
		cmocka_unit_test(after_a_half_close_answers_still_go_out),
		cmocka_unit_test(the_last_words_arrive_whatever_was_not_read),
		cmocka_unit_test(a_client_that_stays_after_the_last_words_is_left),
		cmocka_unit_test(at_the_cap_the_longest_idle_goes),
		cmocka_unit_test(what_is_being_answered_is_not_crowded_out),
		cmocka_unit_test(held_streams_take_nothing_and_answer_in_order),
		cmocka_unit_test(a_hold_can_have_a_deadline),
		cmocka_unit_test(resets_are_harmless),
		cmocka_unit_test(without_descriptors_it_pauses_and_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
