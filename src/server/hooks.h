/* Whether the programs that the configuration names may be run: where they lie, whose they are. */
#ifndef LOCUM_SERVER_HOOKS_H
#define LOCUM_SERVER_HOOKS_H

#include "conf/conf.h"

/*
 * Each program must be an executable file in server.hooks, links followed; it and the directory
 * belong to root, to us or to server.user, and nobody else may write to them.  Errors go to
 * `problems`, at the option that names the program.
 */
void hooks_check(const struct conf *conf, struct conf_problems *problems);

#endif
