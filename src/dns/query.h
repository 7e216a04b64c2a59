/*
 * Reading what arrives on a DNS port: one hostile message, in one pass, without
 * copying, following no pointer.  Pure.
 */
#ifndef LOCUM_DNS_QUERY_H
#define LOCUM_DNS_QUERY_H

#include "base/attr.h"
#include "dns/message.h"
#include "dns/name.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {                      /* struct query: options that want something in the response */
	ASKS_NSID = 1,      /* RFC 5001 */
	ASKS_SUBNET = 2,    /* RFC 7871 */
	ASKS_COOKIE = 4,    /* RFC 7873 */
	ASKS_KEEPALIVE = 8, /* RFC 7828 */
};

struct query {
	enum rcode rcode; /* what is wrong with the message itself; RCODE_NOERROR: nothing */
	uint16_t id;
	uint16_t flags; /* octets 2 and 3 */
	uint8_t opcode;
	bool bare;      /* a sound query of class IN with nothing else but an OPT without options */
	bool edns;      /* an OPT record came with it: the response needs one, too */
	bool dnssec_ok; /* its DO flag */
	uint8_t asks;   /* ASKS_*, by options of the OPT: 0 unless all of them were sound */
	uint8_t cookie_len;   /* 8 or 16 to 40; with ASKS_COOKIE only */
	uint8_t subnet_len;   /* with ASKS_SUBNET only */
	uint8_t name_len;     /* octets of `name`; 0: there was no readable question */
	uint8_t name_labels;  /* the root not counted */
	uint16_t end;         /* where in the message the question ends, or the header */
	uint16_t udp_size;    /* octets the client takes; with `edns` only */
	uint16_t type, class; /* of the question */
	uint16_t tsig_at;     /* where the TSIG record begins; 0: there is none */
	const uint8_t *name;  /* borrowed from the message: uncompressed, whole, its case kept */
	uint8_t label_at[NAME_MAX_LABELS]; /* octets into `name` at which its labels begin */
	const uint8_t *cookie, *subnet;    /* the data of these options, borrowed as `name` is */
};

/*
 * Reads `len` octets of `wire`.  False: to be dropped.  Otherwise `query` holds what could be
 * read, and `rcode` says what to answer if it is not NOERROR:
 *  1. Under 12 octets, or a response: dropped.
 *  2. An opcode that is not QUERY: NOTIMP, but NOTIFY and UPDATE pass.  These two: FORMERR without
 *     one whole question, or an UPDATE whose is not for a SOA (RFC 2136 3.1.1); 6 and 7 if their
 *     records can be read that far; of what else is wrong with these nothing is said.
 *  3. From the header alone, FORMERR: QDCOUNT other than 1, ANCOUNT over 0, NSCOUNT over 0 (over 1,
 *     for the SOA of an IXFR), ARCOUNT over 2.  QDCOUNT 0 passes with a cookie (RFC 7873 5.4): no
 *     name, NOERROR.
 *  4. FORMERR: a question cut short or with a compressed name; NSCOUNT 1 when it is no IXFR;
 *     a record that runs past the end; octets behind the last.
 *  5. FORMERR: OPT twice, not at the root, options past its end, a cookie of impossible length
 *     (RFC 7873 5.2.2), a client subnet that is none (RFC 7871 6);
 *     TSIG not last, not of class ANY, or cut short (RFC 8945 5.1).
 *  6. BADVERS: EDNS version over 0 (RFC 6891 6.1.3), its options unread.
 *  7. NOTAUTH: signed with TSIG, and no key is known yet (RFC 8945 5.2.1; dns/tsig.h).
 */
bool query_read(struct query *query, const uint8_t *wire, size_t len) MUST_USE;

#endif
