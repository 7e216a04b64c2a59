/* What real mail and file servers do not do: the rest is in tests/interop/test_servers.py. */
#include "probes/mail.h"
#include "tests/unit/talk_server.h"

#include <sys/stat.h>

static char password_file[] = "/tmp/locum-test.XXXXXX";

static void write_password(const char *text, mode_t mode)
{
	FILE *const file = fopen(password_file, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(password_file, mode), 0);
}

static int make_file(void **state)
{
	(void)state;
	const int fd = mkstemp(password_file);
	return fd < 0 || close(fd) != 0 ? -1 : 0;
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(password_file);
}

struct row {
	const char *what;
	const struct probe_kind *kind;
	struct line script[LINES_MAX];
	const char *user, *place;
	enum login_begin tls;
	const char *why, *value; /* why NULL: it passes; "no report": it waits for ever */
};

static struct probe_report ask_row(const struct row *row)
{
	struct server server;
	server_start(&server, "127.0.0.1", NULL, row->script, LINES_MAX);
	server_go(&server);
	const struct mail_options options = {
		.login = {.tls = {.how = row->tls != LOGIN_AS_MAP ? (int)row->tls : LOGIN_CLEAR},
			.user = row->user,
			.password_file = row->user != NULL ? password_file : NULL},
		.hello = "locum.invalid",
		.place = row->place,
	};
	const struct probe_target target = {
		.address = server.address, .host = "", .timeout = span_ms(GUARD_MS)};
	struct loop *const loop = loop_new();
	const bool silent = row->why != NULL && strcmp(row->why, "no report") == 0;
	const struct probe_report report =
		ask_within(loop, row->kind, &target, &options, silent ? 50 : GUARD_MS);
	loop_free(loop);
	server_stop(&server);
	return report;
}

static void expect_rows(const struct row rows[], size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *const row = &rows[i];
		const int before = lowest_descriptor();
		const struct probe_report got = ask_row(row);
		const char *const why = row->why != NULL ? row->why : "";
		const enum probe_outcome outcome = why[0] == '\0' ? PROBE_PASS
						   : strcmp(why, "no report") == 0
							   ? PROBE_NO_VERDICT
							   : PROBE_FAIL;
		expect_report(row->what, &got, outcome, why);
		if (strcmp(got.value, row->value != NULL ? row->value : "") != 0)
			fail_msg("%s: value \"%s\"", row->what, got.value);
		assert_int_equal(lowest_descriptor(), before);
	}
}

#define SAY(text)                                                                                  \
	{                                                                                          \
		.play = PLAY_SAY, text                                                             \
	}
#define HEAR(text)                                                                                 \
	{                                                                                          \
		.play = PLAY_HEAR, text                                                            \
	}
#define HANG                                                                                       \
	{                                                                                          \
		.play = PLAY_HANG, ""                                                              \
	}
#define EHLO SAY("220 mail ESMTP\r\n"), HEAR("EHLO locum.invalid\r\n")

static void smtp(void **state)
{
	(void)state;
	static const struct row rows[] = {
		{"answers of many lines, and of one", &probe_smtp,
			{SAY("220-mail\r\n220-ESMTP\r\n220 \r\n"), HEAR("EHLO locum.invalid\r\n"),
				SAY("250-mail\r\n250-SIZE 1\r\n250 HELP\r\n"), HEAR("NOOP\r\n"),
				SAY("250\r\n"), HEAR("QUIT\r\n"), SAY("221 bye\r\n")},
			.why = NULL},
		{"octet by octet", &probe_smtp,
			{{PLAY_DRIP, "220-a\r\n220 b\r\n"}, HEAR("EHLO locum.invalid\r\n"),
				{PLAY_DRIP, "250-a\r\n250 b\n"}, HEAR("NOOP\r\n"),
				{PLAY_DRIP, "250 ok\r\n"}, HEAR("QUIT\r\n"),
				{PLAY_DRIP, "221 bye\r\n"}},
			.why = NULL},
		{"no answer to the good-bye is needed", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("NOOP\r\n"), SAY("250 a\r\n"),
				HEAR("QUIT\r\n")},
			.why = NULL},
		{"not even a close in order", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("NOOP\r\n"), SAY("250 a\r\n"),
				HEAR("QUIT\r\n"), {.play = PLAY_RESET, ""}},
			.why = NULL},
		{"who hangs at it hangs", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("NOOP\r\n"), SAY("250 a\r\n"),
				HEAR("QUIT\r\n"), HANG},
			.why = "no report"},
		{"not now", &probe_smtp, {SAY("554 No SMTP service here\r\n"), HANG},
			.why = "greeting: 554 No SMTP service here"},
		{"no more after the greeting", &probe_smtp, {EHLO, SAY("421 bye\r\n")},
			.why = "EHLO: 421 bye"},
		{"no TLS", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("STARTTLS\r\n"), SAY("502 no\r\n")},
			.tls = LOGIN_STARTTLS, .why = "STARTTLS: 502 no"},
		{"somebody in between says what is to count within TLS", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("STARTTLS\r\n"), SAY("220 go\r\n250 a\r\n"),
				HANG},
			.tls = LOGIN_STARTTLS, .why = "STARTTLS: more than an answer before TLS"},
		{"it does not know TLS after all", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("STARTTLS\r\n"), SAY("220 go\r\n"),
				{.play = PLAY_SHUT, ""}, HANG},
			.tls = LOGIN_STARTTLS, .why = "closed during the TLS handshake"},
		{"silence", &probe_smtp, {HANG}, .why = "no report"},
		{"half a line", &probe_smtp, {SAY("220 ma"), HANG}, .why = "no report"},
		{"half an answer", &probe_smtp, {SAY("220-mail\r\n"), HANG}, .why = "no report"},
		{"closed at once", &probe_smtp, {{.play = PLAY_SHUT, ""}, HANG},
			.why = "closed before an answer"},
		{"closed within a line", &probe_smtp,
			{SAY("220 ma"), {.play = PLAY_SHUT, ""}, HANG},
			.why = "closed before the end of the answer"},
		{"an answer without end", &probe_smtp, {{PLAY_FLOOD, "220-more\r\n"}},
			.why = "greeting: an answer without end"},
		{"a line without end", &probe_smtp, {{PLAY_FLOOD, "220 more and "}},
			.why = "greeting: a line without end"},
		{"another protocol", &probe_smtp, {SAY("SSH-2.0-OpenSSH_9\r\n"), HANG},
			.why = "greeting: no answer in SMTP: SSH-2.0-OpenSSH_9"},
		{"octets that do not print", &probe_smtp, {SAY("220\x01\x02\n"), HANG},
			.why = "greeting: no answer in SMTP: 220\\001\\002"},
		{"a number of no kind", &probe_smtp, {SAY("720 hi\r\n"), HANG},
			.why = "greeting: no answer in SMTP: 720 hi"},
		{"an empty line", &probe_smtp, {SAY("\r\n"), HANG},
			.why = "greeting: no answer in SMTP: "},
	};
	expect_rows(rows, COUNT_OF(rows));
}

static void imap(void **state)
{
	(void)state;
	write_password("p\\w \"x\"\n", 0600);
	static const struct row rows[] = {
		{"other lines may come before an answer", &probe_imap,
			{SAY("* PREAUTH hi\r\n"), HEAR("d NOOP\r\n"),
				SAY("* 3 EXISTS\r\n* FLAGS (\\Seen)\r\nd OK\r\n"),
				HEAR("e LOGOUT\r\n"), SAY("* BYE\r\ne OK\r\n")},
			.why = NULL},
		{"names and passwords are quoted, the mailbox's messages counted", &probe_imap,
			{SAY("* OK hi\r\n"), HEAR("b LOGIN \"an\\\"na\" \"p\\\\w \\\"x\\\"\"\r\n"),
				SAY("b OK in\r\n"), HEAR("c EXAMINE \"INBOX/a b\"\r\n"),
				SAY("* 42 EXISTS\r\n* 0 RECENT\r\nc OK [READ-ONLY]\r\n"),
				HEAR("d NOOP\r\n"), SAY("d OK\r\ne OK\r\n")},
			.user = "an\"na", .place = "INBOX/a b", .value = "42"},
		{"no second command can be smuggled in", &probe_imap,
			{SAY("* OK hi\r\n"), HEAR("b LOGIN \"a??x\" \"p\\\\w \\\"x\\\"\"\r\n"),
				SAY("b NO\r\n"), HANG},
			.user = "a\r\nx", .why = "login: b NO"},
		{"it leaves", &probe_imap, {SAY("* BYE too busy\r\n"), HANG},
			.why = "greeting: * BYE too busy"},
		{"it leaves in between", &probe_imap,
			{SAY("* OK\r\n"), HEAR("NOOP"), SAY("* BYE going down\r\n"), HANG},
			.why = "NOOP: * BYE going down"},
		{"an answer to something else", &probe_imap,
			{SAY("* OK\r\n"), HEAR("NOOP"), SAY("c OK\r\n"), HANG},
			.why = "NOOP: no answer in IMAP: c OK"},
		{"a mailbox that is not there", &probe_imap,
			{SAY("* OK\r\n"), HEAR("LOGIN"), SAY("b OK\r\n"), HEAR("EXAMINE"),
				SAY("c NO no such mailbox\r\n"), HANG},
			.user = "a", .place = "x", .why = "mailbox: c NO no such mailbox"},
		{"another protocol", &probe_imap, {SAY("+OK POP3\r\n"), HANG},
			.why = "greeting: no answer in IMAP: +OK POP3"},
		{"a greeting without end", &probe_imap, {{PLAY_FLOOD, "* OKAY"}},
			.why = "greeting: a line without end"},
	};
	expect_rows(rows, COUNT_OF(rows));
}

static void pop3_and_ftp(void **state)
{
	(void)state;
	write_password("secret", 0600);
	static const struct row rows[] = {
		{"the messages are counted", &probe_pop3,
			{SAY("+OK <1@x>\r\n"), HEAR("USER anna\r\n"), SAY("+OK\r\n"),
				HEAR("PASS secret\r\n"), SAY("+OK in\r\n"), HEAR("STAT\r\n"),
				SAY("+OK 7 1234\r\n+OK bye\r\n")},
			.user = "anna", .value = "7"},
		{"not now", &probe_pop3, {SAY("-ERR [SYS/TEMP] later\r\n"), HANG},
			.why = "greeting: -ERR [SYS/TEMP] later"},
		{"another protocol", &probe_pop3, {SAY("* OK hi\r\n"), HANG},
			.why = "greeting: no answer in POP3: * OK hi"},
		{"who needs no password is asked for none", &probe_ftp,
			{SAY("120 soon\r\n220 now\r\n"), HEAR("USER anna\r\n"),
				SAY("230-welcome\r\n 230 is no end\r\n230 in\r\n"),
				HEAR("QUIT\r\n")},
			.user = "anna"},
		{"the file's size is the value", &probe_ftp,
			{SAY("220 hi\r\n"), HEAR("USER anna\r\n"), SAY("331 who?\r\n"),
				HEAR("PASS secret\r\n"), SAY("230 in\r\n200 I\r\n"),
				HEAR("SIZE a b\r\n"), SAY("213 12345\r\n"), HEAR("QUIT\r\n")},
			.user = "anna", .place = "a b", .value = "12345"},
		{"it is not there", &probe_ftp,
			{SAY("220 hi\r\n230 in\r\n200 I\r\n550 No such file.\r\n"), HANG},
			.user = "anna", .place = "a", .why = "file: 550 No such file."},
		{"the password is not shown", &probe_ftp,
			{SAY("220 hi\r\n331 who?\r\n"), HEAR("PASS secret\r\n"),
				SAY("500 PASS secret: what?\r\n"), HANG},
			.user = "anna", .why = "login: (not shown: it repeats the password)"},
		{"nor in base64", &probe_smtp,
			{EHLO, SAY("250 a\r\n"), HEAR("AUTH PLAIN AGFubmEAc2VjcmV0\r\n"),
				SAY("500 AUTH PLAIN AGFubmEAc2VjcmV0: what?\r\n"), HANG},
			.user = "anna", .why = "login: (not shown: it repeats the password)"},
	};
	expect_rows(rows, COUNT_OF(rows));
}

static void passwords(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text;
		mode_t mode;
		const char *why;
	} rows[] = {
		{"open to the group", "x\n", 0640, "password-file is open to others; chmod 600"},
		{"writable by others", "x\n", 0602, "password-file is open to others; chmod 600"},
		{"empty", "", 0600,
			"password-file must have 1 to 255 octets in its first line, and no "
			"controls"},
		{"an empty line", "\nx\n", 0600,
			"password-file must have 1 to 255 octets in its first line, and no "
			"controls"},
		{"controls", "a\tb\n", 0600,
			"password-file must have 1 to 255 octets in its first line, and no "
			"controls"},
	};
	const struct row row = {"", &probe_pop3, {SAY("+OK\r\n"), HANG}, .user = "a"};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		write_password(rows[i].text, rows[i].mode);
		const struct probe_report got = ask_row(&row);
		expect_report(rows[i].what, &got, PROBE_NO_VERDICT, rows[i].why);
		assert_int_equal(got.fault, FAULT_LOCAL);
	}
	char long_one[300];
	struct secret secret;
	struct err err;
	memset(long_one, 'x', sizeof long_one);
	long_one[LOGIN_TEXT_MAX] = '\0';
	write_password(long_one, 0600);
	assert_true(secret_read(password_file, &secret, &err));
	assert_string_equal(secret.text, long_one);
	long_one[LOGIN_TEXT_MAX] = 'x';
	long_one[LOGIN_TEXT_MAX + 1] = '\0';
	write_password(long_one, 0600);
	assert_false(secret_read(password_file, &secret, &err));
	assert_false(secret_read("/", &secret, &err));
	assert_false(secret_read("/nowhere", &secret, &err));
}

static void options_together(void **state)
{
	(void)state;
	write_password("x", 0600);
	static const struct {
		const struct probe_kind *kind;
		struct mail_options options;
		const char *key, *why;
	} rows[] = {
		{&probe_smtp, {.hello = "x"}, NULL, NULL},
		{&probe_imap, {.login = {.user = "a"}}, "password-file",
			"is missing; a login wants one"},
		{&probe_imap, {.login = {.password_file = password_file}}, "user",
			"is missing; password-file is for a login"},
		{&probe_imap, {.login = {.user = "a\n", .password_file = password_file}}, "user",
			"must be a name without control characters"},
		{&probe_imap, {.login = {.user = "a", .password_file = "/nowhere"}},
			"password-file", "cannot be read: No such file or directory"},
		{&probe_imap, {.place = "INBOX"}, "mailbox",
			"can be opened by a user only; add user and password-file"},
		{&probe_ftp, {.place = "x"}, "file",
			"can be asked for by a user only; add user and password-file"},
		{&probe_ftp, {.place = "x", .login = {.user = "a", .password_file = password_file}},
			NULL, NULL},
	};
	for (size_t i = 0; i < COUNT_OF(rows); i++) {
		const char *key = NULL;
		struct err err;
		const bool good = rows[i].kind->options.check(&rows[i].options, &key, &err);
		assert_int_equal(good, rows[i].key == NULL);
		if (good)
			continue;
		assert_string_equal(key, rows[i].key);
		assert_string_equal(err.text, rows[i].why);
	}
}

static void limits_need_a_value(void **state)
{
	(void)state;
	const struct mail_options bare = {0}, in = {.login.user = "u"},
				  placed = {.login.user = "u", .place = "INBOX"};
	static const struct probe_kind *const of_places[] = {&probe_imap, &probe_ftp};
	for (size_t i = 0; i < COUNT_OF(of_places); i++) {
		assert_true(of_places[i]->options.valueless(&in));
		assert_false(of_places[i]->options.valueless(&placed));
	}
	assert_true(probe_pop3.options.valueless(&bare));
	assert_false(probe_pop3.options.valueless(&in));
	assert_true(probe_smtp.options.valueless(&bare));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(limits_need_a_value),
		cmocka_unit_test(smtp),
		cmocka_unit_test(imap),
		cmocka_unit_test(pop3_and_ftp),
		cmocka_unit_test(passwords),
		cmocka_unit_test(options_together),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
