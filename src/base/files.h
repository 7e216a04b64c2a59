/*
 * Where parsers that may do no I/O get their files from.  The daemon gives one
 * that reads the disk (server/files.h), tests one that reads a table.
 */
#ifndef LOCUM_BASE_FILES_H
#define LOCUM_BASE_FILES_H

#include "base/attr.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

struct arena;

struct files {
	void *cookie;
	/* The whole file, in `arena`, with a NUL behind it; NULL and `err` when it cannot be read.
	 */
	const char *(*read)(
		void *cookie, const char *path, struct arena *arena, size_t *len, struct err *err);
	/*
	 * The paths that a glob matches, sorted, in `arena`, and their number.  False and `err`
	 * when a directory is there and cannot be read: what it holds is not known, which is not
	 * nothing.
	 */
	bool (*glob)(void *cookie, const char *pattern, struct arena *arena, const char ***paths,
		size_t *n, struct err *err);
};

/* `path` as written in the file `from`: relative ones stand beside it.  In `arena`. */
const char *files_beside(struct arena *arena, const char *from, const char *path) MUST_USE;

#endif
