/*
 * The control thread's side of the journal: what happened goes to the keeper, and a view is
 * published when what it shows is durable, or after 50 ms.  Owner: control thread.
 *
 * It is *behind* while something that was published is not durable (the disk is slow), or while
 * something could not be written (it is full, broken, read-only).  Then nothing waits for it.  In
 * the second case nothing more is sent either, and operators' commands are refused; once a second
 * all that was held back is tried at once, with the whole state.
 */
#ifndef LOCUM_SERVER_JOURNAL_H
#define LOCUM_SERVER_JOURNAL_H

#include "failover/engine.h"
#include "server/keeper.h"
#include "server/minutes.h"
#include "zone/view.h"

struct journal;
struct load;
struct loop;

enum {
	JOURNAL_WAIT_MS = 50,
	JOURNAL_WAIT_FOR = 500,   /* effects: more of them are not written in that time */
	JOURNAL_DEAD_MS = 1000,   /* the keeper is silent for so long: it counts as broken */
	JOURNAL_HELD_MAX = 20000, /* entries that are held back; later ones are counted */
};

/* Borrows `keeper` (NULL: nothing is kept, and nothing waits). */
struct journal *journal_new(struct loop *loop, struct keeper *keeper) MUST_USE;
/* Publishes what still waits.  NULL is fine. */
void journal_free(struct journal *journal);

struct journal_now { /* what is true when something is told to the journal; borrowed */
	struct load *load;
	struct engine_facts facts;
	const struct view *view;
};

/* Publishes the view at once if journal_turn() would: before it is even said what happened. */
void journal_hurry(struct journal *journal, const struct view *view, const struct effects *effects,
	bool urgent);
/*
 * What the effects of one turn changed, as the view will show it: entries and states go out.  The
 * view (the journal takes a reference) is published, and the minutes (it takes them) are said, when
 * they are durable; at once if `urgent`, while the journal is behind, or if it is too much at once.
 */
void journal_turn(struct journal *journal, const struct journal_now *now,
	const struct effects *effects, struct minutes *minutes, bool urgent);
/* Publishes `view` now, and with it what waits. */
struct view *journal_publish(struct journal *journal, const struct view *view) MUST_USE;

/*
 * Decrees that are to be applied once they are durable.  `then` is called when that is known, with
 * NULL or why they could not be kept; at once when nothing can be.
 */
struct journal_decrees {
	const struct decree *list; /* those of one service stand in a row */
	size_t n;
	const char *author, *reason;
};
typedef void journal_then_fn(void *cookie, const char *error);
void journal_decree(struct journal *journal, struct load *load, const struct engine *engine,
	const struct journal_decrees *decrees, journal_then_fn *then, void *cookie);
/* The whole state as it is now, with an entry; `then` is called when it is durable, with NULL, or
 * why it is not. */
void journal_after(struct journal *journal, const struct journal_now *now, const char *kind,
	const char *detail, journal_then_fn *then, void *cookie);

/*
 * A line of its own with the whole state: a start, a reload, a restore; with `first` as for
 * keeping_all().  What the store remembers of other services is forgotten.
 */
void journal_whole(struct journal *journal, const struct journal_now *now, const char *kind,
	const char *detail, mono_t first);
/* Runs of outcomes, and what may be lost while the journal is behind. */
void journal_runs(struct journal *journal, struct keeping *runs);

/* The keeper's answer; takes its keeping. */
void journal_kept(struct journal *journal, struct kept *kept);
/* Every second: while behind it tries again with all there is. */
void journal_tick(struct journal *journal, const struct journal_now *now);

struct journal_facts { /* for the status */
	bool kept, behind;
	char trouble[256]; /* why it is behind; "" */
	uint32_t epoch;
	uint64_t last, held; /* number of the last entry; how many are held back */
};
struct journal_facts journal_facts(const struct journal *journal);

#endif
