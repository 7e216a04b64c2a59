/*
 * Reads an HTTP/1.0 or 1.1 response as its octets come (RFC 9112): status line, headers, a body by
 * length, in chunks or until the connection closes, trailers.  Content codings are not undone.
 * Lenient in what harms nobody: lines may end with LF alone, a reason may be missing.  Pure.
 */
#ifndef LOCUM_PROBES_HTTP_ONE_H
#define LOCUM_PROBES_HTTP_ONE_H

#include "probes/http_answer.h"

enum { HTTP_LINE_MAX = HTTP_LOCATION_MAX + 128 };

struct http_one {                   /* zero, but for the answer */
	struct http_answer *answer; /* begun; borrowed */
	enum http_one_state {
		ONE_STATUS, /* the first line of an answer */
		ONE_FIELDS,
		ONE_LENGTH, /* `left` octets of body */
		ONE_CHUNK_SIZE,
		ONE_CHUNK,     /* `left` octets of it */
		ONE_CHUNK_END, /* its line end */
		ONE_TRAILERS,
		ONE_UNTIL_CLOSE,
	} state;
	unsigned status;
	bool coded, chunked; /* Transfer-Encoding: some, and the last is chunked */
	uint64_t left;
	size_t line_len; /* of the line that is not whole yet, what is longer than its room too */
	char line[HTTP_LINE_MAX];
};

/* Not called again once it said HTTP_READY. */
enum http_ready http_one_take(struct http_one *one, const uint8_t *data, size_t len) MUST_USE;
/* The connection was closed, orderly: the answer is ready, whole or not. */
void http_one_close(struct http_one *one);

#endif
