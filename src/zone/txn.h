/*
 * The only way to a new version of a zone: begin from one, put and delete
 * RRsets, commit.  A failed or aborted transaction leaves no trace.  One owner
 * thread; the version it began from may be read meanwhile.
 */
#ifndef LOCUM_ZONE_TXN_H
#define LOCUM_ZONE_TXN_H

#include "base/err.h"
#include "zone/changeset.h"
#include "zone/zone.h"

struct txn;

struct txn *txn_new(const uint8_t *apex) MUST_USE;       /* from nothing: a zone being loaded */
struct txn *txn_begin(const struct zone *from) MUST_USE; /* takes a reference of its own */
void txn_abort(struct txn *txn);                         /* NULL is fine */

/* `name` is absolute.  False when it is not at or below the apex. */
bool txn_put(struct txn *txn, const uint8_t *name,
	const struct rrset *set) MUST_USE; /* takes a reference of its own */
void txn_delete(struct txn *txn, const uint8_t *name, uint16_t type); /* absent: no effect */

/* The serial that the commit is to give, if it may: rule 6. */
void txn_put_serial(struct txn *txn, uint32_t serial);

struct txn_limits {
	uint32_t records; /* of one type at a name; RRSIGs are as many as what they sign */
	uint32_t types;   /* at a name */
};

enum txn_added { TXN_ADDED, TXN_THERE_ALREADY, TXN_OUTSIDE, TXN_FULL };

/*
 * One record into its RRset, for a reader that says what is wrong where it stands: within `limits`,
 * all records of the set have to fit in one message (RFC 1035 4.2.2), and rules 1, 3 and 4 below
 * hold for what is there so far.  `*ttl` becomes that of the set, which its first record made.
 * FULL: the record was left out, and `err` says why.
 */
enum txn_added txn_add(struct txn *txn, const uint8_t *name, uint16_t type, uint32_t *ttl,
	struct rdata more, const struct txn_limits *limits, struct err *err) MUST_USE;

/*
 * Ends the transaction with a new version, which the caller owns, or with NULL
 * and the reason; `txn` is gone either way.
 *  1. The apex has one SOA, no other name has any.  RFC 1035 5.2
 *  2. The apex has NS records.              RFC 1034 4.2.1
 *  3. A CNAME is one record and stands alone at its name.  RFC 2181 10.1
 *     (RRSIG and NSEC may stand beside it)
 *  4. A DNAME is one record.                RFC 6672 2.4
 *  5. Nothing changed, and its serial is above `above`: the version it began from is returned.
 *  6. Otherwise the serial is above that of the version it began from and above `above`: as put in
 *     the transaction if it is, else serial_next().  A zone being loaded keeps the serial put in.
 * `above`: a serial that was already served (NULL: none).  `changes` may be NULL; otherwise it gets
 * what this transaction changed, SOA included, which the caller frees; NULL for a zone being
 * loaded.
 */
struct zone *txn_commit(struct txn *txn, const uint32_t *above, uint32_t unix_now,
	struct changeset **changes, struct err *err) MUST_USE;

#endif
