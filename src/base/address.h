/* An IPv4 or IPv6 address with a port, ready for the socket calls.  Pure: names are never resolved.
 */
#ifndef LOCUM_BASE_ADDRESS_H
#define LOCUM_BASE_ADDRESS_H

#include "base/attr.h"

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_TEXT_MAX = 64 };

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len; /* octets of the socket address in use */
};

/* "192.0.2.1" or "2001:db8::1"; the port is 0. */
bool address_parse(const char *text, struct address *address) MUST_USE;
/* "ADDRESS@PORT", as in `listen`; the port is 1 to 65535. */
bool address_parse_port(const char *text, struct address *address) MUST_USE;
struct address address_with_port(struct address address, uint16_t port);
uint16_t address_port(const struct address *address);
bool address_equal(const struct address *a, const struct address *b); /* port included */
/* "192.0.2.1@53"; without the "@53" when the port is 0. */
const char *address_text(const struct address *address, char room[ADDRESS_TEXT_MAX]);

#endif
