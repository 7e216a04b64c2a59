/* From the configuration to the terms that a view carries.  Loader thread, or before there is one.
 */
#ifndef LOCUM_SERVER_TERMS_LOAD_H
#define LOCUM_SERVER_TERMS_LOAD_H

#include "conf/conf.h"
#include "zone/terms.h"

/*
 * Reads the file of secrets, if there is one.  A random secret outlives a reload: it is that of
 * `was` (NULL: none), made by the configuration `before`.  Returns `was` itself, one reference
 * more, when nothing changed.  After an error it is of no use.
 */
struct terms *terms_load(const struct conf_server *conf, const struct conf_server *before,
	const struct terms *was, struct conf_problems *problems) MUST_USE;

#endif
