/*
 * The keeper: the thread that owns the store, and the only one that waits for the disk.  What it is
 * given is done in the order of asking.
 */
#ifndef LOCUM_SERVER_KEEPER_H
#define LOCUM_SERVER_KEEPER_H

#include "base/err.h"
#include "server/keeping.h"

struct keeper;
struct mailbox;

struct kept { /* how a keeping fared: LETTER_KEPT of letter.h carries it */
	uint64_t ticket;
	uint64_t last; /* number of the last entry in the journal */
	uint32_t epoch;
	bool good;
	struct err err;          /* why not */
	struct keeping *keeping; /* what could not be written; else NULL */
};

/*
 * A piece of work on the store, in the keeper's thread, in its turn.  What takes longer does some
 * milliseconds of it and wants to be called again: other work is done in between.
 */
enum { KEEPER_SLICE_PAGES = 64 }; /* of a copy */
enum keeper_more { KEEPER_DONE, KEEPER_AGAIN };
typedef enum keeper_more keeper_work_fn(void *cookie, struct store *store);
typedef void keeper_drop_fn(void *cookie);

/* Takes over `store`; `results` gets the letters.  Makes a snapshot now and then. */
struct keeper *keeper_start(struct store *store, struct mailbox *results) MUST_USE;
/* Control thread; takes over the keeping. */
void keeper_keep(struct keeper *keeper, struct keeping *keeping);
/* `drop` (NULL: nothing is to be done) ends the cookie, in any case, before the store is closed. */
void keeper_work(struct keeper *keeper, keeper_work_fn *work, keeper_drop_fn *drop, void *cookie);
/* All that was given is written, or has failed; false: the disk does not answer within a second. */
bool keeper_stop(struct keeper *keeper) MUST_USE;

#endif
