#include "failover/timers.h"

#include "base/mem.h"

#include <stdlib.h>

struct entry {
	mono_t due;
	uint32_t subject;
};

struct timers {
	size_t n;
	struct entry *heap; /* no entry is before the one at (i - 1) / 2 */
	uint32_t *place;    /* of each subject: where it stands in the heap + 1; 0: not set */
};

struct timers *timers_new(size_t subjects)
{
	struct timers *timers = mem_new(sizeof(*timers));
	timers->heap = mem_list(subjects, sizeof(*timers->heap));
	timers->place = mem_list(subjects, sizeof(*timers->place));
	return timers;
}

void timers_free(struct timers *timers)
{
	if (timers == NULL)
		return;
	free(timers->heap);
	free(timers->place);
	free(timers);
}

/* Those due at the same time go by number, so that the same events give the same effects. */
static bool before(struct entry a, struct entry b)
{
	return a.due.ns < b.due.ns || (a.due.ns == b.due.ns && a.subject < b.subject);
}

static void put(struct timers *timers, size_t i, struct entry entry)
{
	timers->heap[i] = entry;
	timers->place[entry.subject] = (uint32_t)(i + 1);
}

/* `entry` belongs at `i` or nearer to the top. */
static size_t rise(struct timers *timers, size_t i, struct entry entry)
{
	while (i > 0 && before(entry, timers->heap[(i - 1) / 2])) {
		put(timers, i, timers->heap[(i - 1) / 2]);
		i = (i - 1) / 2;
	}
	put(timers, i, entry);
	return i;
}

/* `entry` belongs at `i` or further from the top. */
static void sink(struct timers *timers, size_t i, struct entry entry)
{
	for (size_t child = 2 * i + 1; child < timers->n; child = 2 * i + 1) {
		const struct entry *heap = timers->heap;
		if (child + 1 < timers->n && before(heap[child + 1], heap[child]))
			child++;
		if (before(entry, heap[child]))
			break;
		put(timers, i, heap[child]);
		i = child;
	}
	put(timers, i, entry);
}

void timers_set(struct timers *timers, uint32_t subject, mono_t due)
{
	const struct entry entry = {.due = due, .subject = subject};
	if (timers->place[subject] == 0) {
		timers->n++;
		rise(timers, timers->n - 1, entry);
		return;
	}
	sink(timers, rise(timers, timers->place[subject] - 1, entry), entry);
}

void timers_drop(struct timers *timers, uint32_t subject)
{
	if (timers->place[subject] == 0)
		return;
	const size_t gap = timers->place[subject] - 1;
	timers->place[subject] = 0;
	timers->n--;
	if (gap == timers->n)
		return;
	const struct entry last = timers->heap[timers->n];
	sink(timers, rise(timers, gap, last), last);
}

bool timers_has(const struct timers *timers, uint32_t subject)
{
	return timers->place[subject] != 0;
}

mono_t timers_next(const struct timers *timers)
{
	const mono_t never = {0};
	return timers->n == 0 ? never : timers->heap[0].due;
}

bool timers_take(struct timers *timers, mono_t now, uint32_t *subject)
{
	if (timers->n == 0 || !mono_reached(timers->heap[0].due, now))
		return false;
	*subject = timers->heap[0].subject;
	timers_drop(timers, *subject);
	return true;
}
