/*
 * Log lines: `key=value` words, one line per thing that happened, to standard
 * error.  With a time stamp, unless the journal adds its own.  Any thread; only
 * server/ and prober/ log, and net/ what it cannot tell a caller.
 */
#ifndef LOCUM_NET_LOG_H
#define LOCUM_NET_LOG_H

#include "base/attr.h"
#include "base/mono.h"

#include <stdbool.h>
#include <stdint.h>

enum log_level { LOG_LINE_ERROR, LOG_LINE_WARNING, LOG_LINE_INFO };

/*
 * Never waits: what standard error does not take at once is left out, and how many lines that were
 * is said with the next one.  The caller escapes foreign bytes (text_escape); control characters
 * that are left become spaces.  Cut at 4,096 octets, which is what a pipe takes in one piece.
 */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* For lines that the network can provoke: at most LOG_LIMIT of a class in any second. */
enum { LOG_LIMIT = 10 };

struct log_limit { /* one per class of lines, zero at first; the caller's */
	mono_t said[LOG_LIMIT];
	uint64_t passed, suppressed; /* suppressed: since the last that passed */
};

struct log_leave {
	bool say;
	uint64_t suppressed; /* to be said with it: lines of this class left out since the last */
};

struct log_leave log_limit_ask(struct log_limit *limit, mono_t now) MUST_USE;

#endif
