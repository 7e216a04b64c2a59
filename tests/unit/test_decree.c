#include "failover/decree.h"
#include "service_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { A, B, C, NOBODY = ENDPOINT_NONE };

/* A service of endpoints `ends`; a answers unless `on` says who. */
struct row {
	const char *what;
	enum decree_verb verb;
	uint8_t end;
	const char *ends;
	struct {
		const char *on, *deposed, *withdrawn;
		uint8_t home, pinned; /* pinned: its number + 1 */
		bool frozen, pool, never, follows;
	} was;
	uint32_t force;
	enum refusal is;
};

#define FORCED(rule) (1U << (rule))

static void refusals(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"nothing speaks against it", DECREE_SWITCH, B, "U U", {0}, 0, REFUSAL_NOT},
		{"1. a pool has no active one", DECREE_SWITCH, B, "U U", {.pool = true}, 0,
			REFUSAL_MODE},
		{"1. promote", DECREE_PROMOTE, B, "U U", {.pool = true}, 0, REFUSAL_MODE},
		{"1. failback, whatever is forced", DECREE_FAILBACK, NOBODY, "U U",
			{.pool = true, .on = "b"}, ~0U, REFUSAL_MODE},
		{"2. it is active", DECREE_SWITCH, A, "U U", {0}, ~0U, REFUSAL_ALREADY},
		{"2. it is active, and home", DECREE_PROMOTE, A, "U U", {0}, 0, REFUSAL_ALREADY},
		{"2. it is active, but not home", DECREE_PROMOTE, B, "U U", {.on = "b"}, 0,
			REFUSAL_NOT},
		{"2. home is active", DECREE_FAILBACK, NOBODY, "U U", {.on = "b", .home = B}, 0,
			REFUSAL_ALREADY},
		{"2. nobody is deposed", DECREE_CLEAR, B, "U U", {0}, 0, REFUSAL_ALREADY},
		{"2. it is deposed", DECREE_CLEAR, B, "U U", {.deposed = "b"}, 0, REFUSAL_NOT},
		{"2. it is withdrawn", DECREE_CLEAR, B, "U U", {.withdrawn = "b"}, 0, REFUSAL_NOT},
		{"2. nobody is pinned", DECREE_UNPIN, NOBODY, "U U", {0}, 0, REFUSAL_ALREADY},
		{"2. somebody is", DECREE_UNPIN, NOBODY, "U U", {.pinned = 2}, 0, REFUSAL_NOT},
		{"3. frozen", DECREE_SWITCH, B, "U U", {.frozen = true}, 0, REFUSAL_FROZEN},
		{"3. pinned", DECREE_SWITCH, B, "U U", {.pinned = 1}, 0, REFUSAL_FROZEN},
		{"3. forced", DECREE_SWITCH, B, "U U", {.frozen = true}, FORCED(3), REFUSAL_NOT},
		{"4. out", DECREE_SWITCH, B, "U Ux", {0}, 0, REFUSAL_OUT},
		{"4. forced", DECREE_SWITCH, B, "U Ux", {0}, FORCED(4), REFUSAL_NOT},
		{"4. the lowest counts", DECREE_SWITCH, B, "U Dxg", {.frozen = true}, FORCED(3),
			REFUSAL_OUT},
		{"5. deposed", DECREE_SWITCH, B, "U U", {.deposed = "b"}, 0, REFUSAL_DEPOSED},
		{"5. forced", DECREE_PROMOTE, B, "U U", {.deposed = "b"}, FORCED(5), REFUSAL_NOT},
		{"6. down", DECREE_SWITCH, B, "U D", {0}, 0, REFUSAL_DOWN},
		{"6. unknown", DECREE_SWITCH, B, "U ?", {0}, 0, REFUSAL_DOWN},
		{"6. not ready", DECREE_SWITCH, B, "U UD", {0}, 0, REFUSAL_DOWN},
		{"6. down, but ready", DECREE_SWITCH, B, "U DU", {0}, 0, REFUSAL_NOT},
		{"6. forced", DECREE_SWITCH, B, "U D", {0}, FORCED(6), REFUSAL_NOT},
		{"6. forced, and a gate is shut", DECREE_SWITCH, B, "U D1g", {0}, FORCED(6),
			REFUSAL_GATE},
		{"7. a gate is shut", DECREE_SWITCH, B, "U U1g", {0}, 0, REFUSAL_GATE},
		{"7. a gate is unknown", DECREE_SWITCH, B, "U U1?", {0}, 0, REFUSAL_GATE},
		{"7. forced", DECREE_SWITCH, B, "U U1?", {0}, FORCED(7), REFUSAL_NOT},
		{"8. failback: never", DECREE_FAILBACK, NOBODY, "U U", {.on = "b", .never = true},
			0, REFUSAL_NEVER},
		{"8. forced", DECREE_FAILBACK, NOBODY, "U U", {.on = "b", .never = true}, FORCED(8),
			REFUSAL_NOT},
		{"8. switch is another word", DECREE_SWITCH, A, "U U", {.on = "b", .never = true},
			0, REFUSAL_NOT},
		{"8. failback: auto", DECREE_FAILBACK, NOBODY, "U U", {.on = "b"}, 0, REFUSAL_NOT},
		{"9. the last one", DECREE_OUT, A, "U D", {0}, 0, REFUSAL_LAST},
		{"9. offline", DECREE_OFFLINE, A, "U D", {0}, 0, REFUSAL_LAST},
		{"9. maintenance", DECREE_MAINTENANCE, A, "U D", {0}, 0, REFUSAL_LAST},
		{"9. drill", DECREE_DRILL, A, "U D", {0}, 0, REFUSAL_LAST},
		{"9. forced", DECREE_OUT, A, "U D", {0}, FORCED(9), REFUSAL_NOT},
		{"9. another fits", DECREE_OUT, A, "U U", {0}, 0, REFUSAL_NOT},
		{"9. another answers", DECREE_OUT, A, "U U1g", {.on = "ab", .pool = true}, 0,
			REFUSAL_NOT},
		{"9. another answers, offline", DECREE_OUT, A, "U Uo", {.on = "ab", .pool = true},
			0, REFUSAL_LAST},
		{"9. another answers, but is down", DECREE_OUT, A, "U D",
			{.on = "ab", .pool = true}, 0, REFUSAL_LAST},
		{"9. it does not answer", DECREE_OUT, B, "U D", {0}, 0, REFUSAL_NOT},
		{"10. it follows another service", DECREE_SWITCH, B, "U U", {.follows = true}, ~0U,
			REFUSAL_WITH},
		{"10. pin", DECREE_PIN, B, "U U", {.follows = true}, 0, REFUSAL_WITH},
		{"4. pin", DECREE_PIN, B, "U Ux", {0}, 0, REFUSAL_OUT},
		{"6. pin", DECREE_PIN, B, "U Dx", {0}, FORCED(4), REFUSAL_DOWN},
		{"6. pin: by health, not as a standby", DECREE_PIN, B, "U DU", {0}, 0,
			REFUSAL_DOWN},
		{"6. pin, forced", DECREE_PIN, B, "U D", {0}, FORCED(6), REFUSAL_NOT},
		{"pin: frozen, deposed and gates do not matter", DECREE_PIN, B, "U U1g",
			{.frozen = true, .deposed = "b"}, 0, REFUSAL_NOT},
		{"online is never refused", DECREE_ONLINE, A, "U U", {0}, 0, REFUSAL_NOT},
		{"nor freeze", DECREE_FREEZE, NOBODY, "D D", {.frozen = true}, 0, REFUSAL_NOT},
		{"nor thaw", DECREE_THAW, NOBODY, "U U", {0}, 0, REFUSAL_NOT},
		{"nor calm", DECREE_CALM, A, "U U", {0}, 0, REFUSAL_NOT},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const struct row *const row = &rows[i];
		struct contender ends[26];
		const struct policy_service service = {
			.rule = {.mode = row->was.pool ? MODE_POOL : MODE_SINGLE,
				.failback = row->was.never ? FAILBACK_NEVER : FAILBACK_AUTO},
			.n = (uint32_t)read_ends(row->ends, ends),
			.with = row->was.follows ? 1 : POLICY_NONE};
		const struct mandate mandate = {.frozen = row->was.frozen,
			.pinned = row->was.pinned > 0 ? (uint8_t)(row->was.pinned - 1) : NOBODY};
		struct pick pick = {.chosen = true, .home = row->was.home};
		struct pick deposed = {0}, withdrawn = {0};
		read_sets(row->was.on != NULL ? row->was.on : "a", &pick);
		read_sets(row->was.deposed != NULL ? row->was.deposed : "", &deposed);
		read_sets(row->was.withdrawn != NULL ? row->was.withdrawn : "", &withdrawn);
		pick.deposed = deposed.on;
		pick.withdrawn = withdrawn.on;
		const struct decree decree = {
			.verb = row->verb, .endpoint = row->end, .force = row->force};
		const enum refusal is = decree_refused(&decree, &service, ends, &mandate, &pick);
		if (is != row->is)
			fail_msg("%s: %d", row->what, (int)is);
	}
}

static void what_can_be_forced(void **state)
{
	(void)state;
	static const bool can[] = {
		false, false, false, true, true, true, true, true, true, true, false};
	for (size_t i = 0; i < COUNT_OF(can); i++) {
		assert_int_equal(refusal_can_force((enum refusal)i), can[i]);
		assert_int_equal(strlen(refusal_text((enum refusal)i)) > 0, i > 0);
		assert_int_equal(strlen(refusal_name((enum refusal)i)) > 0, i > 0);
	}
	for (enum decree_verb verb = DECREE_SWITCH; verb < DECREES_MAX; verb++)
		assert_true(strlen(decree_text(verb)) > 0);
}

struct said {
	struct standing standings[2];
	struct mandate mandate;
	struct pick pick;
};

static void say(struct said *s, enum decree_verb verb, uint8_t end, int64_t from, int64_t until)
{
	const struct policy_service service = {.n = 2};
	const struct decree decree = {
		.verb = verb, .endpoint = end, .from = at(from), .until = at(until)};
	decree_apply(&decree, &service, verb == DECREE_PROMOTE, s->standings, &s->mandate, &s->pick,
		at(9));
}

static void what_it_changes(void **state)
{
	(void)state;
	struct said s = {.mandate = {.pinned = NOBODY}, .pick = {.on = endpoint_only(A)}};
	say(&s, DECREE_SWITCH, B, 0, 50);
	assert_true(endpoint_has(&s.pick.on, B) && !endpoint_has(&s.pick.on, A) && s.pick.chosen);
	assert_true(s.pick.by == PICK_ORDERED && s.pick.switched.ns == at(9).ns);
	assert_true(s.pick.stay.ns == at(50).ns && s.pick.home == A);
	say(&s, DECREE_PROMOTE, A, 0, 50); /* b was down */
	assert_true(endpoint_has(&s.pick.deposed, B) && s.pick.stay.ns == 0);
	say(&s, DECREE_PROMOTE, B, 0, 0);
	assert_true(s.pick.home == B && endpoint_has(&s.pick.deposed, A) &&
		    !endpoint_has(&s.pick.deposed, B));
	say(&s, DECREE_SWITCH, A, 0, 50);
	say(&s, DECREE_FAILBACK, NOBODY, 0, 50);
	assert_true(endpoint_has(&s.pick.on, B) && s.pick.stay.ns == 0);
	s.pick.deposed = s.pick.withdrawn = endpoint_all(2);
	say(&s, DECREE_CLEAR, A, 0, 0);
	assert_true(endpoint_first(&s.pick.deposed) == B && endpoint_first(&s.pick.withdrawn) == B);
	say(&s, DECREE_OFFLINE, A, 0, 20);
	assert_true(s.standings[A].admin == ADMIN_OFFLINE && s.standings[A].admin_until.ns != 0);
	say(&s, DECREE_OUT, A, 0, 0);
	assert_true(s.standings[A].admin == ADMIN_OUT && s.standings[A].admin_until.ns == 0);
	say(&s, DECREE_MAINTENANCE, A, 30, 40);
	assert_true(s.standings[A].planned_from.ns == at(30).ns &&
		    s.standings[A].planned_until.ns == at(40).ns);
	say(&s, DECREE_ONLINE, A, 0, 0);
	assert_true(s.standings[A].admin == ADMIN_ONLINE && s.standings[A].planned_from.ns == 0 &&
		    s.standings[A].planned_until.ns == 0);
	say(&s, DECREE_DRILL, B, 0, 70);
	assert_true(s.standings[B].drill_until.ns == at(70).ns);
	say(&s, DECREE_CALM, B, 0, 0);
	assert_true(s.standings[B].drill_until.ns == 0);
	say(&s, DECREE_PIN, B, 0, 70);
	assert_true(s.mandate.pinned == B && s.mandate.pinned_until.ns == at(70).ns);
	say(&s, DECREE_UNPIN, NOBODY, 0, 0);
	assert_true(s.mandate.pinned == NOBODY && s.mandate.pinned_until.ns == 0);
	say(&s, DECREE_FREEZE, NOBODY, 0, 80);
	assert_true(s.mandate.frozen && s.mandate.frozen_until.ns == at(80).ns);
	s.pick.moves[0] = s.pick.moves[MOVES_MAX - 1] = at(3);
	s.pick.strikes = 4;
	say(&s, DECREE_THAW, NOBODY, 0, 0);
	assert_true(!s.mandate.frozen && s.mandate.frozen_until.ns == 0);
	assert_true(s.pick.moves[0].ns == 0 && s.pick.moves[MOVES_MAX - 1].ns == 0);
	assert_int_equal(s.pick.strikes, 0);
	const struct said was = s;
	say(&s, DECREES_MAX, NOBODY, 0, 0);
	say(&s, (enum decree_verb)(DECREES_MAX + 1), NOBODY, 0, 0);
	assert_memory_equal(&s, &was, sizeof s);
	const struct policy_service service = {.n = 2, .with = POLICY_NONE};
	for (unsigned i = 0; i < 2; i++) {
		const struct decree no = {.verb = (enum decree_verb)(DECREES_MAX + i)};
		assert_int_equal(
			decree_refused(&no, &service, NULL, &s.mandate, &s.pick), REFUSAL_NOT);
	}
}

static void as_time_goes_by(void **state)
{
	(void)state;
	struct standing s = {.admin = ADMIN_OUT,
		.admin_until = at(20),
		.planned_from = at(30),
		.planned_until = at(40),
		.drill_until = at(15)};
	static const struct {
		int64_t now;
		enum admin admin;
		int64_t planned, next;
		bool expires;
	} rows[] = {
		{9, ADMIN_OUT, 30, 15, false},
		{15, ADMIN_OUT, 30, 20, true},
		{20, ADMIN_ONLINE, 30, 25, true},
		{25, ADMIN_ONLINE, 30, 30, false},
		{30, ADMIN_OFFLINE, 0, 40, false},
		{40, ADMIN_ONLINE, 0, 0, true},
		{50, ADMIN_ONLINE, 0, 0, false},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const mono_t now = at(rows[i].now);
		assert_int_equal(standing_admin(&s, now), rows[i].admin);
		assert_int_equal(standing_planned(&s, now).ns, at(rows[i].planned).ns);
		assert_int_equal(standing_expire(&s, now), rows[i].expires);
		assert_int_equal(standing_next(&s, span_ms(5000), now).ns, at(rows[i].next).ns);
	}
	struct mandate m = {.pinned = B, .frozen = true};
	assert_int_equal(mandate_next(&m).ns, 0);
	assert_false(mandate_expire(&m, at(1000)));
	m.frozen_until = at(20);
	assert_int_equal(mandate_next(&m).ns, at(20).ns);
	m.pinned_until = at(30);
	assert_int_equal(mandate_next(&m).ns, at(20).ns);
	assert_true(mandate_expire(&m, at(20)));
	assert_true(m.pinned == B && !m.frozen && m.frozen_until.ns == 0);
	assert_int_equal(mandate_next(&m).ns, at(30).ns);
	m.frozen_until = at(40);
	assert_int_equal(mandate_next(&m).ns, at(30).ns);
	assert_true(mandate_expire(&m, at(30)));
	assert_true(m.pinned == NOBODY && m.pinned_until.ns == 0);
	/* Without end there is no end. */
	struct standing ever = {.admin = ADMIN_OUT, .planned_from = at(3)};
	assert_false(standing_expire(&ever, at(1000)));
	assert_int_equal(standing_admin(&ever, at(1000)), ADMIN_OUT);
	ever.admin = ADMIN_ONLINE;
	assert_int_equal(standing_admin(&ever, at(1000)), ADMIN_OFFLINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(refusals),
		cmocka_unit_test(what_can_be_forced), cmocka_unit_test(what_it_changes),
		cmocka_unit_test(as_time_goes_by)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
