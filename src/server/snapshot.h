/*
 * What is true at one instant: borrowed by the control thread itself (control_glance), or copied,
 * so that the status can be written on another thread, and then owned by who got it.
 */
#ifndef LOCUM_SERVER_SNAPSHOT_H
#define LOCUM_SERVER_SNAPSHOT_H

#include "failover/engine.h"
#include "server/journal.h"
#include "server/load.h"
#include "server/outcomes.h"
#include "server/probers.h"
#include "server/recorder.h"

struct refused_reloads {
	uint64_t n;    /* since the start */
	size_t errors; /* of the last one; 0: one was taken on since */
	mono_t at;
};

struct snapshot {
	struct arena *arena;              /* holds its copies; NULL: it has none, and only looks */
	mono_t now, started;              /* when it was made; when the daemon started */
	int64_t wall_ns;                  /* the wall clock at `now` */
	struct load *load;                /* a reference of its own */
	const struct view *view;          /* what is served; a reference of its own */
	struct engine_facts facts;        /* of `load`; a copy of its own */
	const struct last_outcome *last;  /* numbered as policy.checks */
	uint64_t no_verdicts[FAULTS_MAX]; /* since the start, by fault */
	struct probers_facts probers;     /* `each` is its own */
	struct recorded recorded;         /* outcomes that the store does not have yet */
	struct journal_facts journal;
	uint64_t switches, reloads;
	struct refused_reloads refused;
};

void snapshot_free(struct snapshot *snapshot); /* NULL is fine */

#endif
