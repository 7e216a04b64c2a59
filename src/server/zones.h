/*
 * Reads the zones of a configuration, several at once: the part of load_read()
 * that takes time.  Loader thread.
 */
#ifndef LOCUM_SERVER_ZONES_H
#define LOCUM_SERVER_ZONES_H

#include "server/load.h"
#include "server/sources.h"

/*
 * The zones of `sources`, which is told what files each came from.  What is wrong with them goes to
 * `problems`, and so does advice (zone/advice.h) on those that changed and have no services; what
 * services make of a zone is looked at later.  The caller owns the view.
 */
struct view *zones_read(const struct conf *conf, struct sources *sources, const struct load *was,
	const struct load_watch *watch, struct conf_problems *problems) MUST_USE;

#endif
