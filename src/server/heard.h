/* What was heard of a check around a moment: from the store, and from what it does not have yet. */
#ifndef LOCUM_SERVER_HEARD_H
#define LOCUM_SERVER_HEARD_H

#include "server/recorder.h"

struct heard { /* of one check, around a moment */
	const char *check;
	int64_t at_ns;
	struct store_run before, after; /* n == 0: none; their texts are not valid */
};

/*
 * The run that began last before the moment, or at it, and the first behind it; of the store and of
 * `recent`.  False: the store cannot be read.
 */
bool heard_at(struct heard *heard, struct store *store, const struct store_run recent[], size_t n);

/* What is recorded of the checks with used[number], in `arena`; how many. */
size_t heard_recently(const struct recorded *recorded, const struct policy *policy,
	const bool used[], struct wall wall, struct arena *arena, const struct store_run **list);

#endif
