/* What the last process left: services as they were, serials that were served. */
#ifndef LOCUM_SERVER_RECALL_H
#define LOCUM_SERVER_RECALL_H

#include "failover/engine.h"
#include "server/serve.h"
#include "store/store.h"

/*
 * Before anything was heard or served.  What is not to be understood, and services that are no
 * more, are left out and said.
 */
void recall(struct store *store, struct engine *engine, struct serve *serve, mono_t now,
	struct effects *effects);

#endif
