/*
 * Which zones there are, and which files each came from, so that a reload
 * reads only what changed.  Made by the loader thread; immutable once made.
 */
#ifndef LOCUM_SERVER_SOURCES_H
#define LOCUM_SERVER_SOURCES_H

#include "conf/conf.h"
#include "zone/master.h"

struct stamp { /* changes when the file does */
	uint64_t device, inode;
	int64_t size, changed_ns, modified_ns;
};

struct source_file {
	const char *path;
	struct stamp stamp;
};

struct source {              /* of one zone */
	const uint8_t *apex; /* wire, lower case */
	const char *path;
	struct place at;           /* where the configuration names it */
	struct conf_limits limits; /* its own, or the server's */
	size_t n_files;            /* with $INCLUDEs; 0 until it was read */
	const struct source_file *files;
};

struct sources {
	struct arena *arena;
	struct arena **more; /* of the threads that read: sources_arena() */
	size_t n_more, more_room;
	size_t n, room;
	struct source *list; /* sorted by apex */
};

/* The zones that `conf` names, one by one and by directory.  One by one wins.  Problems are
 * reported. */
struct sources *sources_find(const struct conf *conf, struct conf_problems *problems) MUST_USE;
const struct source *sources_get(
	const struct sources *sources, const uint8_t *apex); /* NULL if none */
/* One arena more, freed with `sources`: threads that fill them share none. */
struct arena *sources_arena(struct sources *sources);
/*
 * By the wall clock.  All zero, which is like no other: there is no such file, or it changed so
 * lately that another change would not show.
 */
struct stamp stamp_of(const char *path, int64_t wall_ns);
/* A line of a zone file, for a person. */
struct place source_place(struct master_place at);
/* Whether every file of `source` looks as it did. */
bool source_unchanged(const struct source *source, int64_t wall_ns) MUST_USE;
void sources_free(struct sources *sources); /* NULL is fine */

#endif
