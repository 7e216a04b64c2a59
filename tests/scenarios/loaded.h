/* A scenario's policy as the daemon's loader makes it: configuration, zone, records.  No disk. */
#ifndef LOCUM_TESTS_LOADED_H
#define LOCUM_TESTS_LOADED_H

#include "server/records.h"

struct loaded {
	struct conf *conf;
	struct view *base; /* example.com, with little in it */
	struct records *records;
};

/*
 * `path` is for what is said of the policy; the zone's version is kept from `was` (nothing yet:
 * zeroed).  False: nothing is loaded, not even with warnings.
 */
bool loaded_read(struct loaded *loaded, const struct loaded *was, const char *path,
	const char *policy, struct err *err) MUST_USE;
void loaded_free(struct loaded *loaded);

#endif
