/* Prints the options of the configuration in mdoc, from the field tables that the parser uses. */
#include "conf/manual.h"
#include "probes/probe.h"

#include <stdio.h>

int main(void)
{
	manual_print(stdout, probe_options);
	return ferror(stdout) != 0 || fflush(stdout) != 0;
}
