/*
 * The prober: a child of locumd that does what orders say and reports
 * outcomes.  It has no listening socket, no zone and no right to write.
 */
#ifndef LOCUM_PROBER_PROBER_H
#define LOCUM_PROBER_PROBER_H

/*
 * Runs until the other end of `fd` (SOCK_SEQPACKET) is closed; returns the exit code.  Ends with
 * its parent in any case (PR_SET_PDEATHSIG).
 */
int prober_run(int fd);

#endif
