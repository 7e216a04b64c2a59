/* What went wrong, in words for the person who has to fix it. */
#ifndef LOCUM_BASE_ERR_H
#define LOCUM_BASE_ERR_H

#include "base/attr.h"

#include <stdbool.h>

struct err {
	char text[512];
};

/* Sets the text and returns false, so that `return err_set(e, "...")` reads well. */
bool err_set(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Puts "context: " before the text; returns false. */
bool err_within(struct err *err, const char *fmt, ...) PRINTF_LIKE(2, 3);

#endif
