#include "probes/talk_tls.h"

#include "base/mem.h"
#include "base/text.h"
#include "probes/talk_cert.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509v3.h>

struct tls {
	SSL *ssl;
	struct wire *wire;
	const struct tls_want *want;
	struct tls_found *found;
	char name[TALK_NAME_MAX];
	bool refused, shaken;
	struct probe_report why; /* where `refused`, or the library said something */
};

const struct word talk_covers[] = {{"true", TALK_TLS}, {"false", TALK_CLEAR}, {.text = NULL}};

const struct word talk_versions[] = {{"1.2", TALK_TLS_1_2}, {"1.3", TALK_TLS_1_3}, {.text = NULL}};

const struct field talk_tls_fields[] = {TALK_TLS_ROWS(0), {.key = NULL}};

/* ---- the wire as OpenSSL sees it: its own socket BIO knows neither bounds nor MSG_NOSIGNAL ----
 */

static int bio_read(BIO *bio, char *out, int room)
{
	struct wire *const wire = BIO_get_data(bio);
	const size_t got = wire_read(wire, out, (size_t)room);
	BIO_clear_retry_flags(bio);
	if (got > 0)
		return (int)got;
	if (wire_over(wire))
		return wire->ended ? 0 : -1;
	BIO_set_retry_read(bio);
	return -1;
}

static int bio_write(BIO *bio, const char *octets, int len)
{
	struct wire *const wire = BIO_get_data(bio);
	const size_t sent = wire_write(wire, octets, (size_t)len);
	BIO_clear_retry_flags(bio);
	if (sent > 0)
		return (int)sent;
	if (wire->error == 0)
		BIO_set_retry_write(bio);
	return -1;
}

static long bio_ctrl(BIO *bio, int what, long number, void *p)
{
	(void)bio;
	(void)number;
	(void)p;
	return what == BIO_CTRL_FLUSH;
}

static BIO_METHOD *wire_method; /* made once, never changed, for as long as the process runs */

static void make_wire_method(void)
{
	wire_method = BIO_meth_new(BIO_TYPE_SOURCE_SINK, "talk");
	if (wire_method == NULL)
		return;
	(void)BIO_meth_set_read(wire_method, bio_read);
	(void)BIO_meth_set_write(wire_method, bio_write);
	(void)BIO_meth_set_ctrl(wire_method, bio_ctrl);
}

static BIO *wire_bio(struct wire *wire)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, make_wire_method);
	BIO *const bio = wire_method != NULL ? BIO_new(wire_method) : NULL;
	if (bio == NULL)
		return NULL;
	BIO_set_data(bio, wire);
	BIO_set_init(bio, 1);
	return bio;
}

/* ---- what is wanted ---- */

static void look_at(struct tls_found *found, const X509 *leaf)
{
	if (leaf == NULL)
		return;
	found->certified = true;
	found->days = cert_days(leaf);
}

/* Called for every certificate of the chain, and with `good` 0 for what is wrong. */
static int on_certificate(int good, X509_STORE_CTX *store)
{
	SSL *const ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
	struct tls *const tls = SSL_get_app_data(ssl);
	if (good)
		return 1;
	look_at(tls->found, X509_STORE_CTX_get0_cert(store));
	tls->why = cert_refused(store, tls->name);
	tls->refused = true;
	return 0;
}

/* Whom the certificate must be for: the option, the host, or the address; not its last dot. */
static bool choose_name(struct tls *tls)
{
	const struct tls_want *const want = tls->want;
	const char *name = want->options->name;
	char text[ADDRESS_TEXT_MAX];
	const struct address bare = address_with_port(*want->address, 0);
	if (name == NULL || name[0] == '\0')
		name = want->host[0] != '\0' ? want->host : address_text(&bare, text);
	size_t len = strlen(name);
	len -= len > 1 && name[len - 1] == '.';
	if (len >= sizeof tls->name)
		return false;
	memcpy(tls->name, name, len);
	return true;
}

/* SNI is for names only (RFC 6066 section 3). */
static bool want_name(struct tls *tls)
{
	struct address address;
	if (!choose_name(tls))
		return false;
	if (address_parse(tls->name, &address))
		return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls->ssl), tls->name) == 1;
	SSL_set_hostflags(tls->ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(tls->ssl, tls->name) == 1 &&
	       SSL_set_tlsext_host_name(tls->ssl, tls->name) == 1;
}

static bool prepare(struct tls *tls)
{
	const struct tls_want *const want = tls->want;
	const bool newest = want->options->version == TALK_TLS_1_3;
	if (!want_name(tls))
		return false;
	if (want->options->verify)
		SSL_set_verify(tls->ssl, SSL_VERIFY_PEER, on_certificate);
	if (SSL_set_min_proto_version(tls->ssl, newest ? TLS1_3_VERSION : TLS1_2_VERSION) != 1)
		return false;
	if (want->alpn_len > 0 &&
		SSL_set_alpn_protos(tls->ssl, want->alpn, (unsigned)want->alpn_len) != 0)
		return false;
	BIO *const bio = wire_bio(tls->wire);
	if (bio == NULL)
		return false;
	SSL_set_bio(tls->ssl, bio, bio); /* takes it */
	SSL_set_connect_state(tls->ssl);
	return SSL_set_app_data(tls->ssl, tls) == 1;
}

struct tls *tls_new(SSL_CTX *context, const struct tls_want *want, struct wire *wire,
	struct tls_found *found, struct probe_report *why)
{
	struct tls *const tls = mem_new(sizeof *tls);
	tls->wire = wire;
	tls->want = want;
	tls->found = found;
	tls->ssl = SSL_new(context);
	if (tls->ssl != NULL && prepare(tls))
		return tls;
	*why = probe_fault(FAULT_TOOL, "cannot prepare TLS");
	tls_free(tls);
	return NULL;
}

void tls_free(struct tls *tls)
{
	if (tls == NULL)
		return;
	SSL_free(tls->ssl);
	free(tls);
}

/* ---- what happens ---- */

/* RFC 8446 section 6: an alert is what the peer says before it hangs up. */
static struct probe_report in_words(const struct tls *tls, unsigned long error)
{
	const int reason = ERR_GET_REASON(error);
	if (reason == ERR_R_MALLOC_FAILURE)
		return probe_fault(FAULT_LOCAL, "out of memory");
	if (ERR_GET_LIB(error) != ERR_LIB_SSL || reason == 0)
		return probe_says(PROBE_FAIL, "TLS broken");
	if (reason == SSL_R_WRONG_VERSION_NUMBER && !tls->shaken)
		return probe_says(PROBE_FAIL, "does not speak TLS");
	if (reason == SSL_R_UNSUPPORTED_PROTOCOL || reason == SSL_R_TLSV1_ALERT_PROTOCOL_VERSION)
		return probe_says(PROBE_FAIL, "does not speak TLS %s or newer",
			talk_versions[tls->want->options->version].text);
	if (reason > SSL_AD_REASON_OFFSET)
		return probe_says(PROBE_FAIL, "TLS alert: %s",
			SSL_alert_desc_string_long(reason - SSL_AD_REASON_OFFSET));
	const char *const words = ERR_reason_error_string(error);
	return probe_says(PROBE_FAIL, "TLS: %s", words != NULL ? words : "broken");
}

static enum tls_state broken(struct tls *tls, struct probe_report why)
{
	tls->why = why;
	return TLS_BROKEN;
}

static enum tls_state state_after(struct tls *tls, int result)
{
	const int error = SSL_get_error(tls->ssl, result);
	/* 1. A certificate that was refused, whatever came of telling the peer. */
	if (tls->refused)
		return TLS_BROKEN;
	/* 2. The connection. */
	if (tls->wire->error != 0 || tls->wire->full)
		return broken(tls, wire_why(tls->wire));
	/* 3. What came is no TLS, or an alert. */
	if (error == SSL_ERROR_SSL)
		return broken(tls, in_words(tls, ERR_peek_error()));
	/* 4. The end. */
	if (tls->wire->ended || error == SSL_ERROR_ZERO_RETURN)
		return TLS_ENDED;
	/* 5. Nothing yet. */
	if (error == SSL_ERROR_WANT_READ)
		return TLS_READS;
	if (error == SSL_ERROR_WANT_WRITE)
		return TLS_WRITES;
	return broken(tls, probe_says(PROBE_FAIL, "TLS broken"));
}

/* The time that must be left is asked for even where nothing else is. */
static enum tls_state lasts(struct tls *tls)
{
	const int32_t days = tls->found->days;
	const uint32_t least = tls->want->options->days;
	if (least == 0 || (days >= 0 && (uint32_t)days >= least))
		return TLS_GOING;
	if (days < 0)
		return broken(tls, probe_says(PROBE_FAIL, "certificate has expired"));
	return broken(tls, probe_says(PROBE_FAIL, "certificate expires in %d %s, not %u", (int)days,
				   text_plural((uint32_t)days, "day", "days"), (unsigned)least));
}

enum tls_state tls_shake(struct tls *tls)
{
	ERR_clear_error();
	const int result = SSL_do_handshake(tls->ssl);
	if (result != 1)
		return state_after(tls, result);
	const uint8_t *alpn;
	unsigned len;
	SSL_get0_alpn_selected(tls->ssl, &alpn, &len);
	assert(len < sizeof tls->found->alpn);
	if (len > 0)
		memcpy(tls->found->alpn, alpn, len);
	tls->found->alpn[len] = '\0';
	look_at(tls->found, SSL_get0_peer_certificate(tls->ssl));
	tls->shaken = true;
	return lasts(tls);
}

enum tls_state tls_read(struct tls *tls, void *out, size_t room, size_t *got)
{
	ERR_clear_error();
	const int result = SSL_read_ex(tls->ssl, out, room, got);
	return result == 1 ? TLS_GOING : state_after(tls, result);
}

enum tls_state tls_write(struct tls *tls, const void *octets, size_t len, size_t *sent)
{
	ERR_clear_error();
	const int result = SSL_write_ex(tls->ssl, octets, len, sent);
	return result == 1 ? TLS_GOING : state_after(tls, result);
}

struct probe_report tls_why(const struct tls *tls) { return tls->why; }

void tls_tell(const struct tls *tls, const struct probe_target *target)
{
	const X509 *const leaf = SSL_get0_peer_certificate(tls->ssl);
	char names[80] = "nobody";
	if (target->trace == NULL)
		return;
	if (leaf != NULL)
		(void)cert_names(leaf, names, sizeof names);
	probe_step(target, "%s, %s%s%s", SSL_get_version(tls->ssl), SSL_get_cipher_name(tls->ssl),
		tls->found->alpn[0] != '\0' ? ", " : "", tls->found->alpn);
	probe_step(target, "certificate of %s, %d %s left%s", names, (int)tls->found->days,
		text_plural((uint32_t)tls->found->days, "day", "days"),
		tls->want->options->verify ? ", verified" : "");
}
