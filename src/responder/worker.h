/*
 * The two kinds of query thread, for responder.c.  Each is opened by the control thread, run
 * by its own, and closed by the control thread when that has ended.
 */
#ifndef LOCUM_RESPONDER_WORKER_H
#define LOCUM_RESPONDER_WORKER_H

#include "base/address.h"
#include "base/attr.h"
#include "base/err.h"
#include "responder/counters.h"

#include <stddef.h>

struct udp;
struct tcp;

/*
 * Opens a socket on each of `n` addresses (at least one); `workers` of its kind share the work.
 * NULL and `err`.
 */
struct udp *udp_open(
	const struct address listen[], size_t n, unsigned workers, struct err *err) MUST_USE;
void udp_run(struct udp *udp);  /* until udp_stop() */
void udp_stop(struct udp *udp); /* any thread */
const struct counters *udp_counters(const struct udp *udp);
void udp_close(struct udp *udp); /* NULL is fine */

/* The same; `connections`: at most, on each address. */
struct tcp *tcp_open(const struct address listen[], size_t n, unsigned workers, size_t connections,
	struct err *err) MUST_USE;
void tcp_run(struct tcp *tcp);
void tcp_stop(struct tcp *tcp);
const struct counters *tcp_counters(const struct tcp *tcp);
void tcp_close(struct tcp *tcp);

#endif
