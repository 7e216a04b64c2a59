/*
 * Asking whether TCP connections can be opened, many at a time.  One that opens is given up with a
 * reset, before our last acknowledgement of the handshake has left (HAProxy checks so too).  The
 * server's program sees nothing of it: nothing to accept, nothing to log, no "too many connection
 * errors" from a database.  And no TIME_WAIT is left behind: 10,000 a second would leave 600,000
 * of them and no free port.
 *
 * A socket serves for one after the other: to make a new one costs a third more, part of it when
 * the kernel frees the old one, and nobody else runs then.  Nor would a watch of loop.h do as well.
 */
#ifndef LOCUM_NET_DIALS_H
#define LOCUM_NET_DIALS_H

#include "base/address.h"
#include "base/attr.h"

#include <stdbool.h>

struct dials;
struct loop;

struct dial { /* one of them; its owner keeps it where it is until it is dropped */
	int fd;
	sa_family_t family;
	bool last; /* that its socket serves for */
	void *cookie;
};

/* It opened, or `error` has why not (an errno).  May begin and drop whatever it likes. */
typedef void dials_fn(void *cookie, int error);

struct dials *dials_new(struct loop *loop, dials_fn *fn) MUST_USE;
void dials_free(struct dials *dials); /* all were dropped; NULL is fine */

/* 0; or an errno, and there is nothing to be dropped: it could not begin. */
int dials_begin(
	struct dials *dials, const struct address *to, void *cookie, struct dial *dial) MUST_USE;
/* Gives it up, whether `fn` was called for it or not; it will not be any more. */
void dials_drop(struct dials *dials, struct dial *dial);

#endif
