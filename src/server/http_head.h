/* The head of an HTTP/1.1 request, read strictly (RFC 9112): what is ambiguous is refused.  Pure.
 */
#ifndef LOCUM_SERVER_HTTP_HEAD_H
#define LOCUM_SERVER_HTTP_HEAD_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>

struct http_piece { /* of what was read */
	const char *at;
	size_t len;
};

struct http_head {
	/* 0: not whole yet; 200: whole; otherwise the status that it deserves: 400, 431 or 505. */
	int status;
	size_t len; /* when it is whole, with the empty line */
	enum http_method { HTTP_OTHER, HTTP_GET, HTTP_HEAD } method;
	struct http_piece path, query, host;
	bool keep; /* the connection, afterwards */
};

/* A head that is not whole within `max` octets is too long. */
struct http_head http_head_read(const void *data, size_t len, size_t max) MUST_USE;

#endif
