/* locumd: the daemon and, as `locumd prober`, its child. */
#include "prober/prober.h"
#include "probes/probe.h"
#include "server/server.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void usage(FILE *out)
{
	(void)fprintf(out, "usage: locumd [-t] -c FILE\n"
			   "       locumd -h | -V\n"
			   "  -c FILE  the configuration; serves in the foreground\n"
			   "  -t       only checks it, runs its tests, and lists every error\n"
			   "  -V       prints the version\n"
			   "See locumd(8) and locum.yaml(5).\n");
}

/* A word instead of SIGILL where `make` took an instruction for granted: see CPU in the Makefile.
 */
static bool suits_processor(void)
{
#if defined(__x86_64__) && defined(__POPCNT__)
	if (!__builtin_cpu_supports("popcnt")) {
		(void)fprintf(stderr, "locumd: built for processors with the instruction POPCNT, "
				      "which this one has not; `make CPU=` builds for any\n");
		return false;
	}
#endif
	return true;
}

int main(int argc, char **argv)
{
	if (!suits_processor())
		return 1;
	if (argc == 2 && strcmp(argv[1], "prober") == 0)
		return prober_run(STDERR_FILENO + 1);

	const char *path = NULL;
	bool check = false;
	int option;
	/* NOLINTNEXTLINE(concurrency-mt-unsafe): there is one thread yet */
	while ((option = getopt(argc, argv, "c:thV")) != -1) {
		switch (option) {
		case 'c': path = optarg; break;
		case 't': check = true; break;
		case 'h': usage(stdout); return 0;
		case 'V': (void)printf("locumd %s\n", LOCUM_VERSION); return 0;
		default: usage(stderr); return 2;
		}
	}
	if (path == NULL || optind < argc) {
		usage(stderr);
		return 2;
	}
	return check ? server_check(path, probe_options) : server_run(path, probe_options);
}
