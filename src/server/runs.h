/*
 * The history of outcomes, run-length encoded: what a check said, since when, how often.  A run
 * goes to the keeper when it has ended, after an hour, or at a reload or the end.  Owner: control
 * thread.
 */
#ifndef LOCUM_SERVER_RUNS_H
#define LOCUM_SERVER_RUNS_H

#include "failover/health.h"
#include "server/keeping.h"

struct runs;

enum { RUNS_HELD_MAX = 100000, RUN_LONGEST_S = 3600 };

struct runs *runs_new(size_t n_checks) MUST_USE;
void runs_free(struct runs *runs); /* NULL is fine */
/* In constant time.  Above RUNS_HELD_MAX what ended is lost. */
void runs_take(struct runs *runs, uint32_t check, enum probe_outcome outcome, mono_t at);

/* Hands those that have ended, or all, to the keeping, whose load has the checks. */
enum runs_which { RUNS_ENDED, RUNS_ALL };
void runs_give(struct runs *runs, enum runs_which which, struct keeping *keeping);
bool runs_any(const struct runs *runs) MUST_USE; /* of those that have ended */

#endif
