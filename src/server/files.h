/* The files of this machine, for parsers that do no I/O of their own.  Any thread. */
#ifndef LOCUM_SERVER_FILES_H
#define LOCUM_SERVER_FILES_H

#include "base/files.h"

const struct files *files_disk(void);

#endif
