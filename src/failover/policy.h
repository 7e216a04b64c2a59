/*
 * The validated configuration as the engine needs it: numbers and flat lists.
 * Immutable; owned by the configuration it was made from (conf/conf.h).
 */
#ifndef LOCUM_FAILOVER_POLICY_H
#define LOCUM_FAILOVER_POLICY_H

#include "failover/service.h"

#define POLICY_NONE UINT32_MAX /* no such service */

/* One probe of one address.  Endpoints that ask the same share it. */
struct policy_check {
	const char *identity; /* what is asked of whom; carries health over a reload */
	const char *probe;    /* its name, for people */
	struct health_rule rule;
};

/*
 * An endpoint's checks stand in policy.uses, one after the other: those of its health for each
 * family that it has (n_health each), those of its readiness likewise (n_ready each, 0: as its
 * health), and one for each gate of its service (of its first family).
 */
struct policy_endpoint {
	const char *name;
	uint32_t service;
	uint32_t first, n; /* uses[first] .. uses[first + n - 1] */
	bool has[FAMILIES_MAX];
};

struct policy_service {
	const char *name;
	struct service_rule rule;
	uint32_t first, n; /* its endpoints in order of preference, 1 to ENDPOINTS_MAX */
	const struct quorum *health, *ready; /* NULL: none */
	uint16_t n_health, n_ready;          /* leaves */
	const struct gate_rule *gates;
	uint16_t n_gates;
	/* Moves with that one: the same endpoints, the same pick; that one's health asks for both.
	 * POLICY_NONE: by itself. */
	uint32_t with;
	uint32_t after; /* does not fail over before that one is settled; POLICY_NONE */
};

/* How much may move by itself in all services together; 0: no limit. */
struct policy_breaker {
	uint32_t switches; /* failovers in any window of `per` */
	span_t per;
	uint32_t failbacks; /* and failbacks */
	span_t failbacks_per;
};

struct policy {
	size_t n_checks, n_endpoints, n_services, n_uses;
	const struct policy_check *checks;
	const struct policy_endpoint *endpoints;
	const struct policy_service *services; /* sorted by name */
	const uint32_t *uses;                  /* numbers of checks */
	struct policy_breaker breaker;
};

/* Families that an endpoint has: 0 to FAMILIES_MAX; its checks are asked once of each. */
static inline size_t policy_families(const struct policy_endpoint *end)
{
	const size_t n = (size_t)end->has[FAMILY_V4] + end->has[FAMILY_V6];
	return n > 0 ? n : 1; /* without an address: asked of nobody, once */
}

#endif
