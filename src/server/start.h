/* What happens once, before there are threads: directories, descriptors, rights. */
#ifndef LOCUM_SERVER_START_H
#define LOCUM_SERVER_START_H

#include "base/attr.h"
#include "base/err.h"

/* Makes the directory `path` (0700, owned by `user`) unless it is there. */
bool start_directory(const char *path, const char *user, struct err *err) MUST_USE;
/*
 * The state directory `path` is this process's alone as long as `lock` is open: by a lock of
 * fcntl(2) on journal.lock in it, which ends with the process, and not when the file is read by
 * whatever else and closed.  False: another process has it.
 * Where no lock can be had at all it goes without (-1) and says so.
 */
bool start_lock(const char *path, const char *user, int *lock, struct err *err) MUST_USE;
/* Gives the file `path` to `user`; NULL: nothing to do. */
bool start_give(const char *path, const char *user, struct err *err) MUST_USE;
/* Becomes `user` for good: groups, uid, no way back, no new privileges.  NULL: only the last. */
bool start_become(const char *user, struct err *err) MUST_USE;
/* As many descriptors as the hard limit gives; first of all, and 0 to 2 are ours. */
void start_descriptors(void);

#endif
