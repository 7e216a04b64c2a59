/*
 * libFuzzer: two octets of type, then RDATA as a transfer would bring it.  What passes the check
 * prints and reads back the same; what does not prints as hexadecimal.  Built as fuzz_zonefile.c
 * is.
 */
#include "base/bytes.h"
#include "dns/name.h"
#include "zone/rrtext.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2 || size - 2 > RDATA_MAX)
		return 0;
	const uint16_t type = bytes_get16(data);
	const struct rdata rdata = {data + 2, (uint16_t)(size - 2)};
	const bool sound = rdata_check(type, rdata.wire, rdata.len);
	char *const text = rdata_text(type, rdata);
	if (sound) {
		uint8_t again[RDATA_MAX];
		uint16_t len;
		struct err err;
		const bool done =
			rdata_parse(type, text, strlen(text), name_root, again, &len, &err);
		assert(done && len == rdata.len && memcmp(again, rdata.wire, len) == 0);
	} else {
		assert(strncmp(text, "\\# ", 3) == 0);
	}
	free(text);
	return 0;
}
