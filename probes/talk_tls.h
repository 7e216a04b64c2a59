/* TLS over a talk's wire, for talk.c alone: the handshake, octets in and out. */
#ifndef LOCUM_PROBES_TALK_TLS_H
#define LOCUM_PROBES_TALK_TLS_H

#include "probes/talk_trust.h"
#include "probes/talk_wire.h"

struct tls; /* one session */

struct tls_want { /* what is wanted of it; borrowed while the session lives */
	const struct talk_tls *options;
	const char *host; /* "": the address */
	const struct address *address;
	const uint8_t *alpn; /* as on the wire: lengths and names */
	size_t alpn_len;
};

struct tls_found { /* what the handshake found; the caller's */
	char alpn[TALK_ALPN_MAX];
	bool certified; /* the peer has shown a certificate, even if it was no good */
	int32_t days;
};

/* NULL: it cannot be made, `why` says so (a trouble of ours). */
struct tls *tls_new(SSL_CTX *context, const struct tls_want *want, struct wire *wire,
	struct tls_found *found, struct probe_report *why) MUST_USE;
void tls_free(struct tls *tls); /* NULL is fine */

enum tls_state {
	TLS_GOING, /* shaken hands; got or sent some */
	TLS_READS, /* not now, but when the wire can be read */
	TLS_WRITES,
	TLS_ENDED,  /* the peer has closed its side */
	TLS_BROKEN, /* tls_why() */
};

enum tls_state tls_shake(struct tls *tls) MUST_USE; /* and verify */
enum tls_state tls_read(struct tls *tls, void *out, size_t room, size_t *got) MUST_USE;
enum tls_state tls_write(struct tls *tls, const void *octets, size_t len, size_t *sent) MUST_USE;
struct probe_report tls_why(const struct tls *tls) MUST_USE;
/* Tells who watches what was agreed on. */
void tls_tell(const struct tls *tls, const struct probe_target *target);

#endif
