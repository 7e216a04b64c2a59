/*
 * What operators command, as JSON: which decrees it comes to, what refuses them, what they would
 * do, and the answer.  Changes nothing.  Control thread.
 *
 *   {"verb":"switch","service":"www","endpoint":"ams","reason":"...","for":"4h","force":[6]}
 *   {"verb":"maintenance","service":"www","endpoint":"ams","from":"2026-11-22T22:00Z","for":"2h"}
 *   {"verb":"freeze","all":true}                {"verb":"drill","service":"www","end":true}
 *   {"verb":"plan","service":"www"}             any verb with "dry-run":true
 */
#ifndef LOCUM_SERVER_DECREES_H
#define LOCUM_SERVER_DECREES_H

#include "failover/decree.h"

#include <jansson.h>

struct control;

enum decrees_fate {
	DECREES_WRONG,   /* it makes no sense: `answer` says why */
	DECREES_REFUSED, /* by `refusal`: `answer` says what to do next */
	DECREES_PLANNED, /* it was only asked what would happen: `answer` says it */
	DECREES_GRANTED, /* to be done; then `answer` is true */
};

struct decrees {
	enum decrees_fate fate;
	enum refusal refusal;
	struct decree *list; /* GRANTED: one, or one a service or an endpoint */
	size_t n;
	const char *reason; /* "", or borrowed from the command */
	char *answer;       /* JSON, one line */
	char *log;          /* the command in the words of the log */
};

/* `args` has a "verb". */
struct decrees decrees_read(const struct control *control, json_t *args) MUST_USE;
void decrees_free(struct decrees *decrees);

#endif
