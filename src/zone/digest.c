#include "zone/digest.h"

#include "dns/name.h"
#include "zone/check.h"

#include <assert.h>
#include <string.h>

#include <openssl/evp.h>

static void feed(EVP_MD_CTX *context, const void *data, size_t len)
{
	(void)EVP_DigestUpdate(context, data, len);
}

static void feed_number(EVP_MD_CTX *context, uint32_t number)
{
	feed(context, &number, sizeof number); /* never leaves this machine */
}

static void feed_rdata(EVP_MD_CTX *context, uint16_t type, struct rdata rdata)
{
	const size_t serial = type == TYPE_SOA ? check_serial_at(rdata) : 0;
	feed_number(context, rdata.len);
	if (serial == 0) {
		feed(context, rdata.wire, rdata.len);
		return;
	}
	feed(context, rdata.wire, serial);
	feed(context, rdata.wire + serial + 4, rdata.len - serial - 4);
}

static void feed_records(EVP_MD_CTX *context, const struct rrset *set)
{
	size_t at = 0;
	feed_number(context, set->type);
	feed_number(context, set->ttl);
	feed_number(context, set->count);
	for (struct rdata r; (r = rrset_each(set, &at)).wire != NULL;)
		feed_rdata(context, set->type, r);
}

static void feed_set(EVP_MD_CTX *context, const struct rrset *set)
{
	struct rrset_share share;
	feed_records(context, set);
	feed_number(context, set->split);
	for (size_t i = 0; rrset_share(set, i, &share); i++) {
		feed_number(context, share.weight);
		feed_number(context, share.set != NULL);
		if (share.set != NULL)
			feed_records(context, share.set);
	}
	feed_number(context, UINT32_MAX);
}

static bool feed_node(void *cookie, const struct zone *zone, const struct node *node)
{
	EVP_MD_CTX *const context = cookie;
	uint8_t name[NAME_MAX_OCTETS];
	node_name(zone, node, name);
	feed(context, name, name_len(name));
	const size_t n = node_count(node);
	feed_number(context, (uint32_t)n);
	for (size_t i = 0; i < n; i++)
		feed_set(context, node_rrset_at(node, i));
	return true;
}

void digest_make(const struct zone *zone, uint8_t out[DIGEST_OCTETS])
{
	unsigned len = 0;
	EVP_MD_CTX *const context = EVP_MD_CTX_new();
	if (context == NULL || EVP_DigestInit_ex(context, EVP_sha256(), NULL) != 1)
		assert(false && "no memory, or no SHA-256");
	zone_each(zone, feed_node, context);
	(void)EVP_DigestFinal_ex(context, out, &len);
	assert(len == DIGEST_OCTETS);
	EVP_MD_CTX_free(context);
}
