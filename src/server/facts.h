/* What a snapshot says of a service or an endpoint, in one word.  Pure. */
#ifndef LOCUM_SERVER_FACTS_H
#define LOCUM_SERVER_FACTS_H

#include "server/snapshot.h"

/*
 * "none-left": no endpoint fits, on-none decided.    "stuck": it would switch, but a rule keeps it.
 * "failed-over": mode single, a standby answers.
 * "degraded": mode pool, some are out.               "normal": home answers; all do.
 */
const char *fact_service(const struct snapshot *snapshot, size_t service);
/* Why a service does not switch: "no endpoint fits", "it has switched too often", ... */
const char *fact_held(enum pick_reason reason);
/* Whether use `i` of an endpoint, of e->n, is the first of its check: health, readiness and gates
 * may share one. */
bool fact_first_use(const struct policy *policy, const struct policy_endpoint *e, uint32_t i);
const char *fact_health(enum health_state state);     /* "up", "down", "unknown" */
const char *fact_outcome(enum probe_outcome outcome); /* "pass", "fail", "no-verdict" */
/* "unasked" (no references), "good", "doubted" */
const char *fact_vantage(const struct report_beat *beat);
const char *fact_fault(enum probe_fault fault); /* why no verdict: "late", "local", "tool", ... */
const char *fact_child(enum child_state state);

#endif
