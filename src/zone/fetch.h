/*
 * Bringing what lookups will read into the cache, for many at once: in a tree that is larger than
 * the cache every step waits for memory, and the steps of one lookup cannot but wait for each
 * other.  Those of several can wait together.  The walk that fetches is the lookup's own: the
 * answer goes on from where it came to.  Changes no answer.
 */
#ifndef LOCUM_ZONE_FETCH_H
#define LOCUM_ZONE_FETCH_H

#include "zone/answer.h"
#include "zone/view.h"

enum { FETCH_MAX = 16 };

/* Whether the view is large enough. */
bool fetch_pays(const struct view *view);
/* At most FETCH_MAX inquiries that answer_read() took and answer_walks() is true of. */
void fetch_names(const struct view *view, struct inquiry *const list[], size_t n);

#endif
