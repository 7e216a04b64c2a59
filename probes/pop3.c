/*
 * Does a POP3 server answer?  RFC 1939, RFC 2595: greeting, STLS and a login if they are wanted,
 * QUIT.  After a login the number of messages is the value.
 */
#include "probes/mail.h"

#include <string.h>

static const struct field pop3_fields[] = {
	LOGIN_ROWS(offsetof(struct mail_options, login)),
	{.key = NULL},
};

static const struct mail_step steps[] = {
	{MAIL_ALWAYS, "greeting", .say = NULL},
	{MAIL_STARTTLS, "STLS", .say = "STLS", .then = MAIL_SHAKE},
	{MAIL_LOGIN, "user", .say = "USER %u"},
	{MAIL_LOGIN, "login", .say = "PASS %p"},
	{MAIL_LOGIN, "STAT", .say = "STAT", .value = true},
	{MAIL_ALWAYS, "QUIT", .say = "QUIT", .then = MAIL_END},
};

static bool is_word(const char *text, const char *word)
{
	const size_t n = strlen(word);
	return strncasecmp(text, word, n) == 0 && (text[n] == ' ' || text[n] == '\0');
}

static enum mail_answer answer(const struct mail_line *line)
{
	if (is_word(line->text, "+OK")) {
		if (line->text[3] == ' ')
			*line->value = line->text + 4;
		return ANSWER_YES;
	}
	return is_word(line->text, "-ERR") ? ANSWER_NO : ANSWER_ODD;
}

static void *pop3_begin(struct loop *loop)
{
	static const struct mail_protocol pop3 = {"POP3", answer, steps};
	return mail_begin(loop, &pop3);
}

const struct probe_kind probe_pop3 = {
	.options = {.name = "pop3",
		.watch = probe_watch,
		.valueless = mail_valueless_unless_login,
		.fields = pop3_fields,
		.size = sizeof(struct mail_options),
		.port = 110,
		.check = mail_check},
	.begin = pop3_begin,
	MAIL_PROBE,
};
