#include "base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

bool err_set(struct err *err, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	return false;
}

bool err_within(struct err *err, const char *fmt, ...)
{
	const struct err inner = *err;
	va_list args;
	va_start(args, fmt);
	(void)vsnprintf(err->text, sizeof err->text, fmt, args);
	va_end(args);
	const size_t used = strlen(err->text);
	(void)snprintf(err->text + used, sizeof err->text - used, ": %s", inner.text);
	return false;
}
