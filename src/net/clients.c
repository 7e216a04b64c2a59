#include "net/clients.h"

#include "base/mem.h"
#include "net/stream_own.h"

#include <assert.h>
#include <stdlib.h>

enum { BUCKETS = 1024 };

struct client {              /* while it holds a stream */
	struct client *next; /* in its bucket */
	uint64_t number;
	size_t n;
	struct stream *first;
};

struct clients {
	uint64_t seed[2];
	size_t n; /* streams */
	struct client *buckets[BUCKETS];
};

struct clients *clients_new(const uint64_t seed[2])
{
	struct clients *const clients = mem_new(sizeof *clients);
	clients->seed[0] = seed[0];
	clients->seed[1] = seed[1] | 1;
	return clients;
}

void clients_free(struct clients *clients)
{
	assert(clients == NULL || clients->n == 0);
	free(clients);
}

static size_t bucket_of(const struct clients *clients, uint64_t number)
{
	uint64_t x = (number ^ clients->seed[0]) * clients->seed[1];
	x = (x ^ x >> 29) + clients->seed[0];
	x *= 0x9E3779B97F4A7C15U;
	return (x >> 32) % BUCKETS;
}

const struct client *clients_find(const struct clients *clients, uint64_t number)
{
	const struct client *client = clients->buckets[bucket_of(clients, number)];
	while (client != NULL && client->number != number)
		client = client->next;
	return client;
}

size_t client_streams(const struct client *client) { return client->n; }

struct stream *client_first(const struct client *client) { return client->first; }

void clients_join(struct clients *clients, uint64_t number, struct stream *stream)
{
	struct client **const bucket = &clients->buckets[bucket_of(clients, number)];
	struct client *client = *bucket;
	while (client != NULL && client->number != number)
		client = client->next;
	if (client == NULL) {
		client = mem_new(sizeof *client);
		client->number = number;
		client->next = *bucket;
		*bucket = client;
	}
	client->n++;
	clients->n++;
	stream->client = client;
	stream->prev_own = NULL;
	stream->next_own = client->first;
	if (client->first != NULL)
		client->first->prev_own = stream;
	client->first = stream;
}

void clients_leave(struct clients *clients, struct stream *stream)
{
	struct client *const client = stream->client;
	if (client == NULL)
		return;
	*(stream->prev_own != NULL ? &stream->prev_own->next_own : &client->first) =
		stream->next_own;
	if (stream->next_own != NULL)
		stream->next_own->prev_own = stream->prev_own;
	stream->client = NULL;
	clients->n--;
	if (--client->n > 0)
		return;
	struct client **at = &clients->buckets[bucket_of(clients, client->number)];
	while (*at != client)
		at = &(*at)->next;
	*at = client->next;
	free(client);
}
