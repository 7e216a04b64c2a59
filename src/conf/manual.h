/*
 * The options of the language for locum.yaml(5), from the tables that read
 * them: mdoc, one .Ss with a list for each block and each kind of probe.
 */
#ifndef LOCUM_CONF_MANUAL_H
#define LOCUM_CONF_MANUAL_H

#include "conf/schema.h"

#include <stdio.h>

/* `kinds` ends with NULL. */
void manual_print(FILE *out, const struct option_set *const kinds[]);

#endif
