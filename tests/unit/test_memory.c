#include "base/mem.h"
#include "policy_text.h"
#include "server/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static const char three[] = "www single auto keep 30 fra=a ams=b par=c\n";
static const char two[] = "www single auto keep 30 par=c fra=a\n"; /* another order, ams is gone */
static const char others[] = "www single auto keep 30 new=a fra=b\n";

struct world {
	struct arena *arena;
	struct standing standings[ENDPOINTS_MAX];
	struct memory memory;
};

static int set_up(void **state)
{
	struct world *const w = mem_new(sizeof *w);
	w->arena = arena_new();
	*state = w;
	return 0;
}

static int tear_down(void **state)
{
	struct world *const w = *state;
	arena_free(w->arena);
	free(w);
	return 0;
}

static const struct policy *policy(struct world *w, const char *text)
{
	return policy_text(w->arena, text);
}

static mono_t at(int64_t s) { return (mono_t){s * 1000000000}; }

/* Every field has a value that no other one has. */
static struct memory full(struct standing standings[3])
{
	struct memory m = {.pick = {.reason = PICK_KEPT,
				   .by = PICK_FAILOVER,
				   .chosen = true,
				   .home = 1,
				   .strikes = 3,
				   .switched = at(90),
				   .stay = at(5000),
				   .exposed = at(91),
				   .steady = at(92),
				   .moves = {at(90), at(80), at(70)}},
		.mandate = {.pinned = 2,
			.frozen = true,
			.pinned_until = at(6000),
			.frozen_until = at(7000)},
		.standings = standings};
	endpoint_add(&m.pick.on, 2);
	endpoint_add(&m.pick.withdrawn, 1);
	endpoint_add(&m.pick.deposed, 0);
	endpoint_add(&m.pick.dark[FAMILY_V4], 0);
	endpoint_add(&m.pick.dark[FAMILY_V6], 1);
	standings[0] = (struct standing){.admin = ADMIN_OFFLINE, .admin_until = at(8000)};
	standings[1] = (struct standing){.planned_from = at(200), .planned_until = at(300)};
	standings[2] = (struct standing){.admin = ADMIN_OUT, .drill_until = at(400)};
	return m;
}

/* Written at one wall clock, read at another one, with the monotonic clock as it is after a boot.
 */
static bool round_trip(struct world *w, const char *was, const char *is, const struct memory *m,
	struct wall then, struct wall now)
{
	char *const json = memory_write(policy(w, was), 0, m, then);
	const bool good = memory_parse(json, policy(w, is), 0, now, &w->memory, w->standings);
	free(json);
	return good;
}

static void same_set(const struct endpoint_set *a, const struct endpoint_set *b)
{
	assert_true(endpoint_same(a, b));
}

static void test_every_field_comes_back(void **state)
{
	struct world *const w = *state;
	struct standing standings[3];
	const struct memory m = full(standings);
	const struct wall wall = wall_at(at(100), 1795330000000000000);
	assert_true(round_trip(w, three, three, &m, wall, wall));
	const struct pick *const a = &m.pick, *const b = &w->memory.pick;
	same_set(&a->on, &b->on);
	same_set(&a->withdrawn, &b->withdrawn);
	same_set(&a->deposed, &b->deposed);
	same_set(&a->dark[0], &b->dark[0]);
	same_set(&a->dark[1], &b->dark[1]);
	assert_int_equal(a->reason, b->reason);
	assert_int_equal(a->by, b->by);
	assert_true(b->chosen);
	assert_int_equal(a->home, b->home);
	assert_int_equal(a->strikes, b->strikes);
	assert_int_equal(a->switched.ns, b->switched.ns);
	assert_int_equal(a->stay.ns, b->stay.ns);
	assert_int_equal(a->exposed.ns, b->exposed.ns);
	assert_int_equal(a->steady.ns, b->steady.ns);
	assert_memory_equal(a->moves, b->moves, sizeof a->moves);
	assert_int_equal(m.mandate.pinned, w->memory.mandate.pinned);
	assert_int_equal(m.mandate.frozen, w->memory.mandate.frozen);
	assert_int_equal(m.mandate.pinned_until.ns, w->memory.mandate.pinned_until.ns);
	assert_int_equal(m.mandate.frozen_until.ns, w->memory.mandate.frozen_until.ns);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(standings[i].admin, w->standings[i].admin);
		assert_int_equal(standings[i].admin_until.ns, w->standings[i].admin_until.ns);
		assert_int_equal(standings[i].planned_from.ns, w->standings[i].planned_from.ns);
		assert_int_equal(standings[i].planned_until.ns, w->standings[i].planned_until.ns);
		assert_int_equal(standings[i].drill_until.ns, w->standings[i].drill_until.ns);
	}
}

static void test_nothing_comes_back_as_nothing(void **state)
{
	struct world *const w = *state;
	const struct standing none[3] = {{.admin = ADMIN_ONLINE}};
	struct memory m = {.mandate = {.pinned = ENDPOINT_NONE}, .standings = none};
	const struct wall wall = wall_at(at(100), 1795330000000000000);
	m.pick.on = endpoint_only(0);
	assert_true(round_trip(w, three, three, &m, wall, wall));
	assert_int_equal(w->memory.mandate.pinned, ENDPOINT_NONE);
	assert_int_equal(w->memory.mandate.pinned_until.ns, 0);
	assert_int_equal(w->memory.pick.stay.ns, 0);
	assert_int_equal(w->memory.pick.moves[0].ns, 0);
	assert_int_equal(w->standings[1].admin_until.ns, 0);
}

static void test_times_follow_the_wall_clock(void **state)
{
	struct world *const w = *state;
	static const struct {
		const char *sentence;
		int64_t mono_s, wall_s, until_s; /* now, and when the pin of 6000 ends */
	} rows[] = {
		{"the same process", 100, 1000000, 6000},
		{"ten minutes later", 700, 1000600, 6000},
		{"a boot: the monotonic clock begins anew", 5, 1000600, 5305},
		{"a boot long after: the time is over, but not never", 5, 2000000, -994095},
		{"the clock was set back by an hour", 100, 996400, 9600},
		{"the clock is 20 years ahead", 100, 1000000 + 631152000, 6000 - 631152000},
		{"the clock begins in 1970", 100, 0, 1006000},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		struct standing standings[3];
		const struct memory m = full(standings);
		assert_true(round_trip(w, three, three, &m,
			wall_at(at(100), 1000000 * (int64_t)1000000000),
			wall_at(at(rows[i].mono_s), rows[i].wall_s * 1000000000)));
		if (w->memory.mandate.pinned_until.ns != at(rows[i].until_s).ns)
			fail_msg("%s: %lld", rows[i].sentence,
				(long long)w->memory.mandate.pinned_until.ns / 1000000000);
	}
}

static void test_never_is_not_a_time(void **state)
{
	(void)state;
	const struct wall wall = wall_at(at(100), at(1000).ns);
	assert_int_equal(wall_of(wall, (mono_t){0}), 0);
	assert_int_equal(wall_mono(wall, 0).ns, 0);
	assert_int_not_equal(wall_mono(wall, at(900).ns).ns, 0); /* the monotonic 0 */
}

static void test_endpoints_are_known_by_name(void **state)
{
	struct world *const w = *state;
	struct standing standings[3];
	const struct memory m = full(standings);
	const struct wall wall = wall_at(at(100), 1795330000000000000);
	const struct endpoint_set none = {0}, par = endpoint_only(0), fra = endpoint_only(1);
	assert_true(round_trip(w, three, two, &m, wall, wall));
	same_set(&w->memory.pick.on, &par);
	same_set(&w->memory.pick.deposed, &fra);
	same_set(&w->memory.pick.withdrawn, &none);
	assert_int_equal(w->memory.pick.home, 0); /* ams was */
	assert_int_equal(w->memory.mandate.pinned, 0);
	assert_int_equal(w->standings[0].admin, ADMIN_OUT);
	assert_int_equal(w->standings[1].admin, ADMIN_OFFLINE);
}

static void test_nobody_is_left_who_answered(void **state)
{
	struct world *const w = *state;
	struct standing standings[3];
	const struct memory m = full(standings);
	const struct wall wall = wall_at(at(100), 1795330000000000000);
	const struct endpoint_set fra = endpoint_only(1);
	assert_true(round_trip(w, three, others, &m, wall, wall));
	assert_false(w->memory.pick.chosen);
	assert_int_equal(endpoint_count(&w->memory.pick.on), 0);
	assert_int_equal(w->memory.pick.switched.ns, 0);
	same_set(&w->memory.pick.deposed, &fra);
	assert_int_equal(w->standings[1].admin, ADMIN_OFFLINE);
}

static void test_who_is_pinned_may_be_gone(void **state)
{
	struct world *const w = *state;
	struct standing standings[3];
	struct memory m = full(standings);
	const struct wall wall = wall_at(at(100), 1795330000000000000);
	m.mandate.pinned = 1;
	assert_true(round_trip(w, three, two, &m, wall, wall));
	assert_int_equal(w->memory.mandate.pinned, ENDPOINT_NONE);
}

static void test_foreign_text_is_no_memory(void **state)
{
	struct world *const w = *state;
	static const char *const texts[] = {"", "{", "[]", "null", "{}", "{\"on\":1}",
		"{\"on\":[\"fra\"],\"on\":[\"fra\"]}", "\xff\xfe"};
	const struct wall wall = {0};
	for (size_t i = 0; i < COUNT_OF(texts); i++)
		if (memory_parse(texts[i], policy(w, three), 0, wall, &w->memory, w->standings))
			fail_msg("%s", texts[i]);
}

static void test_foreign_values_are_held_in_limits(void **state)
{
	struct world *const w = *state;
	const char *const text =
		"{\"on\":[\"fra\"],\"home\":7,\"by\":99,\"reason\":-1,\"strikes\":1000,\"moves\":"
		"[1,2,3,4,5,6,7,8,9,10,11,12],\"pinned\":{},\"frozen\":\"yes\",\"until\":3,"
		"\"switched\":\"x\",\"endpoints\":{\"ams\":{\"admin\":9},\"par\":[]}}";
	assert_true(memory_parse(
		text, policy(w, three), 0, (struct wall){0}, &w->memory, w->standings));
	assert_int_equal(w->memory.pick.home, 0);
	assert_true(w->memory.pick.by >= PICK_FIRST && w->memory.pick.by <= PICK_ORDERED);
	assert_true(w->memory.pick.strikes <= 5);
	assert_int_equal(w->memory.mandate.pinned, ENDPOINT_NONE);
	assert_false(w->memory.mandate.frozen);
	assert_int_equal(w->standings[1].admin, ADMIN_ONLINE);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(test_every_field_comes_back),
		ROW(test_nothing_comes_back_as_nothing),
		ROW(test_times_follow_the_wall_clock),
		ROW(test_never_is_not_a_time),
		ROW(test_endpoints_are_known_by_name),
		ROW(test_nobody_is_left_who_answered),
		ROW(test_who_is_pinned_may_be_gone),
		ROW(test_foreign_text_is_no_memory),
		ROW(test_foreign_values_are_held_in_limits),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
