#include "probes/http_two.h"

#include "base/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <nghttp2/nghttp2.h>

enum {
	FIELDS_OWN = 4,      /* :method :scheme :authority :path */
	FIELD_OVERHEAD = 32, /* RFC 9113 6.5.2 counts so, and RFC 7541 4.1: none is for nothing */
	STOP = NGHTTP2_ERR_CALLBACK_FAILURE, /* what a callback says when the answer is ready */
};

struct http_two {
	struct http_answer *answer;
	const struct http_ask *ask;
	nghttp2_session *session;
	int32_t stream;
	unsigned status;
	size_t sent; /* of the request's body */
};

/* ---- memory: as everywhere, there is some or the process ends ---- */

static void *get(size_t size, void *cookie)
{
	(void)cookie;
	return mem_new(size);
}

static void *get_list(size_t n, size_t each, void *cookie)
{
	(void)cookie;
	return mem_list(n, each);
}

static void *grow(void *p, size_t size, void *cookie)
{
	(void)cookie;
	size_t room = 0;
	return mem_grow(p, &room, size, 1);
}

static void give_back(void *p, void *cookie)
{
	(void)cookie;
	free(p);
}

/* What nobody outside can cause. */
static void must(bool done) { assert(done); }

/* ---- the request ---- */

struct fields {
	nghttp2_nv *list;
	size_t n, room;
};

static nghttp2_nv nv(const char *name, size_t name_len, const char *value)
{
	/* The type of the library is not const, but it only reads. */
	union {
		const char *in;
		uint8_t *out;
	} n = {name}, v = {value};
	return (nghttp2_nv){n.out, v.out, name_len, strlen(value), NGHTTP2_NV_FLAG_NONE};
}

static void put(void *to, struct http_field field)
{
	/* RFC 9113 8.2.2: what is about a connection of HTTP/1. */
	static const char *const not_here[] = {
		"connection", "keep-alive", "proxy-connection", "upgrade"};
	for (size_t i = 0; i < COUNT_OF(not_here); i++)
		if (strlen(not_here[i]) == field.name_len &&
			strncasecmp(not_here[i], field.name, field.name_len) == 0)
			return;
	struct fields *const fields = to;
	fields->list = mem_grow(fields->list, &fields->room, fields->n + 1, sizeof *fields->list);
	fields->list[fields->n++] = nv(field.name, field.name_len, mem_text(field.value));
}

static ssize_t read_body(nghttp2_session *session, int32_t stream, uint8_t *to, size_t room,
	uint32_t *flags, nghttp2_data_source *source, void *cookie)
{
	(void)session, (void)stream, (void)source;
	struct http_two *const two = cookie;
	const char *const from = two->ask->body + two->sent;
	const size_t left = strlen(from), n = left < room ? left : room;
	memcpy(to, from, n);
	two->sent += n;
	if (n == left)
		*flags |= NGHTTP2_DATA_FLAG_EOF;
	return (ssize_t)n;
}

static void submit(struct http_two *two)
{
	const struct http_ask *const ask = two->ask;
	const nghttp2_settings_entry settings[] = {
		{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
		{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, HTTP_HEAD_MAX},
	};
	must(nghttp2_submit_settings(
		     two->session, NGHTTP2_FLAG_NONE, settings, COUNT_OF(settings)) == 0);
	const nghttp2_data_provider body = {.read_callback = read_body};
	const char *const scheme = ask->scheme == SCHEME_HTTPS ? "https" : "http";
	struct fields fields = {mem_list(FIELDS_OWN, sizeof(nghttp2_nv)), FIELDS_OWN, FIELDS_OWN};
	fields.list[0] = nv(":method", 7, ask->method);
	fields.list[1] = nv(":scheme", 7, scheme);
	fields.list[2] = nv(":authority", 10, ask->authority);
	fields.list[3] = nv(":path", 5, ask->target);
	http_ask_fields(ask, put, &fields);
	/* Copies all, and makes the names lower-case. */
	two->stream = nghttp2_submit_request(
		two->session, NULL, fields.list, fields.n, ask->body != NULL ? &body : NULL, NULL);
	must(two->stream > 0);
	for (size_t i = FIELDS_OWN; i < fields.n; i++)
		free(fields.list[i].value);
	free(fields.list);
}

/* ---- the answer ---- */

static int ready_is(enum http_ready ready) { return ready == HTTP_READY ? STOP : 0; }

static bool is_status(const uint8_t *name, size_t len)
{
	static const char status[] = ":status";
	return len == sizeof status - 1 && memcmp(name, status, len) == 0;
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags, void *cookie)
{
	(void)session, (void)flags;
	struct http_two *const two = cookie;
	if (http_answer_head(two->answer, name_len + len + FIELD_OVERHEAD) == HTTP_READY)
		return STOP;
	if (frame->hd.stream_id != two->stream || two->answer->headed)
		return 0; /* a trailer */
	if (!is_status(name, name_len))
		return ready_is(http_answer_field(
			two->answer, (const char *)name, name_len, (const char *)value, len));
	/* The library has seen to it that it is three digits. */
	two->status = 0;
	for (size_t i = 0; i < len; i++)
		two->status = two->status * 10 + (unsigned)(value[i] - '0');
	return 0;
}

/* One that may not be: it is passed over, and counted. */
static int on_bad_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name,
	size_t name_len, const uint8_t *value, size_t len, uint8_t flags, void *cookie)
{
	(void)session, (void)frame, (void)flags, (void)name, (void)value;
	struct http_two *const two = cookie;
	return ready_is(http_answer_head(two->answer, name_len + len + FIELD_OVERHEAD));
}

static int on_frame(nghttp2_session *session, const nghttp2_frame *frame, void *cookie)
{
	(void)session;
	struct http_two *const two = cookie;
	struct http_answer *const answer = two->answer;
	if (frame->hd.stream_id != two->stream ||
		(frame->hd.type != NGHTTP2_HEADERS && frame->hd.type != NGHTTP2_DATA))
		return 0;
	if (frame->hd.type == NGHTTP2_HEADERS && !answer->headed) {
		if (http_answer_headed(answer, two->status) == HTTP_READY)
			return STOP;
		if (answer->headed && !http_answer_has_body(answer))
			return ready_is(http_answer_whole(answer));
	}
	if ((frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
		return ready_is(http_answer_whole(answer));
	return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t stream, const uint8_t *data,
	size_t len, void *cookie)
{
	(void)session, (void)flags;
	struct http_two *const two = cookie;
	return stream == two->stream ? ready_is(http_answer_body(two->answer, data, len)) : 0;
}

static int on_stream_end(nghttp2_session *session, int32_t stream, uint32_t error, void *cookie)
{
	(void)session;
	struct http_two *const two = cookie;
	if (stream != two->stream)
		return 0;
	const char *const why = error == NGHTTP2_PROTOCOL_ERROR   ? "malformed answer"
				: error == NGHTTP2_REFUSED_STREAM ? "request refused (HTTP/2)"
								  : "request reset (HTTP/2)";
	return ready_is(http_answer_broken(two->answer, why));
}

static void write_out(struct http_two *two, struct octets *out)
{
	const uint8_t *data;
	for (ssize_t n; (n = nghttp2_session_mem_send(two->session, &data)) > 0;)
		octets_add(out, data, (size_t)n);
}

enum http_ready http_two_take(
	struct http_two *two, const uint8_t *data, size_t len, struct octets *out)
{
	const ssize_t used = nghttp2_session_mem_recv(two->session, data, len);
	if (two->answer->ready == HTTP_MORE && used >= 0)
		write_out(two, out); /* to reset a stream ends it: then it is ready */
	if (two->answer->ready == HTTP_READY)
		return HTTP_READY;
	/* What breaks the protocol was told the peer, and nothing more is read. */
	if (used < 0 || nghttp2_session_want_read(two->session) == 0)
		return http_answer_broken(two->answer, "malformed answer");
	return HTTP_MORE;
}

void http_two_close(struct http_two *two)
{
	(void)http_answer_broken(two->answer, two->answer->headed
						      ? "closed before the end of the answer"
						      : "closed before an answer");
}

struct http_two *http_two_new(
	struct http_answer *answer, const struct http_ask *ask, struct octets *out)
{
	static nghttp2_mem memory = {NULL, get, give_back, get_list, grow};
	struct http_two *const two = mem_new(sizeof *two);
	two->answer = answer;
	two->ask = ask;
	nghttp2_session_callbacks *calls;
	must(nghttp2_session_callbacks_new(&calls) == 0);
	nghttp2_session_callbacks_set_on_header_callback(calls, on_field);
	nghttp2_session_callbacks_set_on_invalid_header_callback(calls, on_bad_field);
	nghttp2_session_callbacks_set_on_frame_recv_callback(calls, on_frame);
	nghttp2_session_callbacks_set_on_data_chunk_recv_callback(calls, on_data);
	nghttp2_session_callbacks_set_on_stream_close_callback(calls, on_stream_end);
	must(nghttp2_session_client_new3(&two->session, calls, two, NULL, &memory) == 0);
	nghttp2_session_callbacks_del(calls);
	submit(two);
	write_out(two, out);
	return two;
}

void http_two_free(struct http_two *two)
{
	if (two == NULL)
		return;
	nghttp2_session_del(two->session);
	free(two);
}
