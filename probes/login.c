#include "probes/login.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

const struct word login_tls_words[] = {{"no", LOGIN_CLEAR}, {"starttls", LOGIN_STARTTLS},
	{"implicit", LOGIN_IMPLICIT}, {.text = NULL}};

static const struct word begins[] = {
	{"starttls", LOGIN_STARTTLS}, {"implicit", LOGIN_IMPLICIT}, {.text = NULL}};

const struct field login_tls_fields[] = {
	{.key = "begin",
		.type = FIELD_WORD,
		.offset = offsetof(struct login_tls, begin),
		.otherwise = "starttls",
		.words = begins,
		.help = "When TLS begins."},
	TALK_TLS_ROWS(offsetof(struct login_tls, with)),
	{.key = NULL},
};

enum login_begin login_begins(const struct login *login)
{
	const int how = login->tls.how;
	return (enum login_begin)(how == LOGIN_AS_MAP ? login->tls.begin : how);
}

bool login_in_line(const char *text)
{
	for (; text != NULL && *text != '\0'; text++)
		if ((unsigned char)*text < ' ' || *text == 0x7f)
			return false;
	return true;
}

static bool read_first_line(int fd, struct secret *secret, struct err *err)
{
	struct stat st;
	char octets[sizeof secret->text + 2]; /* the line's end too */
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode))
		return err_set(err, "is not a file");
	if ((st.st_mode & (S_IRWXG | S_IRWXO)) != 0)
		return err_set(err, "is open to others; chmod 600");
	const ssize_t n = read(fd, octets, sizeof octets - 1);
	if (n < 0)
		return err_set(err, "cannot be read: %s", strerrordesc_np(errno));
	octets[n] = '\0';
	const size_t len = strcspn(octets, "\r\n");
	octets[len] = '\0';
	const bool fits = len > 0 && len <= LOGIN_TEXT_MAX && login_in_line(octets);
	if (fits)
		memcpy(secret->text, octets, len);
	explicit_bzero(octets, sizeof octets);
	return fits || err_set(err, "must have 1 to %d octets in its first line, and no controls",
			       LOGIN_TEXT_MAX);
}

bool secret_read(const char *path, struct secret *secret, struct err *err)
{
	*secret = (struct secret){.text = ""};
	/* O_NONBLOCK: opening a FIFO does not wait for a writer. */
	const int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0)
		return err_set(err, "cannot be read: %s", strerrordesc_np(errno));
	const bool good = read_first_line(fd, secret, err);
	(void)close(fd);
	return good;
}

void secret_forget(struct secret *secret) { explicit_bzero(secret, sizeof *secret); }

/* Alone in base64, at each of the three places it can begin at, without the octets that others
 * share: enough to know it by. */
static bool shows_encoded(const struct secret *secret, const void *octets, size_t len)
{
	const size_t n = strlen(secret->text);
	for (size_t lead = 0; lead < 3; lead++) {
		unsigned char raw[sizeof secret->text + 2] = {0}, coded[LOGIN_PLAIN_MAX];
		memcpy(raw + lead, secret->text, n);
		const size_t whole = (lead + n) / 3 * 4, skip = lead == 0 ? 0 : 4;
		(void)EVP_EncodeBlock(coded, raw, (int)(lead + n));
		const bool found =
			whole > skip && memmem(octets, len, coded + skip, whole - skip) != NULL;
		explicit_bzero(raw, sizeof raw);
		explicit_bzero(coded, sizeof coded);
		if (found)
			return true;
	}
	return false;
}

bool secret_shows(const struct secret *secret, const void *octets, size_t len)
{
	const size_t n = strlen(secret->text);
	return n > 0 &&
	       (memmem(octets, len, secret->text, n) != NULL || shows_encoded(secret, octets, len));
}

bool login_check(const struct login *login, const char **key, struct err *err)
{
	struct secret secret;
	*key = "user";
	if (login->user == NULL && login->password_file == NULL)
		return true;
	if (login->user == NULL)
		return err_set(err, "is missing; password-file is for a login");
	if (login->user[0] == '\0' || !login_in_line(login->user))
		return err_set(err, "must be a name without control characters");
	*key = "password-file";
	if (login->password_file == NULL)
		return err_set(err, "is missing; a login wants one");
	const bool good = secret_read(login->password_file, &secret, err);
	secret_forget(&secret);
	return good;
}

void login_plain(const char *user, const struct secret *secret, char out[LOGIN_PLAIN_MAX])
{
	unsigned char raw[2 + 2 * LOGIN_TEXT_MAX], coded[LOGIN_PLAIN_MAX];
	const size_t u = strnlen(user, LOGIN_TEXT_MAX), s = strlen(secret->text);
	raw[0] = raw[1 + u] = '\0';
	memcpy(raw + 1, user, u);
	memcpy(raw + 2 + u, secret->text, s);
	(void)EVP_EncodeBlock(coded, raw, (int)(2 + u + s));
	memcpy(out, coded, sizeof coded);
	explicit_bzero(raw, sizeof raw);
	explicit_bzero(coded, sizeof coded);
}

struct talk_plan login_plan(const struct login *login, const struct probe_target *target,
	const struct talk_part *part, void *cookie, enum talk_first first)
{
	const enum login_begin begin = login_begins(login);
	return (struct talk_plan){
		.target = target,
		.tls = begin == LOGIN_CLEAR ? NULL : &login->tls.with,
		.begin = begin == LOGIN_STARTTLS ? TALK_CLEAR_FIRST : TALK_TLS_FIRST,
		.first = first,
		.part = part,
		.cookie = cookie,
	};
}
