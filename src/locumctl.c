/* locumctl: asks a running locumd, plays tests and what was recorded.  See ctl/ctl.h. */
#include "ctl/ctl.h"
#include "probes/probe.h"
#include "server/compare.h"
#include "server/server.h"

static bool test(const char *configuration)
{
	return server_check(configuration, probe_options) == 0;
}

static json_t *replay(const char *was, const char *is, const json_t *pages, struct err *err)
{
	return compare_policies(was, is, pages, probe_options, err);
}

int main(int argc, char *argv[])
{
	static const struct ctl_tools tools = {.test = test, .replay = replay};
	return (int)ctl_run(argc, argv, &tools, stdin, stdout, stderr);
}
