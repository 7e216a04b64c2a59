#include "server/hooks.h"

#include <errno.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct owners {
	uid_t us, user;
};

static struct owners owners(const char *user)
{
	struct owners who = {geteuid(), geteuid()};
	struct passwd entry, *found = NULL;
	char room[4096];
	if (user != NULL && getpwnam_r(user, &entry, room, sizeof room, &found) == 0 &&
		found != NULL)
		who.user = entry.pw_uid;
	return who;
}

/* Nobody but root, us and whom we become may change it. */
static bool is_ours(const char *path, const struct stat *st, struct owners who, struct err *err)
{
	if (st->st_uid != 0 && st->st_uid != who.us && st->st_uid != who.user)
		return err_set(err, "%s belongs to another user (%u); give it to root", path,
			(unsigned)st->st_uid);
	if ((st->st_mode & (S_IWGRP | S_IWOTH)) != 0)
		return err_set(err, "%s can be written to by others; chmod go-w it", path);
	return true;
}

static bool directory_suits(const char *hooks, struct owners who, struct err *err)
{
	struct stat st;
	if (stat(hooks, &st) != 0)
		return err_set(err, "%s: %s; make the directory", hooks, strerrordesc_np(errno));
	if (!S_ISDIR(st.st_mode))
		return err_set(err, "%s is no directory; name one", hooks);
	return is_ours(hooks, &st, who, err);
}

static bool lies_within(const char *path, const char *hooks)
{
	char *const real = realpath(path, NULL), *const top = realpath(hooks, NULL);
	const size_t len = top != NULL ? strlen(top) : 0;
	const bool within = real != NULL && top != NULL && strncmp(real, top, len) == 0 &&
			    (real[len] == '/' || strcmp(top, "/") == 0);
	free(real);
	free(top);
	return within;
}

static bool program_suits(const char *path, const char *hooks, struct owners who, struct err *err)
{
	struct stat st;
	if (stat(path, &st) != 0)
		return err_set(err, "%s: %s; put it there", path, strerrordesc_np(errno));
	if (!S_ISREG(st.st_mode))
		return err_set(err, "%s is no file; name a program", path);
	if (!lies_within(path, hooks))
		return err_set(
			err, "%s is a link that leads out of server.hooks; copy the file", path);
	if ((st.st_mode & (S_IXUSR | S_IXGRP | S_IXOTH)) == 0)
		return err_set(err, "%s is not executable; chmod +x it", path);
	return is_ours(path, &st, who, err);
}

void hooks_check(const struct conf *conf, struct conf_problems *problems)
{
	const char *const hooks = conf->server.hooks;
	const struct owners who = owners(conf->server.user);
	for (size_t i = 0; i < conf->n_programs; i++) {
		const struct conf_program *const program = &conf->programs[i];
		struct err err;
		if (!directory_suits(hooks, who, &err)) {
			conf_problem(problems, CONF_ERROR, program->at, "%s: %s: server.hooks: %s",
				program->subject, program->key, err.text);
			return; /* once: the same for all of them */
		}
		if (!program_suits(program->path, hooks, who, &err))
			conf_problem(problems, CONF_ERROR, program->at, "%s: %s: %s",
				program->subject, program->key, err.text);
	}
}
