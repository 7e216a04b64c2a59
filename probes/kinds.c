#include "conf/heartbeat.h"
#include "probes/probe.h"

#include <stddef.h>

const struct probe_kind *const probe_kinds[] = {
	&probe_tcp,
	&probe_http,
	&probe_exchange,
	&probe_tls,
	&probe_dns,
	&probe_icmp,
	&probe_smtp,
	&probe_imap,
	&probe_pop3,
	&probe_ldap,
	&probe_ftp,
	&probe_exec,
	&probe_file,
	NULL,
};

const struct option_set *const probe_options[] = {
	&probe_tcp.options,
	&probe_http.options,
	&probe_exchange.options,
	&probe_tls.options,
	&probe_dns.options,
	&probe_icmp.options,
	&probe_smtp.options,
	&probe_imap.options,
	&probe_pop3.options,
	&probe_ldap.options,
	&probe_ftp.options,
	&probe_exec.options,
	&probe_file.options,
	&heartbeat_kind,
	NULL,
};
