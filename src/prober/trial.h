/*
 * Trials: single attempts that a person asks for, of checks that are watched anyway.  Every step is
 * reported as it was done; the health, the schedule and the interval of the check know nothing of
 * it.  Owner: the prober's only thread.
 */
#ifndef LOCUM_PROBER_TRIAL_H
#define LOCUM_PROBER_TRIAL_H

#include "prober/report.h"

#include <stddef.h>

struct check;
struct crew;
struct recipes;
struct trials;

/* Borrows both. */
struct trials *trials_new(struct crew *crew, struct recipes *recipes) MUST_USE;
/* Begins one that goes by `id`; `shared` is what the check's kind has on this loop. */
void trials_begin(struct trials *trials, uint32_t id, const struct check *check, void *shared);
/* ... or says at once why there is none. */
void trials_refuse(struct trials *trials, uint32_t id, const char *why);
/* The first `room` reports at most that are to be sent ... */
size_t trials_gather(const struct trials *trials, struct report *out, size_t room);
void trials_told(struct trials *trials, size_t n); /* ... and n of them were */
void trials_free(struct trials *trials);           /* before what the kinds share */

#endif
