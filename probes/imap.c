/*
 * Does an IMAP server answer?  RFC 9051: greeting, STARTTLS, a login and a mailbox if they are
 * wanted, NOOP, LOGOUT.  The mailbox is examined: nothing in it is changed by that.
 */
#include "base/err.h"
#include "probes/mail.h"

#include <string.h>

static const struct field imap_fields[] = {
	LOGIN_ROWS(offsetof(struct mail_options, login)),
	{.key = "mailbox",
		.type = FIELD_TEXT,
		.offset = offsetof(struct mail_options, place),
		.otherwise = "",
		.min = 1,
		.max = 512,
		.help = "A mailbox that the user must be able to open, such as INBOX; the number "
			"of its messages is the value."},
	{.key = NULL},
};

/* The letter before the command is its tag. */
static const struct mail_step steps[] = {
	{MAIL_ALWAYS, "greeting", .say = NULL},
	{MAIL_STARTTLS, "STARTTLS", .say = "a STARTTLS", .then = MAIL_SHAKE},
	{MAIL_LOGIN, "login", .say = "b LOGIN %U %P"},
	{MAIL_PLACE, "mailbox", .say = "c EXAMINE %M", .value = true},
	{MAIL_ALWAYS, "NOOP", .say = "d NOOP"},
	{MAIL_ALWAYS, "LOGOUT", .say = "e LOGOUT", .then = MAIL_END},
};

/* Whether `word` begins at *at; *at is behind it and its space then. */
static bool take(const char **at, const char *word)
{
	const size_t n = strlen(word);
	if (strncasecmp(*at, word, n) != 0 || ((*at)[n] != ' ' && (*at)[n] != '\0'))
		return false;
	*at += n + ((*at)[n] == ' ');
	return true;
}

static enum mail_answer answer(const struct mail_line *line)
{
	const char *at = line->text;
	if (take(&at, "*")) {
		const char *const number = at;
		const size_t digits = strspn(at, "0123456789");
		if (take(&at, "BYE"))
			return ANSWER_NO;
		if (line->said == NULL)
			return take(&at, "OK") || take(&at, "PREAUTH") ? ANSWER_YES : ANSWER_ODD;
		at = number + digits;
		if (digits > 0 && *at == ' ' && (at++, take(&at, "EXISTS")))
			*line->value = number;
		return ANSWER_MORE;
	}
	const char tag[] = {(char)(line->said != NULL ? line->said[0] : '\0'), '\0'};
	if (tag[0] == '\0' || !take(&at, tag))
		return ANSWER_ODD;
	if (take(&at, "OK"))
		return ANSWER_YES;
	return take(&at, "NO") || take(&at, "BAD") ? ANSWER_NO : ANSWER_ODD;
}

static bool check(const void *options, const char **key, struct err *err)
{
	const struct mail_options *const o = options;
	if (!mail_check(options, key, err))
		return false;
	*key = "mailbox";
	return o->place == NULL || o->login.user != NULL ||
	       err_set(err, "can be opened by a user only; add user and password-file");
}

static void *imap_begin(struct loop *loop)
{
	static const struct mail_protocol imap = {"IMAP", answer, steps};
	return mail_begin(loop, &imap);
}

const struct probe_kind probe_imap = {
	.options = {.name = "imap",
		.watch = probe_watch,
		.valueless = mail_valueless,
		.fields = imap_fields,
		.size = sizeof(struct mail_options),
		.port = 143,
		.check = check},
	.begin = imap_begin,
	MAIL_PROBE,
};
