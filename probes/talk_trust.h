/*
 * Whom to trust, for talk.c and talk_tls.c alone: one OpenSSL context for each file of
 * certificates, shared by all who name it.  The file is looked at again every ten seconds at most,
 * when it is needed: a renewed one counts without a restart, one that has become unreadable does
 * not.
 */
#ifndef LOCUM_PROBES_TALK_TRUST_H
#define LOCUM_PROBES_TALK_TRUST_H

#include "probes/probe.h"

#include <openssl/ssl.h>

struct trusts; /* those of a loop */
struct trust;

struct trusts *trusts_new(void) MUST_USE;
void trusts_free(struct trusts *trusts); /* all were given back */
/* `file` NULL: the system's; "": nobody is trusted.  It is read now, the first time: 30 ms for the
 * system's. */
struct trust *trust_take(struct trusts *trusts, const char *file, mono_t now) MUST_USE;
void trust_put(struct trust *trust); /* gives it back; NULL is fine */
/* Borrowed.  NULL: there is none, `why` says the reason, a trouble of ours. */
SSL_CTX *trust_context(struct trust *trust, mono_t now, struct probe_report *why) MUST_USE;

#endif
