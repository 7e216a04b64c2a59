#include "probes/probe.h"

#include <stddef.h>

const struct probe_kind *const probe_kinds[] = {
	&probe_tcp,
	&probe_http,
	&probe_exchange,
	&probe_tls,
	&probe_dns,
	&probe_exec,
	NULL,
};

const struct option_set *const probe_options[] = {
	&probe_tcp.options,
	&probe_http.options,
	&probe_exchange.options,
	&probe_tls.options,
	&probe_dns.options,
	&probe_exec.options,
	NULL,
};
