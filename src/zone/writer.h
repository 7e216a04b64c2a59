/*
 * Writing a response, record by record, with name compression (RFC 1035 4.1.4).
 * An RRset goes in whole or not at all.  Where a name already stands is known
 * from the shape of most answers; a small table finds the rest.  Owner: the call
 * that makes the response.
 */
#ifndef LOCUM_ZONE_WRITER_H
#define LOCUM_ZONE_WRITER_H

#include "base/attr.h"
#include "base/bytes.h"
#include "dns/message.h"
#include "zone/target.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct denial;

enum {
	WRITER_POINTER = 0xC000,
	WRITER_POINTER_MAX = 0x3FFF,  /* the last place a pointer can name */
	WRITER_FIXED = 10,            /* type, class, TTL, length */
	WRITER_LENGTH = 2,            /* before each RDATA in an RRset */
	WRITER_NAMES = 48,            /* suffixes of names that the table holds */
	WRITER_TARGETS = TARGETS_MAX, /* records of one RRset whose target is remembered */
};

struct writer_name {
	uint16_t at; /* where in the message */
	uint8_t len; /* octets, uncompressed */
};

struct writer {
	uint8_t *out;
	size_t at;                          /* octets written */
	size_t room;                        /* octets there may be */
	const struct key *asked;            /* of the question's name */
	bool seeded;                        /* the question's name is in the table */
	uint16_t n_asked, n_names;          /* of the question; in all */
	uint16_t target_at[WRITER_TARGETS]; /* see writer_rrset() */
	struct writer_name names[WRITER_NAMES];
};

struct owner {
	const uint8_t *name; /* uncompressed */
	uint16_t at;         /* where it stands in the message; 0: not known */
};

/* Begins with what `out` holds already: header and question, `at` octets. */
static inline void writer_start(
	struct writer *writer, uint8_t *out, size_t at, size_t room, const struct key *asked)
{
	writer->out = out;
	writer->at = at;
	writer->room = room;
	writer->asked = asked;
	writer->seeded = false;
	writer->n_asked = writer->n_names = 0;
}

/* A record begins with a pointer to its owner, type, class and TTL: all but the TTL's lower half.
 */
static inline uint64_t writer_head(uint16_t owner, uint16_t type, uint32_t ttl)
{
	return (uint64_t)(WRITER_POINTER | owner) << 48 | (uint64_t)type << 32 |
	       (uint64_t)CLASS_IN << 16 | ttl >> 16;
}

/* Octets of an RRset whose RDATA goes out as it is behind pointers to the owner, as most do. */
static inline size_t writer_plain_size(const struct rrset *set)
{
	return set->size + (size_t)set->count * WRITER_FIXED;
}

/* Writes such: record `first`, those that follow it, and round. */
void writer_plain_turned(
	uint8_t *to, uint16_t owner, const struct rrset *set, uint32_t ttl, unsigned first);
HOT void writer_plain(
	uint8_t *to, uint16_t owner, const struct rrset *set, uint32_t ttl, unsigned first)
{
	if (set->count > 1) {
		writer_plain_turned(to, owner, set, ttl, first);
		return;
	}
	const size_t len = set->size - WRITER_LENGTH;
	bytes_put64(to, writer_head(owner, set->type, ttl));
	bytes_put32(to + 8, ttl << 16 | (uint32_t)len);
	bytes_copy(to + WRITER_FIXED + WRITER_LENGTH, set->data + WRITER_LENGTH, len);
}

/* Names are compressed, and where they stand is remembered. */
bool writer_names(struct writer *writer, struct owner owner, const struct rrset *set, uint32_t ttl,
	unsigned first) MUST_USE;

/* Where the names in records will stand that go in as they are. */
static inline void writer_note(struct writer *writer, const struct targets *targets)
{
	size_t from = writer->at;
	for (unsigned i = 0; i < targets->n; i++) {
		from += WRITER_FIXED;
		const size_t at = from + targets->list[i].name_at;
		writer->target_at[i] = (uint16_t)(at <= WRITER_POINTER_MAX ? at : 0);
	}
}

/*
 * Writes the RRset with TTL `ttl`, beginning with record `first`, the others
 * following in their order and round.  False when it does not fit: nothing is written
 * then.  For CNAME, NS, MX, SRV and SVCB target_at[i] is where the name in record i stands, counted
 * as in the RRset; 0 when it is not known.
 */
MUST_USE HOT bool writer_rrset(struct writer *writer, struct owner owner, const struct rrset *set,
	uint32_t ttl, unsigned first)
{
	if (owner.at == 0 || rrset_compresses(set->type))
		return writer_names(writer, owner, set, ttl, first);
	const size_t size = writer_plain_size(set);
	if (size > writer->room - writer->at)
		return false;
	writer_plain(writer->out + writer->at, owner.at, set, ttl, first);
	const struct targets *const targets = targets_of(set);
	if (targets != NULL)
		writer_note(writer, targets);
	writer->at += size;
	return true;
}

/* One record of RDATA that is a name: the CNAME that a DNAME makes. */
bool writer_cname(
	struct writer *writer, struct owner owner, const uint8_t *target, uint32_t ttl) MUST_USE;

/* The SOA of a negative answer, its owner standing uncompressed at `apex_at`.  False as above. */
bool writer_denial(struct writer *writer, uint16_t apex_at, const struct denial *denial) MUST_USE;

#endif
