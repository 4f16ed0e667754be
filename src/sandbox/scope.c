/* Knows how a path of an image is followed inside its root. */
#include "sandbox/scope.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"

#define LINKS_MAX 255

struct walk {
	int root, links;
	struct buf done; /* resolved, relative; "" is the root */
};

static void up(struct buf *path)
{
	char *slash = strrchr(path->data, '/');

	path->len = slash ? (size_t)(slash - path->data) : 0;
	path->data[path->len] = '\0';
}

static int follow(struct walk *walk, const char *path, struct err *err);

/* The link that walk->done names takes its own place. */
static int follow_link(struct walk *walk, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(walk->root, walk->done.data, target,
			       sizeof(target) - 1);

	if (n < 0)
		return 0; /* no link, or not there */
	if (++walk->links > LINKS_MAX)
		return err_set(err, ERR_INPUT, "too many links in '%s'",
			       walk->done.data);
	target[n] = '\0';
	if (target[0] == '/')
		buf_clear(&walk->done);
	else
		up(&walk->done);
	return follow(walk, target, err);
}

static int follow(struct walk *walk, const char *path, struct err *err)
{
	while (*path) {
		size_t len = strcspn(path, "/");
		const char *name = path;

		path += len + (path[len] == '/');
		if (len == 0 || (len == 1 && name[0] == '.'))
			continue;
		if (len == 2 && name[0] == '.' && name[1] == '.') {
			up(&walk->done);
			continue;
		}
		if (walk->done.len)
			buf_addc(&walk->done, '/');
		buf_add(&walk->done, name, len);
		if (follow_link(walk, err) < 0)
			return -1;
	}
	return 0;
}

int scope_resolve(int root, const char *path, char **out, struct err *err)
{
	AUTO_FREE char *absolute = mem_printf("/%s", path);
	AUTO_FREE char *clean = fs_clean_path(absolute);
	AUTO(buf_release) struct buf done = BUF_INIT;
	struct walk walk = { .root = root, .done = done };
	int rc;

	buf_adds(&walk.done, "");
	rc = follow(&walk, clean, err);
	done = walk.done;
	if (rc < 0)
		return -1;
	if (done.len == 0)
		buf_addc(&done, '.');
	*out = buf_steal(&done);
	return 0;
}

int scope_mkdirs(int root, const char *resolved, struct err *err)
{
	struct stat st;

	if (fs_mkdir_p(root, resolved, 0755, err) < 0)
		return -1;
	if (fstatat(root, resolved, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot stat '%s'", resolved);
	if (!S_ISDIR(st.st_mode))
		return err_sys(err, ENOTDIR, "mkdir /%s", resolved);
	return 0;
}
