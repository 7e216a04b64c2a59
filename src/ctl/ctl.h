/* locumctl: the command line, the question, the answer for people or for programs. */
#ifndef LOCUM_CTL_CTL_H
#define LOCUM_CTL_CTL_H

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

/* `in`: where the answer to "shall I?" comes from, if that is a terminal. */
enum ctl_exit ctl_run(int argc, char *const argv[], FILE *in, FILE *out, FILE *err);

#endif
