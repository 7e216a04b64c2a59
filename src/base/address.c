#include "base/address.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool address_parse(const char *text, struct address *address)
{
	*address = (struct address){0};
	if (inet_pton(AF_INET, text, &address->v4.sin_addr) == 1) {
		address->v4.sin_family = AF_INET;
		address->len = sizeof address->v4;
		return true;
	}
	if (inet_pton(AF_INET6, text, &address->v6.sin6_addr) == 1) {
		address->v6.sin6_family = AF_INET6;
		address->len = sizeof address->v6;
		return true;
	}
	return false;
}

bool address_parse_port(const char *text, struct address *address)
{
	const char *const at = strrchr(text, '@');
	char host[INET6_ADDRSTRLEN];
	if (at == NULL || (size_t)(at - text) >= sizeof host)
		return false;
	memcpy(host, text, (size_t)(at - text));
	host[at - text] = '\0';

	const size_t digits = strspn(at + 1, "0123456789");
	const long port = digits > 0 && digits <= 5 ? strtol(at + 1, NULL, 10) : 0;
	if (at[1 + digits] != '\0' || port < 1 || port > 65535 || !address_parse(host, address))
		return false;
	*address = address_with_port(*address, (uint16_t)port);
	return true;
}

struct address address_with_port(struct address address, uint16_t port)
{
	if (address.any.sa_family == AF_INET)
		address.v4.sin_port = htons(port);
	else
		address.v6.sin6_port = htons(port);
	return address;
}

uint16_t address_port(const struct address *address)
{
	return ntohs(
		address->any.sa_family == AF_INET ? address->v4.sin_port : address->v6.sin6_port);
}

bool address_equal(const struct address *a, const struct address *b)
{
	if (a->any.sa_family != b->any.sa_family || address_port(a) != address_port(b))
		return false;
	return a->any.sa_family == AF_INET
		       ? a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr
		       : memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof a->v6.sin6_addr) == 0;
}

const char *address_text(const struct address *address, char room[ADDRESS_TEXT_MAX])
{
	const void *const from = address->any.sa_family == AF_INET
					 ? (const void *)&address->v4.sin_addr
					 : (const void *)&address->v6.sin6_addr;
	char host[INET6_ADDRSTRLEN] = "?";
	(void)inet_ntop(address->any.sa_family, from, host, sizeof host);
	const unsigned port = address_port(address);
	if (port == 0)
		(void)snprintf(room, ADDRESS_TEXT_MAX, "%s", host);
	else
		(void)snprintf(room, ADDRESS_TEXT_MAX, "%s@%u", host, port);
	return room;
}
