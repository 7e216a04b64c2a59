/*
 * Does an FTP server answer?  RFC 959, RFC 4217: greeting, AUTH TLS, a login and the size of a file
 * if they are wanted, QUIT.  No data connection is opened.
 */
#include "base/err.h"
#include "probes/mail.h"

static const struct field ftp_fields[] = {
	LOGIN_ROWS(offsetof(struct mail_options, login)),
	{.key = "file",
		.type = FIELD_TEXT,
		.offset = offsetof(struct mail_options, place),
		.otherwise = "",
		.min = 1,
		.max = 1024,
		.help = "A file that the user must find; its size is the value."},
	{.key = NULL},
};

static const struct mail_step steps[] = {
	{MAIL_ALWAYS, "greeting", .say = NULL},
	{MAIL_STARTTLS, "AUTH TLS", .say = "AUTH TLS", .then = MAIL_SHAKE},
	{MAIL_LOGIN, "user", .say = "USER %u"},
	{MAIL_ASKED, "login", .say = "PASS %p"},
	{MAIL_PLACE, "TYPE", .say = "TYPE I"},
	{MAIL_PLACE, "file", .say = "SIZE %m", .value = true},
	{MAIL_ALWAYS, "QUIT", .say = "QUIT", .then = MAIL_END},
};

static bool check(const void *options, const char **key, struct err *err)
{
	const struct mail_options *const o = options;
	if (!mail_check(options, key, err))
		return false;
	*key = "file";
	return o->place == NULL || o->login.user != NULL ||
	       err_set(err, "can be asked for by a user only; add user and password-file");
}

static void *ftp_begin(struct loop *loop)
{
	static const struct mail_protocol ftp = {"FTP", mail_code, steps};
	return mail_begin(loop, &ftp);
}

const struct probe_kind probe_ftp = {
	.options = {.name = "ftp",
		.watch = probe_watch,
		.valueless = mail_valueless,
		.fields = ftp_fields,
		.size = sizeof(struct mail_options),
		.port = 21,
		.check = check},
	.begin = ftp_begin,
	MAIL_PROBE,
};
