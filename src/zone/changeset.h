/*
 * What turns one version of a zone into another: RRsets by name and type, in
 * canonical order, the SOA first.  Feeds the journal, IXFR and NOTIFY.  Owner: who got it.
 */
#ifndef LOCUM_ZONE_CHANGESET_H
#define LOCUM_ZONE_CHANGESET_H

#include "zone/rrset.h"

struct node;
struct zone;

/* An RRset that differs; NULL: there was none, or is none any more.  Borrowed. */
struct difference {
	const struct node *was, *is; /* its name */
	const struct rrset *was_set, *is_set;
};
/* In canonical order of names, then by type.  What both share is skipped, not read. */
typedef void changeset_fn(void *cookie, struct difference difference);
void changeset_walk(const struct zone *was, const struct zone *is, changeset_fn *fn, void *cookie);
/* Whether nothing but the SOA differs, or nothing at all. */
bool changeset_is_serial(const struct zone *was, const struct zone *is) MUST_USE;

struct change {
	const uint8_t *name;     /* absolute, lower case */
	const struct rrset *was; /* NULL: there was none */
	const struct rrset *is;  /* NULL: there is none any more */
};

struct changeset {
	uint32_t from, to; /* serials */
	size_t n;
	struct change *list;
};

/* All differences of two versions of one zone. */
struct changeset *changeset_between(const struct zone *was, const struct zone *is) MUST_USE;
void changeset_free(struct changeset *changes); /* NULL is fine */

#endif
