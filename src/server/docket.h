/*
 * Commands that decide something, one after the other: each is judged when the one before it is
 * durable and done.  Owner: control thread.
 */
#ifndef LOCUM_SERVER_DOCKET_H
#define LOCUM_SERVER_DOCKET_H

#include "base/attr.h"

#include <jansson.h>

struct control;
struct docket;
struct session;

struct docket *docket_new(struct control *control) MUST_USE;
/* Does it, or keeps it for docket_next(); the session is answered in any case. */
void docket_put(struct docket *docket, struct session *session, json_t *args);
void docket_next(struct docket *docket); /* control may not be busy any more */
void docket_free(struct docket *docket); /* sessions that wait are not answered.  NULL is fine */

#endif
