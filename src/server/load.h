/*
 * Everything that is read from disk, as one: configuration, zones, rendered
 * records.  Immutable once made by the loader thread (or before there are
 * threads), then shared by reference count.  Any thread.
 */
#ifndef LOCUM_SERVER_LOAD_H
#define LOCUM_SERVER_LOAD_H

#include "server/beat_keys.h"
#include "server/records.h"

struct advice;
struct sources; /* which files the zones came from, and how they looked then */

struct load {
	uint32_t refs;
	struct conf *conf;
	struct view *base; /* the zones as their files have them */
	struct records *records;
	struct sources *sources;
	struct beat_keys beat_keys;
	struct advice *advice; /* what was said of the zones with services */
};

struct load_watch {
	void *cookie;
	/* Called ten times a second while zones are read, in the thread of load_read(): so many of
	   the zones are done, so many lines were read.  False gives up (an error). */
	bool (*watch)(void *cookie, size_t done, size_t all, size_t lines);
};

/*
 * Reads the configuration at `path` and its zones.  Zones whose files did not change since `was`
 * (NULL: none) keep their version; so do those that changed in nothing but comments.  Zones are
 * read by as many threads as there are cores, with the same result as by one.  NULL if there was an
 * error: `problems` has them all, in the order of configuration and zones; errors of zones also
 * when the configuration itself has some, as far as it tells which zones there are.  `watch` may be
 * NULL.
 */
struct load *load_read(const char *path, const struct option_set *const kinds[],
	const struct load *was, const struct load_watch *watch,
	struct conf_problems *problems) MUST_USE;

/* What taking on `is` would do, one line each, in `arena`; their number. */
size_t load_diff(
	const struct load *was, const struct load *is, struct arena *arena, const char ***lines);

struct load *load_ref(struct load *load);
void load_unref(struct load *load); /* NULL is fine */

#endif
