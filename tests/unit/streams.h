/*
 * Streams over real sockets, in one thread: the clients are plain descriptors, the loop ticks
 * every millisecond while something is awaited.  A message is one octet for its length, one for
 * what to do with it, and the rest.  For test_net_stream.c and test_net_acceptor.c.
 */
#ifndef LOCUM_TESTS_STREAMS_H
#define LOCUM_TESTS_STREAMS_H

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
#include <sys/socket.h>
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

static inline size_t take(void *cookie, struct stream *stream, const uint8_t *data, size_t len)
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
	default: stream_finish(stream); break;
	}
	return data[0];
}

static inline void gone(void *cookie, struct stream *stream)
{
	struct bench *const bench = cookie;
	bench->gone++;
	stream_send(stream, "x", 1); /* in vain, and harmless */
	stream_release(stream);
	if (bench->held == stream)
		bench->held = NULL;
}

static inline void turn(void *cookie, mono_t now)
{
	(void)now;
	struct bench *const bench = cookie;
	bench->turns++;
	if (bench->done != NULL && bench->done(bench))
		loop_stop(bench->loop);
}

static inline void tick(void *cookie, mono_t now)
{
	struct bench *const bench = cookie;
	bench->ticks++;
	watch_again(bench->tick, mono_after(now, span_ms(1)));
}

static inline void too_long(void *cookie, mono_t now)
{
	(void)cookie;
	(void)now;
	fail_msg("waited for 20 s in vain");
}

static inline struct bench *begin(struct stream_rule rule)
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

static inline void end(struct bench *bench)
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
static inline struct stream_rule patient(void)
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

static inline void until(struct bench *bench, bool (*done)(struct bench *bench))
{
	bench->done = done;
	loop_run(bench->loop);
	bench->done = NULL;
}

static inline void dial(struct bench *bench, size_t i)
{
	bench->client[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(bench->client[i] >= 0);
	assert_int_equal(connect(bench->client[i], &bench->at.any, bench->at.len), 0);
	assert_int_equal(fcntl(bench->client[i], F_SETFL, O_NONBLOCK), 0);
}

static inline void say(struct bench *bench, size_t i, const char *octets, size_t len)
{
	assert_int_equal(send(bench->client[i], octets, len, MSG_NOSIGNAL), len);
}

static inline void listen_to_0(struct bench *bench)
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

static inline bool got_wanted(struct bench *bench)
{
	listen_to_0(bench);
	return bench->got_len >= bench->wanted || bench->got_end;
}

static inline bool got_end(struct bench *bench)
{
	listen_to_0(bench);
	return bench->got_end;
}

static inline bool one_gone(struct bench *bench) { return bench->gone == 1; }
static inline bool some_held(struct bench *bench) { return bench->held != NULL; }

static inline bool all_accepted(struct bench *bench)
{
	return acceptor_counts(bench->acceptor).accepted == bench->wanted;
}

static inline bool acted_upon(struct bench *bench) { return bench->ticks >= bench->acted; }

/* For what leaves no trace: the loop has seen it by then. */
static inline void a_few_ticks(struct bench *bench)
{
	bench->acted = bench->ticks + 10;
	until(bench, acted_upon);
}

#endif
