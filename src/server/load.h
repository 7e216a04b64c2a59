/*
 * Everything that is read from disk, as one: configuration, zones, rendered
 * records.  Immutable once made by the loader thread (or before there are
 * threads), then shared by reference count.  Any thread.
 */
#ifndef LOCUM_SERVER_LOAD_H
#define LOCUM_SERVER_LOAD_H

#include "server/records.h"

struct sources; /* which files the zones came from, and how they looked then */

struct load {
	uint32_t refs;
	struct conf *conf;
	struct view *base; /* the zones as their files have them */
	struct records *records;
	struct sources *sources;
};

/* Called now and then while zones are read; false gives up (an error).  May be NULL. */
typedef bool load_progress_fn(void *cookie, size_t done, size_t all);

/*
 * Reads the configuration at `path` and its zones.  Zones whose files did not change since `was`
 * (NULL: none) keep their version; so do those that changed in nothing but comments.  NULL if there
 * was an error: `problems` has them all.
 */
struct load *load_read(const char *path, const struct option_set *const kinds[],
	const struct load *was, load_progress_fn *progress, void *cookie,
	struct conf_problems *problems) MUST_USE;

/* What taking on `is` would do, one line each, in `arena`; their number. */
size_t load_diff(
	const struct load *was, const struct load *is, struct arena *arena, const char ***lines);

struct load *load_ref(struct load *load);
void load_unref(struct load *load); /* NULL is fine */

#endif
