/*
 * An HTTP/1.1 server that only answers GET and HEAD, for the status endpoint:
 * nothing changes through it, so nobody can be tricked into changing something.
 * At most 32 connections, 8 KB of header and 5 s a request, 100 requests a
 * connection, no bodies.  Owner: the thread of its loop.
 */
#ifndef LOCUM_SERVER_HTTP_H
#define LOCUM_SERVER_HTTP_H

#include "base/address.h"
#include "base/attr.h"
#include "net/stream.h"

#include <stddef.h>

struct http;
struct http_request;
struct loop;

struct http_rule {
	struct address address; /* that it listens on */
	/*
	 * Names that a Host field may have besides localhost, 127.0.0.1, [::1] and `address` (for a
	 * wildcard any address of its family), all with or without a port.  Any other gets 421: a
	 * web page of somebody else that makes a browser ask us (DNS rebinding) brings its own
	 * name.
	 */
	const char *const *hosts;
	size_t n_hosts;
	/* One request, to be answered by http_reply(), now or within two seconds, once. */
	void (*get)(void *cookie, struct http_request *request);
	/*
	 * The client went, or was given up, or http_free() came, before the answer: the request is
	 * freed afterwards and not to be answered.  NULL when get() answers at once.
	 */
	void (*gone)(void *cookie, struct http_request *request);
	void *cookie;
};

/* Takes ownership of `fd`, a listening socket; borrows `rule`, which outlives it. */
struct http *http_new(struct loop *loop, int fd, const struct http_rule *rule) MUST_USE;
struct stream_counts http_counts(const struct http *http);
void http_free(struct http *http); /* NULL is fine */

/* As sent, not decoded: it begins with "/" and has only printable ASCII without spaces. */
const char *http_path(const struct http_request *request);
const char *http_query(const struct http_request *request); /* behind the "?"; "" without one */

/* Answers and frees the request.  The body is copied, and left out for HEAD. */
void http_reply(struct http_request *request, int status, const char *content_type,
	const void *body, size_t len);

#endif
