/*
 * A locumd without sockets, clock and prober: the real configuration, engine,
 * zones and records, under a made-up clock and a made-up prober whose findings
 * a story sets.  For tests of policies (server/rehearse.h); no thread, no I/O.
 */
#ifndef LOCUM_SERVER_WORLD_H
#define LOCUM_SERVER_WORLD_H

#include "base/attr.h"
#include "base/err.h"
#include "base/mono.h"
#include "failover/decree.h"

#include <stddef.h>
#include <stdint.h>

struct load;
struct world;

/* What an attempt finds. */
enum finds {
	FINDS_PASS,
	FINDS_FAIL,    /* refused: at once */
	FINDS_HANG,    /* no answer: fails when the timeout is over */
	FINDS_NOTHING, /* we could not ask: no verdict */
	FINDS_SILENCE, /* the prober says nothing of it */
};

/* All checks find `normal` until something else is set. */
struct world *world_new(enum finds normal) MUST_USE;
void world_free(struct world *world); /* NULL is fine */

/* Begins with what was loaded, or reloads; takes a reference.  False: an invariant is broken. */
bool world_load(struct world *world, struct load *load, struct err *err) MUST_USE;

/*
 * What probes find from now on at `target`: "all", SERVICE, SERVICE/ENDPOINT or
 * SERVICE/ENDPOINT/PROBE.  times > 0: only so many times, then again what they found before.
 */
bool world_set(struct world *world, const char *target, enum finds finds, uint32_t times,
	struct err *err) MUST_USE;
/* What those that pass read from now on. */
bool world_reads(
	struct world *world, const char *target, const char *value, struct err *err) MUST_USE;
void world_deaf(struct world *world); /* the prober dies */
void world_hear(struct world *world); /* another one is started: it asks all at once */
/* An operator says `verb` of `target`, SERVICE or SERVICE/ENDPOINT, for `lasts` (0: without end).
 */
bool world_decree(struct world *world, const char *target, enum decree_verb verb, span_t lasts,
	struct err *err) MUST_USE;

mono_t world_now(const struct world *world);
mono_t world_next(const struct world *world);      /* when something happens next; 0: never */
void world_wait(struct world *world, mono_t then); /* to `then`: nothing happens before it */
/* To `then`, and all that happens at that moment.  False: an invariant is broken. */
bool world_go(struct world *world, mono_t then, struct err *err) MUST_USE;
/* Every record of every service is that of the endpoints that the engine picked: no mixtures. */
bool world_is_sound(const struct world *world, struct err *err) MUST_USE;
/* How much there was to do so far: about 20 ns each. */
uint64_t world_work(const struct world *world);

/* "www A 192.0.2.10 + 192.0.2.20", "www A nothing": exactly these records.  Relative names are
 * relative to the one zone that has services. */
bool world_answers(const struct world *world, const char *records, struct err *err) MUST_USE;
/* SERVICE answers as it does by this rule: pick.by, or with "stuck" a rule keeps it from moving. */
bool world_rule(
	const struct world *world, const char *service, const char *rule, struct err *err) MUST_USE;
/* SERVICE/ENDPOINT is "up", "down", "unknown". */
bool world_state(
	const struct world *world, const char *target, const char *state, struct err *err) MUST_USE;
/* How often the answers changed since the beginning. */
uint32_t world_changes(const struct world *world);

#endif
