/*
 * What must outlive the process, in one SQLite file: the journal of everything that changed an
 * answer or was said by an operator, the state it left, the highest serials, and the history of
 * outcomes. Synchronous; one thread at a time; every call may take as long as the disk does.
 *
 * WAL with synchronous=FULL: what a call that returned true has written is there after a power cut.
 * The file is 0600 whatever the umask, in a directory that is the daemon's own.
 */
#ifndef LOCUM_STORE_STORE_H
#define LOCUM_STORE_STORE_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct arena;
struct store;

struct store_entry {        /* of the journal; texts are "" where there is nothing to say */
	uint64_t number;    /* from 1 without gaps; the store gives it */
	int64_t at_ns;      /* wall clock */
	uint32_t epoch;     /* of the state: grows when an older one was brought back */
	const char *kind;   /* "switch", "decree", "over", "start", ... */
	const char *author; /* "uid=0 pid=12", or the rule: "13 failover" */
	const char *service, *endpoint;
	const char *detail;  /* one line for people */
	const char *reason;  /* an operator's own words */
	uint64_t generation; /* of the view that shows it; 0: none does */
	uint32_t serial;     /* of the service's zone in it */
};

struct store_state { /* of one service, as server/memory writes it */
	const char *service, *json;
};

enum { STORE_DIGEST = 32 };

struct store_serial { /* the highest that was ever served of a zone */
	const char *zone;
	uint32_t serial;
	/* STORE_DIGEST octets of what was served with it, in the last thing that was written before
	 * the process ended: nothing was served after it.  NULL: nobody can say that. */
	const uint8_t *seal;
};

struct store_run {              /* outcomes of one check, alike and in a row */
	const char *check;      /* its identity */
	int64_t from_ns, to_ns; /* wall clock: when the first and the last ended */
	int outcome;            /* enum probe_outcome */
	uint32_t n;
	uint64_t number; /* the store gives it, to later ones a higher */
};

struct store_batch { /* all of it is written, or none */
	const struct store_entry *entries;
	const struct store_state *states;
	const struct store_serial *serials;
	const struct store_run *runs;
	size_t n_entries, n_states, n_serials, n_runs;
	bool whole; /* the states are all there are: others are forgotten */
};

enum store_origin {     /* where what is in the store comes from */
	STORE_KEPT,     /* the last process left it whole */
	STORE_NEW,      /* there was none */
	STORE_SNAPSHOT, /* it was damaged and moved aside: the last good snapshot */
	STORE_LOST,     /* ... and there was no snapshot: nothing */
	STORE_FROZEN,   /* it can be read, but not written: store_append() fails */
	STORE_NONE,     /* it cannot even be read, or made: store_append() fails */
};

/*
 * Opens, or makes, `dir`/journal.db.  Never fails: where it cannot write, `origin` is STORE_FROZEN
 * or STORE_NONE and every append says why, until store_heal() finds that it can.  `err` tells what
 * is wrong unless it is STORE_KEPT or STORE_NEW.
 */
struct store *store_open(const char *dir, enum store_origin *origin, struct err *err) MUST_USE;
void store_close(struct store *store); /* NULL is fine */

/* Durable when it returns true; nothing is written when it does not. */
bool store_append(struct store *store, const struct store_batch *batch, struct err *err) MUST_USE;
/* After a failed append: tries to open again what could not be opened, and puts a file aside that
 * the disk returned errors for (fsync must not be tried again as if nothing was).  The next append
 * should be `whole`. */
void store_heal(struct store *store);

/* Reading; texts in `arena`.  False: the file cannot be read. */
bool store_states(
	struct store *store, struct arena *arena, const struct store_state **list, size_t *n);
bool store_serials(
	struct store *store, struct arena *arena, const struct store_serial **list, size_t *n);
/* Seals are broken, durably, before anything else is served.  False: they are not to be relied on.
 */
bool store_unseal(struct store *store) MUST_USE;
uint32_t store_epoch(struct store *store);
uint64_t store_last(struct store *store); /* number of the last entry; 0: none */

struct store_query {
	const char *service; /* NULL: all */
	uint64_t after;      /* entries with a higher number */
	int64_t since_ns;
	size_t limit; /* the newest so many; 0: all */
};
/* Oldest first. */
bool store_entries(struct store *store, const struct store_query *query,
	void (*each)(void *cookie, const struct store_entry *entry), void *cookie);
/* Runs that ended at `since_ns` or later, in the order of their beginning. */
bool store_runs(struct store *store, int64_t since_ns,
	void (*each)(void *cookie, const struct store_run *run), void *cookie);
/* The first `limit` of these whose number is higher than `after`, by number. */
bool store_runs_after(struct store *store, int64_t since_ns, uint64_t after, size_t limit,
	void (*each)(void *cookie, const struct store_run *run), void *cookie);
/* Forgets the oldest runs above `most`. */
void store_trim(struct store *store, size_t most);

/* Whether every entry follows from the one before; the first that does not in `wrong`. */
bool store_verify(struct store *store, uint64_t *wrong);

/*
 * Copies of the whole, consistent while others are written, 0600.  `to` is made anew and complete,
 * or not at all.
 */
bool store_backup(struct store *store, const char *to, struct err *err) MUST_USE;
/* Whether `file` is, or would be, one of its own: whoever writes it would take it away. */
bool store_is_own(const struct store *store, const char *file) MUST_USE;
/* The snapshot that a damaged file is replaced by. */
bool store_snapshot(struct store *store, struct err *err) MUST_USE;
/* Puts the file `from` in the place of what is there, with a higher epoch. */
bool store_restore(struct store *store, const char *from, struct err *err) MUST_USE;

#endif
