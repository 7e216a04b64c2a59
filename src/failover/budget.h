/*
 * How much may happen in a window of time, counted exactly: the moments of the last `n` events.
 * Pure.
 */
#ifndef LOCUM_FAILOVER_BUDGET_H
#define LOCUM_FAILOVER_BUDGET_H

#include "base/attr.h"
#include "base/mono.h"

#include <stddef.h>
#include <stdint.h>

struct budget {        /* zero: no limit */
	mono_t *spent; /* a ring */
	uint32_t n, at;
	span_t per;
};

struct budget budget_new(uint32_t n, span_t per) MUST_USE; /* 0: no limit */
void budget_free(struct budget *budget);
/* When the next `n` events may happen, at most as many as there may be at all; 0 or past: now. */
mono_t budget_let(const struct budget *budget, uint32_t n) MUST_USE;
/* Events may be told out of order; one older than all that there is room for does not count. */
void budget_spend(struct budget *budget, mono_t at);
/* The events of `was` that `is` has room for. */
void budget_carry(struct budget *is, const struct budget *was);

#endif
