/* Certificates in words, for talk_tls.c alone. */
#ifndef LOCUM_PROBES_TALK_CERT_H
#define LOCUM_PROBES_TALK_CERT_H

#include "probes/probe.h"

#include <openssl/x509.h>

/* Whole days until it expires, rounded down; negative: it has. */
int32_t cert_days(const X509 *cert) MUST_USE;
/* For whom it is: "a.example", "a.example and 2 more"; printable, cut where `room` ends. */
const char *cert_names(const X509 *cert, char *out, size_t room);
/* What X509_verify_cert() found wrong.  `wanted`: the name or address it should be for. */
struct probe_report cert_refused(X509_STORE_CTX *store, const char *wanted) MUST_USE;

#endif
