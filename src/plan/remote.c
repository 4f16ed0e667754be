/* Knows which contexts the docker client fetches, and how it asks git. */
#include "plan/remote.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/capture.h"
#include "base/fs.h"
#include "plan/plan.h"
#include "plan/stdin_context.h"
#include "transport/http.h"

#define GIT_MS (15 * 60 * 1000)
#define GIT_SAYS_MAX 65536

/* ---- what it is ---- */

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* ".git" at the end, or before a "#" that something follows. */
static bool ends_in_git(const char *url)
{
	const char *at = url;

	while ((at = strstr(at, ".git")) != NULL) {
		at += 4;
		if (!*at || (*at == '#' && at[1]))
			return true;
	}
	return false;
}

enum remote_kind remote_kind(const char *context)
{
	struct stat st;

	if (stat(context, &st) == 0)
		return REMOTE_NONE;
	if (begins(context, "git://") || begins(context, "github.com/") ||
	    begins(context, "git@"))
		return REMOTE_GIT;
	if (!plan_is_url(context))
		return REMOTE_NONE;
	return ends_in_git(context) ? REMOTE_GIT : REMOTE_FILE;
}

/* ---- a file ---- */

static int on_bytes(void *arg, const void *bytes, size_t len,
		    struct err *err)
{
	const int *fd = arg;

	return fs_write_all(*fd, bytes, len, err);
}

int remote_fetch(const char *url, struct err *err)
{
	AUTO(http_reply_release) struct http_reply reply = { 0 };
	AUTO_FD int fd = stdin_context_file(err);

	if (fd < 0)
		return -1;
	if (http_get(url, on_bytes, &fd, &reply, -1, err) < 0)
		return err_wrap(err, "unable to prepare context: unable to "
				"download remote context %s", url);
	if (lseek(fd, 0, SEEK_SET) < 0)
		return err_sys(err, errno, "cannot read the context");
	return STEAL_FD(fd);
}

/* ---- a repository ---- */

struct repository {
	char *url, *ref, *subdir;
	char *top;
	int fd; /* of top */
};
static void repository_release(struct repository *repository)
{
	free(repository->url);
	free(repository->ref);
	free(repository->subdir);
	if (repository->fd >= 0)
		close(repository->fd);
}
AUTO_DEFINE_IN_PLACE(struct repository, repository_release)

/* URL[#[ref][:dir]] */
static int parse(const char *text, struct repository *out, struct err *err)
{
	size_t len = strcspn(text, "#");
	const char *ref = text[len] ? text + len + 1 : "";
	size_t ref_len = strcspn(ref, ":");
	bool bare = !plan_is_url(text) && !begins(text, "git://") &&
		    !begins(text, "git@");

	out->url = mem_printf("%s%.*s", bare ? "https://" : "", (int)len,
			      text);
	out->ref = ref_len ? mem_strndup(ref, ref_len) : mem_strdup("master");
	out->subdir = mem_strdup(ref[ref_len] ? ref + ref_len + 1 : "");
	if (out->ref[0] == '-')
		return err_set(err, ERR_INPUT, "invalid refspec: %s",
			       out->ref);
	return 0;
}

/* Up to six words for git; what it says goes to said. 1, 0 failed, -1. */
static int git(const struct repository *repository, struct buf *said,
	       const char *const *words, struct err *err)
{
	/* As docker: what a repository names is not taken from this disk. */
	static const char script[] =
		"GIT_PROTOCOL_FROM_USER=0 GIT_TERMINAL_PROMPT=0 "
		"exec git -c protocol.file.allow=never \"$@\" 2>&1";
	const char *argv[12] = { "sh", "-c", script, "git" };

	for (size_t i = 0; words[i]; i++)
		argv[4 + i] = words[i];
	buf_clear(said);
	return capture(repository->fd, argv, GIT_MS, GIT_SAYS_MAX, said, err);
}

static int failed(int rc, const char *what, const struct buf *said,
		  struct err *err)
{
	size_t len = said->len;

	while (len && said->data[len - 1] == '\n')
		len--;
	return rc < 0 ? -1 :
	       err_set(err, ERR_FAILED, "%s: %.*s", what, (int)len,
		       said->data ? said->data : "");
}

static int fetch(const struct repository *repository, struct buf *said,
		 struct err *err)
{
	const char *const init[] = { "init", NULL };
	const char *const add[] = { "remote", "add", "origin",
				    repository->url, NULL };
	const char *const shallow[] = { "fetch", "--depth", "1", "origin",
					"--", repository->ref, NULL };
	const char *const whole[] = { "fetch", "origin", "--",
				      repository->ref, NULL };
	int rc = git(repository, said, init, err);

	if (rc <= 0)
		return failed(rc, "failed to init repo", said, err);
	rc = git(repository, said, add, err);
	if (rc <= 0)
		return failed(rc, "failed add origin repo", said, err);
	rc = git(repository, said, shallow, err);
	/* A server of plain files knows no depth. */
	if (!rc && plan_is_url(repository->url))
		rc = git(repository, said, whole, err);
	return rc > 0 ? 0 : failed(rc, "error fetching", said, err);
}

static int check_out(const struct repository *repository, struct buf *said,
		     struct err *err)
{
	const char *const named[] = { "checkout", repository->ref, NULL };
	const char *const fetched[] = { "checkout", "FETCH_HEAD", NULL };
	const char *const modules[] = { "submodule", "update", "--init",
					"--recursive", "--depth=1", NULL };
	int rc = git(repository, said, named, err);

	if (!rc)
		rc = git(repository, said, fetched, err);
	if (rc <= 0)
		return failed(rc, "error checking out", said, err);
	rc = git(repository, said, modules, err);
	return rc > 0 ? 0 :
	       failed(rc, "error initializing submodules", said, err);
}

static int enter(const struct repository *repository, char **dir,
		 struct err *err)
{
	AUTO_FREE char *path = mem_printf("%s/%s", repository->top,
					  repository->subdir);
	AUTO_FREE char *top = realpath(repository->top, NULL);
	AUTO_FREE char *real = realpath(path, NULL);
	struct stat st;

	if (!top || !real || stat(real, &st) < 0)
		return err_set(err, ERR_NOT_FOUND,
			       "stat %s: no such file or directory", path);
	if (strcmp(top, real) != 0 &&
	    (!begins(real, top) || real[strlen(top)] != '/'))
		return err_set(err, ERR_INPUT,
			       "error setting git context, %s is not within "
			       "git root", repository->subdir);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT, "error setting git context, "
			       "not a directory: %s", path);
	*dir = STEAL(real);
	return 0;
}

static int clone(const char *url, char **top, char **dir, struct err *err)
{
	AUTO(repository_release) struct repository repository = { .fd = -1 };
	AUTO(buf_release) struct buf said = BUF_INIT;
	const char *tmp = getenv("TMPDIR");

	if (parse(url, &repository, err) < 0)
		return -1;
	*top = mem_printf("%s/docker-build-gitXXXXXX",
			  tmp && *tmp ? tmp : "/tmp");
	if (!mkdtemp(*top)) {
		err_sys(err, errno, "cannot make '%s'", *top);
		free(*top);
		*top = NULL;
		return -1;
	}
	repository.top = *top;
	repository.fd = open(*top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (repository.fd < 0)
		return err_sys(err, errno, "cannot open '%s'", *top);
	if (fetch(&repository, &said, err) < 0 ||
	    check_out(&repository, &said, err) < 0)
		return -1;
	return enter(&repository, dir, err);
}

int remote_clone(const char *url, char **top, char **dir, struct err *err)
{
	*top = NULL;
	if (clone(url, top, dir, err) < 0)
		return err_wrap(err, "unable to prepare context: unable to "
				"'git clone' to temporary context directory");
	return 0;
}
