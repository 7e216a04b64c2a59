/* Opening the sockets that a daemon listens on. */
#ifndef LOCUM_NET_SOCKET_H
#define LOCUM_NET_SOCKET_H

#include "base/address.h"
#include "base/attr.h"
#include "base/err.h"

/*
 * All: non-blocking, close-on-exec; -1 (false) and `err` on failure: "127.0.0.1@53: address already
 * in use; ...", with the way out.  An IPv6 socket takes IPv6 only.
 *
 * UDP and TCP sockets of one address can be opened several times by this process and by others of
 * the same user (SO_REUSEPORT), so socket_is_free() is asked before the first: it is the one that
 * notices another process, over UDP or TCP.  Not for an address that this process has already.
 */
bool socket_is_free(const struct address *address, struct err *err) MUST_USE;
/* A datagram on a wildcard address comes with IP_PKTINFO or IPV6_PKTINFO. */
int socket_udp(const struct address *address, struct err *err) MUST_USE;
int socket_tcp(const struct address *address, struct err *err) MUST_USE; /* listens */
/*
 * A listening unix socket, mode 0660 whatever the umask; a stale one that nobody answers on is
 * replaced, a live one is an error.
 */
int socket_unix(const char *path, struct err *err) MUST_USE;

#endif
