/*
 * What the control thread gives to the keeper: entries, states and serials, all of it written or
 * nothing.  It owns, or holds, all that it points to.
 */
#ifndef LOCUM_SERVER_KEEPING_H
#define LOCUM_SERVER_KEEPING_H

#include "failover/engine.h"
#include "server/memory.h"
#include "store/store.h"
#include "zone/view.h"

struct arena;
struct load;

struct keeping {
	struct keeping *before; /* what could not be written earlier: its entries go first */
	struct arena *arena;
	struct load *load; /* whose names it has: a reference; NULL: it is settled */
	struct wall wall;  /* of the times in `memories` */
	int64_t at_ns;
	struct store_entry *entries;
	size_t *states; /* which of `memories` each entry left, from 1; 0: none */
	struct kept_memory {
		uint32_t service;
		struct memory memory;
	} * memories;
	struct store_serial *serials;
	struct store_run *runs;
	size_t n_entries, n_memories, n_serials, n_runs;
	bool whole; /* these are the memories of all services there are */
	uint64_t ticket;
};

struct keeping *keeping_new(struct load *load, mono_t now) MUST_USE;
void keeping_free(struct keeping *keeping); /* with those before it; NULL is fine */

/* Whether any of the effects is to be kept. */
bool keeping_wants(const struct effects *effects) MUST_USE;

/* Each of these is called once at most. */
void keeping_effects(struct keeping *keeping, struct engine_facts facts,
	const struct effects *effects, const struct view *view);
/*
 * All services as they are, and one entry; one more for each that has answered with the same since
 * `first` (0: none): that is when it was first picked.
 */
void keeping_all(struct keeping *keeping, struct engine_facts facts, const struct view *view,
	const char *kind, const char *detail, mono_t first);
/* As the services of these decrees will be.  Those of one service stand in a row. */
void keeping_decrees(struct keeping *keeping, const struct engine *engine, mono_t now,
	const struct decree decrees[], size_t n, const char *author, const char *reason);
void keeping_line(
	struct keeping *keeping, const char *kind, const char *author, const char *detail);

/* Behind all others: nothing will be served after it.  A pass over each zone with services. */
void keeping_seal(struct keeping *keeping, const struct view *view);

/*
 * Until it can be written: its entries are text of its own now, and it holds neither the load nor
 * memories, serials and runs any more.  Once more is nothing.
 */
void keeping_settle(struct keeping *keeping);

/* Entries here and before. */
size_t keeping_count(const struct keeping *keeping) MUST_USE;
/* As the store wants it; in the keeper's thread, since it takes a while.  Settles those before. */
struct store_batch keeping_batch(struct keeping *keeping) MUST_USE;

#endif
