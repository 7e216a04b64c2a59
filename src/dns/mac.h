/* HMAC-SHA256 and base64, as keys and signatures are written.  Pure. */
#ifndef LOCUM_DNS_MAC_H
#define LOCUM_DNS_MAC_H

#include "base/attr.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAC_SHA256 = 32 };

void mac_sha256(
	const uint8_t *key, size_t key_len, const void *data, size_t len, uint8_t out[MAC_SHA256]);
/* Takes the same time wherever they differ. */
bool mac_equal(const uint8_t a[MAC_SHA256], const uint8_t b[MAC_SHA256]) MUST_USE;
/* 64 hexadecimal digits; false: they are not. */
bool mac_from_hex(const char *text, size_t len, uint8_t out[MAC_SHA256]) MUST_USE;
/* RFC 4648 4, padded, at most `room` octets; their number, 0 when it is no base64. */
size_t base64_read(const char *text, size_t len, uint8_t *out, size_t room) MUST_USE;

#endif
