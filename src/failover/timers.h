/*
 * Due times of numbered subjects, at most one each: a binary heap that knows
 * where everyone stands.  Setting and dropping cost the logarithm of how many
 * are set, looking at the earliest costs nothing.  Owner: who made it.
 */
#ifndef LOCUM_FAILOVER_TIMERS_H
#define LOCUM_FAILOVER_TIMERS_H

#include "base/attr.h"
#include "base/mono.h"

#include <stddef.h>

struct timers;

struct timers *timers_new(size_t subjects) MUST_USE; /* numbered 0 to subjects - 1 */
void timers_free(struct timers *timers);             /* NULL is fine */

void timers_set(struct timers *timers, uint32_t subject, mono_t due); /* in place of its last */
void timers_drop(struct timers *timers, uint32_t subject);            /* not set: no effect */
bool timers_has(const struct timers *timers, uint32_t subject) MUST_USE;
mono_t timers_next(const struct timers *timers) MUST_USE; /* the earliest; 0: none is set */
/* Takes out one that is due at `now`; false: none is. */
bool timers_take(struct timers *timers, mono_t now, uint32_t *subject) MUST_USE;

#endif
