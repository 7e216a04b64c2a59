#include "prober/schedule.h"

/* `fraction` of `whole`, in units of 2^-32; exact for 10,000 days. */
static span_t part(span_t whole, uint32_t fraction)
{
	const int64_t high = whole.ns >> 32, low = whole.ns & UINT32_MAX;
	const uint64_t rest = ((uint64_t)low * fraction) >> 32;
	return (span_t){high * fraction + (int64_t)rest};
}

uint32_t schedule_phase(uint32_t start, uint32_t n)
{
	return start + n * 0x9e3779b9U; /* 2^32 / golden ratio */
}

mono_t schedule_first(mono_t now, span_t every, uint32_t phase)
{
	const span_t most = span_ms(SCHEDULE_FIRST_MS);
	span_t room = {every.ns - every.ns / SCHEDULE_JITTER}; /* dice come on top */
	if (span_at_least(room, most))
		room = most;
	return mono_after(now, part(room, phase));
}

mono_t schedule_due(mono_t slot, span_t every, uint32_t dice)
{
	const int64_t most = span_ms(SCHEDULE_TICK_MS).ns, share = every.ns / SCHEDULE_TICKS;
	const int64_t tick = share > most ? most : share;
	const span_t room = {every.ns / SCHEDULE_JITTER - tick};
	const mono_t due = mono_after(slot, part(room, dice));
	return tick > 0 ? (mono_t){(due.ns + tick - 1) / tick * tick} : due;
}

mono_t schedule_next(mono_t slot, span_t every, mono_t now)
{
	/* 1. */
	const mono_t next = mono_after(slot, every);
	const int64_t missed = mono_between(next, now).ns;
	/* 2. */
	if (missed < every.ns)
		return next;
	/* 3. */
	return mono_after(next, (span_t){(missed / every.ns + 1) * every.ns});
}

mono_t schedule_home(mono_t home, span_t every, mono_t now)
{
	const int64_t past = mono_between(home, now).ns;
	return mono_after(home, (span_t){past < 0 ? 0 : (past / every.ns + 1) * every.ns});
}

bool schedule_overslept(mono_t due, span_t every, mono_t now)
{
	const span_t late = mono_between(due, now);
	return span_at_least(late, every) && span_at_least(late, span_ms(SCHEDULE_ASLEEP_MS));
}

mono_t schedule_change(mono_t slot, span_t was, span_t every, mono_t now, uint32_t phase)
{
	const mono_t next = {slot.ns - was.ns + every.ns};
	return mono_reached(next, now) ? schedule_first(now, every, phase) : next;
}
