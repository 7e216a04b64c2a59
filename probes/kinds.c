#include "conf/heartbeat.h"
#include "probes/probe.h"

#include <stddef.h>

const struct probe_kind *const probe_kinds[] = {
	&probe_tcp,
	&probe_http,
	&probe_dns,
	&probe_exec,
	&probe_icmp,
	&probe_file,
	NULL,
};

const struct option_set *const probe_options[] = {
	&probe_tcp.options,
	&probe_http.options,
	&probe_dns.options,
	&probe_exec.options,
	&probe_icmp.options,
	&probe_file.options,
	&heartbeat_kind,
	NULL,
};
