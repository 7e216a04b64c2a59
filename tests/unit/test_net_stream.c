/* The life of a stream: messages, deadlines, who does not read, who leaves. */
#include "tests/unit/streams.h"

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
		cmocka_unit_test(held_streams_take_nothing_and_answer_in_order),
		cmocka_unit_test(a_hold_can_have_a_deadline),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
