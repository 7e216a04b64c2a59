#include "responder/responder.h"

#include "base/mem.h"
#include "net/socket.h"
#include "net/thread.h"
#include "responder/worker.h"

#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	CONNECTIONS = 1024,   /* over TCP, in all */
	CONNECTIONS_MIN = 16, /* on each socket, however many there are */
	NAME_ROOM = 16,
};

struct worker {
	struct udp *udp;
	struct tcp *tcp;
	pthread_t udp_thread, tcp_thread;
};

struct responders {
	bool running;
	size_t n;
	struct worker *workers;
};

static bool open_worker(struct worker *worker, const struct address listen[], size_t n,
	unsigned workers, size_t connections, struct err *err)
{
	worker->udp = udp_open(listen, n, workers, err);
	if (worker->udp == NULL)
		return false;
	worker->tcp = tcp_open(listen, n, workers, connections, err);
	return worker->tcp != NULL;
}

struct responders *responders_open(
	const struct address listen[], size_t n, unsigned workers, struct err *err)
{
	assert(n > 0 && workers > 0);
	for (size_t i = 0; i < n; i++)
		if (!socket_is_free(&listen[i], err))
			return NULL;
	size_t connections = CONNECTIONS / (n * workers);
	if (connections < CONNECTIONS_MIN)
		connections = CONNECTIONS_MIN;
	struct responders *const responders = mem_new(sizeof *responders);
	responders->workers = mem_list(workers, sizeof *responders->workers);
	while (responders->n < workers) {
		struct worker *const worker = &responders->workers[responders->n++];
		if (!open_worker(worker, listen, n, workers, connections, err)) {
			responders_stop(responders);
			return NULL;
		}
	}
	return responders;
}

static void *run_udp(void *cookie)
{
	thread_hurry();
	udp_run(cookie);
	return NULL;
}

static void *run_tcp(void *cookie)
{
	thread_hurry();
	tcp_run(cookie);
	return NULL;
}

static void start(
	pthread_t *thread, void *(*run)(void *), void *cookie, const char *kind, unsigned number)
{
	char name[NAME_ROOM];
	(void)snprintf(name, sizeof name, "%s%u", kind, number);
	thread_start(thread, name, run, cookie);
}

void responders_start(struct responders *responders)
{
	assert(!responders->running);
	responders->running = true;
	for (size_t i = 0; i < responders->n; i++) {
		struct worker *const worker = &responders->workers[i];
		start(&worker->udp_thread, run_udp, worker->udp, "udp", (unsigned)i);
		start(&worker->tcp_thread, run_tcp, worker->tcp, "tcp", (unsigned)i);
	}
}

struct counters responders_counters(const struct responders *responders)
{
	struct counters sum = {0};
	for (size_t i = 0; i < responders->n; i++) {
		counters_add(&sum, udp_counters(responders->workers[i].udp));
		counters_add(&sum, tcp_counters(responders->workers[i].tcp));
	}
	return sum;
}

static void join(struct responders *responders)
{
	for (size_t i = 0; i < responders->n; i++) {
		udp_stop(responders->workers[i].udp);
		tcp_stop(responders->workers[i].tcp);
	}
	for (size_t i = 0; i < responders->n; i++) {
		(void)pthread_join(responders->workers[i].udp_thread, NULL);
		(void)pthread_join(responders->workers[i].tcp_thread, NULL);
	}
}

void responders_stop(struct responders *responders)
{
	if (responders == NULL)
		return;
	if (responders->running)
		join(responders);
	for (size_t i = 0; i < responders->n; i++) {
		udp_close(responders->workers[i].udp);
		tcp_close(responders->workers[i].tcp);
	}
	free(responders->workers);
	free(responders);
}
