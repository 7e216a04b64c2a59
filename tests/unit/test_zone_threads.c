/*
 * Readers look names up in the published view while one thread publishes and
 * reclaims versions, and another makes and frees versions of the same zone.
 * Run under SAN=thread and SAN=address; the answers are checked here.
 */
#include "responder/publish.h"
#include "tests/unit/zones.h"
#include "zone/view.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { READERS = 2, NAMES = 64, TURNS = 140, FILLING = 3000 };

static atomic_bool over;
static atomic_uint mixtures, missing;

static void service_name(uint8_t name[NAME_MAX_OCTETS], const uint8_t *apex, unsigned i)
{
	char label[32];
	struct err err;
	const int len = snprintf(label, sizeof label, "s%u.part%u", i, i % 5);
	if (!name_parse(name, label, (size_t)len, apex, &err))
		abort();
}

static const struct rrset *look_up(const struct view *view, const uint8_t *name)
{
	struct key key;
	key_make(&key, name);
	const struct zone *const zone = view_find(view, &key);
	const struct zone_match m =
		zone != NULL ? zone_find(zone, &key) : (struct zone_match){.exact = NULL};
	return m.exact != NULL ? node_rrset(m.exact, TYPE_A) : NULL;
}

/* Whether one view shows one state: the records of all names in both zones are the same. */
static void read_once(const struct view *view, const uint8_t *const apexes[2])
{
	const struct rrset *first = NULL;
	for (unsigned i = 0; i < 2 * NAMES; i++) {
		uint8_t name[NAME_MAX_OCTETS];
		service_name(name, apexes[i % 2], i / 2);
		const struct rrset *const set = look_up(view, name);
		if (set == NULL) {
			missing++;
			return;
		}
		if (first == NULL)
			first = set;
		mixtures += !rrset_equal(first, set);
	}
}

static void *read_on(void *cookie)
{
	const uint8_t *const *const apexes = *(const uint8_t *const **)cookie;
	publish_join();
	publish_wake();
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		read_once(publish_current(), apexes);
		publish_rest();
	}
	publish_sleep();
	publish_leave();
	return NULL;
}

static void put_service(struct txn *txn, const uint8_t *apex, uint32_t value)
{
	const struct rdata record = {(const uint8_t *)&value, sizeof value};
	struct rrset *const set = rrset_new(TYPE_A, 60, &record, 1);
	for (unsigned i = 0; i < NAMES; i++) {
		uint8_t name[NAME_MAX_OCTETS];
		service_name(name, apex, i);
		if (!txn_put(txn, name, set))
			abort();
	}
	rrset_unref(set);
}

static struct zone *filled(const char *apex)
{
	struct txn *const txn = new_zone(apex, 1);
	struct dice dice = {5};
	for (int i = 0; i < FILLING; i++) {
		uint8_t name[NAME_MAX_OCTETS];
		random_name(&dice, wire(apex), 3, name);
		add(txn, name, TYPE_TXT, &i, sizeof i);
	}
	put_service(txn, wire(apex), 0);
	return commit(txn);
}

/* The loader: its versions are never published, but they share all the others' memory. */
static void *make_versions(void *cookie)
{
	struct zone *zone = cookie;
	struct dice dice = {6};
	while (!atomic_load_explicit(&over, memory_order_relaxed)) {
		struct txn *const txn = txn_begin(zone);
		uint8_t name[NAME_MAX_OCTETS];
		random_name(&dice, zone_apex(zone), 3, name);
		uint32_t value = roll(&dice, 1000);
		add(txn, name, TYPE_MX, &value, sizeof value);
		txn_delete(txn, name, TYPE_TXT);
		struct err err;
		struct changeset *changes = NULL;
		struct zone *const next = txn_commit(txn, NULL, 0, &changes, &err);
		changeset_free(changes);
		zone_unref(zone);
		zone = next;
		if (zone == NULL)
			abort();
	}
	zone_unref(zone);
	return NULL;
}

/* The next view: the service moved in both zones, and now and then a third zone comes or goes. */
static struct view *next_view(const struct view *view, struct zone *zones[2],
	const uint8_t *const apexes[2], unsigned turn)
{
	for (int i = 0; i < 2; i++) {
		struct txn *const txn = txn_begin(zones[i]);
		put_service(txn, apexes[i], turn);
		uint8_t name[NAME_MAX_OCTETS];
		service_name(name, apexes[i], 1000 + turn % 10);
		if (turn % 3 == 0)
			txn_delete(txn, name, TYPE_A);
		else
			add(txn, name, TYPE_A, &turn, sizeof turn);
		struct zone *const next = commit(txn);
		zone_unref(zones[i]);
		zones[i] = next;
	}
	if (turn % 7 != 0)
		return view_with(view, zones, 2, NULL, 0);
	struct zone *const third = commit(new_zone("sub.two.", turn));
	struct view *const with = view_with(view, &third, 1, NULL, 0);
	const uint8_t *const drop[] = {wire("sub.two.")};
	struct view *const next = view_with(with, zones, 2, drop, turn % 14 == 0);
	view_unref(with);
	zone_unref(third);
	return next;
}

static void readers_see_whole_versions(void **state)
{
	(void)state;
	static uint8_t one[NAME_MAX_OCTETS], two[NAME_MAX_OCTETS];
	memcpy(one, wire("one."), sizeof one);
	memcpy(two, wire("two."), sizeof two);
	static const uint8_t *const apexes[2] = {one, two};
	struct zone *zones[2] = {filled("one."), filled("two.")};
	struct view *const none = view_empty();
	struct view *view = view_with(none, zones, 2, NULL, 0);
	view_unref(none);
	assert_null(publish_view(view));

	pthread_t readers[READERS], loader;
	const uint8_t *const *cookie = apexes;
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&readers[i], NULL, read_on, &cookie), 0);
	assert_int_equal(pthread_create(&loader, NULL, make_versions, zone_ref(zones[0])), 0);
	for (unsigned turn = 1; turn <= TURNS; turn++) {
		view = next_view(view, zones, apexes, turn);
		view_unref(publish_view(view));
	}
	atomic_store(&over, true);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_join(readers[i], NULL), 0);
	assert_int_equal(pthread_join(loader, NULL), 0);
	view_unref(publish_view(NULL));
	assert_int_equal(mixtures, 0);
	assert_int_equal(missing, 0);
	assert_int_equal(zone_serial(zones[0]), TURNS + 1);
	zone_unref(zones[0]);
	zone_unref(zones[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(readers_see_whole_versions)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
