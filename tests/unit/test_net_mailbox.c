/* Letters between real threads: nothing lost, nothing twice, in each sender's order. */
#include "base/mem.h"
#include "net/clock.h"
#include "net/loop.h"
#include "server/mailbox.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { SENDERS = 4, LETTERS = 5000 };

struct letter {
	unsigned sender, number;
	unsigned *text; /* reached through the letter: TSan looks here, too */
};

struct office {
	struct loop *loop;
	struct mailbox *mailbox, *back;
	unsigned next[SENDERS], taken, stop_at;
};

struct sender {
	struct office *office;
	unsigned number;
};

static unsigned dropped;

static void post(struct office *office, unsigned sender, unsigned number)
{
	struct letter *const letter = mem_new(sizeof *letter);
	letter->sender = sender;
	letter->number = number;
	letter->text = mem_new(sizeof *letter->text);
	*letter->text = number ^ 77;
	mailbox_post(office->mailbox, letter);
}

static void drop(void *cookie)
{
	struct letter *const letter = cookie;
	free(letter->text);
	free(letter);
	dropped++;
}

static void take(void *cookie, void *what)
{
	struct office *const office = cookie;
	struct letter *const letter = what;
	assert_int_equal(letter->number, office->next[letter->sender]++);
	assert_int_equal(*letter->text, letter->number ^ 77);
	*letter->text = 0; /* ours now */
	free(letter->text);
	free(letter);
	if (++office->taken == office->stop_at)
		loop_stop(office->loop);
}

static void *send_all(void *cookie)
{
	const struct sender *const sender = cookie;
	for (unsigned i = 0; i < LETTERS; i++)
		post(sender->office, sender->number, i);
	return NULL;
}

static void nothing_is_lost_between_threads(void **state)
{
	(void)state;
	struct office office = {.loop = loop_new(), .stop_at = SENDERS * LETTERS};
	office.mailbox = mailbox_new(office.loop, take, &office);
	pthread_t threads[SENDERS];
	struct sender senders[SENDERS];
	for (unsigned i = 0; i < SENDERS; i++) {
		senders[i] = (struct sender){.office = &office, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, send_all, &senders[i]), 0);
	}
	(void)alarm(60); /* a lost wake-up must not hang the build */
	loop_run(office.loop);
	(void)alarm(0);
	for (unsigned i = 0; i < SENDERS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	mailbox_free(office.mailbox, drop);
	assert_int_equal(dropped, 0);
	loop_free(office.loop);
}

/* One letter at a time, so that every post finds the queue empty and has to ring. */
static void take_and_answer(void *cookie, void *what)
{
	struct office *const office = cookie;
	unsigned *const number = what;
	const bool last = ++*number >= 4000;
	if (office->back != NULL)
		mailbox_post(office->back, number);
	else
		free(number);
	if (last)
		loop_stop(office->loop);
}

static void *run_office(void *cookie)
{
	struct office *const office = cookie;
	loop_run(office->loop);
	return NULL;
}

static void every_letter_into_an_empty_box_wakes(void **state)
{
	(void)state;
	struct office a = {.loop = loop_new()}, b = {.loop = loop_new()};
	a.mailbox = mailbox_new(a.loop, take_and_answer, &a);
	b.mailbox = mailbox_new(b.loop, take_and_answer, &b);
	a.back = b.mailbox;
	b.back = a.mailbox;
	mailbox_post(a.mailbox, mem_new(sizeof(unsigned)));
	pthread_t thread;
	(void)alarm(60);
	assert_int_equal(pthread_create(&thread, NULL, run_office, &b), 0);
	loop_run(a.loop);
	assert_int_equal(pthread_join(thread, NULL), 0);
	(void)alarm(0);
	mailbox_free(a.mailbox, free);
	mailbox_free(b.mailbox, free);
	loop_free(a.loop);
	loop_free(b.loop);
}

static void leftovers_are_dropped(void **state)
{
	(void)state;
	struct office office = {.loop = loop_new()};
	office.mailbox = mailbox_new(office.loop, take, &office);
	dropped = 0;
	for (unsigned i = 0; i < 3; i++)
		post(&office, 0, i);
	mailbox_free(office.mailbox, drop);
	assert_int_equal(dropped, 3);
	assert_int_equal(office.taken, 0);
	mailbox_free(NULL, drop);
	loop_free(office.loop);
}

static void count_turn(void *cookie, mono_t now)
{
	(void)now;
	++*(unsigned *)cookie;
}

static void end_of_wait(void *cookie, mono_t now)
{
	(void)now;
	loop_stop(cookie);
}

static void an_empty_box_is_quiet(void **state)
{
	(void)state;
	struct office office = {.loop = loop_new()};
	unsigned turns = 0;
	office.mailbox = mailbox_new(office.loop, take, &office);
	loop_after_turn(office.loop, count_turn, &turns);
	post(&office, 0, 0);
	struct watch *const end = loop_at(
		office.loop, mono_after(clock_mono(), span_ms(5)), end_of_wait, office.loop);
	loop_run(office.loop);
	assert_int_equal(office.taken, 1);
	assert_true(turns < 5);
	watch_free(end);
	mailbox_free(office.mailbox, drop);
	loop_free(office.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_lost_between_threads),
		cmocka_unit_test(every_letter_into_an_empty_box_wakes),
		cmocka_unit_test(leftovers_are_dropped),
		cmocka_unit_test(an_empty_box_is_quiet),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
