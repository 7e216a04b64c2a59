/*
 * What operators ask of the store itself, as JSON: done in the keeper's thread, replied to by
 * letter.
 *
 *   {"verb":"history","service":"www","since":"7d","limit":100}
 *   {"verb":"export"}   {"verb":"export","file":"/var/tmp/journal.txt"}   {"verb":"check"}
 *   {"verb":"outcomes","since":"7d","after":10000}   a page of past.h
 *   {"verb":"backup","file":"/var/tmp/locum.db"}   {"verb":"restore","file":"/var/tmp/locum.db"}
 *   {"verb":"backup","file":"/var/tmp/locum.1","since-last":true}
 *   {"verb":"restore","file":"/var/tmp/locum.db","increments":["/var/tmp/locum.1"]}
 */
#ifndef LOCUM_SERVER_ARCHIVE_H
#define LOCUM_SERVER_ARCHIVE_H

#include "server/keeper.h"

#include <jansson.h>

struct letter;
struct mailbox;
struct session;

/*
 * `configuration`: the path of the one in force.  Replies to the session itself when the question
 * makes no sense, else there will be a LETTER_RENDERED; or a LETTER_RESTORED, with what the store
 * now remembers.
 */
void archive_ask(struct keeper *keeper, struct mailbox *results, struct session *session,
	json_t *args, const char *configuration);

/* Takes a LETTER_EXPLAIN; `results` gets it back as a LETTER_EXPLAINED. */
void archive_explain(struct keeper *keeper, struct mailbox *results, struct letter *letter);

/* As `history` lists it. */
json_t *archive_entry(const struct store_entry *entry);

/* At the start, before others come: says it when the journal was doctored. */
void archive_verify(struct keeper *keeper);

#endif
