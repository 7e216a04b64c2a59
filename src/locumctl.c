/* locumctl: asks a running locumd.  See ctl/ctl.h. */
#include "ctl/ctl.h"

int main(int argc, char *argv[]) { return (int)ctl_run(argc, argv, stdin, stdout, stderr); }
