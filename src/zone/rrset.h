/*
 * An RRset without its owner: type, TTL and RDATA in uncompressed wire form,
 * sorted canonically (RFC 4034 6.3), no two alike.  Immutable and shared by
 * reference count, so versions of a zone hold the same one.  Any thread.
 */
#ifndef LOCUM_ZONE_RRSET_H
#define LOCUM_ZONE_RRSET_H

#include "base/attr.h"
#include "dns/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RRSET_RECORDS_MAX = 65535 }; /* far more than a message holds: 64 KB */

/* A message's room for one RRset, behind header and question; a record without its RDATA, the
 * owner compressed. */
enum { RRSET_ROOM = 65535 - 12 - 255 - 4, RRSET_RECORD_HEAD = 12 };

struct rrset {
	uint32_t refs;      /* rrset_ref() and rrset_unref(); never touched by readers */
	uint32_t ttl : 31;  /* seconds */
	uint32_t split : 1; /* an answer gets one share of it: rrset_split() */
	uint16_t type;
	uint16_t count; /* records, at least 1 */
	uint32_t size;  /* octets of `data` */
	/* `count` times: length (2 octets, host order, unaligned), RDATA; then what target.h says.
	 */
	uint8_t data[];
};

struct rdata {
	const uint8_t *wire;
	uint16_t len;
};

static inline bool rrset_type_in(uint64_t types, uint16_t type)
{
	return type < 64 && (types >> type & 1) != 0;
}

/* Types below 64 whose RDATA holds names that are compressed (RFC 1035 3.3, RFC 3597 4). */
static const uint64_t rrset_compressing = UINT64_C(1) << TYPE_NS | UINT64_C(1) << TYPE_CNAME |
					  UINT64_C(1) << TYPE_SOA | UINT64_C(1) << TYPE_PTR |
					  UINT64_C(1) << TYPE_MINFO | UINT64_C(1) << TYPE_MX;
/* Those whose records name hosts: whoever asks for them will ask for addresses next (target.h). */
static const uint64_t rrset_pointing =
	UINT64_C(1) << TYPE_NS | UINT64_C(1) << TYPE_MX | UINT64_C(1) << TYPE_SRV;

static inline bool rrset_compresses(uint16_t type)
{
	return rrset_type_in(rrset_compressing, type);
}

static inline bool rrset_points(uint16_t type)
{
	return rrset_type_in(rrset_pointing, type) || type == TYPE_SVCB || type == TYPE_HTTPS;
}

/* Sorts and drops doubles.  1 <= n <= RRSET_RECORDS_MAX.  The caller owns one reference. */
struct rrset *rrset_new(uint16_t type, uint32_t ttl, const struct rdata list[], size_t n) MUST_USE;
/*
 * One record more, or the same set again when it is there already; TTL as the set's.  RFC 2181 5.2.
 * The set may not be full.
 */
struct rrset *rrset_with(const struct rrset *set, struct rdata more) MUST_USE;
/* The records of all sets (same type, n >= 1; at most RRSET_RECORDS_MAX), TTL of the first. */
struct rrset *rrset_union(const struct rrset *const sets[], size_t n) MUST_USE;

/* The same records with another TTL, not split. */
struct rrset *rrset_at(const struct rrset *set, uint32_t ttl) MUST_USE;

struct rrset_share {             /* what an answer may get in place of the whole set */
	const struct rrset *set; /* NULL: nothing of this type, another share is taken instead */
	uint32_t weight;
};

/*
 * The records of `whole`, which is what everybody sees but who answers a query: that one gets a
 * share, drawn by weight.  n == 0, or no share has records: nothing, an answer has to fail.  All
 * weights together are at most 2^31 - 1; shares get the TTL of the whole.
 */
struct rrset *rrset_split(
	const struct rrset *whole, const struct rrset_share list[], size_t n) MUST_USE;
/* The shares of a split set, one after the other; false: there are no more. */
bool rrset_share(const struct rrset *set, size_t i, struct rrset_share *share) MUST_USE;
/*
 * The share of a split set that the dice give; NULL: none.  The same dice give the same place in
 * the list: two sets that are split alike are not mixed in one answer.
 */
COLD const struct rrset *rrset_deal(const struct rrset *set, uint32_t dice);

struct rrset *rrset_ref(const struct rrset *set); /* one reference more; returns `set` */
void rrset_unref(const struct rrset *set);        /* NULL is fine */
bool rrset_is_own(const struct rrset *set);       /* the caller's reference is the only one */
bool rrset_equal(const struct rrset *a, const struct rrset *b); /* type, TTL, records, shares */

/* Whether all records fit in one message, as they have to: RFC 2181 5, RFC 1035 4.2.2. */
bool rrset_fits(const struct rrset *set);

/* Walks the records: start with at = 0, ends with wire == NULL. */
struct rdata rrset_each(const struct rrset *set, size_t *at);

/*
 * One record more in a set to which nobody else has a reference, at its place; takes the set and
 * returns it, moved, or as it was when the record is there already.  The set may not be full.
 */
struct rrset *rrset_grow(struct rrset *set, struct rdata more) MUST_USE;
bool rrset_has(const struct rrset *set, struct rdata record);

#endif
