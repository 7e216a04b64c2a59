/*
 * What was heard of each check, for people: its last outcome, its value, its history.  No decision
 * looks at it.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_OUTCOMES_H
#define LOCUM_SERVER_OUTCOMES_H

#include "failover/policy.h"
#include "prober/report.h"
#include "server/history.h"

struct last_outcome { /* of one check */
	mono_t at;    /* 0: none yet */
	span_t took;
	enum probe_outcome outcome;
	char why[REPORT_WHY_MAX];
	struct finding finding; /* the value, which may be of an attempt before the last one */
	struct tally tally;
	struct latency latency; /* of the attempts that passed, until then */
};

struct outcomes;

struct outcomes *outcomes_new(const struct policy *policy) MUST_USE;
/* Another policy: what was heard of a check stays with its identity. */
void outcomes_adopt(struct outcomes *outcomes, const struct policy *was, const struct policy *is);
void outcomes_note(struct outcomes *outcomes, uint32_t check, const struct report *report);
const struct last_outcome *outcomes_last(const struct outcomes *outcomes); /* as policy.checks */
/* All attempts without a verdict since the start, by fault: FAULTS_MAX of them. */
const uint64_t *outcomes_no_verdicts(const struct outcomes *outcomes);
void outcomes_free(struct outcomes *outcomes); /* NULL is fine */

#endif
