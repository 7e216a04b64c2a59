/* What `locumctl probe` prints: every step of an attempt with its time, and how it ended. */
#ifndef LOCUM_CTL_ATTEMPTS_H
#define LOCUM_CTL_ATTEMPTS_H

#include "base/attr.h"
#include "base/mono.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* `probe` is that of the daemon's reply, whatever it may be. */
void attempts_show(const json_t *probe, FILE *out);
bool attempts_passed(const json_t *probe) MUST_USE; /* all of them */
/* The shortest interval of the checks: 1 s where it makes no sense. */
span_t attempts_every(const json_t *probe) MUST_USE;

#endif
