/*
 * Who in a new policy is whom in the old one: checks by identity, services by
 * name, endpoints by name within their service.  Pure, but for the lists it allocates.
 */
#ifndef LOCUM_FAILOVER_CARRY_H
#define LOCUM_FAILOVER_CARRY_H

#include "failover/policy.h"

#define CARRY_NEW UINT32_MAX /* was not there before */

struct carry { /* by number in the new policy: its number in the old one, or CARRY_NEW */
	uint32_t *checks, *endpoints, *services;
};

/* Time linear in the size of both.  Names and identities are unique in each. */
struct carry carry_new(const struct policy *was, const struct policy *is) MUST_USE;
void carry_free(struct carry *carry);

#endif
