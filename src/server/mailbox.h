/*
 * Letters from thread to thread.  A letter is an object from the heap; posting
 * it hands over its ownership.  Letters of one sender arrive in order.
 */
#ifndef LOCUM_SERVER_MAILBOX_H
#define LOCUM_SERVER_MAILBOX_H

#include "base/attr.h"

struct loop;
struct mailbox;

/*
 * The receiving thread's, or whoever makes that thread's loop before it runs.  `take` is called
 * in that thread, once for each letter, and owns it.
 */
struct mailbox *mailbox_new(
	struct loop *loop, void (*take)(void *cookie, void *letter), void *cookie) MUST_USE;
void mailbox_post(struct mailbox *mailbox, void *letter); /* any thread; never waits */
/*
 * When nobody posts any more (the senders are joined), and not from `take`.  What was not taken
 * goes to `drop` (free() will do for simple letters), or to `take` when that is NULL.  Before
 * loop_free().  NULL is fine.
 */
void mailbox_free(struct mailbox *mailbox, void (*drop)(void *letter));

#endif
