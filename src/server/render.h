/* A snapshot as text: the status object in JSON, and metrics for Prometheus.  Status thread. */
#ifndef LOCUM_SERVER_RENDER_H
#define LOCUM_SERVER_RENDER_H

#include "base/attr.h"
#include "responder/counters.h"

#include <stdbool.h>
#include <stddef.h>

struct octets;
struct snapshot;

/*
 * Adds one line of JSON to `out`.  `only`: this service, false and nothing if there is none; NULL:
 * all of them.  locumctl(1) describes the object.
 */
bool render_status(struct octets *out, const struct snapshot *snapshot,
	const struct counters *counters, const char *only) MUST_USE;

/* Prometheus text exposition format 0.0.4; the caller frees. */
char *render_metrics(
	const struct snapshot *snapshot, const struct counters *counters, size_t *len) MUST_USE;

#endif
