#include "responder/counters.h"

#include "base/attr.h"

#include <stdbool.h>

const struct counter_name counter_names[] = {
#define COUNTER_NAME(name, help) {#name, help, offsetof(struct counters, name)},
	COUNTER_LIST(COUNTER_NAME)
#undef COUNTER_NAME
		{NULL, NULL, 0},
};

static uint64_t *counter_at(struct counters *counters, size_t offset)
{
	return (uint64_t *)(void *)((char *)counters + offset);
}

void counters_add(struct counters *sum, const struct counters *from)
{
#define COUNTER_ADD(name, help) sum->name += __atomic_load_n(&from->name, __ATOMIC_RELAXED);
	COUNTER_LIST(COUNTER_ADD)
#undef COUNTER_ADD
}

void counters_other_rcode(struct counters *counters, unsigned rcode)
{
	static const size_t offsets[] = {
		[RCODE_FORMERR] = offsetof(struct counters, rcode_formerr),
		[RCODE_SERVFAIL] = offsetof(struct counters, rcode_servfail),
		[RCODE_NXDOMAIN] = offsetof(struct counters, rcode_nxdomain),
		[RCODE_NOTIMP] = offsetof(struct counters, rcode_notimp),
		[RCODE_REFUSED] = offsetof(struct counters, rcode_refused),
	};
	const bool known = rcode < COUNT_OF(offsets) && rcode != RCODE_NOERROR;
	counter_add(counter_at(counters,
			    known ? offsets[rcode] : offsetof(struct counters, rcode_other)),
		1);
}
