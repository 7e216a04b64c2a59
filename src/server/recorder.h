/*
 * The history of outcomes before it is stored: of each check the run of like outcomes that goes on,
 * and those that ended.  A run ends with another outcome, with a silence that made the check
 * unknown, and after an hour.  What is too much is left out: history may have holes.
 * Pure.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_RECORDER_H
#define LOCUM_SERVER_RECORDER_H

#include "failover/policy.h"
#include "server/memory.h"
#include "store/store.h"

struct arena;
struct recorder;

struct stretch {           /* a run */
	const char *check; /* its identity */
	mono_t from, to;
	uint32_t n; /* 0: none */
	enum probe_outcome outcome;
};

struct recorded {                   /* what was not taken yet; borrowed until anything changes */
	const struct stretch *open; /* that go on, by number of the check */
	const struct stretch *ended;
	size_t n_ended;
};

enum { RECORDER_HOUR_S = 3600, RECORDER_ENDED_MAX = 100000, RECORDER_SOME_MAX = 1000 };

/* Borrows the policy until recorder_adopt(). */
struct recorder *recorder_new(const struct policy *policy) MUST_USE;
void recorder_note(
	struct recorder *recorder, uint32_t check, enum probe_outcome outcome, mono_t now);
/* Whether there is something to take: a minute after the first run ended, or when they are many. */
bool recorder_is_due(const struct recorder *recorder, mono_t now) MUST_USE;

struct recorded recorder_facts(const struct recorder *recorder) MUST_USE;

enum recorder_part {
	RECORDER_SOME, /* of those that ended, the first so many: nobody is to wait long for them */
	RECORDER_ENDED,
	RECORDER_ALL, /* also what goes on: it ends here */
};

/* Takes runs out; their number.  The list is in `arena`, the texts are the policy's. */
size_t recorder_take(struct recorder *recorder, enum recorder_part part, struct wall wall,
	struct arena *arena, struct store_run **runs) MUST_USE;
/*
 * From now on outcomes are of this policy.  The runs of checks that it does not have end; what has
 * ended is to be taken before the old policy is freed.
 */
void recorder_adopt(struct recorder *recorder, const struct policy *policy);
void recorder_free(struct recorder *recorder); /* NULL is fine */

#endif
