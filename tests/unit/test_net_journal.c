/* The real keeper on a real file; only how the disk behaves is played: fdatasync() and fsync(). */
#include "base/mem.h"
#include "conf_fixture.h"
#include "net/clock.h"
#include "net/loop.h"
#include "responder/publish.h"
#include "server/journal.h"
#include "server/letter.h"
#include "server/load.h"
#include "server/mailbox.h"

#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

/* ---- the disk ---- */

static int disk_error, disk_delay_ms; /* atomic */

static int sync_of(long call, int fd)
{
	const int error = __atomic_load_n(&disk_error, __ATOMIC_RELAXED);
	const int ms = __atomic_load_n(&disk_delay_ms, __ATOMIC_RELAXED);
	(void)poll(NULL, 0, ms); /* that is what a slow disk does */
	errno = error;
	return error != 0 ? -1 : (int)syscall(call, fd);
}

/* In the place of libc's, for SQLite too. */
int fdatasync(int fildes) { return sync_of(SYS_fdatasync, fildes); }
int fsync(int fd) { return sync_of(SYS_fsync, fd); }

static void disk(int error, int delay_ms)
{
	__atomic_store_n(&disk_error, error, __ATOMIC_RELAXED);
	__atomic_store_n(&disk_delay_ms, delay_ms, __ATOMIC_RELAXED);
}

/* ---- a daemon without prober and sockets ---- */

struct world {
	char dir[64];
	struct loop *loop;
	struct mailbox *mailbox;
	struct keeper *keeper;
	struct journal *journal;
	struct parsed parsed;
	struct load load;
	struct engine *engine;
	struct effects effects;
	struct view *view;
	struct watch *patience;
	uint64_t wanted; /* stop when so many answers came */
	uint64_t answers;
	char said[128]; /* of the last decree */
};

static void take(void *cookie, void *object)
{
	struct world *const w = cookie;
	struct letter *const letter = object;
	journal_kept(w->journal, &letter->kept);
	letter_free(letter);
	if (++w->answers == w->wanted)
		loop_stop(w->loop);
}

static void too_long(void *cookie, mono_t now)
{
	(void)now;
	loop_stop(((struct world *)cookie)->loop);
}

static const char configuration[] =
	"version: 1\n"
	"server: {listen: [\"127.0.0.1@5300\"]}\n"
	"zones: {example.com: {file: a.zone}}\n"
	"services:\n"
	"  www: {zone: example.com, records: [\"www A {address}\"],\n"
	"    endpoints: [{name: fra, address: 192.0.2.1}, {name: ams, address: 192.0.2.2}]}\n";

static void begin(struct world *w)
{
	enum store_origin origin;
	struct err err = {.text = ""};
	struct store *const store = store_open(w->dir, &origin, &err);
	w->loop = loop_new();
	w->mailbox = mailbox_new(w->loop, take, w);
	w->keeper = keeper_start(store, w->mailbox);
	w->journal = journal_new(w->loop, w->keeper);
	w->patience = loop_at(w->loop, loop_now(w->loop), too_long, w);
	watch_pause(w->patience);
	w->engine = engine_new(&w->parsed.conf->policy, loop_now(w->loop), &w->effects);
	w->effects.n = 0;
	w->view = view_empty();
	w->answers = 0;
	view_unref(journal_publish(w->journal, w->view));
}

static void end(struct world *w)
{
	disk(0, 0);
	assert_true(keeper_stop(w->keeper));
	mailbox_free(w->mailbox, letter_free);
	journal_free(w->journal);
	watch_free(w->patience);
	engine_free(w->engine);
	view_unref(w->view);
	view_unref(publish_view(NULL));
	loop_free(w->loop);
}

static int set_up(void **state)
{
	struct world *const w = mem_new(sizeof *w);
	(void)snprintf(w->dir, sizeof w->dir, "/tmp/locum-test-journal-XXXXXX");
	*state = w;
	if (mkdtemp(w->dir) == NULL)
		return -1;
	w->parsed = parse_text(configuration);
	assert_non_null(w->parsed.conf);
	w->load = (struct load){.refs = 1 << 20, .conf = w->parsed.conf};
	begin(w);
	return 0;
}

static int tear_down(void **state)
{
	struct world *const w = *state;
	char command[96];
	end(w);
	(void)snprintf(command, sizeof command, "rm -rf %s", w->dir);
	const int done =
		system(command); /* NOLINT(cert-env33-c,concurrency-mt-unsafe): our own words */
	parsed_free(&w->parsed);
	free(w->effects.list);
	free(w);
	return done;
}

/* Until so many answers of the keeper came in all, or the time is over; how long it took. */
static int64_t run(struct world *w, uint64_t answers, int64_t ms)
{
	const mono_t began = clock_mono();
	w->wanted = answers;
	watch_again(w->patience, mono_after(began, span_ms(ms)));
	if (w->answers < answers || answers == 0)
		loop_run(w->loop);
	return mono_between(began, clock_mono()).ns / 1000000;
}

static uint64_t published(void)
{
	publish_join();
	publish_wake();
	const uint64_t generation = view_generation(publish_current());
	publish_sleep();
	publish_leave();
	return generation;
}

static struct journal_now now_of(struct world *w)
{
	return (struct journal_now){
		.load = &w->load, .facts = engine_facts(w->engine), .view = w->view};
}

/* A pin of `end`, as if a rule had done it: a switch with a view of its own.  At first fra (0)
 * answers. */
static void turn(struct world *w, uint8_t end, bool urgent)
{
	const struct decree decree = {.verb = DECREE_PIN, .endpoint = end};
	struct minutes minutes = {0};
	engine_step(w->engine, &(struct event){.kind = EVENT_DECREE, .decree = &decree},
		loop_now(w->loop), &w->effects);
	struct view *const next = view_on(w->view, view_terms(w->view));
	view_unref(w->view);
	w->view = next;
	const struct journal_now now = now_of(w);
	journal_turn(w->journal, &now, &w->effects, &minutes, urgent);
	w->effects.n = 0;
}

static void then(void *cookie, const char *error)
{
	struct world *const w = cookie;
	(void)snprintf(w->said, sizeof w->said, "%s", error != NULL ? error : "done");
}

static void decree(struct world *w, uint8_t end)
{
	const struct decree pin = {.verb = DECREE_PIN, .endpoint = end};
	const struct journal_decrees decrees = {&pin, 1, "uid=0 pid=1", "because"};
	w->said[0] = '\0';
	journal_decree(w->journal, &w->load, w->engine, &decrees, then, w);
}

static void tick(struct world *w)
{
	const struct journal_now now = now_of(w);
	journal_tick(w->journal, &now);
}

static void each(void *cookie, const struct store_entry *entry)
{
	char *const text = cookie;
	const size_t used = strlen(text);
	(void)snprintf(text + used, 512 - used, "%s%s%s%s", used > 0 ? " " : "", entry->kind,
		entry->endpoint[0] != '\0' ? ":" : "", entry->endpoint);
}

/* What a next process finds: the kinds of the entries, and the state of www. */
static const char *left(struct world *w, char room[512], bool *pinned_ams)
{
	enum store_origin origin;
	struct err err;
	struct arena *const arena = arena_new();
	const struct store_state *states;
	size_t n;
	uint64_t wrong;
	disk(0, 0);
	end(w);
	struct store *const store = store_open(w->dir, &origin, &err);
	assert_int_equal(origin, STORE_KEPT);
	room[0] = '\0';
	assert_true(store_entries(store, &(struct store_query){0}, each, room));
	assert_true(store_states(store, arena, &states, &n));
	*pinned_ams = n == 1 && strstr(states[0].json, "\"pinned\":\"ams\"") != NULL;
	assert_true(store_verify(store, &wrong));
	store_close(store);
	arena_free(arena);
	begin(w);
	return room;
}

/* ---- */

static void test_a_switch_is_seen_when_it_is_durable(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(0, 15);
	turn(w, 1, false);
	assert_int_equal(published(), 0);
	const int64_t took = run(w, 1, 1000);
	assert_int_equal(published(), 1);
#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
	/* So slow that the wait may end first: then it says so. */
	const bool in_time = took < JOURNAL_WAIT_MS;
#else
	const bool in_time = true;
	assert_true(took < JOURNAL_WAIT_MS);
#endif
	if (in_time) {
		assert_false(journal_facts(w->journal).behind);
		assert_int_equal(journal_facts(w->journal).last, 1);
	}
	assert_string_equal(left(w, room, &pinned), "switch");
	assert_true(pinned);
}

static void test_a_slow_disk_is_waited_for_50_ms(void **state)
{
	struct world *const w = *state;
	disk(0, 400);
	(void)run(w, 0, 1); /* what the loop takes for now is now */
	turn(w, 1, false);
	(void)run(w, 0, JOURNAL_WAIT_MS / 2);
	assert_int_equal(published(), 0);
	(void)run(w, 0, JOURNAL_WAIT_MS);
	assert_int_equal(published(), 1);
	assert_true(journal_facts(w->journal).behind);
	assert_string_equal(journal_facts(w->journal).trouble, "the disk is slow");
	turn(w, 0, false); /* nothing waits any more */
	assert_int_equal(published(), 2);
	decree(w, 1); /* but it is sent, and a command waits for its turn */
	assert_string_equal(w->said, "");
	(void)run(w, 3, 3000);
	assert_string_equal(w->said, "done");
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).last, 3);
}

static void test_what_is_urgent_is_seen_at_once(void **state)
{
	struct world *const w = *state;
	disk(0, 15);
	turn(w, 1, false);
	turn(w, 0, true);
	assert_int_equal(published(), 2);
	(void)run(w, 2, 1000);
	assert_int_equal(published(), 2);
	assert_false(journal_facts(w->journal).behind);
}

static void test_a_verdict_shows_nothing_that_waits(void **state)
{
	struct world *const w = *state;
	struct effect one = {.kind = EFFECT_VERDICT};
	const struct effects verdict = {&one, 1, 1};
	struct minutes minutes = {0};
	disk(0, 15);
	turn(w, 1, false);
	const struct journal_now now = now_of(w);
	journal_turn(w->journal, &now, &verdict, &minutes, false);
	assert_int_equal(published(), 0);
	(void)run(w, 1, 1000);
	assert_int_equal(published(), 1);
}

static void test_an_error_is_told_and_mended(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(EIO, 0);
	turn(w, 0, false);
	(void)run(w, 2, 1000);
	assert_int_equal(published(), 2); /* answers go on */
	assert_true(journal_facts(w->journal).behind);
	assert_non_null(strstr(journal_facts(w->journal).trouble, "disk I/O error"));
	decree(w, 1);
	assert_non_null(strstr(w->said, "disk I/O error"));
	turn(w, 1, false);
	assert_int_equal(published(), 3);
	assert_int_equal(journal_facts(w->journal).held, 2);
	tick(w); /* in vain */
	(void)run(w, 3, 1000);
	assert_true(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 2);
	disk(0, 0);
	tick(w);
	(void)run(w, 4, 1000);
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 0);
	decree(w, 0);
	(void)run(w, 5, 1000);
	assert_string_equal(w->said, "done");
	assert_string_equal(left(w, room, &pinned), "switch switch switch caught-up decree:fra");
	assert_false(pinned);
}

static void test_what_happens_while_it_is_mended_is_not_lost(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(0, 30);
	tick(w);
	turn(w, 0, false); /* the whole that is on its way does not know of it */
	(void)run(w, 2, 2000);
	assert_true(journal_facts(w->journal).behind);
	tick(w);
	(void)run(w, 3, 2000);
	assert_false(journal_facts(w->journal).behind);
	(void)left(w, room, &pinned);
	assert_false(pinned);
	assert_string_equal(room, "switch caught-up switch caught-up");
}

static void test_a_command_that_was_not_kept_is_no_entry(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	disk(EIO, 0);
	decree(w, 0);
	assert_string_equal(w->said, "");
	(void)run(w, 2, 1000);
	assert_non_null(strstr(w->said, "disk I/O error"));
	disk(0, 0);
	tick(w);
	(void)run(w, 3, 1000);
	assert_false(journal_facts(w->journal).behind);
	assert_string_equal(left(w, room, &pinned), "switch caught-up");
	assert_true(pinned);
}

static void test_a_disk_that_does_not_answer_counts_as_broken(void **state)
{
	struct world *const w = *state;
	disk(0, 700);
	turn(w, 1, false);
	(void)run(w, 0, JOURNAL_WAIT_MS + 20);
	assert_int_equal(published(), 1);
	turn(w, 0, false);
	(void)run(w, 0, 30);
	disk(0, 1500);
	turn(w, 1, false);
	(void)run(w, 1, 3000);
	(void)run(w, 0, 1100);
	tick(w);
	assert_string_equal(journal_facts(w->journal).trouble, "the disk does not answer");
	decree(w, 0);
	assert_string_equal(w->said, "the disk does not answer");
	disk(0, 0);
	(void)run(w, 3, 5000);
	tick(w);
	(void)run(w, 4, 3000);
	assert_false(journal_facts(w->journal).behind);
}

/* As one switch that is many. */
static void much(struct world *w, size_t n)
{
	struct minutes minutes = {0};
	struct effects effects = {mem_list(n, sizeof *effects.list), n, n};
	const struct journal_now now = now_of(w);
	for (size_t i = 0; i < n; i++)
		effects.list[i] = (struct effect){
			.kind = EFFECT_SWITCH, .pick = engine_facts(w->engine).services[0]};
	journal_turn(w->journal, &now, &effects, &minutes, true);
	free(effects.list);
}

static void count(void *cookie, const struct store_entry *entry)
{
	*(size_t *)cookie += strcmp(entry->kind, "switch") == 0;
}

static void test_only_the_last_are_lost_when_there_are_too_many(void **state)
{
	struct world *const w = *state;
	enum store_origin origin;
	struct err err;
	size_t n = 0;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	much(w, JOURNAL_HELD_MAX - 100);
	assert_int_equal(journal_facts(w->journal).held, JOURNAL_HELD_MAX - 99);
	disk(ENOSPC, 50);
	tick(w); /* in vain; meanwhile there are more */
	assert_int_equal(journal_facts(w->journal).held, JOURNAL_HELD_MAX - 99);
	much(w, 99);
	much(w, 50);
	(void)run(w, 2, 20000);
	disk(0, 0);
	tick(w);
	(void)run(w, 3, 20000);
	assert_false(journal_facts(w->journal).behind);
	assert_int_equal(journal_facts(w->journal).held, 0);
	end(w);
	struct store *const store = store_open(w->dir, &origin, &err);
	assert_true(store_entries(store, &(struct store_query){0}, count, &n));
	store_close(store);
	begin(w);
	assert_int_equal(n, JOURNAL_HELD_MAX);
}

static void test_what_is_held_back_does_not_grow_with_each_try(void **state)
{
	struct world *const w = *state;
	const uint32_t refs = w->load.refs;
	const struct decree pin = {.verb = DECREE_PIN, .endpoint = 1};
	const mono_t now = loop_now(w->loop);
	struct keeping *const held = keeping_new(&w->load, now);
	keeping_decrees(held, w->engine, now, &pin, 1, "uid=0", "because");
	const char *before = NULL;
	for (int i = 0; i < 3; i++) {
		struct keeping *const whole = keeping_new(&w->load, now);
		keeping_all(whole, engine_facts(w->engine), w->view, "caught-up", "", (mono_t){0});
		whole->before = held;
		const struct store_batch batch = keeping_batch(whole);
		assert_int_equal(batch.n_entries, 2);
		assert_non_null(strstr(batch.entries[0].state, "\"pinned\":\"ams\""));
		assert_string_equal(batch.entries[0].reason, "because");
		assert_string_equal(batch.entries[1].kind, "caught-up");
		assert_true(i == 0 || batch.entries[0].state == before); /* not made anew */
		before = batch.entries[0].state;
		whole->before = NULL;
		keeping_free(whole);
		assert_int_equal(w->load.refs, refs); /* a reload is not held up by it */
	}
	keeping_free(held);
}

static void test_a_reload_is_not_held_by_what_is_held_back(void **state)
{
	struct world *const w = *state;
	char room[512];
	bool pinned;
	disk(ENOSPC, 0);
	turn(w, 1, false);
	(void)run(w, 1, 1000);
	const uint32_t refs = w->load.refs;
	turn(w, 0, false);
	turn(w, 1, false);
	assert_int_equal(w->load.refs, refs + 2);
	struct load next = {.refs = 1 << 20, .conf = w->parsed.conf};
	struct journal_now now = now_of(w);
	now.load = &next;
	journal_whole(w->journal, &now, "reload", "", (mono_t){0});
	assert_int_equal(w->load.refs, refs - 1);
	disk(0, 0);
	tick(w);
	(void)run(w, 2, 1000);
	assert_string_equal(left(w, room, &pinned), "switch switch switch reload caught-up");
	assert_true(pinned);
}

struct patient {                /* work that goes on until it is told to end */
	int end, slices, ended; /* atomic */
};

static enum keeper_more wait_on(void *cookie, struct store *store)
{
	struct patient *const patient = cookie;
	(void)store;
	(void)__atomic_add_fetch(&patient->slices, 1, __ATOMIC_RELAXED);
	return __atomic_load_n(&patient->end, __ATOMIC_RELAXED) != 0 ? KEEPER_DONE : KEEPER_AGAIN;
}

static void end_patient(void *cookie)
{
	__atomic_store_n(&((struct patient *)cookie)->ended, 1, __ATOMIC_RELAXED);
}

static void test_a_command_is_kept_between_slices_of_long_work(void **state)
{
	struct world *const w = *state;
	struct patient first = {0}, second = {0}, last = {0};
	keeper_work(w->keeper, wait_on, end_patient, &first);
	keeper_work(w->keeper, wait_on, end_patient, &second);
	decree(w, 1);
	(void)run(w, 1, 5000);
	assert_string_equal(w->said, "done");
	assert_int_equal(__atomic_load_n(&first.ended, __ATOMIC_RELAXED), 0);
	assert_true(__atomic_load_n(&second.slices, __ATOMIC_RELAXED) > 0);
	__atomic_store_n(&first.end, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&second.end, 1, __ATOMIC_RELAXED);
	keeper_work(w->keeper, wait_on, end_patient, &last);
	decree(w, 0);
	(void)run(w, 2, 5000);
	assert_true(keeper_stop(w->keeper)); /* with one that has not ended by itself */
	assert_int_equal(first.ended + second.ended + last.ended, 3);
	enum store_origin origin;
	struct err err;
	w->keeper = keeper_start(store_open(w->dir, &origin, &err), w->mailbox);
}

static void test_without_a_keeper_nothing_waits(void **state)
{
	struct world *const w = *state;
	struct journal *const kept = w->journal;
	w->journal = journal_new(w->loop, NULL);
	turn(w, 1, false);
	assert_int_equal(published(), 1);
	decree(w, 0);
	assert_string_equal(w->said, "there is none");
	assert_false(journal_facts(w->journal).kept);
	journal_free(w->journal);
	w->journal = kept;
}

static void test_what_waits_at_the_end_is_seen(void **state)
{
	struct world *const w = *state;
	disk(0, 300);
	turn(w, 1, false);
	journal_free(w->journal);
	w->journal = NULL;
	assert_int_equal(published(), 1);
}

int main(void)
{
#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		ROW(test_a_switch_is_seen_when_it_is_durable),
		ROW(test_a_slow_disk_is_waited_for_50_ms),
		ROW(test_what_is_urgent_is_seen_at_once),
		ROW(test_a_verdict_shows_nothing_that_waits),
		ROW(test_an_error_is_told_and_mended),
		ROW(test_what_happens_while_it_is_mended_is_not_lost),
		ROW(test_a_command_that_was_not_kept_is_no_entry),
		ROW(test_only_the_last_are_lost_when_there_are_too_many),
		ROW(test_what_is_held_back_does_not_grow_with_each_try),
		ROW(test_a_reload_is_not_held_by_what_is_held_back),
		ROW(test_a_disk_that_does_not_answer_counts_as_broken),
		ROW(test_a_command_is_kept_between_slices_of_long_work),
		ROW(test_without_a_keeper_nothing_waits),
		ROW(test_what_waits_at_the_end_is_seen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
