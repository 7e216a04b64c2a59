/*
 * What a web server answered, whichever version of HTTP carried it: the parts that a check looks
 * at, within limits; how many octets there are in all, probes/talk limits.  http_one and http_two
 * fill it as they come; it says when there is
 * enough to judge by.  Pure.
 */
#ifndef LOCUM_PROBES_HTTP_ANSWER_H
#define LOCUM_PROBES_HTTP_ANSWER_H

#include "base/attr.h"
#include "conf/schema.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	HTTP_HEAD_MAX = 64 * 1024, /* status lines, headers and trailers, 1xx included */
	HTTP_BODY_MAX = 64 * 1024, /* what a check looks into */
	HTTP_INTERIM_MAX = 16,     /* answers with a status 1xx before the one that counts */
	HTTP_LOCATION_MAX = 2048,
};

struct http_wants {                /* borrowed while an answer is read */
	const struct ranges *good; /* status codes */
	bool body;                 /* it is looked into, so it is kept */
	bool head_only;            /* the method was HEAD: no body comes */
	bool follow;               /* an answer with a Location is a step, not an end */
};

enum http_ready {
	HTTP_MORE,  /* is to come */
	HTTP_READY, /* it can be judged */
};

struct http_answer {
	const struct http_wants *wants;
	enum http_ready ready;
	const char *wrong; /* why it is none, once it is ready; NULL: nothing is */

	unsigned status; /* 0: none yet; of the answer that counts, 200 on or 101 */
	bool headed;     /* its head is whole */
	bool sized;      /* it told the length of its body */
	uint64_t length; /* which is this */
	char location[HTTP_LOCATION_MAX]; /* "" if none, or one too long to follow */
	uint8_t *body; /* the first `kept` octets and a NUL, if wanted and there */
	size_t kept;
	bool cut; /* the body may have more than is looked at */

	size_t n_head, n_interim, room; /* its own */
	uint64_t n_body;
};

void http_answer_begin(struct http_answer *answer, const struct http_wants *wants);
void http_answer_end(struct http_answer *answer); /* frees the body; also before begin, if zero */

/*
 * For whoever reads: each says whether the answer is ready now.  Nothing more is given then.
 */
/* So many octets of head. */
enum http_ready http_answer_head(struct http_answer *answer, size_t len) MUST_USE;
/* A header of the answer that counts; the ones of interest are taken from it. */
enum http_ready http_answer_field(struct http_answer *answer, const char *name, size_t name_len,
	const char *value, size_t len) MUST_USE;
/* An empty line or its like: with a status of 1xx there is another to come. */
enum http_ready http_answer_headed(struct http_answer *answer, unsigned status) MUST_USE;
enum http_ready http_answer_body(
	struct http_answer *answer, const uint8_t *data, size_t len) MUST_USE;
enum http_ready http_answer_whole(struct http_answer *answer);
/* It will never be whole: `wrong` is a text that lasts. */
enum http_ready http_answer_broken(struct http_answer *answer, const char *wrong);

bool http_answer_is_good(const struct http_answer *answer) MUST_USE; /* its status is a good one */
/* Is to be followed: a redirect with a place to go to. */
bool http_answer_leads(const struct http_answer *answer) MUST_USE;
/* By its status, and by the method that was asked with. */
bool http_answer_has_body(const struct http_answer *answer) MUST_USE;

#endif
