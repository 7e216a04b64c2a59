/*
 * The control thread's side of the journal: what happened goes to the keeper, and a view is
 * published when what it shows is durable, or after 50 ms.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_JOURNAL_H
#define LOCUM_SERVER_JOURNAL_H

#include "failover/engine.h"
#include "net/log.h"
#include "server/keeper.h"
#include "zone/view.h"

struct conf;
struct journal;
struct loop;

enum { JOURNAL_WAIT_MS = 50 };

/* Borrows `keeper` (NULL: nothing is kept, and nothing waits). */
struct journal *journal_new(struct loop *loop, struct keeper *keeper) MUST_USE;
/* Publishes what still waits. */
void journal_free(struct journal *journal);

struct minutes { /* lines for the log, said when what they tell of is true */
	struct minute {
		enum log_level level;
		char *text;
	} * list;
	size_t n, room;
};
void minutes_add(struct minutes *minutes, enum log_level level, const char *fmt, ...)
	PRINTF_LIKE(3, 4);

/*
 * What the effects of one turn changed, as `view` will show it: entries and states go out.  The
 * view (the journal takes a reference) is published, and the minutes (it takes them) are said, when
 * they are durable; at once if `urgent`, or while the journal is behind.
 */
void journal_turn(struct journal *journal, const struct conf *conf, struct engine_facts facts,
	const struct effects *effects, const struct view *view, struct minutes *minutes,
	bool urgent);
/* Publishes `view` now, before anything that waits. */
struct view *journal_publish(struct journal *journal, const struct view *view) MUST_USE;

/*
 * A decree that is to be applied once it is durable: `plan` is what it will have made of the
 * service. `then` is called when it is known, with NULL or why it could not be kept; at once when
 * nothing can be.
 */
struct journal_decree {
	const struct decree *decree;
	const char *author, *reason;
	struct memory plan;
};
typedef void journal_then_fn(void *cookie, const char *error);
void journal_decree(struct journal *journal, const struct policy *policy,
	const struct journal_decree *decree, journal_then_fn *then, void *cookie);

/* A line of its own: a start, a reload. */
void journal_say(struct journal *journal, const char *kind, const char *author, const char *detail);

/* The keeper's answer; `facts` are written whole when it is well again. */
void journal_kept(struct journal *journal, const struct kept *kept);
/* Every second while behind: tries again with all there is. */
void journal_catch_up(struct journal *journal, const struct conf *conf, struct engine_facts facts,
	const struct view *view);

struct journal_facts { /* for the status */
	bool behind;
	char trouble[256]; /* why; "" */
	uint64_t entries;  /* given to the keeper since the start */
};
struct journal_facts journal_facts(const struct journal *journal);

#endif
