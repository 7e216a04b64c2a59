/*
 * The status object as people read it.  What is missing or of another type than expected is shown
 * as "-": the daemon may be older or newer.  Pure but for `out`.
 */
#ifndef LOCUM_CTL_SHOW_H
#define LOCUM_CTL_SHOW_H

#include <jansson.h>
#include <stdio.h>

enum show_depth {
	SHOW_SERVICES, /* who answers and why */
	SHOW_CHECKS,   /* ... and how the checks went */
};

void show_status(const json_t *status, enum show_depth depth, FILE *out);

#endif
