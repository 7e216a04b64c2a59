/*
 * The status thread: HTTP for scrapers and browsers, and the status object as
 * text for locumctl.  It asks the control thread for a snapshot and never
 * holds it up; while that does not answer, /healthz says so.
 */
#ifndef LOCUM_SERVER_STATUS_H
#define LOCUM_SERVER_STATUS_H

#include "base/address.h"
#include "base/attr.h"

struct letter;
struct mailbox;
struct responders;
struct status;

/*
 * `fd`: a socket listening on `address`, taken over; -1: no HTTP.  LETTER_WANTED,
 * LETTER_EXPLAIN and LETTER_RENDERED go to `control`.
 */
struct status *status_start(int fd, const struct address *address, struct mailbox *control,
	const struct responders *responders) MUST_USE;
void status_post(struct status *status,
	struct letter *letter);          /* LETTER_SNAPSHOT, LETTER_EXPLAINED; control thread */
void status_stop(struct status *status); /* waits for the thread, frees.  NULL is fine */

#endif
