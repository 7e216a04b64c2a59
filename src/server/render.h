/* A snapshot as text: the status object in JSON, and metrics for Prometheus.  Status thread. */
#ifndef LOCUM_SERVER_RENDER_H
#define LOCUM_SERVER_RENDER_H

#include "base/attr.h"
#include "responder/counters.h"

#include <stddef.h>

struct snapshot;

/*
 * One line of JSON, the caller frees.  `only`: this service, NULL if there is none; NULL: all of
 * them. locumctl(1) describes the object.
 */
char *render_status(const struct snapshot *snapshot, const struct counters *counters,
	const char *only, size_t *len) MUST_USE;

/* Prometheus text exposition format 0.0.4; the caller frees. */
char *render_metrics(
	const struct snapshot *snapshot, const struct counters *counters, size_t *len) MUST_USE;

#endif
