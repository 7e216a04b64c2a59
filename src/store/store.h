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
struct store_backup;

struct store_entry {        /* of the journal; texts are "" where there is nothing to say */
	uint64_t number;    /* from 1 without gaps; the store gives it */
	int64_t at_ns;      /* wall clock */
	uint32_t epoch;     /* of the state: grows when an older one was brought back */
	const char *kind;   /* "switch", "decree", "over", "start", ... */
	const char *author; /* "uid=0 pid=12", or the rule: "13 failover" */
	const char *service, *endpoint;
	const char *detail; /* one line for people */
	const char *reason; /* an operator's own words */
	const char *state; /* what it left of the service, as in store_state; "": it left nothing */
	uint64_t generation; /* of the view that shows it; 0: none does */
	uint32_t serial;     /* of the service's zone in it */
};

struct store_state { /* of one service, as server/memory writes it */
	const char *service, *json;
};

/* A seal is for the next start, and not for a directory that was copied and comes back later. */
enum { STORE_DIGEST = 32, STORE_SEAL_HOLDS_S = 3600 };

struct store_serial { /* the highest that was ever served of a zone */
	const char *zone;
	uint32_t serial;
	/* STORE_DIGEST octets of what was served with it, in the last thing that was written before
	 * the process ended, within the last STORE_SEAL_HOLDS_S: nothing was served after it.
	 * NULL: nobody can say that. */
	const uint8_t *seal;
};

struct store_memory { /* what a process takes on from the one before */
	const struct store_state *states;
	const struct store_serial *serials;
	size_t n_states, n_serials;
};

struct store_run {              /* outcomes of one check, alike and in a row */
	const char *check;      /* its identity */
	int64_t from_ns, to_ns; /* wall clock: when the first and the last ended */
	int outcome;            /* enum probe_outcome */
	uint32_t n;
	uint64_t number; /* the store gives it, to later ones a higher */
};

enum store_progress { STORE_MORE, STORE_DONE, STORE_FAILED }; /* of what is done by slices */

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
/* Whether an append would fail because something else that was written did, and why. */
bool store_is_suspect(const struct store *store, struct err *err) MUST_USE;
/*
 * Whether a file that was there, and could not be read when the store was opened, can be now: what
 * it remembers is to be taken on before anything is written.  True once.
 */
bool store_came_back(struct store *store) MUST_USE;
/* Opens again what a restore that failed had to close. */
void store_wake(struct store *store);

/* Reading; texts in `arena`.  False: the file cannot be read. */
bool store_states(
	struct store *store, struct arena *arena, const struct store_state **list, size_t *n);
bool store_serials(
	struct store *store, struct arena *arena, const struct store_serial **list, size_t *n);
/* Seals are broken, durably, before anything else is served.  False: they are not to be relied on.
 */
bool store_unseal(struct store *store) MUST_USE;
/* Both of these; as far as they can be read. */
struct store_memory store_memory(struct store *store, struct arena *arena) MUST_USE;
uint32_t store_epoch(struct store *store);
uint64_t store_last(struct store *store); /* number of the last entry; 0: none */

/* How often a file was opened: when it changes, what was read belongs to another one. */
uint64_t store_opened(const struct store *store);

struct store_query {
	const char *service;  /* NULL: all; "": entries of none */
	const char *kind;     /* NULL: all */
	uint64_t after, upto; /* entries with a higher number, and at most this one; 0: any */
	int64_t since_ns;     /* then or later */
	size_t limit;         /* the newest so many; 0: all */
	bool first;           /* the oldest so many instead */
	bool shown;           /* those with a generation */
};
/*
 * The entry that was the last at `at_ns`: of those with that time or before it the one with the
 * latest, and of these the last; 0: there is none.  A clock that was wrong for a while leaves what
 * it wrote where it said, and the times before and behind that as they were.
 */
bool store_number_at(struct store *store, int64_t at_ns, uint64_t *number);
/* Oldest first. */
bool store_entries(struct store *store, const struct store_query *query,
	void (*each)(void *cookie, const struct store_entry *entry), void *cookie);
/* The first `limit` runs that ended at `since_ns` or later and whose number is higher than `after`,
 * by number. */
bool store_runs_after(struct store *store, int64_t since_ns, uint64_t after, size_t limit,
	void (*each)(void *cookie, const struct store_run *run), void *cookie);
/* Of one check: up to `most` runs that began at `at_ns` or before, the last first, or after it. */
enum store_side { STORE_BEFORE, STORE_AFTER };
bool store_runs_near(struct store *store, const char *check, int64_t at_ns, enum store_side side,
	size_t most, void (*each)(void *cookie, const struct store_run *run), void *cookie);
/* When the oldest run that is kept began; 0: there is none. */
int64_t store_runs_begin(struct store *store);
/* Forgets the oldest runs above `most`, and checks that no run is of, some at a time; whether it is
 * to be called again. */
bool store_trim(struct store *store, size_t most);

/* Whether every entry follows from the one before; the first that does not in `wrong`. */
bool store_verify(struct store *store, uint64_t *wrong);
struct store_chain { /* the same by slices: begin with zeroes */
	uint64_t opened, number, wrong;
	uint8_t hash[32];
};
enum store_progress store_verify_slice(struct store *store, struct store_chain *chain) MUST_USE;

/*
 * A copy of the whole, as it is when the copy is done, 0600.  `to` (NULL: the snapshot that a
 * damaged file is replaced by) is made anew and complete, or not at all.  By slices, so that
 * others can be served in between, also with an append; one at a time.
 */
struct store_backup *store_backup_begin(
	struct store *store, const char *to, struct err *err) MUST_USE; /* NULL and `err` */
/* `pages` more, of 4096 octets; -1: all there are. */
enum store_progress store_backup_slice(
	struct store_backup *backup, int pages, struct err *err) MUST_USE;
/* In any case, before the store is closed; what is not done leaves nothing.  NULL is fine. */
void store_backup_end(struct store_backup *backup);
bool store_is_copying(const struct store *store) MUST_USE;
/*
 * What came since the last backup, or increment, into the same directory: entries and runs, and
 * all the facts there are.  Goes on by the same slices.  NULL and `err`: there is none that it
 * could follow, or `to` is there: it may be what this one follows.
 */
struct store_backup *store_increment_begin(
	struct store *store, const char *to, struct err *err) MUST_USE;
/* The last entry that it does not have; 0: it has all. */
uint64_t store_backup_after(const struct store_backup *backup);
/* The name of a file that was made is there after a power cut, too. */
bool store_sync_directory_of(const char *path, struct err *err) MUST_USE;
/* A whole one at once. */
bool store_backup(struct store *store, const char *to, struct err *err) MUST_USE;
/* False and `err`: `file` is, or would be, one of the store's own, by whatever name or link, or
 * something else than a file. */
bool store_may_make(const struct store *store, const char *file, struct err *err) MUST_USE;
/*
 * Puts files[0], a backup, and the increments behind it in the place of what is there, with a
 * higher epoch.  Each must follow the one before, by epoch, number and hash.  True: it is there,
 * and `memory` (in `arena`) is what it remembers; the next append says whether it is durable.
 * False: everything is as it was.
 */
bool store_restore(struct store *store, const char *const files[], size_t n, struct arena *arena,
	struct store_memory *memory, struct err *err) MUST_USE;

#endif
