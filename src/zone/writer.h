/*
 * Writing a response, record by record, with name compression (RFC 1035 4.1.4).
 * An RRset goes in whole or not at all.  Where a name already stands is known
 * from the shape of most answers; a small table finds the rest.  Owner: the call
 * that makes the response.
 */
#ifndef LOCUM_ZONE_WRITER_H
#define LOCUM_ZONE_WRITER_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct denial;
struct rrset;

enum {
	WRITER_NAMES = 48,   /* suffixes of names that the table holds */
	WRITER_TARGETS = 32, /* records of one RRset whose target is remembered */
};

struct writer_name {
	uint16_t at; /* where in the message */
	uint8_t len; /* octets, uncompressed */
};

struct writer {
	uint8_t *out;
	size_t at;   /* octets written */
	size_t room; /* octets there may be */
	bool seeded; /* the question's name is in the table */
	uint16_t n_names;
	uint16_t target_at[WRITER_TARGETS]; /* see writer_rrset() */
	struct writer_name names[WRITER_NAMES];
};

struct owner {
	const uint8_t *name; /* uncompressed */
	uint16_t at;         /* where it stands in the message; 0: not known */
};

/* Begins with what `out` holds already: header and question, `at` octets. */
static inline void writer_start(struct writer *writer, uint8_t *out, size_t at, size_t room)
{
	writer->out = out;
	writer->at = at;
	writer->room = room;
	writer->seeded = false;
	writer->n_names = 0;
}

/*
 * Writes the RRset with TTL `ttl`, beginning with record `first`, the others
 * following in their order and round.  False when it does not fit: nothing is written
 * then.  For CNAME, NS, MX and SRV target_at[i] is where the name in record i stands, counted
 * as in the RRset; 0 when it is not known.
 */
bool writer_rrset(struct writer *writer, struct owner owner, const struct rrset *set, uint32_t ttl,
	unsigned first) MUST_USE;

/* One record of RDATA that is a name: the CNAME that a DNAME makes. */
bool writer_cname(
	struct writer *writer, struct owner owner, const uint8_t *target, uint32_t ttl) MUST_USE;

/* The SOA of a negative answer, its owner standing uncompressed at `apex_at`.  False as above. */
bool writer_denial(struct writer *writer, uint16_t apex_at, const struct denial *denial) MUST_USE;

#endif
