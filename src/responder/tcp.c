#include "base/bytes.h"
#include "base/mem.h"
#include "dns/message.h"
#include "net/clients.h"
#include "net/clock.h"
#include "net/loop.h"
#include "net/socket.h"
#include "net/stream.h"
#include "responder/dice.h"
#include "responder/publish.h"
#include "responder/worker.h"
#include "zone/answer.h"
#include "zone/view.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
	PREFIX = 2, /* octets of length before each message: RFC 1035 4.2.2 */
	IDLE_MS = 10000,
	TENTH_MS = 100,
	MESSAGE_MS = 2000,
	SHARE_MIN = 4, /* connections of one client: the kernel does not deal them out evenly */
};

struct tcp {
	struct loop *loop;
	int wake;
	struct watch *woken;
	struct stream_rule rule;
	struct clients *clients;
	unsigned workers;
	struct dice dice;
	size_t n_acceptors;
	struct acceptor **acceptors;
	struct counters counters;
	uint8_t response[PREFIX + MESSAGE_MAX];
};

static void respond(struct tcp *tcp, struct stream *stream, const uint8_t *message, size_t len)
{
	const struct request request = {.wire = message,
		.len = len,
		.transport = TRANSPORT_TCP,
		.dice = dice_roll(&tcp->dice),
		.unix_now = (uint32_t)(clock_wall_ns() / 1000000000),
		.idle = IDLE_MS / TENTH_MS,
		.client = stream_peer(stream)};
	publish_wake();
	const struct answer answer =
		answer_request(publish_current(), &request, tcp->response + PREFIX, MESSAGE_MAX);
	publish_sleep();
	counter_add(&tcp->counters.tcp_queries, 1);
	if (answer.fate == REQUEST_DROPPED) {
		counter_add(&tcp->counters.dropped, 1);
		stream_finish(stream); /* what it asked before is answered */
		return;
	}
	counters_rcode(&tcp->counters, answer.rcode);
	counter_add(&tcp->counters.tcp_answers, 1);
	bytes_put16(tcp->response, (uint16_t)answer.len);
	stream_send(stream, tcp->response, PREFIX + answer.len);
}

static size_t take(void *cookie, struct stream *stream, const uint8_t *data, size_t len)
{
	if (len < PREFIX)
		return 0;
	const size_t message = bytes_get16(data);
	if (len - PREFIX < message)
		return 0;
	respond(cookie, stream, data + PREFIX, message);
	return PREFIX + message;
}

/* Of what one client may hold, the part of this worker. */
static size_t share(void *cookie, const struct address *peer, uint64_t *client)
{
	const struct tcp *const tcp = cookie;
	const struct address_bits bits = address_bits(peer);
	publish_wake();
	const struct terms *const terms = view_terms(publish_current());
	const size_t most = rate_exempts(&terms->rate, bits) ? 0 : terms->connections;
	publish_sleep();
	const size_t part = (most + tcp->workers - 1) / tcp->workers;
	const size_t least = most < SHARE_MIN ? most : SHARE_MIN;
	*client = address_client(bits);
	return part > least ? part : least;
}

/* Copies what the acceptors counted to where other threads may read it. */
static void publish_counts(void *cookie, mono_t now)
{
	(void)now;
	struct tcp *const tcp = cookie;
	struct stream_counts sum = {0};
	for (size_t i = 0; i < tcp->n_acceptors; i++) {
		const struct stream_counts counts = acceptor_counts(tcp->acceptors[i]);
		sum.accepted += counts.accepted;
		sum.timed_out += counts.timed_out;
		sum.crowded_out += counts.crowded_out;
		sum.over_share += counts.over_share;
	}
	__atomic_store_n(&tcp->counters.tcp_connections, sum.accepted, __ATOMIC_RELAXED);
	__atomic_store_n(&tcp->counters.tcp_timed_out, sum.timed_out, __ATOMIC_RELAXED);
	__atomic_store_n(&tcp->counters.tcp_crowded_out, sum.crowded_out, __ATOMIC_RELAXED);
	__atomic_store_n(&tcp->counters.tcp_over_share, sum.over_share, __ATOMIC_RELAXED);
}

static void end(void *cookie, mono_t now)
{
	(void)now;
	struct tcp *const tcp = cookie;
	loop_stop(tcp->loop);
}

struct tcp *tcp_open(const struct address listen[], size_t n, unsigned workers, size_t connections,
	struct err *err)
{
	struct tcp *const tcp = mem_new(sizeof *tcp);
	tcp->loop = loop_new_coarse(); /* its times are seconds */
	tcp->acceptors = mem_list(n, sizeof(struct acceptor *));
	tcp->workers = workers;
	const uint64_t seed[2] = {dice_secret(), dice_secret()};
	tcp->clients = clients_new(seed);
	tcp->rule = (struct stream_rule){.connections = connections,
		.share = share,
		.clients = tcp->clients,
		.in_max = PREFIX + MESSAGE_MAX,
		.out_max = PREFIX + MESSAGE_MAX, /* the largest message must be sendable */
		.idle = span_ms(IDLE_MS),
		.message = span_ms(MESSAGE_MS),
		.drain = span_ms(MESSAGE_MS),
		.take = take};
	dice_seed(&tcp->dice);
	tcp->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (tcp->wake == -1) {
		(void)err_set(
			err, "cannot make what a thread waits with: %s", strerrordesc_np(errno));
		goto fail;
	}
	tcp->woken = loop_readable(tcp->loop, tcp->wake, end, tcp);
	for (size_t i = 0; i < n; i++) {
		const int fd = socket_tcp(&listen[i], err);
		if (fd == -1)
			goto fail;
		tcp->acceptors[tcp->n_acceptors++] = acceptor_new(tcp->loop, fd, &tcp->rule, tcp);
	}
	loop_after_turn(tcp->loop, publish_counts, tcp);
	return tcp;
fail:
	tcp_close(tcp);
	return NULL;
}

void tcp_close(struct tcp *tcp)
{
	if (tcp == NULL)
		return;
	for (size_t i = 0; i < tcp->n_acceptors; i++)
		acceptor_free(tcp->acceptors[i]);
	clients_free(tcp->clients);
	watch_free(tcp->woken);
	if (tcp->wake != -1)
		(void)close(tcp->wake);
	loop_free(tcp->loop);
	free(tcp->acceptors);
	free(tcp);
}

void tcp_run(struct tcp *tcp)
{
	publish_join();
	loop_run(tcp->loop);
	publish_leave();
}

void tcp_stop(struct tcp *tcp)
{
	const uint64_t one = 1;
	(void)!write(tcp->wake, &one, sizeof one);
}

const struct counters *tcp_counters(const struct tcp *tcp) { return &tcp->counters; }
