/*
 * Does a mail server take mail?  RFC 5321: greeting, EHLO, STARTTLS and a login if they are wanted,
 * NOOP, QUIT.  No mail is sent, and none begun.
 */
#include "probes/mail.h"

static const struct field smtp_fields[] = {
	{.key = "hello",
		.type = FIELD_TEXT,
		.offset = offsetof(struct mail_options, hello),
		.otherwise = "locum.invalid",
		.min = 1,
		.max = 255,
		.help = "The name that the probe gives in EHLO."},
	LOGIN_ROWS(offsetof(struct mail_options, login)),
	{.key = NULL},
};

static const struct mail_step steps[] = {
	{MAIL_ALWAYS, "greeting", .say = NULL},
	{MAIL_ALWAYS, "EHLO", .say = "EHLO %h"},
	{MAIL_STARTTLS, "STARTTLS", .say = "STARTTLS", .then = MAIL_SHAKE},
	{MAIL_STARTTLS, "EHLO", .say = "EHLO %h"},
	{MAIL_LOGIN, "login", .say = "AUTH PLAIN %b"},
	{MAIL_ALWAYS, "NOOP", .say = "NOOP"},
	{MAIL_ALWAYS, "QUIT", .say = "QUIT", .then = MAIL_END},
};

static void *smtp_begin(struct loop *loop)
{
	static const struct mail_protocol smtp = {"SMTP", mail_code, steps};
	return mail_begin(loop, &smtp);
}

const struct probe_kind probe_smtp = {
	.options = {.name = "smtp",
		.watch = probe_watch,
		.valueless = probe_valueless,
		.fields = smtp_fields,
		.size = sizeof(struct mail_options),
		.port = 25,
		.check = mail_check},
	.begin = smtp_begin,
	MAIL_PROBE,
};
