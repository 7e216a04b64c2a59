/* A response of somebody else's server: header, records, data as text. */
#include "dns/heard.h"
#include "dns/rrtype.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const uint8_t name[] = "\1a\1b";
	const struct asked asked = {0x1234, name, TYPE_SOA};
	struct heard heard;
	struct heard_record record;
	char text[HEARD_DATA_MAX];
	uint8_t *const wire = malloc(size + 1); /* ASan sees a step past its end */
	if (wire == NULL)
		return 0;
	if (size > 0)
		memcpy(wire, data, size);
	uint8_t *const exact = realloc(wire, size > 0 ? size : 1);
	if (exact == NULL)
		abort();
	if (heard_read(&heard, &asked, exact, size) == HEARD_ANSWER)
		while (heard_next(&heard, &record) == HEARD_RECORD)
			for (unsigned only = 0; only < 9; only++)
				if (heard_data(&heard, &record, only, text) &&
					strlen(text) >= sizeof text)
					abort();
	free(exact);
	return 0;
}
