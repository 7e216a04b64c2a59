#include "probes/http_ask.h"

#include "base/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { PORT_MAX = 65535 };

static const struct {
	const char *begin;
	size_t len;
	uint16_t port;
} schemes[] = {[SCHEME_HTTP] = {"http://", 7, 80}, [SCHEME_HTTPS] = {"https://", 8, 443}};

/* tchar of RFC 9110 5.6.2 */
static const char token[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

static struct http_field split(const char *line)
{
	const size_t len = strspn(line, token);
	const char *const value = line + len + (line[len] == ':');
	return (struct http_field){line, len, value + strspn(value, " \t")};
}

static bool named(struct http_field field, const char *name)
{
	return field.name_len == strlen(name) && strncasecmp(field.name, name, field.name_len) == 0;
}

bool http_ask_check(const char *line, struct err *err)
{
	static const struct {
		const char *name, *instead;
	} ours[] = {
		{"host", "use the option host"},
		{"content-length", "it follows from send"},
		{"transfer-encoding", "take it out"},
	};
	const struct http_field field = split(line);
	if (field.name_len == 0 || line[field.name_len] != ':')
		return err_set(err, "each must be \"Name: value\"");
	for (const char *c = field.value; *c != '\0'; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			return err_set(err, "%.*s: a value cannot have control characters",
				(int)field.name_len, field.name);
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (named(field, ours[i].name))
			return err_set(err, "%.*s cannot be set here; %s", (int)field.name_len,
				field.name, ours[i].instead);
	return true;
}

static bool given(const struct http_ask *ask, const char *name)
{
	for (size_t i = 0; ask->headers != NULL && i < ask->headers->n; i++)
		if (named(split(ask->headers->list[i].text), name))
			return true;
	return false;
}

/* RFC 9110 8.6: where a body would be expected, an empty one is told as well. */
static bool tells_length(const struct http_ask *ask)
{
	return ask->body != NULL || strcmp(ask->method, "POST") == 0 ||
	       strcmp(ask->method, "PUT") == 0 || strcmp(ask->method, "PATCH") == 0;
}

void http_ask_fields(
	const struct http_ask *ask, void (*put)(void *to, struct http_field field), void *to)
{
	static const struct http_field ours[] = {
		{"User-Agent", 10, "locum"},
		{"Accept", 6, "*/*"},
		{"Connection", 10, "close"},
	};
	for (size_t i = 0; i < COUNT_OF(ours); i++)
		if (!given(ask, ours[i].name))
			put(to, ours[i]);
	struct err err;
	/* Checked before, but for the words of an endpoint that were put in since. */
	for (size_t i = 0; ask->headers != NULL && i < ask->headers->n; i++)
		if (http_ask_check(ask->headers->list[i].text, &err))
			put(to, split(ask->headers->list[i].text));
	if (tells_length(ask)) {
		char len[24];
		(void)snprintf(len, sizeof len, "%zu", ask->body != NULL ? strlen(ask->body) : 0);
		put(to, (struct http_field){"Content-Length", 14, len});
	}
}

static void add(struct octets *to, const char *text) { octets_add(to, text, strlen(text)); }

static void write_field(void *to, struct http_field field)
{
	octets_add(to, field.name, field.name_len);
	add(to, ": ");
	add(to, field.value);
	add(to, "\r\n");
}

void http_ask_write(const struct http_ask *ask, struct octets *to)
{
	add(to, ask->method);
	add(to, " ");
	add(to, ask->target);
	add(to, " HTTP/1.1\r\n");
	write_field(to, (struct http_field){"Host", 4, ask->authority});
	http_ask_fields(ask, write_field, to);
	add(to, "\r\n");
	if (ask->body != NULL)
		add(to, ask->body);
}

char *http_ask_harmless(const char *text)
{
	char *const out = mem_new(3 * strlen(text) + 1), *to = out;
	for (; *text != '\0'; text++) {
		const unsigned char c = (unsigned char)*text;
		if (c <= ' ' || c >= 0x7f || c == '#')
			to += sprintf(to, "%%%02X", c);
		else
			*to++ = (char)c;
	}
	return out;
}

char *http_ask_target(const char *path)
{
	char *const clean = http_ask_harmless(path);
	if (clean[0] == '/' || strcmp(clean, "*") == 0)
		return clean;
	char *const whole = mem_format("/%s", clean);
	free(clean);
	return whole;
}

char *http_ask_authority(const char *host, const struct address *address, enum http_scheme scheme)
{
	char text[ADDRESS_TEXT_MAX];
	const uint16_t port = address_port(address);
	const struct address bare = address_with_port(*address, 0);
	if (host[0] == '\0')
		host = address_text(&bare, text);
	const bool brackets = strchr(host, ':') != NULL && host[0] != '[';
	const char *const open = brackets ? "[" : "", *const shut = brackets ? "]" : "";
	if (port == schemes[scheme].port)
		return mem_format("%s%s%s", open, host, shut);
	return mem_format("%s%s%s:%u", open, host, shut, (unsigned)port);
}

/* Behind the ":" of an authority; 0: no port. */
static uint16_t read_port(const char *text, size_t len)
{
	uint32_t port = 0;
	for (size_t i = 0; i < len && port <= PORT_MAX; i++) {
		if (text[i] < '0' || text[i] > '9')
			return 0;
		port = port * 10 + (uint32_t)(text[i] - '0');
	}
	return port <= PORT_MAX ? (uint16_t)port : 0;
}

/* HOST, HOST:PORT, [ADDRESS] or [ADDRESS]:PORT; false: something else. */
static bool read_authority(const char *text, size_t len, struct http_url *url)
{
	const bool brackets = len > 0 && text[0] == '[';
	const char *const end = text + len, *const shut = brackets ? memchr(text, ']', len) : text;
	if (shut == NULL || memchr(text, '@', len) != NULL)
		return false;
	const char *const colon = memchr(shut, ':', (size_t)(end - shut));
	const char *const host_end = brackets ? shut : colon != NULL ? colon : end;
	url->host = text + brackets;
	url->host_len = (size_t)(host_end - url->host);
	url->port = schemes[url->scheme].port;
	if (brackets && colon != shut + 1 && shut + 1 != end)
		return false;
	if (colon != NULL && colon + 1 != end)
		url->port = read_port(colon + 1, (size_t)(end - colon) - 1);
	return url->host_len > 0 && url->port != 0;
}

/* The scheme and what is behind its "//". */
static bool read_scheme(const char **text, enum http_scheme *scheme)
{
	for (enum http_scheme s = SCHEME_HTTP; s <= SCHEME_HTTPS; s++)
		if (strncasecmp(*text, schemes[s].begin, schemes[s].len) == 0) {
			*text += schemes[s].len;
			*scheme = s;
			return true;
		}
	return false;
}

bool http_url_read(const char *text, struct http_url *url, struct err *err)
{
	if (!read_scheme(&text, &url->scheme))
		return err_set(err, "must begin with http:// or https://");
	const size_t len = strcspn(text, "/?#");
	if (!read_authority(text, len, url))
		return err_set(err, "must have HOST or HOST:PORT behind the //, such as "
				    "\"http://{address}:8080/health\"");
	if (strchr(text, '#') != NULL)
		return err_set(err, "cannot have a fragment; take out what begins with #");
	url->path = text + len;
	return true;
}

static bool same_place(const struct http_ask *ask, const struct http_url *url)
{
	struct http_url here = {.scheme = ask->scheme};
	return url->scheme == ask->scheme &&
	       read_authority(ask->authority, strlen(ask->authority), &here) &&
	       (here.port == url->port || ask->port == url->port) &&
	       here.host_len == url->host_len &&
	       strncasecmp(here.host, url->host, here.host_len) == 0;
}

char *http_ask_next(const struct http_ask *ask, const char *location)
{
	struct http_url url = {.scheme = ask->scheme};
	const char *rest = location;
	if (read_scheme(&rest, &url.scheme) || strncmp(location, "//", 2) == 0) {
		rest += rest == location ? 2 : 0;
		const size_t len = strcspn(rest, "/?#");
		if (!read_authority(rest, len, &url) || !same_place(ask, &url))
			return NULL;
		rest += len;
	} else if (strcspn(location, ":") < strcspn(location, "/?#")) {
		return NULL; /* another scheme */
	}
	/* A path of its own, or one beside ours; a query of its own, or one of our path. */
	const size_t len = strcspn(rest, "#"), path = strcspn(ask->target, "?");
	size_t base = 0;
	if (rest == location && rest[0] != '/') {
		base = path;
		while (rest[0] != '?' && len > 0 && base > 0 && ask->target[base - 1] != '/')
			base--;
		if (len == 0)
			base = strlen(ask->target);
	}
	char *const joined = mem_format("%.*s%.*s", (int)base, ask->target, (int)len, rest);
	char *const target = http_ask_target(joined);
	free(joined);
	return target;
}
