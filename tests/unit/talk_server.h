/*
 * For tests of conversations: certificates made on the spot, and a server on a loopback address
 * that plays a script to every client, in the clear or through TLS, in a thread of its own.
 */
#ifndef LOCUM_TESTS_TALK_SERVER_H
#define LOCUM_TESTS_TALK_SERVER_H

#include "tests/unit/probe_once.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

/* ---- certificates ---- */

struct made {
	X509 *cert;
	EVP_PKEY *key;
};

enum { HOUR_S = 3600, DAYS_S = 86400 };

static inline void made_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *const extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(cert, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

/* `issuer` NULL: signed by itself; `names` NULL: an authority, else "DNS:a,IP:127.0.0.1"; valid
 * from now + `from` to now + `to` seconds. */
static inline struct made make_cert(
	const struct made *issuer, const char *cn, const char *names, long from, long to)
{
	static long serial = 1;
	const struct made made = {X509_new(), EVP_EC_gen("P-256")};
	const struct made *const by = issuer != NULL ? issuer : &made;
	assert_non_null(made.key);
	assert_int_equal(X509_set_version(made.cert, X509_VERSION_3), 1);
	assert_int_equal(ASN1_INTEGER_set(X509_get_serialNumber(made.cert), serial++), 1);
	assert_non_null(X509_gmtime_adj(X509_getm_notBefore(made.cert), from));
	assert_non_null(X509_gmtime_adj(X509_getm_notAfter(made.cert), to));
	assert_int_equal(X509_set_pubkey(made.cert, made.key), 1);
	assert_int_equal(X509_NAME_add_entry_by_txt(X509_get_subject_name(made.cert), "CN",
				 MBSTRING_ASC, (const unsigned char *)cn, -1, -1, 0),
		1);
	assert_int_equal(X509_set_issuer_name(made.cert, X509_get_subject_name(by->cert)), 1);
	made_extension(made.cert, NID_basic_constraints, names == NULL ? "CA:TRUE" : "CA:FALSE");
	if (names != NULL)
		made_extension(made.cert, NID_subject_alt_name, names);
	assert_true(X509_sign(made.cert, by->key, EVP_sha256()) > 0);
	return made;
}

static inline void free_cert(struct made made)
{
	X509_free(made.cert);
	EVP_PKEY_free(made.key);
}

static inline void write_cert(const char *path, const struct made *made)
{
	FILE *const file = fopen(path, "we");
	assert_non_null(file);
	assert_int_equal(PEM_write_X509(file, made->cert), 1);
	assert_int_equal(fclose(file), 0);
}

/* ---- the server ---- */

enum play {
	PLAY_END, /* close */
	PLAY_SAY,
	PLAY_HEAR,  /* until this has come */
	PLAY_SHUT,  /* half of it: the server says no more */
	PLAY_HANG,  /* until the client is gone */
	PLAY_FLOOD, /* this over and over, until the client is gone */
	PLAY_DRIP,  /* octet by octet, each in a segment of its own */
	PLAY_RESET,
};

struct line {
	enum play play;
	const char *text; /* \xff is sent as a zero */
};

enum { LINES_MAX = 8 };

struct server {
	struct address address;
	int listener, stop[2];
	pthread_t thread;
	SSL_CTX *tls; /* NULL: in the clear */
	struct line script[LINES_MAX];
	atomic_int accepted, resets; /* resets: seen while it was hanging */
};

struct peer {
	struct server *server;
	int fd;
	SSL *ssl;
};

static inline bool peer_say(const struct peer *peer, const void *octets, size_t len)
{
	if (peer->ssl != NULL)
		return SSL_write(peer->ssl, octets, (int)len) > 0;
	return send(peer->fd, octets, len, MSG_NOSIGNAL) > 0;
}

static inline ssize_t peer_hear(const struct peer *peer, void *out, size_t room)
{
	return peer->ssl != NULL ? SSL_read(peer->ssl, out, (int)room)
				 : recv(peer->fd, out, room, 0);
}

static inline void hear_until(const struct peer *peer, const char *text)
{
	char heard[8192];
	size_t len = 0;
	ssize_t got = 1;
	while (got > 0 && memmem(heard, len, text, strlen(text)) == NULL) {
		got = peer_hear(peer, heard + len, sizeof heard - len);
		len += got > 0 ? (size_t)got : 0;
	}
}

static inline void play_line(const struct peer *peer, const struct line *line)
{
	char sink[4096];
	ssize_t got;
	char text[32 * 1024];
	const size_t len = strlen(line->text);
	assert(len < sizeof text);
	for (size_t i = 0; i < len; i++)
		text[i] = (char)(line->text[i] == '\xff' ? 0 : line->text[i]);
	switch (line->play) {
	case PLAY_END: return;
	case PLAY_SAY: (void)peer_say(peer, text, len); return;
	case PLAY_HEAR: hear_until(peer, line->text); return;
	case PLAY_SHUT: (void)shutdown(peer->fd, SHUT_WR); return;
	case PLAY_HANG:
		while ((got = recv(peer->fd, sink, sizeof sink, 0)) > 0)
			;
		if (got < 0 && errno == ECONNRESET)
			(void)atomic_fetch_add(&peer->server->resets, 1);
		return;
	case PLAY_FLOOD:
		while (peer_say(peer, text, len))
			;
		return;
	case PLAY_DRIP:
		(void)setsockopt(
			peer->fd, IPPROTO_TCP, 1 /* TCP_NODELAY */, &(int){1}, sizeof(int));
		for (size_t i = 0; i < len && peer_say(peer, text + i, 1); i++)
			;
		return;
	case PLAY_RESET: {
		const struct linger now = {.l_onoff = 1, .l_linger = 0};
		(void)setsockopt(peer->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
		return;
	}
	}
}

static inline void serve_one(struct server *server, int fd)
{
	const struct timeval limit = {.tv_sec = GUARD_MS / 1000};
	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
	struct peer peer = {.server = server, .fd = fd};
	if (server->tls != NULL) {
		peer.ssl = SSL_new(server->tls);
		(void)SSL_set_fd(peer.ssl, fd);
	}
	if (peer.ssl == NULL || SSL_accept(peer.ssl) == 1)
		for (size_t i = 0; i < LINES_MAX && server->script[i].play != PLAY_END; i++)
			play_line(&peer, &server->script[i]);
	SSL_free(peer.ssl);
	(void)close(fd);
}

static inline void *serve(void *cookie)
{
	struct server *const server = cookie;
	sigset_t broken; /* OpenSSL's sockets raise it; what is tested here must not */
	(void)sigemptyset(&broken);
	(void)sigaddset(&broken, SIGPIPE);
	(void)pthread_sigmask(SIG_BLOCK, &broken, NULL);
	struct pollfd ready[2] = {{.fd = server->listener, .events = POLLIN},
		{.fd = server->stop[0], .events = POLLIN}};
	while (poll(ready, 2, -1) > 0 && ready[1].revents == 0) {
		const int fd = accept(server->listener, NULL, NULL);
		if (fd < 0)
			continue;
		(void)atomic_fetch_add(&server->accepted, 1);
		serve_one(server, fd);
	}
	return NULL;
}

/* `address` as text; `made` NULL: in the clear, else what it shows. */
static inline void server_start(struct server *server, const char *address, const struct made *made,
	const struct line script[], size_t lines)
{
	server->tls = NULL;
	memset(server->script, 0, sizeof server->script);
	memcpy(server->script, script, lines * sizeof *script);
	server->listener = listen_on(address, &server->address);
	assert_int_equal(pipe(server->stop), 0);
	if (made != NULL) {
		server->tls = SSL_CTX_new(TLS_server_method());
		assert_int_equal(SSL_CTX_use_certificate(server->tls, made->cert), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(server->tls, made->key), 1);
	}
	atomic_init(&server->accepted, 0);
	atomic_init(&server->resets, 0);
}

static inline void server_go(struct server *server)
{
	assert_int_equal(pthread_create(&server->thread, NULL, serve, server), 0);
}

static inline void server_stop(struct server *server)
{
	assert_int_equal(write(server->stop[1], "", 1), 1);
	assert_int_equal(pthread_join(server->thread, NULL), 0);
	(void)close(server->stop[0]);
	(void)close(server->stop[1]);
	(void)close(server->listener);
	SSL_CTX_free(server->tls);
}

#endif
