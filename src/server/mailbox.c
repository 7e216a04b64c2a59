#include "server/mailbox.h"

#include "base/mem.h"
#include "net/loop.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <urcu/wfcqueue.h>

/*
 * liburcu's own barriers are invisible to ThreadSanitizer.  These two calls tell it that a letter
 * is written before it is posted and read after; they are nothing in other builds.
 */
#ifdef LOCUM_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
#define LETTER_IS_WRITTEN(mailbox) __tsan_release(mailbox)
#define LETTERS_CAN_BE_READ(mailbox) __tsan_acquire(mailbox)
#else
#define LETTER_IS_WRITTEN(mailbox) ((void)0)
#define LETTERS_CAN_BE_READ(mailbox) ((void)0)
#endif

struct envelope {
	struct cds_wfcq_node node; /* first: a node is its envelope */
	void *letter;
};

struct mailbox {
	struct cds_wfcq_tail tail;
	struct cds_wfcq_head head;
	int bell; /* an eventfd; rung by whoever posts into the empty queue */
	struct watch *watch;
	void (*take)(void *cookie, void *letter);
	void *cookie;
};

/* Hands everything that has been posted to `mailbox->take`, or to `drop` if that is not NULL. */
static void empty(struct mailbox *mailbox, void (*drop)(void *letter))
{
	struct cds_wfcq_head head;
	struct cds_wfcq_tail tail;
	cds_wfcq_init(&head, &tail);
	(void)__cds_wfcq_splice_blocking(&head, &tail, &mailbox->head, &mailbox->tail);
	LETTERS_CAN_BE_READ(mailbox);
	for (;;) {
		struct cds_wfcq_node *const node = __cds_wfcq_dequeue_blocking(&head, &tail);
		if (node == NULL)
			return;
		struct envelope *const envelope = (struct envelope *)node;
		void *const letter = envelope->letter;
		free(envelope);
		if (drop != NULL)
			drop(letter);
		else
			mailbox->take(mailbox->cookie, letter);
	}
}

static void on_bell(void *cookie, mono_t now)
{
	(void)now;
	struct mailbox *const mailbox = cookie;
	uint64_t rung;
	/* Before the queue is looked at, so that a later ring is not lost. */
	(void)!read(mailbox->bell, &rung, sizeof rung);
	empty(mailbox, NULL);
}

struct mailbox *mailbox_new(
	struct loop *loop, void (*take)(void *cookie, void *letter), void *cookie)
{
	struct mailbox *const mailbox = mem_new(sizeof *mailbox);
	cds_wfcq_init(&mailbox->head, &mailbox->tail);
	mailbox->take = take;
	mailbox->cookie = cookie;
	mailbox->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (mailbox->bell == -1) {
		perror("locum: eventfd"); /* at the start: out of descriptors */
		abort();
	}
	mailbox->watch = loop_readable(loop, mailbox->bell, on_bell, mailbox);
	return mailbox;
}

void mailbox_post(struct mailbox *mailbox, void *letter)
{
	struct envelope *const envelope = mem_new(sizeof *envelope);
	cds_wfcq_node_init(&envelope->node);
	envelope->letter = letter;
	LETTER_IS_WRITTEN(mailbox);
	if (cds_wfcq_enqueue(&mailbox->head, &mailbox->tail, &envelope->node))
		return; /* it was not empty: the bell has been rung, or is about to be */
	const uint64_t ring = 1;
	(void)!write(mailbox->bell, &ring, sizeof ring);
}

void mailbox_free(struct mailbox *mailbox, void (*drop)(void *letter))
{
	if (mailbox == NULL)
		return;
	watch_free(mailbox->watch);
	empty(mailbox, drop);
	(void)close(mailbox->bell);
	cds_wfcq_destroy(&mailbox->head, &mailbox->tail);
	free(mailbox);
}
