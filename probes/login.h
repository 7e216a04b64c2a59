/*
 * What kinds that speak the protocols of others have in common: TLS, and who logs in.  Passwords
 * are in files of their own that nobody else can read, never in the configuration.
 */
#ifndef LOCUM_PROBES_LOGIN_H
#define LOCUM_PROBES_LOGIN_H

#include "base/attr.h"
#include "base/err.h"
#include "probes/talk.h"

#include <stdbool.h>
#include <stddef.h>

enum login_begin { LOGIN_AS_MAP, LOGIN_CLEAR, LOGIN_STARTTLS, LOGIN_IMPLICIT };

struct login_tls { /* `tls: starttls`, or `tls: {begin: starttls, ca: ...}` */
	int how;   /* enum login_begin; LOGIN_AS_MAP: `begin` says it */
	int begin; /* the same, for a map */
	struct talk_tls with;
};

struct login { /* options */
	struct login_tls tls;
	const char *user, *password_file; /* NULL: nobody logs in */
};

extern const struct word login_tls_words[];
extern const struct field login_tls_fields[];

/* The rows of a table for it; `base`: where it begins in the struct of options. */
#define LOGIN_ROWS(base)                                                                           \
	{.key = "tls",                                                                             \
		.type = FIELD_MAP,                                                                 \
		.offset = (base) + offsetof(struct login, tls),                                    \
		.otherwise = "no",                                                                 \
		.words = login_tls_words,                                                          \
		.inside = login_tls_fields,                                                        \
		.help = "Whether TLS is wanted, and what is demanded of it: no, starttls (begun "  \
			"in the clear; without it the probe fails) or implicit (from the first "   \
			"octet; give the port for that)."},                                        \
		{.key = "user",                                                                    \
			.type = FIELD_TEXT,                                                        \
			.offset = (base) + offsetof(struct login, user),                           \
			.otherwise = "",                                                           \
			.max = LOGIN_TEXT_MAX,                                                     \
			.help = "Who logs in; otherwise nobody does."},                            \
	{                                                                                          \
		.key = "password-file", .type = FIELD_PATH,                                        \
		.offset = (base) + offsetof(struct login, password_file), .otherwise = "",         \
		.help = "The file whose first line is the password; nobody but its owner may "     \
			"read it, and it is read for every attempt. Without TLS the password "     \
			"crosses the network in the clear."                                        \
	}

enum { LOGIN_TEXT_MAX = 255 };

struct secret { /* zero: none */
	char text[LOGIN_TEXT_MAX + 1];
};

/*
 * The first line of the file.  False and `err`: it cannot be read, or can be by others, or cannot
 * be sent in a line.
 */
bool secret_read(const char *path, struct secret *secret, struct err *err) MUST_USE;
void secret_forget(struct secret *secret);
/* Whether foreign octets repeat it, as it is or in base64, and so must not be shown. */
bool secret_shows(const struct secret *secret, const void *octets, size_t len) MUST_USE;

/* Whether it can stand in a line of a protocol: NULL or without control characters. */
bool login_in_line(const char *text) MUST_USE;
/* For option_set.check: user and password go together, and can be used. */
bool login_check(const struct login *login, const char **key, struct err *err) MUST_USE;

enum login_begin login_begins(const struct login *login) MUST_USE; /* never LOGIN_AS_MAP */
/* The conversation that the options ask for. */
struct talk_plan login_plan(const struct login *login, const struct probe_target *target,
	const struct talk_part *part, void *cookie, enum talk_first first) MUST_USE;

/* base64(NUL user NUL password), RFC 4616; `out` with a NUL behind it. */
enum { LOGIN_PLAIN_MAX = (2 + 2 * LOGIN_TEXT_MAX + 2) / 3 * 4 + 1 };
void login_plain(const char *user, const struct secret *secret, char out[LOGIN_PLAIN_MAX]);

#endif
