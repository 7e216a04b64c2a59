/* For tests of probe kinds: a web server that behaves as badly as it is told. */
#ifndef LOCUM_TESTS_HTTP_SERVER_H
#define LOCUM_TESTS_HTTP_SERVER_H

#include "tests/unit/probe_once.h"

#include <errno.h>

/*
 * A server that does what it is told: says `say` when a request has come, then goes on as `then`
 * says. It runs on the loop of the probe.
 */
enum then {
	CLOSES,
	HALF_CLOSES,
	RESETS,
	HOLDS,   /* keeps the connection and is silent */
	REPEATS, /* sends `more` for ever */
	CLOSES_AT_ONCE,
	SAYS_MORE /* sends `more` in a piece of its own, then closes */
};

enum { PEERS_MAX = 512 };

struct server;

struct peer {
	struct server *server;
	int fd;
	struct watch *in, *out;
	size_t asked; /* octets of the request */
};

struct server {
	struct loop *loop;
	struct address address;
	int fd;
	struct watch *accepting;
	const char *say, *more;
	const char *const *each; /* unless NULL: what each connection is told instead of `say` */
	size_t more_len;
	enum then then;
	size_t accepted, poured;
	char request[4096];
	struct peer peers[PEERS_MAX];
};

static inline void peer_gone(struct peer *peer)
{
	watch_free(peer->in);
	watch_free(peer->out);
	if (peer->fd >= 0)
		(void)close(peer->fd);
	*peer = (struct peer){.fd = -1};
}

static inline void pour(void *cookie, mono_t now)
{
	(void)now;
	struct peer *const peer = cookie;
	struct server *const server = peer->server;
	const ssize_t n = send(peer->fd, server->more, server->more_len, MSG_NOSIGNAL);
	if (n > 0)
		server->poured += (size_t)n;
	if ((n < 0 && errno != EAGAIN) || server->then == SAYS_MORE)
		peer_gone(peer);
}

static inline void go_on(struct peer *peer)
{
	struct server *const server = peer->server;
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	switch (server->then) {
	case RESETS:
		(void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
		peer_gone(peer);
		break;
	case CLOSES:
	case CLOSES_AT_ONCE: peer_gone(peer); break;
	case HALF_CLOSES: (void)shutdown(peer->fd, SHUT_WR); break;
	case HOLDS: break;
	case REPEATS:
	case SAYS_MORE: peer->out = loop_writable(server->loop, peer->fd, pour, peer); break;
	}
}

static inline void read_request(void *cookie, mono_t now)
{
	(void)now;
	struct peer *const peer = cookie;
	struct server *const server = peer->server;
	char *const request = server->request;
	const ssize_t n =
		recv(peer->fd, request + peer->asked, sizeof server->request - 1 - peer->asked, 0);
	if (n <= 0) {
		if (n == 0 || errno != EAGAIN)
			peer_gone(peer);
		return;
	}
	peer->asked += (size_t)n;
	request[peer->asked] = '\0';
	if (strstr(request, "\r\n\r\n") == NULL)
		return;
	peer->asked = 0;
	const char *const say =
		server->each != NULL ? server->each[server->accepted - 1] : server->say;
	(void)send(peer->fd, say, strlen(say), MSG_NOSIGNAL);
	go_on(peer);
}

static inline void accept_peer(void *cookie, mono_t now)
{
	(void)now;
	struct server *const server = cookie;
	const int fd = accept4(server->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	if (fd < 0)
		return;
	server->accepted++;
	if (server->then == CLOSES_AT_ONCE) {
		(void)close(fd);
		return;
	}
	size_t i = 0;
	while (server->peers[i].fd >= 0)
		assert_true(++i < PEERS_MAX);
	server->peers[i] = (struct peer){.server = server, .fd = fd};
	server->peers[i].in = loop_readable(server->loop, fd, read_request, &server->peers[i]);
}

static inline struct server *server_new(const char *ip, const char *say, enum then then)
{
	struct server *const server = calloc(1, sizeof *server);
	assert_non_null(server);
	server->loop = loop_new();
	server->fd = listen_on(ip, &server->address);
	server->accepting = loop_readable(server->loop, server->fd, accept_peer, server);
	server->say = say;
	server->then = then;
	for (size_t i = 0; i < PEERS_MAX; i++)
		server->peers[i].fd = -1;
	return server;
}

static inline void server_free(struct server *server)
{
	for (size_t i = 0; i < PEERS_MAX; i++)
		if (server->peers[i].fd >= 0)
			peer_gone(&server->peers[i]);
	watch_free(server->accepting);
	(void)close(server->fd);
	loop_free(server->loop);
	free(server);
}

#endif
