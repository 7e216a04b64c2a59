/* What must hold in a zone: rules 1 to 4 of zone/txn.h.  Pure. */
#ifndef LOCUM_ZONE_CHECK_H
#define LOCUM_ZONE_CHECK_H

#include "base/attr.h"
#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

struct zone;
struct node;
struct rdata;

/* Rules 1 and 2 at the apex.  False: `err` says why. */
bool check_apex(const struct zone *zone, struct err *err) MUST_USE;
/* Rules 1, 3 and 4 at one name. */
bool check_node(const struct zone *zone, const struct node *node, struct err *err) MUST_USE;

/*
 * An NSEC3 record or its signature (the RDATA is sound).  No query finds the name of one, nor do
 * wildcards and denials see it, so it does not go among the names: RFC 5155 7.2.8.
 */
bool check_is_hashed(uint16_t type, const uint8_t *rdata) MUST_USE;

/* Where in an SOA's RDATA the serial stands; 0: that is not the RDATA of an SOA. */
size_t check_serial_at(struct rdata soa) MUST_USE;

/* As operators write it: without the final dot.  Returns `room`: NAME_TEXT_MAX octets. */
const char *check_say_name(const uint8_t *name, char *room);

/* Whether there is one record of the type at a name: SOA, CNAME, DNAME. */
bool check_is_single(uint16_t type) MUST_USE;
/* The first type that may not stand beside a CNAME at that name; 0: none. */
uint16_t check_beside_cname(const struct node *node) MUST_USE;

/* Why a record finds no room: "www.example.com: more than 100 A records ...".  Return false. */
bool check_records_full(const uint8_t *name, uint16_t type, uint32_t limit, struct err *err);
bool check_types_full(const uint8_t *name, uint32_t limit, struct err *err);
bool check_octets_full(const uint8_t *name, uint16_t type, struct err *err);
bool check_single(const uint8_t *name, uint16_t type, struct err *err);
bool check_alone(const uint8_t *name, uint16_t beside, struct err *err);

#endif
