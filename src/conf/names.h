/*
 * Texts that may stand only once, each with what bears it.  Finds a name at
 * once however many there are.  Lives in an arena; owner: who made it.
 */
#ifndef LOCUM_CONF_NAMES_H
#define LOCUM_CONF_NAMES_H

#include "base/attr.h"

#include <stddef.h>

struct arena;
struct names;

struct names *names_new(struct arena *arena) MUST_USE;
/* What bears `text` already; NULL: nothing did, now `bearer` (not NULL) does.  Borrows both. */
const void *names_put(struct names *names, const char *text, const void *bearer) MUST_USE;
const void *names_get(const struct names *names, const char *text) MUST_USE;

#endif
