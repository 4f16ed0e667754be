/* Knows where the old bytes of one source lie in a layer. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "base/fs.h"
#include "plan/evidence.h"

/* What follows the directory in path; NULL: it does not lie there. */
static const char *below(const char *dir, const char *path)
{
	size_t len = strlen(dir);

	if (!len)
		return path;
	return !strncmp(path, dir, len) && path[len] == '/' ?
	       path + len + 1 : NULL;
}

/* Its name below the destination; the last source of a name is on top. */
static const char *name_in_target(const struct step *step, const char *path)
{
	for (size_t i = step->sources.count; i-- > 0; ) {
		const struct source_item *item = &step->sources.items[i];
		const char *name = NULL;

		if (!item->node)
			continue;
		if (item->is_dir)
			name = below(item->node->path, path);
		else if (!strcmp(item->node->path, path))
			name = item->name;
		if (name)
			return name;
	}
	return NULL;
}

static int open_old(int root, const char *path)
{
	AUTO_FREE char *above = mem_strdup(path);
	char *slash = strrchr(above, '/');
	struct err ignored = ERR_INIT;
	AUTO_FD int dir = -1;

	if (slash)
		*slash = '\0';
	dir = fs_open_in_root(root, slash ? above : ".",
			      O_RDONLY | O_DIRECTORY | O_CLOEXEC, &ignored);
	return dir < 0 ? -1 :
	       openat(dir, slash ? slash + 1 : above, O_RDONLY | O_CLOEXEC |
		      O_NOFOLLOW | O_NONBLOCK);
}

static int read_old(int fd, const char *path, size_t limit, struct buf *out,
		    struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) < 0)
		return err_sys(err, errno, "cannot read the old '%s'", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_INPUT,
			       "the old '%s' is not a regular file", path);
	if ((uint64_t)st.st_size > limit)
		return err_set(err, ERR_INPUT, "the old '%s' has %lld bytes, "
			       "more than %zu", path, (long long)st.st_size,
			       limit);
	return fs_read_fd(fd, limit, out, err) < 0 ? -1 : 1;
}

int evidence_old_file(struct plan *plan, const struct step *step,
		      const char *path, size_t limit, struct buf *out,
		      struct err *err)
{
	const char *name = name_in_target(step, path);
	AUTO_FREE char *target = NULL;
	AUTO_FREE char *inside = NULL;
	AUTO_FD int root = -1;
	AUTO_FD int fd = -1;

	if (!name || !step->dest || !digest_is_set(&step->nearest))
		return 0;
	root = evidence_open_layer(plan, &step->nearest);
	if (root < 0)
		return 0;
	target = evidence_target(step);
	inside = mem_printf("%s/%s", target, name);
	fd = open_old(root, inside);
	/* One file may have been given another name. */
	if (fd < 0 && step->sources.count == 1 &&
	    !step->sources.items[0].is_dir)
		fd = open_old(root, target);
	return fd < 0 ? 0 : read_old(fd, path, limit, out, err);
}
