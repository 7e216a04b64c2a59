/*
 * What a zone in memory costs, measured by hand:
 *     make build/liblocum.a
 *     gcc -O2 -std=c17 -D_GNU_SOURCE -Isrc tests/bench/src/zonemem.c build/liblocum.a -o zonemem
 *     ./zonemem [NAMES [digits|letters]]     one zone of NAMES names with an A record each
 *     ./zonemem zones NZONES                 NZONES zones of 15 records
 *     ./zonemem find TIMES                   nothing but TIMES lookups, for valgrind or perf
 */
#include "base/bytes.h"
#include "dns/message.h"
#include "dns/name.h"
#include "zone/txn.h"
#include "zone/view.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double cpu_seconds(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static size_t heap(void)
{
	const struct mallinfo2 info = mallinfo2();
	return info.uordblks + info.hblkhd;
}

static uint32_t dice(void)
{
	static uint32_t state = 1;
	state = state * 1664525U + 1013904223U;
	return state >> 4;
}

static void must(bool ok)
{
	if (!ok)
		abort();
}

/* "h0000017.APEX", or with letters eight of them that look like chance but repeat for each `i`. */
static void name_of(uint8_t name[NAME_MAX_OCTETS], const uint8_t *apex, uint32_t i, bool letters)
{
	name[0] = 8;
	name[1] = 'h';
	uint32_t left = letters ? i * 2654435761U : i;
	for (int at = 8; at > 1; at--) {
		const uint32_t base = letters ? 26 : 10;
		name[at] = (uint8_t)((letters ? 'a' : '0') + left % base);
		left /= base;
	}
	memcpy(name + 9, apex, name_len(apex));
}

static void add(struct txn *txn, const uint8_t *name, uint16_t type, const void *wire, size_t len)
{
	static const struct txn_limits wide = {RRSET_RECORDS_MAX, UINT16_MAX};
	uint32_t ttl = 60;
	struct err err;
	must(txn_add(txn, name, type, &ttl, (struct rdata){wire, (uint16_t)len}, &wide, &err) ==
		TXN_ADDED);
}

static struct txn *start(const uint8_t *apex)
{
	static const uint8_t soa[] = "\3ns1\0\4host\0\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1";
	struct txn *const txn = txn_new(apex);
	add(txn, apex, TYPE_SOA, soa, sizeof soa - 1);
	add(txn, apex, TYPE_NS, "\3ns1", 5);
	return txn;
}

static struct zone *finish(struct txn *txn)
{
	struct err err;
	struct zone *const zone = txn_commit(txn, NULL, 0, NULL, &err);
	must(zone != NULL);
	return zone;
}

static struct zone *build(const uint8_t *apex, uint32_t n, bool letters)
{
	struct txn *const txn = start(apex);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t name[NAME_MAX_OCTETS];
		const uint8_t ip[4] = {198, 18, (uint8_t)(i >> 8), (uint8_t)i};
		name_of(name, apex, i, letters);
		add(txn, name, TYPE_A, ip, sizeof ip);
	}
	return finish(txn);
}

static size_t look_up(const struct view *view, const uint8_t *name)
{
	struct key key;
	key_make(&key, name);
	const struct zone *const zone = view_find(view, &key);
	const struct zone_match m = zone_find(zone, &key);
	return m.exact != NULL && node_rrset(m.exact, TYPE_A) != NULL;
}

static void time_lookups(const struct view *view, const uint8_t *apex, uint32_t n, bool letters)
{
	enum { TIMES = 1000000 };
	size_t hits = 0;
	uint8_t name[NAME_MAX_OCTETS];
	const double before = cpu_seconds();
	for (int i = 0; i < TIMES; i++) {
		name_of(name, apex, dice() % n, letters);
		hits += look_up(view, name);
	}
	const double there = cpu_seconds();
	for (int i = 0; i < TIMES; i++) {
		name_of(name, apex, dice() % n, letters);
		name[1] = 'x';
		hits += look_up(view, name);
	}
	const double absent = cpu_seconds();
	for (int i = 0; i < TIMES; i++) {
		name_of(name, apex, dice() % n, letters);
		hits += name[8] == 0;
	}
	const double idle = cpu_seconds() - absent;
	printf("lookups: %.0f ns of names that are there, %.0f ns of others (%zu hits)\n",
		(there - before - idle) / TIMES * 1e9, (absent - there - idle) / TIMES * 1e9, hits);
}

/* One record changed, published in a view, the version before released. */
static void time_changes(struct zone *zone, const uint8_t *apex, uint32_t n, bool letters)
{
	enum { TIMES = 20000 };
	struct view *none = view_empty(), *view = view_with(none, &zone, 1, NULL, 0);
	view_unref(none);
	size_t most = 0;
	double seconds = 0;
	for (uint32_t i = 0; i < TIMES; i++) {
		uint8_t name[NAME_MAX_OCTETS];
		struct err err;
		name_of(name, apex, dice() % n, letters);
		const size_t heap_before = heap();
		const double before = cpu_seconds();
		struct txn *const txn = txn_begin(zone);
		const struct rdata record = {(uint8_t *)&i, sizeof i};
		struct rrset *const set = rrset_new(TYPE_A, 60, &record, 1);
		must(txn_put(txn, name, set));
		rrset_unref(set);
		struct changeset *changes = NULL;
		struct zone *const next = txn_commit(txn, NULL, 0, &changes, &err);
		must(next != NULL && changes->n == 2);
		const size_t heap_after = heap();
		changeset_free(changes);
		struct view *const next_view = view_with(view, &next, 1, NULL, 0);
		zone_unref(zone);
		view_unref(view);
		zone = next;
		view = next_view;
		seconds += cpu_seconds() - before;
		most = heap_after - heap_before > most ? heap_after - heap_before : most;
	}
	printf("one record changed: %.1f us CPU for commit, publication and release; at most %zu "
	       "octets, of which the changeset is freed\n",
		seconds / TIMES * 1e6, most);
	view_unref(view);
	zone_unref(zone);
}

static int one_zone(uint32_t n, bool letters)
{
	static const uint8_t apex[] = "\5bench\4test";
	const size_t heap_before = heap();
	const double before = cpu_seconds();
	struct zone *const zone = build(apex, n, letters);
	const double built = cpu_seconds() - before;
	printf("%zu names, %zu records: %.3f s, %.1f octets a record\n", zone_names(zone),
		zone_records(zone), built,
		(double)(heap() - heap_before) / (double)zone_records(zone));
	struct view *const none = view_empty(), *const view = view_with(none, &zone, 1, NULL, 0);
	view_unref(none);
	time_lookups(view, apex, n, letters);
	view_unref(view);
	time_changes(zone, apex, n, letters);
	return 0;
}

static int many_zones(uint32_t n)
{
	const size_t heap_before = heap();
	const double before = cpu_seconds();
	struct zone **const zones = calloc(n, sizeof(struct zone *));
	must(zones != NULL);
	for (uint32_t i = 0; i < n; i++) {
		uint8_t apex[NAME_MAX_OCTETS];
		name_of(apex, (const uint8_t *)"\4test", i, false);
		zones[i] = build(apex, 13, false);
	}
	struct view *const none = view_empty(), *const view = view_with(none, zones, n, NULL, 0);
	printf("%zu zones of %zu records: %.3f s, %.0f octets a zone\n", view_zones(view),
		zone_records(zones[0]), cpu_seconds() - before,
		(double)(heap() - heap_before) / n - (double)sizeof zones[0]);
	return 0;
}

static int find_only(uint32_t times)
{
	static const uint8_t apex[] = "\5bench\4test", name[] = "\10h0000777\5bench\4test";
	struct zone *const zone = build(apex, 2000, false);
	struct view *const none = view_empty(), *const view = view_with(none, &zone, 1, NULL, 0);
	size_t hits = 0;
	for (uint32_t i = 0; i < times; i++)
		hits += look_up(view, name);
	return hits != times;
}

int main(int argc, char **argv)
{
	if (argc > 2 && strcmp(argv[1], "zones") == 0)
		return many_zones((uint32_t)strtoul(argv[2], NULL, 10));
	if (argc > 2 && strcmp(argv[1], "find") == 0)
		return find_only((uint32_t)strtoul(argv[2], NULL, 10));
	return one_zone(argc > 1 ? (uint32_t)strtoul(argv[1], NULL, 10) : 1000000,
		argc > 2 && strcmp(argv[2], "letters") == 0);
}
