#include "server/serve.h"

#include "base/mem.h"
#include "dns/message.h"
#include "dns/name.h"
#include "dns/serial.h"
#include "zone/digest.h"
#include "zone/txn.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct serve {
	struct view *base;   /* zones as loaded */
	struct view *served; /* what is published: shares all but the managed names with `base` */
	const struct records *records;
	struct floor { /* of zones that were served and are not now, or by another process */
		uint8_t apex[NAME_MAX_OCTETS];
		uint32_t serial;
		bool plain; /* as its file had it: that may have this serial again */
		bool sealed;
		uint8_t seal[DIGEST_OCTETS]; /* of what it was served with */
	} * floors;
	size_t n_floors, n_sorted, floors_room;
};

/* Zone versions that the next view gets, and apexes that it loses. */
struct moves {
	struct zone **put;
	size_t n_put, put_room;
	const uint8_t **drop;
	size_t n_drop, drop_room;
};

struct serve *serve_new(void)
{
	struct serve *const serve = mem_new(sizeof *serve);
	serve->base = view_empty();
	serve->served = view_empty();
	return serve;
}

void serve_above(struct serve *serve, const uint8_t *apex, uint32_t serial, const uint8_t *seal)
{
	serve->floors = mem_grow(
		serve->floors, &serve->floors_room, serve->n_floors + 1, sizeof *serve->floors);
	struct floor *const last = &serve->floors[serve->n_floors++];
	memcpy(last->apex, apex, name_len(apex));
	last->serial = serial;
	last->plain = false;
	last->sealed = seal != NULL;
	if (seal != NULL)
		memcpy(last->seal, seal, DIGEST_OCTETS);
}

static int floor_order(const void *a, const void *b)
{
	return name_compare(((const struct floor *)a)->apex, ((const struct floor *)b)->apex);
}

/* NULL: none among those that are sorted. */
static struct floor *floor_of(const struct serve *serve, const uint8_t *apex)
{
	struct floor key = {.serial = 0};
	memcpy(key.apex, apex, name_len(apex));
	return serve->n_sorted == 0
		       ? NULL
		       : bsearch(&key, serve->floors, serve->n_sorted, sizeof key, floor_order);
}

/* What goes may come back: not with a serial that it had, nor by a seal that was broken since. */
static void remember(struct serve *serve, const struct zone *was)
{
	const uint8_t *const apex = zone_apex(was);
	struct floor *floor = floor_of(serve, apex);
	if (floor == NULL) {
		serve_above(serve, apex, 0, NULL);
		floor = &serve->floors[serve->n_floors - 1];
	}
	floor->serial = zone_serial(was);
	floor->plain = view_zone(serve->base, apex) == was;
	floor->sealed = false;
}

static void put(struct moves *moves, struct zone *zone)
{
	moves->put =
		mem_grow(moves->put, &moves->put_room, moves->n_put + 1, sizeof(struct zone *));
	moves->put[moves->n_put++] = zone;
}

static void drop(struct moves *moves, const uint8_t *apex)
{
	moves->drop =
		mem_grow(moves->drop, &moves->drop_room, moves->n_drop + 1, sizeof *moves->drop);
	moves->drop[moves->n_drop++] = apex;
}

/* Makes the next view, if anything moves; ends `moves`. */
static bool move(struct serve *serve, struct moves *moves)
{
	const bool any = moves->n_put > 0 || moves->n_drop > 0;
	if (any) {
		struct view *const next = view_with(
			serve->served, moves->put, moves->n_put, moves->drop, moves->n_drop);
		view_unref(serve->served);
		serve->served = next;
	}
	for (size_t i = 0; i < moves->n_put; i++)
		zone_unref(moves->put[i]);
	free(moves->put);
	free(moves->drop);
	return any;
}

/* What a managed RRset is when no endpoint brings records to it: as the zone file has it. */
static void put_base(struct txn *txn, const struct zone *base, const struct managed *managed)
{
	const struct node *const node = base != NULL ? zone_node(base, managed->owner) : NULL;
	const struct rrset *const set = node != NULL ? node_rrset(node, managed->type) : NULL;
	if (set == NULL)
		txn_delete(txn, managed->owner, managed->type);
	else if (!txn_put(txn, managed->owner, set))
		assert(false && "a base record outside its zone");
}

static void put_service(struct txn *txn, const struct zone *base,
	const struct service_records *service, const struct pick *pick)
{
	for (size_t i = 0; i < service->n; i++) {
		struct rrset *const set = records_of(service, i, pick);
		if (set == NULL && endpoint_empty(&pick->on)) /* on-none: none */
			txn_delete(txn, service->managed[i].owner, service->managed[i].type);
		else if (set == NULL)
			put_base(txn, base, &service->managed[i]);
		else if (!txn_put(txn, service->managed[i].owner, set))
			assert(false && "records_render() keeps owners inside the zone");
		rrset_unref(set);
	}
}

/*
 * records_render() has checked every RRset against the zone, so a commit of them cannot fail.
 * `above`: the serial that was served of the zone, unless the transaction began from it; NULL
 * otherwise.
 */
static struct zone *committed(struct txn *txn, const uint32_t *above, uint32_t unix_now)
{
	struct err err;
	struct zone *const zone = txn_commit(txn, above, unix_now, NULL, &err);
	assert(zone != NULL);
	return zone;
}

static int zone_order(const void *a, const void *b, void *cookie)
{
	const struct service_records *const services = cookie;
	const uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const uint32_t of_x = services[x].zone_number, of_y = services[y].zone_number;
	return of_x != of_y ? (of_x < of_y ? -1 : 1) : x < y ? -1 : x > y;
}

/* The end of the run of services in one zone that begins at `at`. */
static size_t zone_run(const struct records *records, const uint32_t *order, size_t at, size_t n)
{
	const uint32_t zone = records->services[order[at]].zone_number;
	size_t end = at + 1;
	while (end < n && records->services[order[end]].zone_number == zone)
		end++;
	return end;
}

bool serve_switch(struct serve *serve, const uint32_t services[], size_t n,
	struct engine_facts facts, uint32_t unix_now)
{
	const struct records *const records = serve->records;
	uint32_t *const order = mem_copy(services, n * sizeof *order);
	qsort_r(order, n, sizeof *order, zone_order, records->services);
	struct moves moves = {0};
	for (size_t at = 0, end; at < n; at = end) {
		end = zone_run(records, order, at, n);
		const uint8_t *const apex = records->services[order[at]].zone;
		const struct zone *const was = view_zone(serve->served, apex);
		const struct zone *const base = view_zone(serve->base, apex);
		struct txn *const txn = txn_begin(was);
		for (size_t i = at; i < end; i++)
			put_service(
				txn, base, &records->services[order[i]], &facts.services[order[i]]);
		struct zone *const is = committed(txn, NULL, unix_now);
		if (is == was)
			zone_unref(is);
		else
			put(&moves, is);
	}
	free(order);
	return move(serve, &moves);
}

bool serve_raise(struct serve *serve, const uint8_t *apex, uint32_t serial, uint32_t unix_now)
{
	const struct zone *const was = view_zone(serve->served, apex);
	struct moves moves = {0};
	if (was != NULL && !serial_newer(zone_serial(was), serial))
		put(&moves, committed(txn_begin(was), &serial, unix_now));
	return move(serve, &moves);
}

struct zone *serve_preview(
	const struct serve *serve, uint32_t service, const struct pick *pick, uint32_t unix_now)
{
	const struct service_records *const records = &serve->records->services[service];
	struct txn *const txn = txn_begin(view_zone(serve->served, records->zone));
	put_service(txn, view_zone(serve->base, records->zone), records, pick);
	return committed(txn, NULL, unix_now);
}

/* ---- taking on a configuration ---- */

struct adoption {
	struct serve *serve;
	const struct view *base;
	const struct records *records;
	const uint32_t *order; /* services in the order of their zones */
	size_t at;
	struct engine_facts facts;
	uint32_t unix_now;
	struct moves moves;
};

static struct txn *compose(struct adoption *a, const struct zone *base, size_t end)
{
	struct txn *const txn = txn_begin(base);
	for (size_t i = a->at; i < end; i++)
		put_service(txn, base, &a->records->services[a->order[i]],
			&a->facts.services[a->order[i]]);
	return txn;
}

/* The zone as another process left it, if its seal says so; NULL: it is another one. */
static struct zone *as_sealed(
	struct adoption *a, const struct zone *base, size_t end, const struct floor *floor)
{
	uint8_t digest[DIGEST_OCTETS];
	if (floor == NULL || !floor->sealed)
		return NULL;
	struct txn *const txn = compose(a, base, end);
	txn_put_serial(txn, floor->serial);
	struct zone *const zone = committed(txn, NULL, a->unix_now);
	digest_make(zone, digest);
	if (zone_serial(zone) == floor->serial && memcmp(digest, floor->seal, sizeof digest) == 0)
		return zone;
	zone_unref(zone);
	return NULL;
}

/* Called in canonical order of apexes, as `order` is sorted. */
static bool adopt_zone(void *cookie, const struct zone *base)
{
	struct adoption *const a = cookie;
	const struct records *const records = a->records;
	const uint8_t *const apex = zone_apex(base);
	const struct zone *const was = view_zone(a->serve->served, apex);
	const bool same_base = view_zone(a->serve->base, apex) == base;

	const bool managed =
		a->at < records->n && name_equal(records->services[a->order[a->at]].zone, apex);
	if (!managed && was == base)
		return true;
	const uint32_t served = was != NULL ? zone_serial(was) : 0;
	const struct floor *const floor = was == NULL ? floor_of(a->serve, apex) : NULL;
	const uint32_t *const above = was != NULL ? &served : floor != NULL ? &floor->serial : NULL;
	const bool again = floor != NULL && floor->plain && floor->serial == zone_serial(base);
	if (!managed && (above == NULL || again || serial_newer(zone_serial(base), *above))) {
		put(&a->moves, zone_ref(base));
		return true;
	}

	const size_t end = managed ? zone_run(records, a->order, a->at, records->n) : a->at;
	struct zone *is = as_sealed(a, base, end, floor);
	if (is == NULL)
		is = committed(compose(a, base, end), above, a->unix_now);
	a->at = end;
	if (was != NULL && same_base && changeset_is_serial(was, is)) /* only a new serial */
		zone_unref(is);
	else
		put(&a->moves, is);
	return true;
}

static bool drop_zone(void *cookie, const struct zone *served)
{
	struct adoption *const a = cookie;
	if (view_zone(a->base, zone_apex(served)) == NULL) {
		drop(&a->moves, zone_apex(served));
		remember(a->serve, served);
	}
	return true;
}

bool serve_adopt(struct serve *serve, const struct view *base, const struct records *records,
	struct engine_facts facts, uint32_t unix_now)
{
	struct adoption a = {.serve = serve,
		.base = base,
		.records = records,
		.facts = facts,
		.order = records->by_zone,
		.unix_now = unix_now};
	if (serve->n_floors > 0)
		qsort(serve->floors, serve->n_floors, sizeof *serve->floors, floor_order);
	serve->n_sorted = serve->n_floors;
	view_each(base, adopt_zone, &a);
	assert(a.at == records->n); /* records_render() found every service's zone */
	view_each(serve->served, drop_zone, &a);

	bool changed = move(serve, &a.moves);
	if (!terms_equal(view_terms(base), view_terms(serve->served))) {
		struct view *const next = view_on(serve->served, view_terms(base));
		view_unref(serve->served);
		serve->served = next;
		changed = true;
	}
	view_unref(serve->base);
	serve->base = view_ref(base);
	serve->records = records;
	return changed;
}

const struct view *serve_view(const struct serve *serve) { return serve->served; }

void serve_free(struct serve *serve)
{
	if (serve == NULL)
		return;
	view_unref(serve->base);
	view_unref(serve->served);
	free(serve->floors);
	free(serve);
}
