/*
 * One version of a zone: a persistent tree of names with their RRsets.  A
 * version never changes; zone/txn.h makes the next one, which shares all that
 * was not touched.  Shared by reference count.  Any thread may read.
 */
#ifndef LOCUM_ZONE_ZONE_H
#define LOCUM_ZONE_ZONE_H

#include "zone/key.h"
#include "zone/rrset.h"

struct denial;
struct zone;
struct node; /* a name and its RRsets; there are none for empty non-terminals */

/* What stands at and above a name (RFC 1034 4.3.2, RFC 4592).  All borrowed from the version. */
struct zone_match {
	const struct node *exact;    /* the name's RRsets; NULL when it has none */
	bool exists;                 /* the name is there, if only as an empty non-terminal */
	const struct node *cut;      /* the highest delegation (NS below the apex) at or above it */
	const struct node *dname;    /* the highest DNAME strictly above it and not below a cut */
	const struct node *wildcard; /* "*" below the closest encloser; only when !exists */
	bool covered;    /* "*" is there, if only as an empty non-terminal; only when !exists */
	size_t encloser; /* octets of the key that are the closest encloser's, or the name's own */
};

/* `key` is of a name at or below the apex. */
struct zone_match zone_find(const struct zone *zone, const struct key *key);
const struct node *zone_node(
	const struct zone *zone, const uint8_t *name);                  /* exact; NULL if none */
const struct rrset *node_rrset(const struct node *node, uint16_t type); /* borrowed; NULL if none */
size_t node_count(const struct node *node);
const struct rrset *node_rrset_at(const struct node *node, size_t i); /* sorted by type */
size_t node_labels(const struct zone *zone, const struct node *node); /* the root not counted */
/* The absolute name, lower case. */
void node_name(const struct zone *zone, const struct node *node, uint8_t name[255]);

const uint8_t *zone_apex(const struct zone *zone);         /* lower case */
const struct rrset *zone_soa(const struct zone *zone);     /* one record, always there */
const struct denial *zone_denial(const struct zone *zone); /* NULL: its SOA is odd */
uint32_t zone_serial(const struct zone *zone);
size_t zone_names(const struct zone *zone);   /* names with RRsets */
size_t zone_records(const struct zone *zone); /* records */

/* Every name in canonical order, the apex first, until `fn` returns false. */
typedef bool zone_each_fn(void *cookie, const struct zone *zone, const struct node *node);
void zone_each(const struct zone *zone, zone_each_fn *fn, void *cookie);

struct zone *zone_ref(const struct zone *zone);
void zone_unref(const struct zone *zone); /* NULL is fine */

#endif
