#include "zone/opt.h"

#include "base/bytes.h"
#include "zone/reply.h"
#include "zone/terms.h"

#include <assert.h>
#include <string.h>

enum {
	OPTION_FIXED = 4, /* code, length */
	SCOPE_AT = 3,
	SUBNET_MAX = 20,
	ERROR_FIXED = OPTION_FIXED + 2,
	QUESTION_MAX = 255 + 4,
};

/* All that may be asked for fits behind the longest question into the smallest message. */
static_assert(OPT_FIXED + 4 * OPTION_FIXED + COOKIE_WHOLE + SUBNET_MAX + 2 + TERMS_TEXT_MAX <=
		      MESSAGE_UDP - MESSAGE_HEADER - QUESTION_MAX,
	"room for every option");

static bool tells_identity(const struct reply *reply)
{
	return (reply->query->asks & ASKS_NSID) != 0 && reply->terms->identity[0] != '\0';
}

/* RFC 7828 3.3.2: over UDP it means nothing. */
static bool tells_idle(const struct reply *reply)
{
	return (reply->query->asks & ASKS_KEEPALIVE) != 0 && reply->transport == TRANSPORT_TCP;
}

static bool has_cookie(const struct reply *reply, const struct address *client)
{
	return (reply->query->asks & ASKS_COOKIE) != 0 && reply->terms->cookies.n > 0 &&
	       client != NULL;
}

uint16_t opt_begin(struct reply *reply, const struct request *request)
{
	const struct query *const query = reply->query;
	size_t len = OPT_FIXED;
	if (query->asks == 0)
		return (uint16_t)len;
	if (has_cookie(reply, request->client)) {
		reply->with_cookie = true;
		reply->standing = cookie_judge(&reply->terms->cookies, query->cookie,
			query->cookie_len, request->client, request->unix_now, reply->cookie);
		len += OPTION_FIXED + COOKIE_WHOLE;
	}
	if (tells_identity(reply))
		len += OPTION_FIXED + strlen(reply->terms->identity);
	if ((query->asks & ASKS_SUBNET) != 0)
		len += OPTION_FIXED + query->subnet_len;
	if (tells_idle(reply))
		len += OPTION_FIXED + 2;
	return (uint16_t)len;
}

/* Returns where the data of the option goes; `*at` moves behind that. */
static uint8_t *put_option(uint8_t **at, enum option code, size_t len)
{
	uint8_t *const data = *at + OPTION_FIXED;
	bytes_put16(*at, (uint16_t)code);
	bytes_put16(*at + 2, (uint16_t)len);
	*at = data + len;
	return data;
}

static uint8_t *put_options(const struct reply *reply, uint8_t *at)
{
	const struct query *const query = reply->query;
	if (reply->with_cookie)
		memcpy(put_option(&at, OPTION_COOKIE, COOKIE_WHOLE), reply->cookie, COOKIE_WHOLE);
	if (tells_identity(reply)) {
		const size_t len = strlen(reply->terms->identity);
		memcpy(put_option(&at, OPTION_NSID, len), reply->terms->identity, len);
	}
	if ((query->asks & ASKS_SUBNET) != 0) { /* as it came: the answer is the same for all */
		uint8_t *const data = put_option(&at, OPTION_SUBNET, query->subnet_len);
		memcpy(data, query->subnet, query->subnet_len);
		data[SCOPE_AT] = 0;
	}
	if (tells_idle(reply))
		bytes_put16(put_option(&at, OPTION_KEEPALIVE, 2), reply->idle);
	return at;
}

size_t opt_put(const struct reply *reply, uint8_t *to)
{
	const struct query *const query = reply->query;
	uint8_t *at = to + OPT_FIXED;
	reply_put_bare_opt(query, reply->rcode, to);
	if (query->asks != 0)
		at = put_options(reply, at);
	assert((size_t)(at - to) == reply->opt_len);
	if (reply->ede != EDE_NONE && reply->writer.room - reply->writer.at >= ERROR_FIXED)
		bytes_put16(put_option(&at, OPTION_ERROR, 2), (uint16_t)reply->ede);
	opt_set_len(to, (size_t)(at - to));
	return (size_t)(at - to);
}

uint16_t opt_least(const struct reply *reply)
{
	return reply->with_cookie ? OPT_FIXED + OPTION_FIXED + COOKIE_WHOLE : OPT_FIXED;
}

void opt_set_len(uint8_t *opt, size_t len) { bytes_put16(opt + 9, (uint16_t)(len - OPT_FIXED)); }
