/*
 * The loader thread: reads configurations and zones beside what is served, and
 * frees what was replaced.  One job after the other.
 */
#ifndef LOCUM_SERVER_LOADER_H
#define LOCUM_SERVER_LOADER_H

#include "server/letter.h"

struct loader;
struct mailbox;

/* `results` gets a LETTER_LOADED for each LETTER_READ.  Borrows everything; kinds ends with NULL.
 */
struct loader *loader_start(
	const char *path, const struct option_set *const kinds[], struct mailbox *results) MUST_USE;
/* Control thread.  `was`: what is in force; the letter takes a reference. */
void loader_read(struct loader *loader, struct load *was, enum read_purpose purpose,
	struct session *session);
void loader_discard(struct loader *loader, struct leavings leavings);
/* Takes a LETTER_EXPLAIN; `results` gets it back as a LETTER_EXPLAINED, with its places. */
void loader_explain(struct loader *loader, struct letter *letter);
/*
 * Gives up a job under way, waits for the thread, frees.  False: it did not end within a second, as
 * when a disk hangs; then it still runs, and only the end of the process ends it.  NULL is fine.
 */
bool loader_stop(struct loader *loader) MUST_USE;

/* A watch for load_read(): says how far it is, once a second, when it takes over a second. */
struct loader_progress {
	mono_t said; /* or when it began */
};
bool loader_say_progress(void *progress, size_t done, size_t all, size_t lines);

/* Writes all problems to the log. */
void loader_say_problems(const struct conf_problems *problems);

#endif
