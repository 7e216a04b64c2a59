/* What a snapshot says of a service or an endpoint, in one word.  Pure. */
#ifndef LOCUM_SERVER_FACTS_H
#define LOCUM_SERVER_FACTS_H

#include "base/moment.h"
#include "failover/shares.h"
#include "server/snapshot.h"

/*
 * "none-left": no endpoint fits, on-none decided.    "stuck": it would switch, but a rule keeps it.
 * "failed-over": mode single, a standby answers.
 * "degraded": mode pool, some are out.               "normal": home answers; all do.
 */
const char *fact_service(const struct snapshot *snapshot, size_t service);
/* What a rule says, for people: "no endpoint fits: on-none decided", ... */
const char *fact_rule(enum pick_reason reason);
const char *fact_trickle(enum trickle_rule rule);
const char *fact_share(enum share_rule rule);
const char *fact_on_none(enum on_none on_none);    /* "keep", ... */
const char *fact_failback(enum failback failback); /* "auto", ... */
const char *fact_unfit(enum unfit unfit);          /* why one is no candidate */
const char *fact_admin(enum admin admin);          /* "online", "offline", "out" */
const char *fact_gate(enum gate_state state);      /* "open", "shut", "unknown" */
/* Whether use `i` of an endpoint, of e->n, is the first of its check: health, readiness and gates
 * may share one. */
bool fact_first_use(const struct policy *policy, const struct policy_endpoint *e, uint32_t i);
const char *fact_health(enum health_state state);     /* "up", "down", "unknown" */
const char *fact_outcome(enum probe_outcome outcome); /* "pass", "fail", "no-verdict" */
/* "unasked" (no references), "good", "doubted" */
const char *fact_vantage(const struct report_beat *beat);
const char *fact_fault(enum probe_fault fault); /* why no verdict: "late", "local", "tool", ... */
const char *fact_child(enum child_state state);
/* A moment of our own clock as people read it; NULL: it never was. */
const char *fact_moment(const struct snapshot *snapshot, mono_t at, char room[MOMENT_TEXT_MAX]);

#endif
