/* What the process that runs the prober is: its signals, limits, and whose end is its own. */
#ifndef LOCUM_PROBER_PROCESS_H
#define LOCUM_PROBER_PROCESS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

/* Makes this process the prober of the one at the other end of `fd`; false: that one is gone. */
bool process_become(int fd) MUST_USE;
/* Takes as many descriptors as it may have; how many of them are for attempts and sentries. */
size_t process_descriptors(void) MUST_USE;

/*
 * To be called between attempts: whoever waits for the processor may have it now.  The kernel
 * itself may let us go on for some milliseconds, and answers are not to wait for a row of attempts.
 * Linux takes it for a turn that was had: not to be called by one that is late.
 */
void process_give_way(void);

#endif
