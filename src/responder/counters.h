/*
 * What responders count.  One list makes the struct, the JSON and the
 * Prometheus text.  Each thread writes its own copy, relaxed; others add them up.
 */
#ifndef LOCUM_RESPONDER_COUNTERS_H
#define LOCUM_RESPONDER_COUNTERS_H

#include <stddef.h>
#include <stdint.h>

/* name, help */
#define COUNTER_LIST(X)                                                                            \
	X(udp_queries, "Datagrams received on DNS sockets")                                        \
	X(udp_answers, "Responses sent over UDP")                                                  \
	X(udp_truncated, "Responses sent over UDP with TC")                                        \
	X(udp_unsent, "Responses that the kernel did not take")                                    \
	X(tcp_queries, "Queries received over TCP")                                                \
	X(tcp_answers, "Responses sent over TCP")                                                  \
	X(tcp_connections, "TCP connections accepted")                                             \
	X(tcp_timed_out, "TCP connections closed at a deadline")                                   \
	X(tcp_crowded_out, "TCP connections closed to make room for a new one")                    \
	X(tcp_over_share, "TCP connections closed because their client had its share of them")     \
	X(rrl_slipped, "Responses over UDP sent truncated because of a rate limit")                \
	X(rrl_dropped, "Responses over UDP not sent because of a rate limit")                      \
	X(dropped, "Requests that got no response: not a query, or too short to answer")           \
	X(rcode_noerror, "Responses with NOERROR")                                                 \
	X(rcode_formerr, "Responses with FORMERR")                                                 \
	X(rcode_servfail, "Responses with SERVFAIL")                                               \
	X(rcode_nxdomain, "Responses with NXDOMAIN")                                               \
	X(rcode_notimp, "Responses with NOTIMP")                                                   \
	X(rcode_refused, "Responses with REFUSED")                                                 \
	X(rcode_other, "Responses with any other rcode")

struct counters {
#define COUNTER_FIELD(name, help) uint64_t name;
	COUNTER_LIST(COUNTER_FIELD)
#undef COUNTER_FIELD
};

struct counter_name {
	const char *name, *help;
	size_t offset; /* of the uint64_t in struct counters */
};

extern const struct counter_name counter_names[]; /* ends with name == NULL */

/* NOLINTNEXTLINE(readability-non-const-parameter): it is written, by a builtin */
static inline void counter_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, __atomic_load_n(counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* Counts a response by its rcode (extended ones included). */
void counters_rcode(struct counters *counters, unsigned rcode);

/* Adds a relaxed reading of `from` to `sum`. */
void counters_add(struct counters *sum, const struct counters *from);

#endif
