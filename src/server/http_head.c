#include "server/http_head.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static struct http_head bad(void) { return (struct http_head){.status = 400}; }

static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* RFC 9110 5.6.2 */
static bool is_token(struct http_piece piece)
{
	for (size_t i = 0; i < piece.len; i++) {
		const char c = piece.at[i];
		const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
		if (!letter && !is_digit(c) && (c == '\0' || strchr("!#$%&'*+-.^_`|~", c) == NULL))
			return false;
	}
	return piece.len > 0;
}

static bool is_word(struct http_piece piece, const char *word)
{
	return piece.len == strlen(word) && strncasecmp(piece.at, word, piece.len) == 0;
}

/*
 * Where the empty line ends; 0: not yet.  *fine is false as soon as there is an octet that has no
 * place in a head: a line feed or carriage return of its own, another control character.
 */
static size_t find_end(const char *data, size_t len, bool *fine)
{
	size_t line = 0; /* octets of this one */
	for (size_t i = 0; i < len; i++) {
		const uint8_t c = (uint8_t)data[i];
		const bool after_cr = i > 0 && data[i - 1] == '\r';
		*fine = (c == '\n') == after_cr &&
			((c >= ' ' && c != 127) || c == '\t' || c == '\r' || c == '\n');
		if (!*fine)
			return 0;
		if (c == '\n' && line == 0)
			return i + 1;
		if (c == '\n')
			line = 0;
		else if (c != '\r')
			line++;
	}
	*fine = true;
	return 0;
}

/* Takes the first `len` octets and the `skip` behind them off the front. */
static struct http_piece cut(struct http_piece *rest, size_t len, size_t skip)
{
	const struct http_piece piece = {.at = rest->at, .len = len};
	assert(len + skip <= rest->len);
	rest->at += len + skip;
	rest->len -= len + skip;
	return piece;
}

static struct http_piece cut_line(struct http_piece *rest)
{
	const char *const end = memmem(rest->at, rest->len, "\r\n", 2);
	assert(end != NULL); /* find_end() has seen the last one */
	return cut(rest, (size_t)(end - rest->at), 2);
}

/* Up to `c`, which is taken off, too; false: there is none. */
static bool cut_at(struct http_piece *rest, char c, struct http_piece *piece)
{
	const char *const at = memchr(rest->at, c, rest->len);
	if (at == NULL)
		return false;
	*piece = cut(rest, (size_t)(at - rest->at), 1);
	return true;
}

/* "GET /path?query HTTP/1.1".  Only the origin form: a proxy's would name a host a second time. */
static struct http_head read_request_line(struct http_piece line)
{
	struct http_head head = {.status = 200};
	struct http_piece method, target;
	if (!cut_at(&line, ' ', &method) || !cut_at(&line, ' ', &target) || !is_token(method))
		return bad();
	if (target.len == 0 || target.at[0] != '/')
		return bad();
	for (size_t i = 0; i < target.len; i++)
		if (target.at[i] <= ' ' || target.at[i] == '#') /* negative: not ASCII */
			return bad();
	if (line.len != 8 || memcmp(line.at, "HTTP/", 5) != 0 || !is_digit(line.at[5]) ||
		line.at[6] != '.' || !is_digit(line.at[7]))
		return bad();
	if (line.at[5] != '1')
		return (struct http_head){.status = 505};
	head.keep = line.at[7] != '0';
	if (method.len == 3 && memcmp(method.at, "GET", 3) == 0)
		head.method = HTTP_GET;
	if (method.len == 4 && memcmp(method.at, "HEAD", 4) == 0)
		head.method = HTTP_HEAD;
	head.path = target;
	if (cut_at(&target, '?', &head.path))
		head.query = target;
	return head;
}

static struct http_piece trimmed(struct http_piece value)
{
	while (value.len > 0 && (value.at[0] == ' ' || value.at[0] == '\t'))
		(void)cut(&value, 1, 0);
	while (value.len > 0 && (value.at[value.len - 1] == ' ' || value.at[value.len - 1] == '\t'))
		value.len--;
	return value;
}

static bool asks_to_close(struct http_piece list)
{
	struct http_piece word;
	while (cut_at(&list, ',', &word))
		if (is_word(trimmed(word), "close"))
			return true;
	return is_word(trimmed(list), "close");
}

/* False: a field that may not be there, or not so. */
static bool read_field(struct http_head *head, struct http_piece line, unsigned *lengths)
{
	struct http_piece name;
	if (!cut_at(&line, ':', &name) || !is_token(name))
		return false; /* also a folded line, and a space before the colon */
	const struct http_piece value = trimmed(line);
	if (is_word(name, "transfer-encoding"))
		return false;
	if (is_word(name, "content-length") && (++*lengths > 1 || !is_word(value, "0")))
		return false;
	if (is_word(name, "connection") && asks_to_close(value))
		head->keep = false;
	if (!is_word(name, "host"))
		return true;
	const bool first = head->host.at == NULL;
	head->host = value;
	return first && value.len > 0;
}

struct http_head http_head_read(const void *data, size_t len, size_t max)
{
	bool fine = true;
	const size_t end = find_end(data, len < max ? len : max, &fine);
	if (!fine)
		return bad();
	if (end == 0)
		return (struct http_head){.status = len < max ? 0 : 431};

	struct http_piece rest = {.at = data, .len = end};
	struct http_head head = read_request_line(cut_line(&rest));
	unsigned lengths = 0;
	while (head.status == 200 && rest.len > 2)
		if (!read_field(&head, cut_line(&rest), &lengths))
			return bad();
	if (head.status == 200 && head.host.at == NULL)
		return bad();
	head.len = end;
	return head;
}
