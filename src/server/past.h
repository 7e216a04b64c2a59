/*
 * Recorded outcomes on their way from the store to `locumctl replay`: pages of JSON, since the
 * store is its thread's alone and nobody is to wait for it long.
 *   {"ok": true, "configuration": PATH, "checks": [IDENTITY, ...],
 *    "runs": [[CHECK, BEGAN, ENDED, OUTCOME, N], ...], "asked": TIME, "next": NUMBER}
 * CHECK is a place in `checks`, times are nanoseconds of the wall clock; without `next` it is the
 * last page.
 */
#ifndef LOCUM_SERVER_PAST_H
#define LOCUM_SERVER_PAST_H

#include "base/err.h"
#include "store/store.h"

#include <jansson.h>

struct arena;

enum { PAST_PAGE = 10000 };

/*
 * The page, asked for at `asked_ns`, of runs that ended at query->since_ns or later, behind number
 * query->after; NULL: the store cannot be read.  The keeper's thread.
 */
json_t *past_page(struct store *store, const struct store_query *query, const char *configuration,
	int64_t asked_ns) MUST_USE;

struct past { /* read from pages; texts in `arena`, the list on the heap */
	struct arena *arena;
	struct store_run *list;
	size_t n, room;
	int64_t asked_ns; /* when the newest of the pages was asked for, wall clock */
};

/* Adds those of a page; false and `err`: it is none. */
bool past_add(struct past *past, const json_t *page, struct err *err) MUST_USE;
void past_free(struct past *past);

#endif
