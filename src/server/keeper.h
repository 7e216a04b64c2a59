/*
 * The keeper: the thread that owns the store, and the only one that waits for the disk.  What it is
 * given is written in the order of asking; what came meanwhile goes out in one transaction.
 */
#ifndef LOCUM_SERVER_KEEPER_H
#define LOCUM_SERVER_KEEPER_H

#include "base/err.h"
#include "base/mono.h"
#include "store/store.h"

struct arena;
struct keeper;
struct mailbox;

/* A batch with all it points to, in an arena of its own. */
struct keeping {
	struct arena *arena;
	struct store_batch batch;
	uint64_t ticket; /* told back with the outcome */
};

struct keeping keeping_new(uint64_t ticket) MUST_USE;
void keeping_free(struct keeping *keeping);

/* What the keeper tells: LETTER_KEPT of letter.h carries it. */
struct kept {
	uint64_t ticket; /* of the last batch that it is about: all before it fared alike */
	bool good;
	struct err err; /* why not */
};

/* A piece of work on the store, in the keeper's thread, in its turn. */
typedef void keeper_work_fn(void *cookie, struct store *store);

/* Takes over `store`; `results` gets the letters.  Makes a snapshot now and then. */
struct keeper *keeper_start(struct store *store, struct mailbox *results) MUST_USE;
/* Control thread; takes what the keeping owns. */
void keeper_keep(struct keeper *keeper, const struct keeping *keeping);
void keeper_work(struct keeper *keeper, keeper_work_fn *work, void *cookie);
/* All that was given is written, or has failed; false: the disk does not answer within a second. */
bool keeper_stop(struct keeper *keeper) MUST_USE;

#endif
