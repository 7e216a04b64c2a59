/* A scenario's policy as the daemon's loader makes it: configuration, zone, records.  No disk. */
#ifndef LOCUM_TESTS_LOADED_H
#define LOCUM_TESTS_LOADED_H

#include "server/load.h"

/*
 * `path` is for what is said of the policy; the version of example.com, with little in it, is kept
 * from `was` (NULL: none).  NULL: nothing is loaded, not even with warnings.
 */
struct load *loaded_read(
	const struct load *was, const char *path, const char *policy, struct err *err) MUST_USE;

#endif
