/*
 * The query threads: per worker one for UDP and one for TCP, each with its own
 * sockets on every address (SO_REUSEPORT).  They read the published view and
 * nothing else.
 */
#ifndef LOCUM_RESPONDER_RESPONDER_H
#define LOCUM_RESPONDER_RESPONDER_H

#include "base/address.h"
#include "base/attr.h"
#include "base/err.h"
#include "responder/counters.h"

#include <stddef.h>

struct responders;

/* Opens all sockets; no thread yet, so that rights can be dropped in between.  NULL and `err`. */
struct responders *responders_open(
	const struct address listen[], size_t n, unsigned workers, struct err *err) MUST_USE;
void responders_start(struct responders *responders); /* a view has been published */
struct counters responders_counters(const struct responders *responders); /* any thread */
void responders_stop(
	struct responders *responders); /* ends the threads, closes, frees; NULL is fine */

#endif
