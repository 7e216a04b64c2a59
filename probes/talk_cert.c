#include "probes/talk_cert.h"

#include "base/address.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/x509v3.h>

enum { NAME_ROOM = 33, DAY_S = 86400 };

/* From now to `time`. */
static int64_t seconds_to(const ASN1_TIME *time)
{
	int days = 0, seconds = 0;
	if (time == NULL || ASN1_TIME_diff(&days, &seconds, NULL, time) != 1)
		return 0;
	return (int64_t)days * DAY_S + seconds;
}

int32_t cert_days(const X509 *cert)
{
	const int64_t s = seconds_to(X509_get0_notAfter(cert));
	const int64_t days = s / DAY_S - (s % DAY_S < 0);
	return (int32_t)days;
}

static const char *octets_name(const ASN1_STRING *name, char *out, size_t room)
{
	return text_escape(
		ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name), out, room);
}

static const char *address_name(const ASN1_STRING *octets, char *out, size_t room)
{
	struct address address = {.len = sizeof address.v4};
	char text[ADDRESS_TEXT_MAX];
	const size_t len = (size_t)ASN1_STRING_length(octets);
	if (len == 4) {
		address.v4.sin_family = AF_INET;
		memcpy(&address.v4.sin_addr, ASN1_STRING_get0_data(octets), len);
	} else if (len == 16) {
		address.len = sizeof address.v6;
		address.v6.sin6_family = AF_INET6;
		memcpy(&address.v6.sin6_addr, ASN1_STRING_get0_data(octets), len);
	} else {
		return octets_name(octets, out, room);
	}
	(void)snprintf(out, room, "%s", address_text(&address, text));
	return out;
}

/* The common name or what else stands last in the subject. */
static const char *subject_name(const X509_NAME *subject, char *out, size_t room)
{
	int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
	if (at < 0)
		at = X509_NAME_entry_count(subject) - 1;
	const X509_NAME_ENTRY *const entry = X509_NAME_get_entry(subject, at);
	if (entry == NULL)
		return text_escape("nobody", 6, out, room);
	return octets_name(X509_NAME_ENTRY_get_data(entry), out, room);
}

const char *cert_names(const X509 *cert, char *out, size_t room)
{
	GENERAL_NAMES *const names = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	int n = 0;
	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *const name = sk_GENERAL_NAME_value(names, i);
		if (name->type != GEN_DNS && name->type != GEN_IPADD)
			continue;
		if (n++ > 0)
			continue;
		if (name->type == GEN_DNS)
			(void)octets_name(name->d.dNSName, out, room);
		else
			(void)address_name(name->d.iPAddress, out, room);
	}
	GENERAL_NAMES_free(names);
	if (n == 0)
		return subject_name(X509_get_subject_name(cert), out, room);
	const size_t used = strlen(out);
	if (n > 1)
		(void)snprintf(out + used, room - used, " and %d more", n - 1);
	return out;
}

/* "3 days", "1 hour": the largest unit that fits. */
static const char *length_words(int64_t seconds, char *out, size_t room)
{
	static const struct {
		int64_t seconds;
		const char *one, *many;
	} units[] = {{DAY_S, "day", "days"}, {3600, "hour", "hours"}, {60, "minute", "minutes"},
		{1, "second", "seconds"}};
	const int64_t length = seconds < 0 ? -seconds : seconds;
	size_t u = 0;
	while (u + 1 < sizeof units / sizeof units[0] && length < units[u].seconds)
		u++;
	const long long n = length / units[u].seconds;
	(void)snprintf(
		out, room, "%lld %s", n, text_plural((uint64_t)n, units[u].one, units[u].many));
	return out;
}

static struct probe_report wrong_time(const X509 *cert, int depth, bool expired)
{
	char length[40], name[NAME_ROOM], whose[NAME_ROOM + 8] = "";
	const ASN1_TIME *const time =
		expired ? X509_get0_notAfter(cert) : X509_get0_notBefore(cert);
	(void)length_words(seconds_to(time), length, sizeof length);
	if (depth > 0)
		(void)snprintf(whose, sizeof whose, " of %s",
			subject_name(X509_get_subject_name(cert), name, sizeof name));
	if (expired)
		return probe_says(PROBE_FAIL, "certificate%s expired %s ago", whose, length);
	return probe_says(PROBE_FAIL, "certificate%s is not valid for another %s", whose, length);
}

static struct probe_report wrong_name(const X509 *cert, const char *wanted)
{
	char names[NAME_ROOM], want[NAME_ROOM];
	(void)cert_names(cert, names, sizeof names);
	return probe_says(PROBE_FAIL, "certificate is for %s, not %s", names,
		text_escape(wanted, strlen(wanted), want, sizeof want));
}

struct probe_report cert_refused(X509_STORE_CTX *store, const char *wanted)
{
	const int error = X509_STORE_CTX_get_error(store);
	const int depth = X509_STORE_CTX_get_error_depth(store);
	const X509 *cert = X509_STORE_CTX_get_current_cert(store);
	char name[NAME_ROOM];
	if (cert == NULL)
		cert = X509_STORE_CTX_get0_cert(store);
	switch (error) {
	case X509_V_ERR_OUT_OF_MEM: return probe_fault(FAULT_LOCAL, "out of memory");
	case X509_V_ERR_CERT_HAS_EXPIRED: return wrong_time(cert, depth, true);
	case X509_V_ERR_CERT_NOT_YET_VALID: return wrong_time(cert, depth, false);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH: return wrong_name(cert, wanted);
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		return probe_says(PROBE_FAIL, "certificate is self-signed and not trusted");
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return probe_says(PROBE_FAIL, "certificate's issuer %s is not trusted",
			subject_name(X509_get_issuer_name(cert), name, sizeof name));
	default:
		return probe_says(
			PROBE_FAIL, "certificate: %s", X509_verify_cert_error_string(error));
	}
}
