/* Where in its zone file a record stands.  Of the loader's thread: files may hang. */
#ifndef LOCUM_SERVER_PLACES_H
#define LOCUM_SERVER_PLACES_H

#include "server/load.h"

#include <jansson.h>

/* Whether an explanation has steps whose place is still to be found. */
bool places_wanted(const json_t *explain) MUST_USE;
/* Finds them: "static, from FILE" becomes "static, from FILE:LINE", and "places" has all. */
void places_find(json_t *explain, const struct load *load);

#endif
