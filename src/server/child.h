/*
 * A prober as the control thread sees it: started, given its orders, heard,
 * watched over, started again.  Whatever happens to it is no endpoint's fault.
 * Owner: control thread.
 */
#ifndef LOCUM_SERVER_CHILD_H
#define LOCUM_SERVER_CHILD_H

#include "conf/conf.h"
#include "prober/report.h"

#include <sys/types.h>

struct child;
struct loop;

enum child_state {
	CHILD_STARTING, /* started, nothing heard yet */
	CHILD_RUNNING,
	CHILD_RESTARTING, /* gone; the next start is due */
};

struct child_events {
	void *cookie;
	/* An attempt of a check (its number in the policy) ended. */
	void (*outcome)(void *cookie, uint32_t check, const struct report *report);
	/* Of what child_try() began: REPORT_STEP, REPORT_TRIAL. */
	void (*trial)(void *cookie, const struct report *report);
	/* Nothing is heard of these checks any more. */
	void (*deaf)(void *cookie, const uint32_t checks[], size_t n);
};

struct child_facts { /* for the status */
	enum child_state state;
	pid_t pid;               /* 0: none */
	uint32_t restarts;       /* since our start */
	uint32_t unended;        /* killed, and not ended yet */
	struct report_beat beat; /* what it last said of itself */
	uint32_t late_us;        /* worst start of an attempt, as it last said */
	char trouble[128];       /* why it was last started again; "" */
};

/*
 * Prober `number`, from 0; starts it as soon as the loop runs.  Borrows `events`, and `ids`: see
 * server/orders.h.
 */
struct child *child_new(struct loop *loop, const struct child_events *events, uint32_t number,
	uint32_t *ids) MUST_USE;
/*
 * Its share of the checks to watch from now on, as one of so many probers, numbered as in
 * conf->checks; those it knew go on undisturbed.
 */
void child_adopt(struct child *child, const struct conf *conf, uint32_t of);
/* One attempt of a check, now; what its reports go by.  0: there is no prober. */
uint32_t child_try(struct child *child, uint32_t check);
struct child_facts child_facts(const struct child *child);
void child_free(struct child *child); /* ends the prober and waits for it; NULL is fine */

#endif
