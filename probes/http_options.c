#include "probes/http_options.h"

#include "base/err.h"
#include "probes/http_ask.h"
#include "probes/pattern.h"

#include <string.h>

enum { PORT_HTTPS = 443 };

static const struct word methods[] = {
	{"GET", METHOD_GET},
	{"HEAD", METHOD_HEAD},
	{"POST", METHOD_POST},
	{"PUT", METHOD_PUT},
	{"PATCH", METHOD_PATCH},
	{"DELETE", METHOD_DELETE},
	{"OPTIONS", METHOD_OPTIONS},
	{.text = NULL},
};

static const struct word versions[] = {
	{"auto", VERSION_AUTO}, {"1.1", VERSION_1_1}, {"2", VERSION_2}, {.text = NULL}};

static const struct word values[] = {{"days", HTTP_VALUE_DAYS}, {.text = NULL}};

#define OFFSET(member) offsetof(struct http_options, member)

const struct field http_fields[] = {
	{.key = "url",
		.type = FIELD_TEXT,
		.offset = OFFSET(url),
		.otherwise = "",
		.min = 1,
		.max = 2048,
		.help = "Scheme, port and path in one, such as \"https://{address}:8443/health\", "
			"in place of tls, port and path. Its host is {address} or {host}, the "
			"endpoint's; another name becomes the Host header, and the endpoint's "
			"address is asked all the same."},
	{.key = "path",
		.type = FIELD_TEXT,
		.offset = OFFSET(path),
		.otherwise = "",
		.filled = true,
		.min = 1,
		.max = 2048,
		.help = "What is asked for, with its query if it has one; otherwise \"/\"."},
	{.key = "host",
		.type = FIELD_TEXT,
		.offset = OFFSET(host),
		.otherwise = "",
		.filled = true,
		.min = 1,
		.max = 255,
		.help = "The Host header, sent as it stands here; otherwise the endpoint's host "
			"or address, with the port unless it is the usual one. With TLS it is also "
			"the name that is asked for (SNI) and that the certificate must be for, "
			"unless tls has another."},
	{.key = "method",
		.type = FIELD_WORD,
		.offset = OFFSET(method),
		.otherwise = "GET",
		.words = methods,
		.help = "The method of the request; the answer to HEAD has no body to look into."},
	{.key = "headers",
		.type = FIELD_TEXTS,
		.offset = OFFSET(headers),
		.otherwise = "",
		.filled = true,
		.max = 64,
		.help = "More headers of the request, each \"Name: value\"; they stand in place "
			"of ours that have the same name (User-Agent, Accept, Connection)."},
	{.key = "send",
		.type = FIELD_TEXT,
		.offset = OFFSET(send),
		.otherwise = "",
		.filled = true,
		.min = 1,
		.max = 16384,
		.help = "The body of the request. Its Content-Type is for headers to say."},
	{.key = "status",
		.type = FIELD_RANGES,
		.offset = OFFSET(status),
		.otherwise = "200-399",
		.min = 100,
		.max = 599,
		.help = "Status codes of a good answer."},
	{.key = "body",
		.type = FIELD_TEXT,
		.offset = OFFSET(body),
		.otherwise = "",
		.filled = true,
		.min = 1,
		.max = 4096,
		.help = "An extended regular expression (see regex(7)) that must be found in the "
			"first 64 KB of the body, after which the answer is cut. A body as it "
			"comes: no content coding is asked for or undone. Without this option "
			"the answer must be whole: of a body that told its length the first 64 KB "
			"are waited for, any other must end within 1 MB."},
	{.key = "value",
		.type = FIELD_UINT,
		.offset = OFFSET(value),
		.otherwise = "",
		.min = 1,
		.max = PATTERN_GROUPS_MAX,
		.words = values,
		.help = "What the attempt reads as its value: what the group of this number in "
			"the regular expression of body has found, or the days for which the "
			"server's certificate is still valid."},
	{.key = "redirects",
		.type = FIELD_UINT,
		.offset = OFFSET(redirects),
		.otherwise = "0",
		.min = 0,
		.max = 10,
		.help = "How many redirects are followed; 0: none, each is an answer to be judged "
			"by its status. They are followed at the endpoint's address alone: one to "
			"another scheme, host or port fails, and so does one too many."},
	{.key = "tls",
		.type = FIELD_MAP,
		.offset = OFFSET(tls),
		.otherwise = "false",
		.words = talk_covers,
		.inside = talk_tls_fields,
		.help = "Whether it is HTTPS, and what is demanded of it. The default of port is "
			"443 then."},
	{.key = "version",
		.type = FIELD_WORD,
		.offset = OFFSET(version),
		.otherwise = "auto",
		.words = versions,
		.help = "The version of HTTP. With TLS, auto is 2 where the server agrees (ALPN) "
			"and 1.1 otherwise; in the clear it is 1.1, and there is no 2."},
	{.key = NULL},
};

const char *http_method_text(enum http_method method)
{
	for (const struct word *w = methods; w->text != NULL; w++)
		if (w->value == (int)method)
			return w->text;
	return "";
}

static bool check_url(const struct http_options *o, struct err *err)
{
	struct http_url url;
	if (!http_url_read(o->url, &url, err))
		return false;
	if (o->path != NULL)
		return err_set(err, "has the path already; take out path");
	if (url.scheme == SCHEME_HTTP && o->tls.cover == TALK_TLS)
		return err_set(err, "begins with http://, but tls is asked for; write https://");
	return true;
}

static bool is_tls(const struct http_options *o)
{
	struct http_url url;
	struct err err;
	return o->tls.cover == TALK_TLS ||
	       (o->url != NULL && http_url_read(o->url, &url, &err) && url.scheme == SCHEME_HTTPS);
}

static bool check_value(const struct http_options *o, struct err *err)
{
	if (o->value == HTTP_VALUE_NONE)
		return true;
	if (o->value == HTTP_VALUE_DAYS)
		return is_tls(o) || err_set(err, "days are those of a certificate; ask for tls");
	struct pattern *const pattern = pattern_new(o->body);
	const size_t groups = pattern != NULL ? pattern_groups(pattern) : 0;
	pattern_free(pattern);
	return o->value <= groups || err_set(err,
					     "group %u is asked for, but body has %zu; put what is "
					     "to be read in parentheses",
					     (unsigned)o->value, groups);
}

bool http_options_check(const void *options, const char **key, struct err *err)
{
	const struct http_options *const o = options;
	*key = "url";
	if (o->url != NULL && !check_url(o, err))
		return false;
	*key = "headers";
	for (size_t i = 0; i < o->headers.n; i++)
		if (!http_ask_check(o->headers.list[i].text, err))
			return false;
	*key = "body";
	if (!pattern_check(o->body, err))
		return false;
	if (o->body != NULL && o->method == METHOD_HEAD)
		return err_set(err, "the answer to method HEAD has none; use GET, or take it out");
	*key = "version";
	if (o->version == VERSION_2 && !is_tls(o))
		return err_set(err, "2 is spoken through TLS only; ask for tls, or use 1.1");
	*key = "value";
	return check_value(o, err);
}

bool http_options_port(const void *options, uint32_t *port, struct err *err)
{
	const struct http_options *const o = options;
	struct http_url url;
	struct err why;
	if (o->url == NULL || !http_url_read(o->url, &url, &why)) {
		if (*port == 0 && is_tls(o))
			*port = PORT_HTTPS;
		return true;
	}
	if (*port != 0 && *port != url.port)
		return err_set(err, "is %u, but url says %u; take one out", (unsigned)*port,
			(unsigned)url.port);
	*port = url.port;
	return true;
}

bool http_options_valueless(const void *options)
{
	return ((const struct http_options *)options)->value == HTTP_VALUE_NONE;
}
