/*
 * Request to response: the first octet chooses transport and dice, the rest is
 * the request.  The response is read again by a second reader.
 */
#include "tests/unit/ask.h"

static const char *const zones[] = {
	"example.\n@ SOA ns1 host 1 3600 600 86400 60\n@ NS ns1\n@ NS ns.elsewhere.\n@ MX 10 mail\n"
	"ns1 A 192.0.2.1\nns1 AAAA 2001:db8::1\nmail A 192.0.2.2\nwww CNAME web\nweb A 192.0.2.3\n"
	"web A 192.0.2.4\nweb A 192.0.2.5\nfar CNAME a.other.\na.b.c TXT \"deep\"\n*.w MX 1 "
	"x.w\n*.w A 192.0.2.6\n"
	"_s._tcp SRV 0 0 80 web\n_s._tcp SRV 1 0 80 mail\nsub NS ns.sub\nsub NS ns.beside\n"
	"ns.sub A 192.0.2.7\nns.beside AAAA 2001:db8::2\nsub DS 1 8 2 "
	"0102030405060708091011121314151617181920212223242526272829303132\n"
	"d DNAME d.d.d.other.\nround DNAME x.round\nloop CNAME loop\nodd TYPE65280 \\# 3 010203\n"
	"minfo MINFO a.b c.example.\n",
	"other.\n@ SOA ns1.example. host 1 3600 600 86400 60\n@ NS ns1.example.\na CNAME "
	"b.example.\n"
	"d DNAME d.example.\n* CNAME *.w.example.\n",
	"deep.sub.example.\n@ SOA a b 1 2 3 4 5\n@ NS a\n@ A 192.0.2.8\n",
	NULL,
};

/* With all that a response may carry. */
static const struct view *telling(const struct view *view)
{
	struct terms *const terms = terms_new();
	(void)snprintf(terms->identity, sizeof terms->identity, "node");
	(void)snprintf(terms->version, sizeof terms->version, "v1");
	terms->cookies.n = 1;
	const struct view *const on = view_on(view, terms);
	terms_unref(terms);
	view_unref(view);
	return on;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct view *view;
	static struct response response;
	static struct address client;
	if (view == NULL) {
		view = telling(ask_view(zones));
		if (!address_parse("192.0.2.1", &client))
			ask_die("the client", "no address");
	}
	if (size < 1)
		return 0;
	const enum transport transport = (data[0] & 1) != 0 ? TRANSPORT_TCP : TRANSPORT_UDP;
	const size_t room = transport == TRANSPORT_TCP ? ASK_ROOM : MESSAGE_UDP_EDNS;
	uint8_t *const out = malloc(room); /* ASan sees a step past its end */
	if (out == NULL)
		return 0;
	const struct request request = {.wire = data + 1,
		.len = size - 1,
		.transport = transport,
		.dice = data[0] * 0x01010101U,
		.unix_now = 1559731985,
		.idle = 100,
		.client = &client};
	struct answer answer = answer_request(view, &request, out, room);
	if (answer.fate == REQUEST_ANSWERED) {
		const char *const wrong =
			response_suits(&response, out, answer.len, request.wire, room);
		if (wrong != NULL)
			ask_die("the response", wrong);
		const size_t whole = answer.len;
		if (answer.len < 64) { /* once more: same octets */
			uint8_t again[64 + 512];
			const struct answer second =
				answer_request(view, &request, again, sizeof again);
			if (second.len != answer.len || memcmp(again, out, answer.len) != 0)
				ask_die("the response", "differs the second time");
		}
		answer_shorten(out, &answer);
		if (answer.len > whole || response_read(&response, out, answer.len) != NULL)
			ask_die("the response", "cannot be shortened");
	}
	free(out);
	return 0;
}
