/*
 * The records of every service, rendered from the templates when the
 * configuration is loaded: a switch parses nothing.  Immutable; any thread.
 */
#ifndef LOCUM_SERVER_RECORDS_H
#define LOCUM_SERVER_RECORDS_H

#include "conf/conf.h"
#include "zone/view.h"

struct sources;

/* One RRset that a service manages.  Which endpoints bring records to it: records_of(). */
struct managed {
	const uint8_t *owner; /* absolute, wire, lower case */
	uint16_t type;
	uint32_t place; /* which template named it first */
};

struct service_records {
	const struct service_rule *rule; /* that makes its picks */
	const struct service_rule *own;  /* that has its TTL */
	const uint32_t *weights;         /* of endpoints; NULL: answers are not shared by them */
	const uint8_t *zone;             /* apex, as in the configuration */
	uint32_t zone_number;            /* of the zones with services, in canonical order */
	size_t n, endpoints;             /* RRsets; endpoints of the service */
	const struct managed *managed;   /* sorted by owner and type */
	const struct rrset *const *sets; /* [endpoint * n + i]; NULL: that endpoint brings none */
};

struct records {
	struct arena *arena;
	size_t n;
	struct service_records *services; /* numbered as policy.services */
	const uint32_t *by_zone;          /* all their numbers, zone after zone */
};

/*
 * Renders all services of `conf`, whose zones stand in `base` and came from `sources` (NULL:
 * without limits of their own).  Every problem is reported at the template's place: bad records,
 * owners outside the zone, two services that manage one RRset, a CNAME beside other records.  NULL
 * if there was an error.
 */
struct records *records_render(const struct conf *conf, const struct sources *sources,
	const struct view *base, struct conf_problems *problems) MUST_USE;

/*
 * The RRset that the endpoints of `pick` make of managed[i], without the addresses that it leaves
 * in the dark, with the TTL that it wants, split where answers are shared, and into nothing where
 * they are to fail: the caller owns a reference; NULL: none.  Who has a trickle brings no record
 * that everybody gets, but to names at which those who answer have nothing.
 */
struct rrset *records_of(
	const struct service_records *service, size_t i, const struct pick *pick) MUST_USE;

/* The RRset of that type at the name, lower case, that the service manages; NULL: it does not. */
const struct managed *managed_find(
	const struct service_records *service, const uint8_t *owner, uint16_t type) MUST_USE;

void records_free(struct records *records); /* NULL is fine */

#endif
