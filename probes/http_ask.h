/* What an HTTP check asks, made once for a target, and as HTTP/1.1 writes it.  Pure. */
#ifndef LOCUM_PROBES_HTTP_ASK_H
#define LOCUM_PROBES_HTTP_ASK_H

#include "base/address.h"
#include "base/err.h"
#include "conf/schema.h"
#include "net/octets.h"

enum http_scheme { SCHEME_HTTP, SCHEME_HTTPS };

struct http_ask { /* texts are borrowed, and hold nothing that ends a line */
	const char *method;
	enum http_scheme scheme;
	const char *authority;       /* Host */
	uint16_t port;               /* that is asked */
	const char *target;          /* path and query */
	const struct texts *headers; /* "Name: value", as http_ask_check() wants them */
	const char *body;            /* of the request; NULL: none */
};

struct http_field {
	const char *name;
	size_t name_len;
	const char *value;
};

/* Whether a line of `headers` can be sent; those that the kind itself writes are refused. */
bool http_ask_check(const char *line, struct err *err) MUST_USE;
/*
 * The headers of a request, Host apart: ours unless `headers` has another of the name, then
 * `headers`, then the length of the body.
 */
void http_ask_fields(
	const struct http_ask *ask, void (*put)(void *to, struct http_field field), void *to);
/* The request as HTTP/1.1 has it; the connection is to be closed. */
void http_ask_write(const struct http_ask *ask, struct octets *to);

/* All below give texts for free(). */

/* What may not stand in a request line or header becomes %XX: no line can be smuggled in. */
char *http_ask_harmless(const char *text) MUST_USE;
/* A path with its slash in front; "*" stays. */
char *http_ask_target(const char *path) MUST_USE;
/* "HOST:PORT": `host` "" is the address itself; the port that the scheme has anyway is left out. */
char *http_ask_authority(
	const char *host, const struct address *address, enum http_scheme scheme) MUST_USE;
/*
 * Where `location` leads from here (RFC 3986 5.2); NULL: to another scheme, host or port.  The port
 * may be that of the authority or the one asked: servers tell either.
 */
char *http_ask_next(const struct http_ask *ask, const char *location) MUST_USE;

struct http_url { /* pieces of the text they were taken from */
	enum http_scheme scheme;
	const char *host; /* without brackets */
	size_t host_len;
	uint16_t port;    /* the scheme's where none is given */
	const char *path; /* what follows, may be "" */
};

/* "http://HOST[:PORT][/PATH]" or https.  No user, no fragment. */
bool http_url_read(const char *text, struct http_url *url, struct err *err) MUST_USE;

#endif
