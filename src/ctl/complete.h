/* What may stand next on a command line, for the shell. */
#ifndef LOCUM_CTL_COMPLETE_H
#define LOCUM_CTL_COMPLETE_H

#include <stddef.h>
#include <stdio.h>

/*
 * Prints what begins with the last of the `n` words and goes with those before it, one a line.
 * Names of services and endpoints come from the daemon at `socket`, if it answers within a second.
 */
void complete_words(const char *const words[], size_t n, const char *socket, FILE *out);

#endif
