/*
 * Explanations: what a snapshot says at once, and what others have to be asked for by way of the
 * control thread: the loader where in a file a record stands, the keeper what was true at another
 * time.  Nobody waits for them: who asked is answered later.  Owner: status thread.
 */
#ifndef LOCUM_SERVER_INQUIRY_H
#define LOCUM_SERVER_INQUIRY_H

#include "base/attr.h"

struct http_request;
struct inquiries;
struct keeper;
struct letter;
struct loader;
struct loop;
struct mailbox;
struct session;
struct snapshot;
struct status;

struct asker { /* one of them */
	struct http_request *request;
	struct session *session;
};

/* Control thread: an explanation goes to the keeper if it is of the past, to the loader for places,
 * and back.  Takes the letter. */
struct inquired {
	struct mailbox *results; /* its own */
	struct loader *loader;
	struct keeper *keeper;
	struct status *status;
};
void inquiry_pass(struct letter *letter, const struct inquired *inquired);

/* LETTER_EXPLAIN and LETTER_RENDERED go to `control`. */
struct inquiries *inquiries_new(struct loop *loop, struct mailbox *control) MUST_USE;
/* Answers, now or later, once.  `at` NULL: now; `name` NULL is an error, too. */
void inquire(struct inquiries *inquiries, const struct snapshot *snapshot, struct asker asker,
	const char *name, const char *type, const char *at);
void inquiries_hear(struct inquiries *inquiries, struct letter *letter); /* LETTER_EXPLAINED */
/* It is not to be answered any more. */
void inquiries_gone(struct inquiries *inquiries, const struct http_request *request);
void inquiries_free(struct inquiries *inquiries); /* NULL is fine */

#endif
