/*
 * Files from the disk, for the parsers that may do no I/O (base/files.h).
 * Regular files of up to 1 GiB only; FIFOs and devices would block or never end.  Any thread.
 */
#ifndef LOCUM_SERVER_FILES_H
#define LOCUM_SERVER_FILES_H

#include "base/files.h"

/* Errors begin with the path: "zones/a.zone: no such file". */
const struct files *files_disk(void);

#endif
