/* One question to the daemon over its control socket: a line there, a line back, in time. */
#ifndef LOCUM_CTL_ASK_H
#define LOCUM_CTL_ASK_H

#include "base/attr.h"
#include "base/err.h"
#include "base/mono.h"

#include <stddef.h>

struct ask {
	const char *path; /* of the socket */
	const char *line; /* without its newline */
	span_t patience;  /* in all */
	span_t notice;    /* `waiting` is called each time so much has passed; 0: never */
	void (*waiting)(void *cookie, span_t so_far);
	void *cookie;
};

/* The line that came back, without its newline, `len` octets; the caller frees.  NULL and `err`. */
char *ask_daemon(const struct ask *ask, size_t *len, struct err *err) MUST_USE;

#endif
