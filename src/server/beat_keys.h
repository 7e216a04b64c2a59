/* The secrets that heartbeats are signed with, read with the configuration. */
#ifndef LOCUM_SERVER_BEAT_KEYS_H
#define LOCUM_SERVER_BEAT_KEYS_H

#include "conf/conf.h"

enum { BEAT_SECRET_MAX = 256 };

struct beat_key {
	const char *name; /* as the probe spells it; the configuration's */
	size_t len;
	uint8_t secret[BEAT_SECRET_MAX];
};

struct beat_keys {
	size_t n;
	struct beat_key *list;
};

/* Those that probes of type heartbeat name; errors go to `problems`.  The caller frees `list`. */
struct beat_keys beat_keys_read(const struct conf *conf, struct conf_problems *problems) MUST_USE;
const struct beat_key *beat_keys_find(
	const struct beat_keys *keys, const char *name, size_t len) MUST_USE; /* NULL: none */

#endif
