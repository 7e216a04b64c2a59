/* The options of a probe of type http. */
#ifndef LOCUM_PROBES_HTTP_OPTIONS_H
#define LOCUM_PROBES_HTTP_OPTIONS_H

#include "probes/talk.h"

enum http_method {
	METHOD_GET,
	METHOD_HEAD,
	METHOD_POST,
	METHOD_PUT,
	METHOD_PATCH,
	METHOD_DELETE,
	METHOD_OPTIONS,
};

enum http_version { VERSION_AUTO, VERSION_1_1, VERSION_2 };

enum { HTTP_VALUE_NONE = 0, HTTP_VALUE_DAYS = 100 }; /* others: groups of the pattern */

struct http_options {
	const char *url;  /* NULL: scheme, port and path are said one by one */
	const char *path; /* NULL: "/" */
	const char *host; /* NULL: of the URL or the endpoint */
	const char *send; /* NULL: no body of the request */
	const char *body; /* a pattern; NULL: whatever it is */
	struct texts headers;
	struct ranges status;
	int method, version;
	struct talk_tls tls;
	uint32_t redirects;
	uint32_t value; /* a group of `body`, or one of the above */
};

extern const struct field http_fields[];

const char *http_method_text(enum http_method method) MUST_USE;
/* As struct option_set wants them. */
bool http_options_check(const void *options, const char **key, struct err *err) MUST_USE;
bool http_options_valueless(const void *options) MUST_USE;
bool http_options_port(const void *options, uint32_t *port, struct err *err) MUST_USE;

#endif
