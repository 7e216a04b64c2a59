/*
 * A locumd without sockets, clock and prober: the real configuration, engine,
 * zones and records, under a made-up clock and a made-up prober whose findings
 * the story sets.
 */
#ifndef LOCUM_TESTS_WORLD_H
#define LOCUM_TESTS_WORLD_H

#include "base/attr.h"
#include "base/err.h"
#include "base/mono.h"

#include <stddef.h>
#include <stdint.h>

struct world;

/* What an attempt finds. */
enum finds {
	FINDS_PASS,
	FINDS_FAIL,    /* refused: at once */
	FINDS_HANG,    /* no answer: fails when the timeout is over */
	FINDS_NOTHING, /* we could not ask: no verdict */
	FINDS_SILENCE, /* the prober says nothing of it */
};

struct world *world_new(void) MUST_USE;
void world_free(struct world *world);

/* Begins with a configuration, or reloads another.  `path` is for what is said of it. */
bool world_load(
	struct world *world, const char *path, const char *policy, struct err *err) MUST_USE;

/*
 * What probes find from now on at `target`: "all", SERVICE, SERVICE/ENDPOINT or
 * SERVICE/ENDPOINT/PROBE.  times > 0: only so many times, then again what they found before.
 */
bool world_set(struct world *world, const char *target, enum finds finds, uint32_t times,
	struct err *err) MUST_USE;
void world_deaf(struct world *world); /* the prober dies */
void world_hear(struct world *world); /* another one is started: it asks all at once */

mono_t world_now(const struct world *world);
mono_t world_next(const struct world *world);      /* when something happens next; 0: never */
void world_wait(struct world *world, mono_t then); /* to `then`: nothing happens before it */
/* To `then`, and all that happens at that moment.  False: an invariant is broken. */
bool world_go(struct world *world, mono_t then, struct err *err) MUST_USE;

/* "www A 192.0.2.10 + 192.0.2.20", names relative to example.com: exactly these records. */
bool world_answers(const struct world *world, const char *records, struct err *err) MUST_USE;
/* SERVICE answers as it does by this rule: pick.by, or with "stuck" pick.reason none-left. */
bool world_rule(
	const struct world *world, const char *service, const char *rule, struct err *err) MUST_USE;
/* SERVICE/ENDPOINT is "up", "down", "unknown". */
bool world_state(
	const struct world *world, const char *target, const char *state, struct err *err) MUST_USE;
/* How often the answers changed since the beginning. */
uint32_t world_changes(const struct world *world);

#endif
