/*
 * What all checks of a prober share: whose turn it is, how late we are, where
 * we stand, and the lines they wait in.  Owner: the prober's only thread.
 */
#ifndef LOCUM_PROBER_CREW_H
#define LOCUM_PROBER_CREW_H

#include "net/clock.h"
#include "prober/lateness.h"
#include "prober/report.h"
#include "prober/sentry.h"
#include "prober/turns.h"
#include "prober/vantage.h"

struct check;
struct loop;
struct watch;

struct check_line { /* first come, first served */
	struct check *first, *last;
};

struct crew {
	struct loop *loop;
	struct lateness lateness;
	struct clock_pair clocks;
	struct turns turns;
	struct sentries sentries;
	uint64_t attempts;
	size_t descriptors; /* for attempts and sentries together */
	struct vantage vantage;
	struct check *references[REFERENCES_MAX]; /* as in `vantage`; NULL: none */
	struct check_line held;                   /* failures that wait for the references */
	struct check_line telling;                /* with a report to be sent */
	bool doubted;                             /* whether the vantage is, as last looked at */
	bool news;             /* ... and that changed: the next beat is due now */
	uint32_t dice;         /* state of the generator; never 0 */
	uint32_t start, begun; /* for the phases: see schedule_phase() */
	struct watch *pulse;   /* while somebody asks: whether we run */
	mono_t pulse_due;
};

void crew_begin(struct crew *crew, struct loop *loop, uint32_t dice, size_t descriptors);
/* So many attempts at one host; so many silent references are doubt. */
void crew_limit(struct crew *crew, size_t per_host, uint32_t enough);
void crew_end(struct crew *crew); /* all checks are freed before */

struct report_beat crew_beat(const struct crew *crew, uint32_t checks) MUST_USE;

uint32_t crew_roll(struct crew *crew); /* dice */
/* Attempts and sentries share the descriptors: to be called before anybody asks. */
void crew_count(struct crew *crew);
void crew_pulse(struct crew *crew, mono_t now); /* somebody asks: it beats */
/* Looks whether the machine slept.  Before any outcome is judged. */
void crew_wake(struct crew *crew);

#endif
