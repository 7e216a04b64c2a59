/*
 * One request and its response over HTTP/2 (RFC 9113), by libnghttp2: octets in, octets out.  Pure.
 */
#ifndef LOCUM_PROBES_HTTP_TWO_H
#define LOCUM_PROBES_HTTP_TWO_H

#include "probes/http_answer.h"
#include "probes/http_ask.h"

struct http_two;

/* `answer` is begun; both are borrowed until http_two_free().  `out` gets the request. */
struct http_two *http_two_new(
	struct http_answer *answer, const struct http_ask *ask, struct octets *out) MUST_USE;
void http_two_free(struct http_two *two); /* NULL is fine */

/* Adds to `out` what the protocol asks us to send.  Not called again once it said HTTP_READY. */
enum http_ready http_two_take(
	struct http_two *two, const uint8_t *data, size_t len, struct octets *out) MUST_USE;
/* The connection was closed, orderly: the answer is ready, and is none. */
void http_two_close(struct http_two *two);

#endif
