/* locumctl: the command line, the question, the answer for people or for programs. */
#ifndef LOCUM_CTL_CTL_H
#define LOCUM_CTL_CTL_H

#include "base/attr.h"
#include "base/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

enum ctl_exit {
	CTL_DONE,
	CTL_WRONG, /* the daemon said no, or its answer made no sense */
	CTL_USAGE,
	CTL_UNREACHABLE, /* no daemon, or it does not answer in time */
	CTL_FAILED,      /* probe: an attempt did not pass */
	CTL_REFUSED,     /* by a numbered refusal: --force may help */
	CTL_UNASKED,     /* nobody said yes */
};

/* What the configuration and the engine are needed for, given by locumctl.c. */
struct ctl_tools {
	/* Plays the tests of a configuration, says what is wrong. */
	bool (*test)(const char *configuration);
	/* What outcomes, as pages of the daemon's, come to under two configurations: an object
	   for show_replay(), the caller's.  NULL and `err`. */
	json_t *(*replay)(const char *was, const char *is, const json_t *pages, struct err *err);
};

/* `in`: where the answer to "shall I?" comes from, if that is a terminal. */
enum ctl_exit ctl_run(int argc, char *const argv[], const struct ctl_tools *tools, FILE *in,
	FILE *out, FILE *err);

#endif
