#include "probes/curl.h"

#include "base/mem.h"
#include "net/loop.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
	SHARD_TRANSFERS = 128, /* PITFALLS: 68 us a transfer up to 250, 713 us with 10,000 */
	SPARE_EASY = 256,
	BUFFER = 4096, /* answers to checks are short, and thousands are read at once */
};

struct curl_shard {
	struct curl_pool *pool;
	CURLM *multi;
	struct watch *timer;
	size_t transfers;
	struct curl_shard *next;
};

struct curl_pool {
	struct loop *loop;
	void (*prepare)(CURL *easy);
	struct curl_shard *shards; /* the oldest first: it is filled first */
	CURL *spare[SPARE_EASY];
	size_t n_spare;
};

struct line { /* a socket that libcurl waits for */
	struct curl_shard *shard;
	curl_socket_t fd;
	struct watch *in, *out;
};

/* Out of memory ends the process, also in there; so CURLE_OUT_OF_MEMORY can only mean that
 * something outgrew a limit of libcurl's. */
static void *grow_octets(void *p, size_t size)
{
	size_t room = 0;
	return mem_grow(p, &room, size, 1);
}

static void prepare_library(void)
{
	const CURLcode code = curl_global_init_mem(
		CURL_GLOBAL_DEFAULT, mem_new, free, grow_octets, mem_text, mem_list);
	assert(code == CURLE_OK);
	(void)code;
}

/* What nobody outside can cause: a wrong option, a handle of another multi. */
static void must(bool done) { assert(done); }

static void hand_out_ended(struct curl_shard *shard)
{
	int left;
	for (CURLMsg *msg; (msg = curl_multi_info_read(shard->multi, &left)) != NULL;) {
		if (msg->msg != CURLMSG_DONE)
			continue;
		const CURLcode code = msg->data.result;
		struct curl_transfer *transfer = NULL;
		must(curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
		transfer->ended(transfer->cookie, code);
	}
}

static void act(struct curl_shard *shard, curl_socket_t fd, int what)
{
	int running;
	must(curl_multi_socket_action(shard->multi, fd, what, &running) == CURLM_OK);
	hand_out_ended(shard);
}

static void on_readable(void *cookie, mono_t now)
{
	(void)now;
	const struct line *const line = cookie; /* may be gone when act() returns */
	act(line->shard, line->fd, CURL_CSELECT_IN);
}

static void on_writable(void *cookie, mono_t now)
{
	(void)now;
	const struct line *const line = cookie;
	act(line->shard, line->fd, CURL_CSELECT_OUT);
}

static void on_timer(void *cookie, mono_t now)
{
	(void)now;
	act(cookie, CURL_SOCKET_TIMEOUT, 0);
}

static int set_timer(CURLM *multi, long ms, void *cookie)
{
	(void)multi;
	struct curl_shard *const shard = cookie;
	if (ms < 0)
		watch_pause(shard->timer);
	else
		watch_again(shard->timer, mono_after(loop_now(shard->pool->loop), span_ms(ms)));
	return 0;
}

static void listen_for(struct line *line, struct watch **watch, bool wanted,
	struct watch *(*make)(struct loop *, int, loop_fn *, void *), loop_fn *fn)
{
	if (wanted && *watch == NULL)
		*watch = make(line->shard->pool->loop, line->fd, fn, line);
	else if (!wanted) {
		watch_free(*watch);
		*watch = NULL;
	}
}

static int set_socket(CURL *easy, curl_socket_t fd, int what, void *cookie, void *socket_cookie)
{
	struct curl_shard *const shard = cookie;
	struct line *line = socket_cookie;
	if (what == CURL_POLL_REMOVE) {
		if (line != NULL) {
			watch_free(line->in);
			watch_free(line->out);
			free(line);
		}
		return 0;
	}
	if (line == NULL) {
		line = mem_new(sizeof *line);
		line->shard = shard;
		line->fd = fd;
		must(curl_multi_assign(shard->multi, fd, line) == CURLM_OK);
		struct curl_transfer *transfer = NULL;
		must(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &transfer) == CURLE_OK);
		transfer->waited = true;
	}
	listen_for(line, &line->out, (what & CURL_POLL_OUT) != 0, loop_writable, on_writable);
	listen_for(line, &line->in, (what & CURL_POLL_IN) != 0, loop_readable, on_readable);
	return 0;
}

static curl_socket_t open_socket(void *cookie, curlsocktype purpose, struct curl_sockaddr *to)
{
	(void)purpose;
	struct curl_transfer *const transfer = cookie;
	const int fd =
		socket(to->family, to->socktype | SOCK_NONBLOCK | SOCK_CLOEXEC, to->protocol);
	if (fd < 0) {
		transfer->socket_error = errno;
		return CURL_SOCKET_BAD;
	}
	return fd;
}

/* All was said, or nobody listens any more: a reset leaves no TIME_WAIT on either side. */
static int close_socket(void *cookie, curl_socket_t fd)
{
	(void)cookie;
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};
	(void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
	return close(fd);
}

static CURL *new_easy(void (*prepare)(CURL *))
{
	CURL *const easy = curl_easy_init();
	must(easy != NULL);
	bool good = true;
#define SET(option, value) good = curl_easy_setopt(easy, option, value) == CURLE_OK && good
	SET(CURLOPT_NOSIGNAL, 1L);
	SET(CURLOPT_PROXY, ""); /* the environment's would be taken */
	SET(CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	SET(CURLOPT_FOLLOWLOCATION, 0L);
	SET(CURLOPT_FRESH_CONNECT, 1L); /* a kept connection hides a dead listener */
	SET(CURLOPT_FORBID_REUSE, 1L);
	SET(CURLOPT_DNS_CACHE_TIMEOUT, 0L);
	SET(CURLOPT_BUFFERSIZE, (long)BUFFER);
	SET(CURLOPT_OPENSOCKETFUNCTION, open_socket);
	SET(CURLOPT_CLOSESOCKETFUNCTION, close_socket);
#undef SET
	must(good);
	prepare(easy);
	return easy;
}

static struct curl_shard *new_shard(struct curl_pool *pool)
{
	struct curl_shard *const shard = mem_new(sizeof *shard);
	shard->pool = pool;
	shard->timer = loop_at(pool->loop, loop_now(pool->loop), on_timer, shard);
	watch_pause(shard->timer);
	shard->multi = curl_multi_init();
	must(shard->multi != NULL);
	must(curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, set_socket) == CURLM_OK &&
		curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard) == CURLM_OK &&
		curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, set_timer) == CURLM_OK &&
		curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard) == CURLM_OK);
	return shard;
}

static struct curl_shard *shard_with_room(struct curl_pool *pool)
{
	struct curl_shard **at = &pool->shards;
	while (*at != NULL && (*at)->transfers >= SHARD_TRANSFERS)
		at = &(*at)->next;
	if (*at == NULL)
		*at = new_shard(pool);
	return *at;
}

struct curl_pool *curl_pool_new(struct loop *loop, void (*prepare)(CURL *easy))
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	(void)pthread_once(&once, prepare_library);
	struct curl_pool *const pool = mem_new(sizeof *pool);
	pool->loop = loop;
	pool->prepare = prepare;
	return pool;
}

void curl_pool_free(struct curl_pool *pool)
{
	if (pool == NULL)
		return;
	while (pool->n_spare > 0)
		curl_easy_cleanup(pool->spare[--pool->n_spare]);
	for (struct curl_shard *s = pool->shards, *next; s != NULL; s = next) {
		next = s->next;
		assert(s->transfers == 0);
		(void)curl_multi_cleanup(s->multi);
		watch_free(s->timer);
		free(s);
	}
	free(pool);
}

void curl_transfer_take(
	struct curl_pool *pool, struct curl_transfer *transfer, curl_ended_fn *ended, void *cookie)
{
	assert(transfer->easy == NULL);
	*transfer = (struct curl_transfer){.ended = ended, .cookie = cookie};
	transfer->shard = shard_with_room(pool);
	transfer->shard->transfers++;
	transfer->easy = pool->n_spare > 0 ? pool->spare[--pool->n_spare] : new_easy(pool->prepare);
	must(curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer) == CURLE_OK &&
		curl_easy_setopt(transfer->easy, CURLOPT_OPENSOCKETDATA, transfer) == CURLE_OK);
}

bool curl_transfer_go(struct curl_transfer *transfer)
{
	return curl_multi_add_handle(transfer->shard->multi, transfer->easy) == CURLM_OK;
}

void curl_transfer_end(struct curl_transfer *transfer)
{
	struct curl_shard *const shard = transfer->shard;
	struct curl_pool *const pool = shard->pool;
	(void)curl_multi_remove_handle(shard->multi, transfer->easy);
	assert(shard->transfers > 0);
	shard->transfers--;
	/* libcurl never clears the errno it tells: the next transfer would inherit it. */
	long error = 0;
	(void)curl_easy_getinfo(transfer->easy, CURLINFO_OS_ERRNO, &error);
	if (error == 0 && pool->n_spare < SPARE_EASY)
		pool->spare[pool->n_spare++] = transfer->easy;
	else
		curl_easy_cleanup(transfer->easy);
	*transfer = (struct curl_transfer){.easy = NULL};
}
