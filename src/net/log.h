/*
 * Log lines: `key=value` words, one line per thing that happened, to standard
 * error.  With a time stamp, unless the journal adds its own.  Any thread; only
 * server/ and prober/ log.
 */
#ifndef LOCUM_NET_LOG_H
#define LOCUM_NET_LOG_H

#include "base/attr.h"

enum log_level { LOG_LINE_ERROR, LOG_LINE_WARNING, LOG_LINE_INFO };

/* The caller escapes foreign bytes (text_escape).  A newline in the result ends the line. */
void log_line(enum log_level level, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
