/*
 * What was answered at another time, and why, as far as the journal and the recorded outcomes know
 * it.  What they do not know is said.
 */
#ifndef LOCUM_SERVER_HINDSIGHT_H
#define LOCUM_SERVER_HINDSIGHT_H

#include "server/snapshot.h"
#include "store/store.h"

#include <jansson.h>

struct arena;

struct hindsight {
	int64_t at_ns;                /* wall clock */
	const struct store_run *runs; /* what the store may not have yet */
	size_t n;
};

/* Status thread.  Of the services of an explanation; the runs are in `arena`, their texts in the
 * policy of the snapshot. */
struct hindsight hindsight_of(const struct snapshot *snapshot, const json_t *explain, int64_t at_ns,
	struct arena *arena) MUST_USE;
/*
 * Keeper's thread.  Turns an explanation of now into one of then: locumctl(1) describes it.  `load`
 * is that of the snapshot.  False: the store cannot be read.
 */
bool hindsight_add(json_t *explain, const struct hindsight *hindsight, struct load *load,
	struct store *store) MUST_USE;

#endif
