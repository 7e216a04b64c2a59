/*
 * An HTTP/1.1 server that only answers GET and HEAD, for the status endpoint:
 * nothing changes through it, so nobody can be tricked into changing something.
 * At most 32 connections, 8 KB of header and 5 s a request, 100 requests a
 * connection, no bodies.  Owner: the thread of its loop.
 */
#ifndef LOCUM_SERVER_HTTP_H
#define LOCUM_SERVER_HTTP_H

#include "base/attr.h"
#include "net/stream.h"

#include <stddef.h>

struct http;
struct http_request;
struct loop;

struct http_rule {
	/*
	 * Names that a Host field may have besides localhost, 127.0.0.1, [::1] and the address that
	 * the client reached, all with or without a port.  Any other gets 421: a web page of
	 * somebody else that makes a browser ask us (DNS rebinding) comes with its own name.
	 */
	const char *const *hosts;
	size_t n_hosts;
	/* One request, to be answered by http_reply(), now or later, once. */
	void (*get)(void *cookie, struct http_request *request);
	void *cookie;
};

/* Takes ownership of `fd`, a listening socket; borrows `rule`, which outlives it. */
struct http *http_new(struct loop *loop, int fd, const struct http_rule *rule) MUST_USE;
struct stream_counts http_counts(const struct http *http);
/* NULL is fine.  Requests that were not answered yet are still to be, into the void. */
void http_free(struct http *http);

/* As sent, not decoded: it begins with "/" and has only printable ASCII without spaces. */
const char *http_path(const struct http_request *request);
const char *http_query(const struct http_request *request); /* behind the "?"; "" without one */

/*
 * Answers and frees the request, in the loop's thread; the body is copied, and left out for HEAD.
 * Does nothing else when the client has gone or was given up (after 1.5 s).
 */
void http_reply(struct http_request *request, unsigned status, const char *content_type,
	const void *body, size_t len);

#endif
