#include "base/files.h"

#include "base/arena.h"

#include <string.h>

const char *files_beside(struct arena *arena, const char *from, const char *path)
{
	const char *const slash = strrchr(from, '/');
	if (path[0] == '/' || slash == NULL)
		return arena_text(arena, path, strlen(path));
	return arena_format(arena, "%.*s/%s", (int)(slash - from), from, path);
}
