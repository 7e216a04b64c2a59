/*
 * What the daemon's threads write to each other, by mailbox.h.  A letter owns
 * all that it carries.
 */
#ifndef LOCUM_SERVER_LETTER_H
#define LOCUM_SERVER_LETTER_H

#include "server/control.h"
#include "server/hindsight.h"
#include "server/keeper.h"
#include "server/snapshot.h"

struct session; /* server/commands.h */

enum letter_kind {
	LETTER_READ,    /* control to loader: read the configuration (was, session, purpose) */
	LETTER_DISCARD, /* control to loader: free what was replaced (leavings) */
	LETTER_LOADED,  /* loader to control: the outcome of LETTER_READ (load or NULL, problems) */
	LETTER_WANTED,  /* status to control: a snapshot, please */
	LETTER_SNAPSHOT, /* control to status: snapshot; with a session: as text for it, of the
			    service in `text` (NULL: all), or explaining the name in `text` (type,
			    at)
			  */
	LETTER_RESTORED, /* keeper to control: what a store remembers (memory, in arena) that was
			    restored, for the session, from the files in `text`; or that can be read
			    again, for nobody */
	LETTER_KEPT,     /* keeper to control: how a batch fared (kept) */
	LETTER_SUSPECT,  /* keeper to control: other work than a batch found the disk failing (kept)
			  */
	LETTER_RENDERED, /* status to control: text for the session */
	LETTER_EXPLAIN,  /* status to control, which hands it on, to loader (places) or, with a
			    time in `hindsight`, to keeper: explain, load */
	LETTER_EXPLAINED, /* back, by way of control: explain; NULL: it cannot be done */
};

enum read_purpose { READ_RELOAD, READ_DRY_RUN };

struct letter {
	enum letter_kind kind;
	enum read_purpose purpose;
	struct session *session; /* who waits for it; NULL: nobody.  Not owned. */
	struct load *load;       /* LETTER_READ: what is in force; LETTER_LOADED: what was read */
	struct leavings leavings;
	struct conf_problems problems; /* its arena is owned */
	const char **changes; /* LETTER_LOADED: what taking it on would do; in that arena */
	size_t n_changes;
	struct snapshot *snapshot;
	struct kept kept;
	struct arena *arena;
	struct store_memory memory; /* in that arena */
	char *text, *type, *at;
	json_t *explain; /* owned */
	uint64_t ticket; /* of whoever waits for it in the status thread */
	struct hindsight hindsight;
	size_t len;
};

struct letter *letter_new(enum letter_kind kind) MUST_USE;
void letter_free(void *object); /* a letter, with all it carries */

#endif
