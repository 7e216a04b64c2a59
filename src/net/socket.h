/* Opening the sockets that a daemon listens on. */
#ifndef LOCUM_NET_SOCKET_H
#define LOCUM_NET_SOCKET_H

#include "base/address.h"
#include "base/attr.h"
#include "base/err.h"

/*
 * Non-blocking, close-on-exec.  -1 and `err` ("127.0.0.1@53: address already in use ...") on
 * failure. UDP and TCP sockets of one address can be opened several times by this process
 * (SO_REUSEPORT), but not while another process has it: socket_is_free() is asked once before.
 */
bool socket_is_free(const struct address *address, struct err *err) MUST_USE;
int socket_udp(const struct address *address, struct err *err) MUST_USE;
int socket_tcp(const struct address *address, struct err *err) MUST_USE;
/* A listening unix socket, mode 0660; a stale one nobody answers on is replaced, a live one is an
 * error. */
int socket_unix(const char *path, struct err *err) MUST_USE;

#endif
