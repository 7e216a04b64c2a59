/* Zone serials: RFC 1982 arithmetic and the rule by which ours grow.  Pure. */
#ifndef LOCUM_DNS_SERIAL_H
#define LOCUM_DNS_SERIAL_H

#include <stdbool.h>
#include <stdint.h>

/* Whether `a` is newer than `b` (RFC 1982 3.2); at the undefined distance 2^31 neither is. */
static inline bool serial_newer(uint32_t a, uint32_t b)
{
	const uint32_t ahead = a - b;
	return ahead != 0 && ahead < 0x80000000U;
}

/*
 * The serial after `served`: the wall clock's seconds when they are newer, so
 * that it does not go back after a restart; else the next number, as for a
 * serial written as a date, which is ahead of the seconds.
 */
static inline uint32_t serial_next(uint32_t served, uint32_t unix_now)
{
	const uint32_t next = served + 1;
	return serial_newer(unix_now, next) ? unix_now : next;
}

#endif
