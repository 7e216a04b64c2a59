/*
 * Who holds how many streams: all of one client's in a list, so that its share can
 * be kept, and its own oldest found.  Owner: the thread of the loop.
 */
#ifndef LOCUM_NET_CLIENTS_H
#define LOCUM_NET_CLIENTS_H

#include "base/attr.h"

#include <stddef.h>
#include <stdint.h>

struct clients;
struct client;
struct stream;

/* `seed`: two random numbers, so that nobody can choose clients that are slow to find. */
struct clients *clients_new(const uint64_t seed[2]) MUST_USE;
void clients_free(struct clients *clients); /* no stream is counted any more; NULL is fine */

/* The client with that number; NULL: it holds nothing. */
const struct client *clients_find(const struct clients *clients, uint64_t number) MUST_USE;
size_t client_streams(const struct client *client);
struct stream *client_first(const struct client *client); /* the newest; stream->next_own: older */

void clients_join(struct clients *clients, uint64_t number, struct stream *stream);
void clients_leave(struct clients *clients, struct stream *stream); /* not counted: no effect */

#endif
