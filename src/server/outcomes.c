#include "server/outcomes.h"

#include "base/mem.h"

#include <stdlib.h>
#include <string.h>

struct outcomes {
	struct last_outcome *last;   /* copied with every snapshot ... */
	struct latencies *latencies; /* ... and these, five times as large, are not */
	uint64_t no_verdicts[FAULTS_MAX];
};

struct outcomes *outcomes_new(const struct policy *policy)
{
	struct outcomes *const outcomes = mem_new(sizeof *outcomes);
	outcomes->last = mem_list(policy->n_checks, sizeof *outcomes->last);
	outcomes->latencies = mem_list(policy->n_checks, sizeof *outcomes->latencies);
	return outcomes;
}

struct identity {
	const char *text;
	size_t check;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct identity *)a)->text, ((const struct identity *)b)->text);
}

void outcomes_adopt(struct outcomes *outcomes, const struct policy *was, const struct policy *is)
{
	struct identity *const known = mem_list(was->n_checks, sizeof *known);
	for (size_t i = 0; i < was->n_checks; i++)
		known[i] = (struct identity){was->checks[i].identity, i};
	qsort(known, was->n_checks, sizeof *known, by_text);

	struct last_outcome *const last = mem_list(is->n_checks, sizeof *last);
	struct latencies *const latencies = mem_list(is->n_checks, sizeof *latencies);
	for (size_t i = 0; i < is->n_checks; i++) {
		const struct identity like = {is->checks[i].identity, 0};
		const struct identity *const same =
			bsearch(&like, known, was->n_checks, sizeof like, by_text);
		if (same != NULL) {
			last[i] = outcomes->last[same->check];
			latencies[i] = outcomes->latencies[same->check];
		}
	}
	free(known);
	free(outcomes->last);
	free(outcomes->latencies);
	outcomes->last = last;
	outcomes->latencies = latencies;
}

void outcomes_note(struct outcomes *outcomes, uint32_t check, const struct report *report)
{
	struct last_outcome *const last = &outcomes->last[check];
	struct latencies *const latencies = &outcomes->latencies[check];
	last->at = report->ended;
	last->took = mono_between(report->started, report->ended);
	last->outcome = report->outcome;
	memcpy(last->why, report->why, sizeof last->why);
	if (report->value[0] != '\0')
		last->finding =
			finding_step(last->finding, report->value, report->age, report->ended);
	last->tally = tally_step(last->tally, report->outcome, report->fault);
	if (report->outcome == PROBE_PASS) {
		latencies_note(latencies, last->took, report->ended);
		last->latency = latencies_sum(latencies);
	} else if (report->outcome != PROBE_FAIL) {
		const enum probe_fault fault = report->fault;
		outcomes->no_verdicts[fault < FAULTS_MAX ? fault : FAULT_NONE]++;
	}
}

const struct last_outcome *outcomes_last(const struct outcomes *outcomes) { return outcomes->last; }

const uint64_t *outcomes_no_verdicts(const struct outcomes *outcomes)
{
	return outcomes->no_verdicts;
}

void outcomes_free(struct outcomes *outcomes)
{
	if (outcomes == NULL)
		return;
	free(outcomes->last);
	free(outcomes->latencies);
	free(outcomes);
}
