/*
 * libcurl on net/loop: transfers spread over several multi handles, because removing one from a
 * multi walks all that the multi holds.  Easy handles are kept and used again: memory follows what
 * is under way, not how many probes there are.  Owner: the thread of the loop.
 */
#ifndef LOCUM_PROBES_CURL_H
#define LOCUM_PROBES_CURL_H

#include "base/attr.h"

#include <stdbool.h>

#include <curl/curl.h>

struct loop;
struct curl_pool;
struct curl_shard;

typedef void curl_ended_fn(void *cookie, CURLcode code);

struct curl_transfer { /* one attempt; the caller's, zero when there is none */
	CURL *easy;
	struct curl_shard *shard;
	curl_ended_fn *ended;
	void *cookie;
	int socket_error; /* errno of socket(); 0: it worked */
	bool waited;      /* the kernel took the connection on: errors come from the network now */
};

/*
 * `prepare` sets what all transfers of this pool have in common.  Set for all already: no signals,
 * no proxy, no redirects, no connection used twice, no resolver cache.
 */
struct curl_pool *curl_pool_new(struct loop *loop, void (*prepare)(CURL *easy)) MUST_USE;
void curl_pool_free(struct curl_pool *pool); /* no transfer is under way */

/*
 * Gives `transfer` an easy handle, to which the caller adds what is this transfer's own; then
 * curl_transfer_go().  `ended` is called once, later, from the loop and not from within libcurl;
 * there the caller asks the handle what it wants to know and calls curl_transfer_end().
 */
void curl_transfer_take(
	struct curl_pool *pool, struct curl_transfer *transfer, curl_ended_fn *ended, void *cookie);
/* False: libcurl did not take it, `ended` will not be called. */
bool curl_transfer_go(struct curl_transfer *transfer) MUST_USE;
void curl_transfer_end(struct curl_transfer *transfer); /* also to give it up */

#endif
