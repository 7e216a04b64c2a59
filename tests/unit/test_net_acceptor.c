/* Who gets in: the cap, shares of clients, resets, no descriptors. */
#include "net/clients.h"
#include "tests/unit/streams.h"

#include <sys/resource.h>
#include <sys/wait.h>

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

/* Shares of `most`; addresses of an even number of the last octet are one client. */
static size_t most;
static size_t share(void *cookie, const struct address *peer, uint64_t *client)
{
	(void)cookie;
	*client = ntohl(peer->v4.sin_addr.s_addr) % 2;
	return ntohl(peer->v4.sin_addr.s_addr) % 256 == 99 ? 0 : most;
}

static void dial_from(struct bench *bench, size_t i, const char *from)
{
	struct address own;
	assert_true(address_parse(from, &own));
	bench->client[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(bench->client[i], &own.any, own.len), 0);
	assert_int_equal(connect(bench->client[i], &bench->at.any, bench->at.len), 0);
	assert_int_equal(fcntl(bench->client[i], F_SETFL, O_NONBLOCK), 0);
	bench->wanted++;
	until(bench, all_accepted);
}

static void count_open(const struct bench *bench, const char *want)
{
	char got[CLIENTS + 1] = "";
	for (size_t i = 0; bench->client[i] != -1; i++)
		got[i] = is_open(bench, i) ? '+' : '-';
	assert_string_equal(got, want);
}

static struct bench *begin_shared(size_t each, size_t connections)
{
	static const uint64_t seed[2] = {1, 2};
	struct stream_rule rule = patient();
	rule.connections = connections;
	rule.share = share;
	rule.clients = clients_new(seed);
	most = each;
	return begin(rule);
}

static void end_shared(struct bench *bench)
{
	struct clients *const clients = bench->rule.clients;
	end(bench);
	clients_free(clients); /* asserts that nobody is counted any more */
}

static void at_its_share_the_clients_own_longest_idle_goes(void **state)
{
	(void)state;
	struct bench *const bench = begin_shared(3, 10);
	dial_from(bench, 0, "127.0.0.3"); /* another's, and the longest idle of all */
	for (size_t i = 1; i <= 3; i++)
		dial_from(bench, i, i % 2 == 0 ? "127.0.0.2" : "127.0.0.4");
	say(bench, 1, "\2e", 2); /* 2 is now the longest idle */
	until(bench, first_has_spoken);
	a_few_ticks(bench);
	char echo[2];
	assert_int_equal(recv(bench->client[1], echo, sizeof echo, 0), 2);
	dial_from(bench, 4, "127.0.0.2");
	until(bench, one_gone);
	count_open(bench, "++-++");
	say(bench, 3, "\5", 1); /* within a message */
	a_few_ticks(bench);
	dial_from(bench, 5, "127.0.0.4");
	until(bench, two_gone);
	count_open(bench, "+--+++");
	assert_int_equal(acceptor_counts(bench->acceptor).over_share, 2);
	assert_int_equal(acceptor_counts(bench->acceptor).crowded_out, 0);
	assert_int_equal(acceptor_counts(bench->acceptor).open, 4);
	end_shared(bench);
}

static void at_its_share_with_none_idle_the_new_one_goes(void **state)
{
	(void)state;
	struct bench *const bench = begin_shared(2, 10);
	for (size_t i = 0; i < 2; i++) {
		dial_from(bench, i, "127.0.0.2");
		say(bench, i, "\5", 1);
	}
	a_few_ticks(bench);
	dial_from(bench, 2, "127.0.0.2");
	a_few_ticks(bench);
	count_open(bench, "++-");
	dial_from(bench, 3, "127.0.0.3");
	(void)close(bench->client[0]); /* what is given back is free again */
	until(bench, one_gone);
	bench->client[0] = bench->client[2];
	dial_from(bench, 2, "127.0.0.2");
	count_open(bench, "-+++");
	assert_int_equal(acceptor_counts(bench->acceptor).over_share, 1);
	end_shared(bench);
}

/* No share for some; the cap of all holds all the same.  A share that shrinks is kept from then on.
 */
static void shares_and_the_cap(void **state)
{
	(void)state;
	struct bench *const bench = begin_shared(2, 5);
	for (size_t i = 0; i < 5; i++)
		dial_from(bench, i, "127.0.0.99");
	count_open(bench, "+++++");
	dial_from(bench, 5, "127.0.0.2");
	until(bench, one_gone);
	count_open(bench, "-+++++");
	assert_int_equal(acceptor_counts(bench->acceptor).crowded_out, 1);
	dial_from(bench, 6, "127.0.0.2");
	count_open(bench, "--+++++");
	most = 1;
	dial_from(bench, 7, "127.0.0.2");
	count_open(bench, "--+++--+");
	assert_int_equal(acceptor_counts(bench->acceptor).over_share, 2);
	end_shared(bench);
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

static bool none_held(struct bench *bench) { return bench->held == NULL; }

static void who_left_while_it_was_answered_makes_room(void **state)
{
	(void)state;
	struct stream_rule rule = patient();
	const struct linger reset = {.l_onoff = 1};
	rule.connections = 1;
	struct bench *const bench = begin(rule);
	dial(bench, 0);
	say(bench, 0, "\2h", 2);
	until(bench, some_held);
	(void)setsockopt(bench->client[0], SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	(void)close(bench->client[0]);
	bench->client[0] = -1;
	dial(bench, 1);
	until(bench, second_refused);
	until(bench, none_held);
	assert_true(is_open(bench, 1));
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
			stream_finish(bench->held);
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
		cmocka_unit_test(at_the_cap_the_longest_idle_goes),
		cmocka_unit_test(at_its_share_the_clients_own_longest_idle_goes),
		cmocka_unit_test(at_its_share_with_none_idle_the_new_one_goes),
		cmocka_unit_test(shares_and_the_cap),
		cmocka_unit_test(what_is_being_answered_is_not_crowded_out),
		cmocka_unit_test(who_left_while_it_was_answered_makes_room),
		cmocka_unit_test(resets_are_harmless),
		cmocka_unit_test(without_descriptors_it_pauses_and_goes_on),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
