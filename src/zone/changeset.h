/*
 * What turns one version of a zone into another: RRsets by name and type, in
 * canonical order, the SOA first.  Feeds the journal, IXFR and NOTIFY.  Owner: who got it.
 */
#ifndef LOCUM_ZONE_CHANGESET_H
#define LOCUM_ZONE_CHANGESET_H

#include "zone/rrset.h"

struct zone;

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

/* The differences of two versions of one zone; what they share is skipped, not read. */
struct changeset *changeset_between(const struct zone *was, const struct zone *is) MUST_USE;
void changeset_free(struct changeset *changes); /* NULL is fine */

#endif
