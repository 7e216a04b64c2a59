/* The daemon: sockets, threads, signals, and what commands do. */
#ifndef LOCUM_SERVER_SERVER_H
#define LOCUM_SERVER_SERVER_H

#include "conf/schema.h"

/* Reads and checks everything, prints every problem to standard error.  The exit code: 0 or 1. */
int server_check(const char *path, const struct option_set *const kinds[]);

/* Serves until SIGTERM, SIGINT or `locumctl stop`.  The exit code: 0, or 1 when it could not start.
 */
int server_run(const char *path, const struct option_set *const kinds[]);

#endif
