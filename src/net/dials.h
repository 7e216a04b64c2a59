/*
 * Connections that are being made, many at a time: each descriptor is waited for once, and closed
 * then.  A watch of loop.h would do; ten thousand a second cost a tenth less without its
 * bookkeeping, and without asking the kernel to forget what is closed anyway.
 */
#ifndef LOCUM_NET_DIALS_H
#define LOCUM_NET_DIALS_H

#include "base/attr.h"

#include <stdbool.h>

struct dials;
struct loop;

/* It is connected; or `broken`: SO_ERROR has why.  May add and drop whatever it likes. */
typedef void dials_fn(void *cookie, bool broken);

struct dials *dials_new(struct loop *loop, dials_fn *fn) MUST_USE;
void dials_free(struct dials *dials); /* all were dropped; NULL is fine */

/* `fd`: connect() was called for it, not owned.  0, or an errno: it is not waited for. */
int dials_add(struct dials *dials, int fd, void *cookie) MUST_USE;
/* Closes `fd`, whether `fn` was called for it or not; it will not be any more. */
void dials_drop(struct dials *dials, int fd, const void *cookie);

#endif
