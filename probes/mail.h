/*
 * Kinds that talk in lines: smtp, imap, pop3, ftp.  A protocol is a list of steps, each of them
 * something to say and an answer to it, and a way to read answers.  What is common stands in
 * mail.c: lines, caps, TLS, the verdict.
 */
#ifndef LOCUM_PROBES_MAIL_H
#define LOCUM_PROBES_MAIL_H

#include "probes/login.h"
#include "probes/probe.h"

struct mail_options { /* of all of them; a kind's table fills what it has */
	struct login login;
	const char *hello; /* smtp: the name in EHLO */
	const char *place; /* imap: mailbox, ftp: file; NULL: none */
};

enum mail_when {
	MAIL_ALWAYS,
	MAIL_STARTTLS, /* `tls: starttls` */
	MAIL_LOGIN,    /* there is a user */
	MAIL_ASKED,    /* the answer before was only half a yes */
	MAIL_PLACE,    /* there is a place */
};

enum mail_then { MAIL_ON, MAIL_SHAKE, MAIL_END };

struct mail_step {
	enum mail_when when;
	const char *name; /* for people */
	/* Without the line's end; NULL: they speak first.  %h hello, %u user, %p password, %m
	 * place, %U %P %M the same in quotes, %b the login of RFC 4616. */
	const char *say;
	enum mail_then then; /* after a yes: shake hands for TLS, or it was the last step */
	bool value;          /* what the answer says is the probe's value */
};

enum mail_answer {
	ANSWER_MORE, /* another line belongs to it */
	ANSWER_YES,
	ANSWER_HALF, /* yes, and go on: the step after this is MAIL_ASKED */
	ANSWER_NO,
	ANSWER_ODD, /* not of this protocol */
};

struct mail_line {
	const char *text; /* no end of line, a NUL behind it */
	size_t len;
	const char *said;   /* what it answers; NULL: nothing was said */
	unsigned *open;     /* zero when a step begins; the protocol's own within an answer */
	const char **value; /* where in `text` a value begins that ends with a space */
};

struct mail_protocol {
	const char *name; /* for people */
	enum mail_answer (*answer)(const struct mail_line *line);
	const struct mail_step *steps; /* the last has MAIL_END */
};

/* The answers of SMTP and FTP: three digits, and a line for each "-" behind them. */
enum mail_answer mail_code(const struct mail_line *line) MUST_USE;

/* For struct probe_kind: `begin` knows the protocol, the others are the same for all. */
void *mail_begin(struct loop *loop, const struct mail_protocol *protocol) MUST_USE;
void mail_end(void *shared);
void *mail_open(void *shared, const struct probe_target *target, const void *options) MUST_USE;
void mail_close(void *probe);
void mail_start(void *probe, probe_done_fn *done, void *cookie);
void mail_cancel(void *probe);
bool mail_check(const void *options, const char **key, struct err *err) MUST_USE;
/* Kinds whose value is read of a place, or after a login. */
bool mail_valueless(const void *options);
bool mail_valueless_unless_login(const void *options);

#define MAIL_PROBE                                                                                 \
	.end = mail_end, .open = mail_open, .close = mail_close, .start = mail_start,              \
	.cancel = mail_cancel

#endif
