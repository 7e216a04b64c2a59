/*
 * The one place where threads meet over the view: liburcu (QSBR) around one
 * pointer.
 */
#ifndef LOCUM_RESPONDER_PUBLISH_H
#define LOCUM_RESPONDER_PUBLISH_H

#include "base/attr.h"

struct view;

/* Responder threads.  They start asleep. */
void publish_join(void);
void publish_leave(void);
const struct view *publish_current(void) MUST_USE; /* borrowed until the next rest or sleep */
void publish_rest(void);                           /* between batches: holds nothing now */
void publish_sleep(void);                          /* before a blocking wait */
void publish_wake(void);

/*
 * Control thread.  Takes ownership of `next` (NULL at the very end) and returns the one before it,
 * which no reader sees any more; the caller owns it (view_unref).
 */
struct view *publish_view(struct view *next) MUST_USE;

#endif
