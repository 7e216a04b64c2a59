/*
 * Lines for the log that are said when what they tell of is true: with the view that shows it.
 * Owner: control thread.
 */
#ifndef LOCUM_SERVER_MINUTES_H
#define LOCUM_SERVER_MINUTES_H

#include "base/attr.h"
#include "net/log.h"

#include <stddef.h>

struct effects;
struct snapshot;

struct minutes {
	struct minute {
		enum log_level level;
		char *text;
	} * list;
	size_t n, room;
};

/* What these effects are, as `s` has them. */
struct minutes minutes_of(const struct snapshot *s, const struct effects *effects) MUST_USE;
void minutes_add(struct minutes *minutes, enum log_level level, const char *fmt, ...)
	PRINTF_LIKE(3, 4);
void minutes_join(struct minutes *minutes, struct minutes *more); /* empties `more` */
void minutes_say(struct minutes *minutes);                        /* and empties them */

#endif
