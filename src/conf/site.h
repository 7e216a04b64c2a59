/* A service while it is judged, and what is read by hand of it: health, readiness, gates. */
#ifndef LOCUM_CONF_SITE_H
#define LOCUM_CONF_SITE_H

#include "conf/draft.h"

struct site { /* the service that is judged, and where it stands */
	struct draft *draft;
	const struct yaml_node *map;
	const char *subject;
	const struct service_keys *keys;
	struct conf_service *service;
};

/* The number of the probe that `name` names, a problem with `key` if there is none. */
bool site_probe(const struct site *s, const char *key, const struct yaml_node *name,
	uint32_t *number) MUST_USE;

/* `health:` and `ready:`: lists of probes under all, any or at-least, nested.  (needs.c) */
struct conf_needs site_needs(
	const struct site *s, const char *key, const struct yaml_node *map) MUST_USE;
/* `require:`.  (gates.c) */
void site_gates(const struct site *s, const struct yaml_node *map);

#endif
