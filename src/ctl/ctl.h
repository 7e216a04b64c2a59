/* locumctl: the command line, the question, the answer for people or for programs. */
#ifndef LOCUM_CTL_CTL_H
#define LOCUM_CTL_CTL_H

#include <stdio.h>

enum ctl_exit {
	CTL_DONE,
	CTL_REFUSED, /* the daemon said no, or its answer made no sense */
	CTL_USAGE,
	CTL_UNREACHABLE, /* no daemon, or it does not answer in time */
	CTL_FAILED,      /* probe: an attempt did not pass */
};

enum ctl_exit ctl_run(int argc, char *const argv[], FILE *out, FILE *err);

#endif
