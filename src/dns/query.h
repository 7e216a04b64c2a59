/*
 * Reading what arrives on a DNS port: one hostile message, in one pass, without
 * copying, following no pointer.  Pure.
 */
#ifndef LOCUM_DNS_QUERY_H
#define LOCUM_DNS_QUERY_H

#include "base/attr.h"
#include "base/bytes.h"
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

enum { OPT_BARE = 11 }; /* octets of an OPT record without options */

struct query {
	enum rcode rcode; /* what is wrong with the message itself; RCODE_NOERROR: nothing */
	uint16_t flags;   /* octets 2 and 3 */
	uint8_t opcode;
	bool bare;      /* a sound query of class IN with nothing else but an OPT without options */
	bool edns;      /* an OPT record came with it: the response needs one, too */
	bool dnssec_ok; /* its DO flag */
	uint8_t asks;   /* ASKS_*, by options of the OPT: 0 unless all of them were sound */
	uint8_t name_len;     /* octets of `name`; 0: there was no readable question */
	uint8_t name_labels;  /* the root not counted */
	uint16_t tsig_at;     /* where the TSIG record begins; 0: there is none */
	uint16_t type, class; /* of the question */
	uint16_t end;         /* where in the message the question ends, or the header */
	uint16_t udp_size;    /* octets the client takes; with `edns` only */
	uint8_t cookie_len;   /* 8 or 16 to 40; with ASKS_COOKIE only */
	uint8_t subnet_len;   /* with ASKS_SUBNET only */
	const uint8_t *name;  /* borrowed from the message: uncompressed, whole, its case kept */
	/* Octets into `name` at which its labels begin; one that is too long has one more. */
	uint8_t label_at[NAME_MAX_LABELS + 1];
	const uint8_t *cookie, *subnet; /* the data of these options, borrowed as `name` is */
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
MUST_USE HOT bool query_read(struct query *query, const uint8_t *wire, size_t len);

/* What follows is of query_read(): what almost all queries take of it, in the caller's frame. */

/* A message that is no query; a query that is made otherwise than almost all are; what stands from
 * `at` on, `n` records. */
COLD enum rcode query_read_other(struct query *query, const uint8_t *wire, size_t len);
COLD enum rcode query_read_odd(struct query *query, const uint8_t *wire, size_t len);
COLD enum rcode query_read_rest(
	struct query *query, const uint8_t *wire, size_t len, size_t at, unsigned n);

/* Where the question ends; 0: it is not sound. */
HOT size_t query_read_question(struct query *query, const uint8_t *wire, size_t len)
{
	const uint8_t *const name = wire + MESSAGE_HEADER;
	const size_t left = len - MESSAGE_HEADER, limit = left < 255 ? left : 255;
	size_t at = 0, labels = 0;
	for (;;) {
		if (at >= limit)
			return 0;
		const size_t label = name[at];
		if (label == 0)
			break;
		if (label > 63)
			return 0;
		query->label_at[labels++] = (uint8_t)at;
		at += label + 1;
	}
	if (left - at < 5)
		return 0;
	query->name = name;
	query->name_len = (uint8_t)(at + 1);
	query->name_labels = (uint8_t)labels;
	const uint32_t asked = bytes_get32(name + at + 1);
	query->type = (uint16_t)(asked >> 16);
	query->class = (uint16_t)asked;
	query->end = (uint16_t)(MESSAGE_HEADER + at + 5);
	return MESSAGE_HEADER + at + 5;
}

/* Whether `opt` is all that is left of the message: an OPT record of version 0 without options. */
HOT bool query_ends_bare(const uint8_t *opt, size_t len)
{
	return len == OPT_BARE && opt[0] == 0 && bytes_get16(opt + 1) == TYPE_OPT && opt[6] == 0 &&
	       bytes_get16(opt + 9) == 0;
}

/* Almost all queries have one question and nothing else, or an OPT without options behind it. */
HOT enum rcode query_read_most(struct query *query, const uint8_t *wire, size_t len)
{
	const uint64_t one = UINT64_C(1) << 48, counts = bytes_get64(wire + 4);
	if (counts != one && counts != one + 1) /* a question, no record or one of the last kind */
		return query_read_odd(query, wire, len);
	const size_t at = query_read_question(query, wire, len);
	if (at == 0)
		return RCODE_FORMERR;
	query->bare = query->class == CLASS_IN;
	if (counts == one) {
		query->bare &= at == len;
		return at == len ? RCODE_NOERROR : RCODE_FORMERR;
	}
	const uint8_t *const opt = wire + at;
	if (!query_ends_bare(opt, len - at)) {
		query->bare = false;
		return query_read_rest(query, wire, len, at, 1);
	}
	query->edns = true;
	query->udp_size = bytes_get16(opt + 3);
	query->dnssec_ok = (opt[7] & 0x80) != 0;
	return RCODE_NOERROR;
}

HOT bool query_read(struct query *query, const uint8_t *wire, size_t len)
{
	if (len < MESSAGE_HEADER)
		return false;
	query->flags = bytes_get16(wire + 2);
	if ((query->flags & FLAG_QR) != 0)
		return false;
	query->opcode = query->flags >> 11 & 0xF;
	query->bare = query->edns = query->dnssec_ok = false;
	query->asks = query->name_len = query->name_labels = 0;
	query->tsig_at = query->type = query->class = 0;
	query->end = MESSAGE_HEADER;
	query->rcode = query->opcode == OPCODE_QUERY ? query_read_most(query, wire, len)
						     : query_read_other(query, wire, len);
	return true;
}

#endif
