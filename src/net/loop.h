/* What a thread waits for.  A thin face on libevent; owner: the thread that runs it. */
#ifndef LOCUM_NET_LOOP_H
#define LOCUM_NET_LOOP_H

#include "base/attr.h"
#include "base/mono.h"

struct loop;
struct watch;

typedef void loop_fn(void *cookie, mono_t now);

struct loop *loop_new(void) MUST_USE;
/* One whose times may be late by a tick of the kernel, 4 ms: a system call less each turn. */
struct loop *loop_new_coarse(void) MUST_USE;
/* Read once per wake-up and when the loop is made; the only clock the rest sees. */
mono_t loop_now(const struct loop *loop);
/* Called again and again while `fd` is ready, until freed.  An error or a hang-up makes it ready.
 */
struct watch *loop_readable(struct loop *loop, int fd, loop_fn *fn, void *cookie) MUST_USE;
struct watch *loop_writable(struct loop *loop, int fd, loop_fn *fn, void *cookie) MUST_USE;
/* Called once, never before `due` and soon after; a due time in the past means the next turn. */
struct watch *loop_at(struct loop *loop, mono_t due, loop_fn *fn, void *cookie) MUST_USE;
/* Of loop_at(): once more, or at another time than before; also from its own fn. */
void watch_again(struct watch *watch, mono_t due);
/* Not called until watch_resume(); of loop_at(): until watch_again(). */
void watch_pause(struct watch *watch);
void watch_resume(struct watch *watch); /* of loop_readable() and loop_writable() */
/* NULL is fine; never called back afterwards; also from its own fn.  Before `fd` is closed. */
void watch_free(struct watch *watch);
/* After every turn's callbacks, in the order of these calls: the place to send what they gathered.
 */
void loop_after_turn(struct loop *loop, loop_fn *fn, void *cookie);
void loop_run(struct loop *loop);  /* until loop_stop() */
void loop_stop(struct loop *loop); /* from a callback: this turn is the last; owner thread */
void loop_free(struct loop *loop); /* NULL is fine; all watches are freed before */

#endif
