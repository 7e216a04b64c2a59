/* What is served without an engine: the picks are set by hand. */
#ifndef LOCUM_TESTS_SERVE_WORLD_H
#define LOCUM_TESTS_SERVE_WORLD_H

#include "base/mem.h"
#include "conf_fixture.h"
#include "dns/name.h"
#include "server/serve.h"
#include "zone/digest.h"
#include "zone/rrtext.h"
#include "zone/txn.h"
#include "zone/zonefile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define HEAD                                                                                       \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@5300\"]}\n"                                                 \
	"zones: {example.com: {file: a.zone}, example.net: {file: b.zone}}\n"

#define TIGHT_HEAD                                                                                 \
	"version: 1\n"                                                                             \
	"server: {listen: [\"127.0.0.1@5300\"], limits: {records-per-type: 2, types-per-name: "    \
	"3}}\n"                                                                                    \
	"zones: {example.com: {file: a.zone}, example.net: {file: b.zone}}\n"

#define WWW                                                                                        \
	"  www:\n"                                                                                 \
	"    zone: example.com\n"                                                                  \
	"    ttl: 5s\n"                                                                            \
	"    records: [\"www A {address}\", \"_http._tcp SRV 0 0 80 {host}.\"]\n"                  \
	"    endpoints:\n"                                                                         \
	"      - {name: fra, host: fra.example.com, address: 192.0.2.10}\n"                        \
	"      - {name: ams, host: ams.example.com, address: 192.0.2.20}\n"

static const char zone_a[] = "$TTL 300\n@ SOA ns1 h 100 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.1\n"
			     "www A 192.0.2.99\nstatic CNAME ns1\n";
static const char zone_b[] = "$TTL 300\n@ SOA ns1 h 7 1 1 1 30\n@ NS ns1\nns1 A 192.0.2.2\n";

struct loaded {
	struct parsed parsed;
	struct view *base;
	struct records *records;
};

static inline void nothing_said(
	void *cookie, enum zonefile_grade grade, struct master_place at, const char *text)
{
	(void)cookie;
	(void)grade;
	fail_msg("%s:%zu: %s", at.path, at.line, text);
}

static inline void no_file(void *cookie, const char *path)
{
	(void)cookie;
	(void)path;
}

static inline struct zone *zone_of(const char *apex, const char *text)
{
	const struct memory_file files[] = {{"z", text}, {NULL, NULL}};
	const struct files in_memory = {(void *)(uintptr_t)files, memory_read, memory_glob};
	const struct zonefile_report report = {.say = nothing_said, .file = no_file};
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	assert_true(name_parse(name, apex, strlen(apex), NULL, &err));
	static const struct txn_limits limits = {100, 100};
	struct zone *const zone = zonefile_load(name, "z", &in_memory, &limits, &report);
	assert_non_null(zone);
	return zone;
}

static inline struct view *base_of(const char *a, const char *b)
{
	struct zone *const zones[] = {zone_of("example.com", a), zone_of("example.net", b)};
	struct view *const none = view_empty();
	struct view *const base = view_with(none, zones, COUNT_OF(zones), NULL, 0);
	view_unref(none);
	zone_unref(zones[0]);
	zone_unref(zones[1]);
	return base;
}

/* Takes a reference of `base`. */
static inline struct loaded load(struct view *base, const char *policy)
{
	struct loaded l = {.parsed = parse_text(policy), .base = view_ref(base)};
	assert_string_equal(parsed_problem(&l.parsed, 0), "");
	assert_non_null(l.parsed.conf);
	l.records = records_render(l.parsed.conf, NULL, base, &l.parsed.problems);
	return l;
}

static inline void loaded_end(struct loaded *l)
{
	records_free(l->records);
	view_unref(l->base);
	parsed_free(&l->parsed);
}

/* Facts in which service i answers with the endpoints whose bits are set in on[i]. */
static inline struct engine_facts facts_of(
	const struct loaded *l, struct pick picks[8], const uint64_t on[])
{
	for (size_t i = 0; i < l->parsed.conf->n_services; i++)
		picks[i] = (struct pick){.on = {.bits = {on[i]}}, .chosen = true};
	return (struct engine_facts){.policy = &l->parsed.conf->policy, .services = picks};
}

/* "A 192.0.2.10 5; A ..." of a name, as served; the serial is another matter. */
static const char *answer(const struct serve *serve, const char *text, char room[512])
{
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	struct key key;
	assert_true(name_parse(name, text, strlen(text), NULL, &err));
	key_make(&key, name);
	const struct zone *const zone = view_find(serve_view(serve), &key);
	const struct node *const node = zone != NULL ? zone_node(zone, name) : NULL;
	room[0] = '\0';
	for (size_t i = 0; node != NULL && i < node_count(node); i++) {
		const struct rrset *const set = node_rrset_at(node, i);
		size_t at = 0;
		struct rdata rdata;
		while ((rdata = rrset_each(set, &at)).wire != NULL) {
			char type[16], *const value = rdata_text(set->type, rdata);
			const size_t used = strlen(room);
			(void)snprintf(room + used, 512 - used, "%s%s %s %u", used > 0 ? "; " : "",
				rrtype_text(set->type, type), value, set->ttl);
			free(value);
		}
	}
	return room;
}

static inline uint32_t serial(const struct serve *serve, const char *apex)
{
	uint8_t name[NAME_MAX_OCTETS];
	struct err err;
	assert_true(name_parse(name, apex, strlen(apex), NULL, &err));
	return zone_serial(view_zone(serve_view(serve), name));
}

#define ANSWERS(serve, name, text)                                                                 \
	do {                                                                                       \
		char room[512];                                                                    \
		assert_string_equal(answer(serve, name, room), text);                              \
	} while (0)

enum { NOW = 1000 };

#endif
