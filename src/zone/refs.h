/* Reference counts of what versions share.  Any thread; readers never touch them. */
#ifndef LOCUM_ZONE_REFS_H
#define LOCUM_ZONE_REFS_H

#include <stdbool.h>
#include <stdint.h>

static inline void refs_more(uint32_t *refs) /* NOLINT(readability-non-const-parameter) */
{
	__atomic_fetch_add(refs, 1, __ATOMIC_RELAXED);
}

/* Whether that was the last one.  All that its holders did comes before what the last one does. */
static inline bool refs_less(uint32_t *refs) /* NOLINT(readability-non-const-parameter) */
{
	return __atomic_fetch_sub(refs, 1, __ATOMIC_ACQ_REL) == 1;
}

/*
 * Whether the caller's reference is the only one.  If so it stays the only one:
 * whoever wants another must come through a holder.  What those that let go had
 * read they read before the caller writes.
 */
static inline bool refs_single(const uint32_t *refs)
{
	return __atomic_load_n(refs, __ATOMIC_ACQUIRE) == 1;
}

#endif
