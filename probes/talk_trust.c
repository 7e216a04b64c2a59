#include "probes/talk_trust.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>

enum { LOOK_EVERY_MS = 10000 };

struct trust {
	struct trusts *of;
	struct trust *next;
	char *file; /* "": nobody */
	size_t users;
	SSL_CTX *context;
	bool read; /* the certificates are those of `stamp` */
	mono_t looked;
	struct stat stamp;
	struct probe_report why; /* it was not read */
};

struct trusts {
	struct trust *first;
};

struct trusts *trusts_new(void) { return mem_new(sizeof(struct trusts)); }

void trusts_free(struct trusts *trusts)
{
	assert(trusts->first == NULL);
	free(trusts);
}

/* No session is used twice: every attempt must see the certificate. */
static SSL_CTX *context_new(void)
{
	SSL_CTX *const context = SSL_CTX_new(TLS_client_method());
	if (context == NULL)
		return NULL;
	(void)SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	(void)SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION |
						   SSL_OP_NO_COMPRESSION |
						   SSL_OP_IGNORE_UNEXPECTED_EOF);
	(void)SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE |
						SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
						SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(context, 1); /* one recv() for many records */
	return context;
}

static bool same_file(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

static bool read_into(SSL_CTX *context, const char *file)
{
	X509_STORE *const store = X509_STORE_new();
	ERR_clear_error();
	if (store == NULL || X509_STORE_load_file(store, file) != 1) {
		X509_STORE_free(store);
		return false;
	}
	/* What stands in the file is trusted as it is: a server's own certificate will do. */
	(void)X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);
	SSL_CTX_set_cert_store(context, store); /* takes it */
	return true;
}

static void cannot_read(struct trust *trust, const char *reason)
{
	trust->why = probe_fault(FAULT_TOOL, "cannot read trusted certificates: %s", reason);
}

static void look(struct trust *trust, mono_t now)
{
	struct stat stamp;
	trust->looked = now;
	if (trust->file[0] == '\0' || trust->context == NULL)
		return;
	if (stat(trust->file, &stamp) != 0) {
		cannot_read(trust, strerrordesc_np(errno));
	} else if (!trust->read || !same_file(&stamp, &trust->stamp)) {
		if (!read_into(trust->context, trust->file)) {
			const char *const reason = ERR_reason_error_string(ERR_peek_last_error());
			cannot_read(trust, reason != NULL ? reason : "unknown reason");
			return;
		}
		trust->stamp = stamp;
		trust->read = true;
	}
}

static struct trust *trust_new(struct trusts *trusts, const char *file, mono_t now)
{
	struct trust *const trust = mem_new(sizeof *trust);
	trust->of = trusts;
	trust->file = mem_text(file);
	trust->context = context_new();
	if (trust->context == NULL)
		trust->why = probe_fault(FAULT_TOOL, "cannot prepare TLS");
	trust->next = trusts->first;
	trusts->first = trust;
	look(trust, now);
	return trust;
}

struct trust *trust_take(struct trusts *trusts, const char *file, mono_t now)
{
	if (file == NULL)
		file = X509_get_default_cert_file();
	struct trust *trust = trusts->first;
	while (trust != NULL && strcmp(trust->file, file) != 0)
		trust = trust->next;
	if (trust == NULL)
		trust = trust_new(trusts, file, now);
	trust->users++;
	return trust;
}

void trust_put(struct trust *trust)
{
	if (trust == NULL || --trust->users > 0)
		return;
	struct trust **at = &trust->of->first;
	while (*at != trust)
		at = &(*at)->next;
	*at = trust->next;
	SSL_CTX_free(trust->context);
	free(trust->file);
	free(trust);
}

SSL_CTX *trust_context(struct trust *trust, mono_t now, struct probe_report *why)
{
	if (mono_reached(mono_after(trust->looked, span_ms(LOOK_EVERY_MS)), now))
		look(trust, now);
	if (trust->context != NULL && (trust->read || trust->file[0] == '\0'))
		return trust->context;
	*why = trust->why;
	return NULL;
}
