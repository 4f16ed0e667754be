/* Knows how Docker looks up a command and what it says when there is none. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/utf8.h"
#include "sandbox/run.h"
#include "spec/gofmt.h"

static const char *env_get(const struct strv *env, const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < env->count; i++)
		if (strncmp(env->items[i], key, len) == 0 &&
		    env->items[i][len] == '=')
			return env->items[i] + len + 1;
	return NULL;
}

/* What an executable must be for Go: a file with any of the x bits. */
static int check_file(const char *path)
{
	struct stat st;

	if (stat(path, &st) < 0)
		return errno;
	return S_ISDIR(st.st_mode) || !(st.st_mode & 0111) ? EACCES : 0;
}

static int no_such(const char *name, const char *why, struct err *err)
{
	return err_set(err, ERR_INPUT,
		       RUN_START "exec: \"%s\": %s: unknown", name, why);
}

static int check_path(const char *path, struct err *err)
{
	int problem = check_file(path);
	char why[300];

	if (problem == 0)
		return 0;
	if (problem == EACCES)
		return no_such(path, "permission denied", err);
	snprintf(why, sizeof(why), "stat %.200s: %s", path,
		 problem == ENOENT ? "no such file or directory" :
		 problem == ENOTDIR ? "not a directory" : strerror(problem));
	return no_such(path, why, err);
}

/* Owned path of name in PATH. */
static int search(const char *name, const char *path, char **out,
		  struct err *err)
{
	while (path && *path) {
		size_t len = strcspn(path, ":");
		AUTO_FREE char *dir = mem_strndup(path, len);
		AUTO_FREE char *joined = mem_printf("%s/%s", dir, name);
		AUTO_FREE char *file = fs_clean_path(len ? joined : name);

		if (name[0] && check_file(file) == 0) {
			if (file[0] != '/')
				return no_such(name, "cannot run executable "
					       "found relative to current "
					       "directory", err);
			*out = STEAL(file);
			return 0;
		}
		path += len;
		/* "a:" ends in an empty entry, which is "." */
		if (path[0] == ':' && path[1] == '\0' &&
		    check_file(name) == 0)
			return no_such(name, "cannot run executable found "
				       "relative to current directory", err);
		path += *path == ':';
	}
	return no_such(name, "executable file not found in $PATH", err);
}

static int find(const struct run *run, char **out, struct err *err)
{
	const char *name = run->spec->argv.items[0];

	if (!strchr(name, '/'))
		return search(name, env_get(&run->env, "PATH"), out, err);
	if (check_path(name, err) < 0)
		return -1;
	*out = mem_strdup(name);
	return 0;
}

/* NULL-terminated; the strings are borrowed. */
static char **vector(const struct strv *list, char *last)
{
	char **v = mem_array(list->count + 2, sizeof(*v));

	if (list->count)
		memcpy(v, list->items, list->count * sizeof(*v));
	v[list->count] = last;
	return v;
}

/* Found, and yet it does not start: runc's init says so in its place. */
static void __attribute__((noreturn)) complain(const char *path, int why)
{
	AUTO_FREE char *text = mem_printf(
		"exec %s: %s\n", path,
		why == ENOEXEC ? "exec format error" :
		why == ENOENT ? "no such file or directory" :
		why == EACCES ? "permission denied" :
		why == E2BIG ? "argument list too long" :
		why == EINVAL ? "invalid argument" : strerror(why));

	(void)!write(STDERR_FILENO, text, strlen(text));
	_exit(1);
}

/* The kernel would see the end of a string where the NUL is. */
static const char *first_with_nul(const struct strv *list)
{
	for (size_t i = 0; i < list->count; i++)
		if (utf8_has_nul(list->items[i]))
			return list->items[i];
	return NULL;
}

static int check_env(const struct strv *env, struct err *err)
{
	const char *bad = first_with_nul(env);
	AUTO(buf_release) struct buf quoted = BUF_INIT;

	if (!bad)
		return 0;
	gofmt_quote(&quoted, bad, strlen(bad));
	return err_set(err, ERR_INPUT, RUN_INIT "environment variable value "
		       "can't contain null(\\x00): %s: unknown", quoted.data);
}

int exec_command(const struct run *run, struct err *err)
{
	const char *home = run->account.home;
	AUTO_FREE char *home_entry = NULL;
	AUTO_FREE char *path = NULL;

	if (check_env(&run->env, err) < 0 || find(run, &path, err) < 0)
		return -1;
	if (!env_get(&run->env, "HOME"))
		home_entry = mem_printf("HOME=%s", home && *home ? home : "/");
	if (first_with_nul(&run->spec->argv))
		complain(path, EINVAL);
	execve(path, vector(&run->spec->argv, NULL),
	       vector(&run->env, home_entry));
	complain(path, errno);
}
