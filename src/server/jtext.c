#include "server/jtext.h"

#include "base/mem.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

json_t *jtext(const char *text)
{
	json_t *json = json_string(text);
	if (json != NULL)
		return json;
	const size_t room = 4 * strlen(text) + 8;
	char *const escaped = mem_new(room);
	json = json_string(text_escape(text, strlen(text), escaped, room));
	free(escaped);
	return json;
}
