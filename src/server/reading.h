/*
 * An operator's command as it came, read: which decree, of which service and endpoint, from when to
 * when, and what is forced.  decrees.h has the commands.  Control thread.
 */
#ifndef LOCUM_SERVER_READING_H
#define LOCUM_SERVER_READING_H

#include "server/snapshot.h"

#include <jansson.h>

struct control;
struct decree_form;

enum { READING_REASON_MAX = 200 };

struct wanted { /* a command as it came */
	const struct decree_form *form;
	const char *verb, *service, *endpoint, *until, *from, *reason;
	json_t *force;
	int all, end, dry_run;
};

/* Owner: who reads.  Borrows from the command and from control. */
struct reading {
	const struct control *control;
	struct snapshot s;
	struct wanted wanted;
	struct decree decree; /* of the first service and endpoint */
	struct err err;
};

/* `control` and `s` are set.  False: it makes no sense, and `err` says why and what would. */
bool reading_read(struct reading *reading, json_t *args) MUST_USE;

#endif
