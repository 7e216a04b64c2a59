/*
 * What stands between braces in a record or in an option of a probe, and gives way to an
 * endpoint's own value.  Pure.
 */
#ifndef LOCUM_CONF_FILL_H
#define LOCUM_CONF_FILL_H

#include "conf/conf.h"

/* Whether an option of this table holds a substitution. */
bool fill_wanted(const struct field *fields, const void *options) MUST_USE;
/*
 * A copy of the options with the endpoint's values put in, in `arena`; NULL and `err` when it
 * lacks one or an option becomes too long: `*key` is that option.  Braces around anything but a
 * word ("{3}", "{}", "{ print }") are none of ours here and stay.
 */
const void *fill_options(const struct option_set *kind, const void *options,
	const struct conf_endpoint *endpoint, struct arena *arena, const char **key,
	struct err *err) MUST_USE;

#endif
