/*
 * One check: a target asked again and again.  It waits for its time, queues
 * when too many ask already, asks, tells, and waits again; so attempts never
 * overlap, and a check whose last report is not gone yet makes no new one.
 * Owner: the prober's only thread.
 */
#ifndef LOCUM_PROBER_CHECK_H
#define LOCUM_PROBER_CHECK_H

#include "prober/lateness.h"
#include "prober/report.h"

#include <stddef.h>

struct check;
struct loop;
struct probe_target;
struct recipe;
struct watch;

struct check_line { /* first come, first served */
	struct check *first, *last;
	size_t n;
};

struct crew { /* what all checks share */
	struct loop *loop;
	struct lateness lateness;
	struct check_line queue;   /* their time has come, there is no room */
	struct check_line telling; /* with a report to be sent */
	size_t asking, most;       /* attempts under way; at most */
	uint32_t dice;             /* state of the generator; never 0 */
	uint32_t start, begun;     /* for the phases: see schedule_phase() */
	struct watch *pulse;       /* while somebody asks: whether we run */
	mono_t pulse_due;
};

void crew_begin(struct crew *crew, struct loop *loop, uint32_t dice, size_t most);
void crew_end(struct crew *crew); /* all checks are freed before */

/* Borrows `crew`, `recipe` and `shared`, what the recipe's kind has on this loop. */
struct check *check_new(struct crew *crew, uint32_t id, struct recipe *recipe, void *shared,
	const struct address *address, const char *host, size_t host_len,
	const struct check_rule *rule) MUST_USE;
uint32_t check_id(const struct check *check);
struct recipe *check_recipe(const struct check *check);
const struct probe_target *check_target(const struct check *check);
const struct limits *check_limits(const struct check *check);
const struct finding *check_finding(const struct check *check); /* the value as it knows it */
void check_change(struct check *check, const struct check_rule *rule); /* its schedule goes on */
/* Its report, while it stands in the line `telling` ... */
const struct report *check_report(const struct check *check);
struct check *check_after(const struct check *check); /* the next in its line; NULL: none */
void check_told(struct check *check);                 /* ... and has been sent */
void check_free(struct check *check);                 /* in any state */

/* The chain of checks in a bucket of the prober's table. */
struct check **check_chain(struct check *check);

#endif
