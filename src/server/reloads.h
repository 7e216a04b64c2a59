/*
 * Reloads and their dry runs, one after the other: the loader reads, and what it has read is taken
 * on, shown or refused, to the log and to who asked.  Control thread.
 */
#ifndef LOCUM_SERVER_RELOADS_H
#define LOCUM_SERVER_RELOADS_H

#include "base/attr.h"
#include "server/letter.h"

struct control;
struct loader;
struct reloads;
struct session;

/* Both outlive it; `path` of the configuration, too. */
struct reloads *reloads_new(
	struct loader *loader, struct control *control, const char *path) MUST_USE;
/* `session`: who asked, and is answered; NULL: a signal. */
void reloads_ask(struct reloads *reloads, enum read_purpose purpose, struct session *session);
void reloads_hear(struct reloads *reloads, struct letter *letter); /* LETTER_LOADED, the caller's */
void reloads_free(struct reloads *reloads);

#endif
