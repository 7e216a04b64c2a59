/*
 * The validated configuration as the engine needs it: numbers and flat lists.
 * Immutable; owned by the configuration it was made from (conf/conf.h).
 */
#ifndef LOCUM_FAILOVER_POLICY_H
#define LOCUM_FAILOVER_POLICY_H

#include "failover/service.h"

/* One probe of one address.  Endpoints that ask the same share it. */
struct policy_check {
	const char *identity; /* what is asked of whom; carries health over a reload */
	const char *probe;    /* its name, for people */
	struct health_rule rule;
};

struct policy_endpoint {
	const char *name;
	uint32_t service;
	uint32_t first, n; /* its checks: uses[first] .. uses[first + n - 1] */
};

struct policy_service {
	const char *name;
	struct service_rule rule;
	uint32_t first, n; /* its endpoints in order of preference, 1 to ENDPOINTS_MAX */
};

struct policy {
	size_t n_checks, n_endpoints, n_services, n_uses;
	const struct policy_check *checks;
	const struct policy_endpoint *endpoints;
	const struct policy_service *services; /* sorted by name */
	const uint32_t *uses;                  /* numbers of checks */
};

#endif
