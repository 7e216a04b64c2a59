/*
 * Work in pieces, done by several threads at once while the caller's thread
 * keeps watch.  The pieces share nothing but what the work itself shares.
 */
#ifndef LOCUM_SERVER_CREW_H
#define LOCUM_SERVER_CREW_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct crew_job {
	void *cookie;
	size_t n; /* pieces */
	/* Piece `i`, in the thread `member`; false: no more pieces are begun. */
	bool (*work)(void *cookie, unsigned member, size_t i);
	/* Ten times a second, in the caller's thread.  Takes what it needs from relaxed counters.
	 */
	void (*watch)(void *cookie);
};

enum { CREW_MAX = 64 };

unsigned crew_size(size_t n) MUST_USE; /* threads for so many pieces: at most one a core */

/*
 * Hands out the pieces in order to `members` threads (1 to CREW_MAX) and waits for all of them.
 * Returns how many were begun: the first so many, and they are all done.
 */
size_t crew_run(const struct crew_job *job, unsigned members);

#endif
