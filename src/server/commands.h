/*
 * The control socket: one JSON line in, one JSON line out, then closed.  Says
 * what was asked; who does it is server.c.  Owner: control thread.
 *
 *   {"verb":"status","service":"www"}   {"verb":"reload","dry-run":true}   {"verb":"stop"}
 *   {"verb":"probe","service":"www","endpoint":"fra","probe":"web"}
 *   {"verb":"beat","name":"db-fra","value":"42"}
 *   {"verb":"explain","name":"www.example.com","type":"A","at":"2h"}
 *   and those of decrees.h and archive.h
 *   {"ok":true,...}                     {"ok":false,"error":"...","problems":["..."]}
 */
#ifndef LOCUM_SERVER_COMMANDS_H
#define LOCUM_SERVER_COMMANDS_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

struct commands;
struct json_t;
struct loop;
struct tryout_names;
struct session; /* one command that waits for its reply */

struct command_verbs { /* each is answered with exactly one session_reply(), now or later */
	void *cookie;
	void (*status)(void *cookie, struct session *session, const char *service); /* NULL: all */
	void (*reload)(void *cookie, struct session *session, bool dry_run);
	void (*probe)(void *cookie, struct session *session, const struct tryout_names *names);
	void (*stop)(void *cookie, struct session *session);
	void (*beat)(void *cookie, struct session *session, const char *name,
		const char *value); /* value NULL: none */
	void (*explain)(void *cookie, struct session *session, const char *name, const char *type,
		const char *at); /* at NULL: now */
	/* Any of those of archive.h; `args` as below. */
	void (*archive)(void *cookie, struct session *session, struct json_t *args);
	/* Any of the operator's verbs; `args` is the whole command, borrowed for the call. */
	void (*decree)(void *cookie, struct session *session, struct json_t *args);
};

/* Takes ownership of `fd`, a listening unix socket.  Borrows `verbs`. */
struct commands *commands_new(
	struct loop *loop, int fd, const struct command_verbs *verbs) MUST_USE;

/* Who asked, for the log: "uid=0 pid=4711". */
const char *session_author(const struct session *session);
/* Ends the session; its client may be gone by then.  `json`: a whole reply, without a newline. */
void session_reply(struct session *session, const char *json, size_t len);
void session_done(struct session *session, const char *said); /* {"ok":true,"said":...} */
/* ... with a list of lines under `key`: "problems" of a failure, "changes" of a reload. */
void session_reply_list(struct session *session, bool ok, const char *said, const char *key,
	const char *const lines[], size_t n);
void session_fail(struct session *session, const char *fmt, ...) PRINTF_LIKE(2, 3);

void commands_free(struct commands *commands); /* NULL is fine; sessions that wait are dropped */

#endif
