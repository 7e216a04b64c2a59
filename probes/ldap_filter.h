/* A search filter as people write it (RFC 4515), as LDAP sends it (RFC 4511, 4.5.1.7).  Pure. */
#ifndef LOCUM_PROBES_LDAP_FILTER_H
#define LOCUM_PROBES_LDAP_FILTER_H

#include "base/attr.h"

#include <stdbool.h>

struct ber_out;
struct err;

/* False and `err`, with the way out: it is none.  Extensible matches (`:=`) are not known here. */
bool ldap_filter_put(struct ber_out *out, const char *text, struct err *err) MUST_USE;

#endif
