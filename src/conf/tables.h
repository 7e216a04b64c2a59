/*
 * The whole language: one table per block, and the structs that the tables
 * fill where those of conf.h do not fit.  A new option is one line here.  Pure.
 */
#ifndef LOCUM_CONF_TABLES_H
#define LOCUM_CONF_TABLES_H

#include "conf/conf.h"

enum {
	MINUTE_MS = 60 * 1000,
	HOUR_MS = 60 * MINUTE_MS,
	DAY_MS = 24 * HOUR_MS
}; /* limits of FIELD_SPAN */

enum { INCLUDE_DEPTH_MAX = 8, FILES_MAX = 10000 };

struct yaml_node;

struct top_keys {         /* a file's top level */
	uint32_t version; /* 0: not given */
	struct texts include;
	const struct yaml_node *server, *keys, *zones, *probes, *services, *tests;
};

struct probe_keys {
	const char *type;
	span_t every, fast, down, timeout; /* fast, down: 0 if not given */
	uint32_t rise, fall, port;
	bool watch;
	struct limits limits;
};

struct service_keys {
	const uint8_t *zone;
	int mode, families, answer;
	bool follows;
	span_t ttl, suspect_ttl; /* suspect_ttl -1: not given */
	struct texts records;
	struct items endpoints; /* struct conf_endpoint */
	const struct yaml_node *health, *ready;
	const char *with, *after;
	struct policy_keys {
		int failover, on_failover, failback, on_none, comeback, discard;
		span_t hold, wait, start;
		const char *least, *trickle;
		uint32_t most;
		struct {
			uint32_t switches;
			span_t per;
		} limit;
		const struct yaml_node *require;
	} policy;
};

struct test_keys {
	const struct yaml_node *given, *expect;
};

extern const struct field table_top[];     /* struct top_keys */
extern const struct field table_server[];  /* struct conf_server (tables_server.c) */
extern const struct field table_key[];     /* struct conf_key */
extern const struct field table_zone[];    /* struct conf_zone */
extern const struct field table_probe[];   /* struct probe_keys */
extern const struct field table_service[]; /* struct service_keys (tables_service.c) */
extern const struct field table_test[];    /* struct test_keys */

#endif
