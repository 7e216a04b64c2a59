/*
 * Everything a responder may look at, frozen.  The control thread builds the
 * next one and publishes it whole; readers hold it for one batch.  Shared by
 * reference count, its tree of zones shared between views.
 */
#ifndef LOCUM_ZONE_VIEW_H
#define LOCUM_ZONE_VIEW_H

#include "zone/terms.h"
#include "zone/zone.h"

struct view;

struct view *view_empty(void) MUST_USE; /* generation 0, no zones, terms_new() */

/*
 * The next view: `from` without the zones `drop` (those that are there), with
 * these versions put in by apex, the generation one higher, on the same terms.  Takes references of
 * its own.
 */
struct view *view_with(const struct view *from, struct zone *const put[], size_t n_put,
	const uint8_t *const drop[], size_t n_drop) MUST_USE;

/* The next view: the same zones, the generation one higher, on other terms.  Takes a reference. */
struct view *view_on(const struct view *from, const struct terms *terms) MUST_USE;
const struct terms *view_terms(const struct view *view); /* borrowed; never NULL */

uint64_t view_generation(const struct view *view);
size_t view_zones(const struct view *view);
/* The zone with the longest apex at or above the name; NULL: none is ours.  Borrowed. */
const struct zone *view_find(const struct view *view, const struct key *key);
const struct zone *view_zone(
	const struct view *view, const uint8_t *apex); /* exactly; NULL if none */
/* Every zone in canonical order of apexes, until `fn` returns false. */
void view_each(
	const struct view *view, bool (*fn)(void *cookie, const struct zone *zone), void *cookie);

struct view *view_ref(const struct view *view);
void view_unref(const struct view *view); /* NULL is fine */

#endif
