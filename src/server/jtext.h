/* Any octets as a JSON string: what is not UTF-8 is escaped.  Never NULL. */
#ifndef LOCUM_SERVER_JTEXT_H
#define LOCUM_SERVER_JTEXT_H

#include <jansson.h>

json_t *jtext(const char *text);

#endif
