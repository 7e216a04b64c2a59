#include "prober/turns.h"

#include "base/mem.h"

#include <assert.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct host {
	uint8_t key[17]; /* family and address; zero: none */
	size_t members, asking;
	struct turn *first, *last;   /* queued */
	struct host *before, *after; /* in the round, while `ready` */
	bool ready;
	struct host *chain;
};

static void make_key(const struct address *address, uint8_t key[17])
{
	memset(key, 0, 17);
	if (address->len == 0)
		return;
	key[0] = (uint8_t)address->any.sa_family;
	if (address->any.sa_family == AF_INET)
		memcpy(key + 1, &address->v4.sin_addr, sizeof address->v4.sin_addr);
	else
		memcpy(key + 1, &address->v6.sin6_addr, sizeof address->v6.sin6_addr);
}

static struct host **find(struct turns *turns, const uint8_t key[17])
{
	uint32_t hash = 2166136261U;
	for (size_t i = 0; i < 17; i++)
		hash = (hash ^ key[i]) * 16777619U;
	struct host **at = &turns->buckets[(hash ^ hash >> 16) % TURNS_BUCKETS];
	while (*at != NULL && memcmp((*at)->key, key, 17) != 0)
		at = &(*at)->chain;
	return at;
}

static bool has_room(const struct turns *turns, const struct host *host)
{
	return host->key[0] == 0 || host->asking < turns->per_host;
}

/* Into the round, at its end. */
static void enter(struct turns *turns, struct host *host)
{
	host->ready = true;
	host->before = turns->last;
	host->after = NULL;
	*(turns->last != NULL ? &turns->last->after : &turns->first) = host;
	turns->last = host;
}

static void leave(struct turns *turns, struct host *host)
{
	host->ready = false;
	*(host->before != NULL ? &host->before->after : &turns->first) = host->after;
	*(host->after != NULL ? &host->after->before : &turns->last) = host->before;
}

static void place(struct turns *turns, struct host *host)
{
	const bool ready = host->first != NULL && has_room(turns, host);
	if (ready && !host->ready)
		enter(turns, host);
	else if (!ready && host->ready)
		leave(turns, host);
}

static void dequeue(struct turns *turns, struct turn *turn)
{
	struct host *const host = turn->host;
	assert(turn->queued);
	*(turn->before != NULL ? &turn->before->after : &host->first) = turn->after;
	*(turn->after != NULL ? &turn->after->before : &host->last) = turn->before;
	turn->before = turn->after = NULL;
	turn->queued = false;
	turns->queued--;
}

void turns_begin(struct turns *turns, size_t most, size_t per_host)
{
	*turns = (struct turns){.most = most, .per_host = per_host};
}

void turns_join(struct turns *turns, struct turn *turn, const struct address *address)
{
	uint8_t key[17];
	make_key(address, key);
	struct host **const at = find(turns, key);
	if (*at == NULL) {
		*at = mem_new(sizeof **at);
		memcpy((*at)->key, key, sizeof key);
	}
	turn->host = *at;
	turn->host->members++;
}

void turns_leave(struct turns *turns, struct turn *turn)
{
	assert(!turn->queued && turn->host->members > 0);
	struct host *const host = turn->host;
	turn->host = NULL;
	if (--host->members > 0)
		return;
	assert(host->asking == 0 && host->first == NULL);
	*find(turns, host->key) = host->chain;
	free(host);
}

bool turns_take(struct turns *turns, struct turn *turn)
{
	struct host *const host = turn->host;
	/* Whoever is queued had to wait for the same room: nobody overtakes. */
	if (turns->asking < turns->most && has_room(turns, host) && host->first == NULL) {
		turns->asking++;
		host->asking++;
		return true;
	}
	turn->queued = true;
	turn->before = host->last;
	turn->after = NULL;
	*(host->last != NULL ? &host->last->after : &host->first) = turn;
	host->last = turn;
	turns->queued++;
	place(turns, host);
	return false;
}

void turns_cancel(struct turns *turns, struct turn *turn)
{
	dequeue(turns, turn);
	place(turns, turn->host);
}

void turns_over(struct turns *turns, struct turn *turn)
{
	assert(turns->asking > 0 && turn->host->asking > 0);
	turns->asking--;
	turn->host->asking--;
	place(turns, turn->host);
}

struct turn *turns_next(struct turns *turns)
{
	if (turns->asking >= turns->most || turns->first == NULL)
		return NULL;
	struct host *const host = turns->first;
	struct turn *const turn = host->first;
	leave(turns, host); /* and in again at the end: the others come first */
	dequeue(turns, turn);
	turns->asking++;
	host->asking++;
	place(turns, host);
	return turn;
}

void turns_limit(struct turns *turns, size_t per_host)
{
	if (turns->per_host == per_host)
		return;
	turns->per_host = per_host;
	for (size_t i = 0; i < TURNS_BUCKETS; i++)
		for (struct host *h = turns->buckets[i]; h != NULL; h = h->chain)
			place(turns, h);
}
