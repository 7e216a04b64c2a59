#include "responder/publish.h"

#include <stddef.h>

#include <urcu/urcu-qsbr.h>

static struct view *current; /* written by the control thread alone */

/*
 * liburcu's own barriers are invisible to ThreadSanitizer.  These two calls
 * tell it what the grace period promises; they are nothing in other builds.
 */
#ifdef LOCUM_TSAN
void __tsan_acquire(void *addr);
void __tsan_release(void *addr);
static char grace;
#define READER_IS_DONE() __tsan_release(&grace)
#define READERS_ARE_DONE() __tsan_acquire(&grace)
#else
#define READER_IS_DONE() ((void)0)
#define READERS_ARE_DONE() ((void)0)
#endif

void publish_join(void)
{
	urcu_qsbr_register_thread();
	urcu_qsbr_thread_offline();
}

void publish_leave(void)
{
	READER_IS_DONE();
	urcu_qsbr_unregister_thread();
}

const struct view *publish_current(void) { return __atomic_load_n(&current, __ATOMIC_ACQUIRE); }

void publish_rest(void)
{
	READER_IS_DONE();
	urcu_qsbr_quiescent_state();
}

void publish_sleep(void)
{
	READER_IS_DONE();
	urcu_qsbr_thread_offline();
}

void publish_wake(void) { urcu_qsbr_thread_online(); }

struct view *publish_view(struct view *next)
{
	struct view *const old = current;
	__atomic_store_n(&current, next, __ATOMIC_RELEASE);
	urcu_qsbr_synchronize_rcu();
	READERS_ARE_DONE();
	return old;
}
