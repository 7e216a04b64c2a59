/*
 * What was heard of a check around a moment: from the store, and from what it does not have yet.
 */
#ifndef LOCUM_SERVER_RUNS_H
#define LOCUM_SERVER_RUNS_H

#include "server/recorder.h"

/*
 * A run is cut each hour, and when it is asked for: pieces that follow each other without a silence
 * are told as one, up to so many of them.
 */
enum { RUNS_PIECES_MAX = 25 };

struct runs { /* of one check, around a moment */
	const char *check;
	int64_t at_ns;
	span_t stale; /* of its rule: a longer silence ends a run */
	/* What began last before the moment, or at it, and what came next; n == 0: nothing.  Their
	 * texts are not valid. */
	struct store_run before, after;
};

/* Fills `before` and `after`.  False: the store cannot be read. */
bool runs_at(struct runs *runs, struct store *store, const struct store_run recent[], size_t n);

/* What is recorded of the checks with used[number], in `arena`; how many. */
size_t runs_recent(const struct recorded *recorded, const struct policy *policy, const bool used[],
	struct wall wall, struct arena *arena, const struct store_run **list);

#endif
