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
/* Services alone, also of a running engine; how many are not to be understood. */
size_t recall_states(struct engine *engine, const struct store_state states[], size_t n, mono_t now,
	struct effects *effects);
/* Of a running one: what is served has a higher serial than any of these.  False: it had. */
bool recall_serials(
	struct serve *serve, const struct store_serial serials[], size_t n, uint32_t unix_now);
void recall(struct store *store, struct engine *engine, struct serve *serve, mono_t now,
	struct effects *effects);

#endif
