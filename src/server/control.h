/*
 * The one owner of everything that changes: feeds events to the engine and
 * does what its effects say.  All effects of one loop turn become one
 * transaction a zone and one publication.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_CONTROL_H
#define LOCUM_SERVER_CONTROL_H

#include "server/journal.h"
#include "server/load.h"

struct control;
struct decree;
struct engine;
struct loop;
struct session;
struct snapshot;
struct tryout_names;

/*
 * Takes ownership of `first`.  The first view is published when it returns: as the last process
 * left it, if `store` remembers one; NULL: nothing is remembered.
 */
struct control *control_new(struct loop *loop, struct load *first, struct store *store) MUST_USE;
/* From now on what happens is kept; NULL: it is not.  Borrowed. */
void control_keep(struct control *control, struct keeper *keeper);
/* Hands on what is not stored yet of the history of outcomes: before the keeper stops. */
void control_record(struct control *control);
void control_kept(struct control *control, struct kept *kept); /* the keeper's answer */
/* The journal has to be made anew before anything is written again. */
void control_suspect(struct control *control, const char *why);
/* Services are as a store remembers them that came into the place of another, from what `from`
 * says; the session (NULL: nobody) is told when that is durable. */
void control_restore(struct control *control, const struct store_memory *memory, const char *from,
	struct session *session);
/* Starts the prober with the checks in force, and hears heartbeats, also those that come to the
 * UDP socket `beats_fd` (-1: none; not owned). */
void control_watch(struct control *control, int beats_fd);
/* Somebody reports in; how many checks are of that name.  `value` may be NULL. */
size_t control_beat(struct control *control, const char *name, const char *value);

/* Answers the session: see server/tryouts.h. */
void control_try(
	struct control *control, struct session *session, const struct tryout_names *names);

struct load *control_load(const struct control *control); /* in force; borrowed */

/*
 * Takes on `next` (takes ownership).  What it replaces is freed by the caller, best on another
 * thread, since it may be large.
 */
struct leavings {
	struct load *load;
	struct view *view; /* NULL: the view stayed */
};
struct leavings control_adopt(struct control *control, struct load *next) MUST_USE;
/* A reload came to nothing: the status says so until one is taken on. */
void control_refused(struct control *control, size_t errors);

/* What an operator asked for, and engine_refused() did not refuse: all of it, or nothing. */
struct decreed {
	const struct decree *list; /* one, or one a service; those of one service in a row */
	size_t n;
	const char *reason;      /* "" */
	struct session *session; /* who asked, and waits for `answer` */
	const char *answer;      /* JSON, without a newline */
};
/*
 * First it is durable, then it is done, then the session is replied to: later, unless the journal
 * refuses.  One at a time, and what is decided meanwhile would not know of it: while it is on its
 * way control is busy.  Copies what it keeps.
 */
void control_decree(struct control *control, const struct decreed *decreed);
bool control_is_busy(const struct control *control) MUST_USE;

/* For questions; valid until control changes. */
const struct engine *control_engine(const struct control *control);
const struct serve *control_serve(const struct control *control);
/* What is true now, borrowed: valid until control changes. */
struct snapshot control_glance(const struct control *control) MUST_USE;
struct snapshot *control_snapshot(const struct control *control) MUST_USE;
/* What is not written yet goes to the keeper, which is about to end. */
void control_end(struct control *control);
/* Ends the prober.  All readers have left: the view is withdrawn and everything freed.  NULL is
 * fine. */
void control_free(struct control *control);

#endif
