#include "prober/vantage.h"

#include <assert.h>

size_t vantage_join(struct vantage *vantage)
{
	size_t i = 0;
	while (i < REFERENCES_MAX && vantage->list[i].member)
		i++;
	if (i == REFERENCES_MAX)
		return i;
	vantage->list[i] = (struct reference){.member = true};
	vantage->n++;
	return i;
}

void vantage_leave(struct vantage *vantage, size_t number)
{
	assert(number < REFERENCES_MAX && vantage->list[number].member);
	vantage->list[number] = (struct reference){.member = false};
	vantage->n--;
}

void vantage_note(struct vantage *vantage, size_t number, mono_t started,
	enum probe_outcome outcome, enum probe_fault fault, mono_t now)
{
	struct reference *const r = &vantage->list[number];
	assert(number < REFERENCES_MAX && r->member);
	if (outcome == PROBE_NO_VERDICT && fault == FAULT_LATE)
		return;
	if (r->silent && outcome == PROBE_PASS)
		r->back = now;
	r->silent = outcome != PROBE_PASS;
	r->started = started;
}

size_t vantage_silent(const struct vantage *vantage)
{
	size_t silent = 0;
	for (size_t i = 0; i < REFERENCES_MAX; i++)
		silent += vantage->list[i].silent;
	return silent;
}

bool vantage_doubted(const struct vantage *vantage)
{
	return vantage->n > 0 && vantage_silent(vantage) >= vantage->enough;
}

bool vantage_awaits(const struct vantage *vantage, size_t number, mono_t ended)
{
	const struct reference *const r = &vantage->list[number];
	return r->member && !(mono_reached(ended, r->started) && r->started.ns != 0);
}

/* How many are silent, or were at `then`. */
static size_t silent_since(const struct vantage *vantage, mono_t then)
{
	size_t silent = 0;
	for (size_t i = 0; i < REFERENCES_MAX; i++)
		silent += vantage->list[i].silent || vantage->list[i].back.ns > then.ns;
	return silent;
}

enum vantage_word vantage_judge(const struct vantage *vantage, mono_t began, mono_t ended)
{
	/* 1. */
	if (vantage->n == 0)
		return VANTAGE_GOOD;
	/* 2. */
	if (silent_since(vantage, began) >= vantage->enough)
		return VANTAGE_DOUBTED;
	/* 3. */
	size_t passed = 0;
	for (size_t i = 0; i < REFERENCES_MAX; i++)
		passed += vantage->list[i].member && !vantage->list[i].silent &&
			  !vantage_awaits(vantage, i, ended);
	if (passed + vantage->enough > vantage->n)
		return VANTAGE_GOOD;
	/* 4. */
	return VANTAGE_ASK;
}
