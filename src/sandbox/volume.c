/* Knows where volumes are mounted and in which order. */
#include "sandbox/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fs.h"
#include "sandbox/scope.h"

size_t volume_depth(const struct volume *volume)
{
	size_t n = 0;

	for (const char *p = volume->path; *p; p++)
		n += *p == '/';
	return n;
}

/* Parents before children, else by name: Docker's order is random there. */
static int compare(const void *a, const void *b)
{
	const struct volume *x = a, *y = b;
	size_t deep_x = volume_depth(x), deep_y = volume_depth(y);

	if (deep_x != deep_y)
		return deep_x < deep_y ? -1 : 1;
	return strcmp(x->path, y->path);
}

static bool inside(const char *path, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(path, dir, len) == 0 &&
	       (path[len] == '/' || path[len] == '\0');
}

/* 1 an existing directory (opened), 0 not there. */
static int open_existing(const struct run *run, const struct volume *volume,
			 int *out, struct err *err)
{
	struct stat st;

	if (fstatat(run->root_fd, volume->target, &st,
		    AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOTDIR ? 0 :
			err_set(err, ERR_INPUT, "lstat /%s: not a directory",
				volume->target);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, ERR_INPUT,
			       "cannot mount volume over existing file, file "
			       "exists /%s", volume->target);
	*out = openat(run->root_fd, volume->target,
		      O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (*out < 0)
		return err_sys(err, errno, "cannot open '%s'", volume->path);
	return 1;
}

static int fill(const struct run *run, const struct volume *volume,
		struct err *err)
{
	AUTO_FD int from = -1, to = -1;
	int found;

	if (mkdir(volume->source, 0755) < 0)
		return err_sys(err, errno, "cannot make '%s'", volume->source);
	to = open(volume->source, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (to < 0)
		return err_sys(err, errno, "cannot open '%s'", volume->source);
	found = open_existing(run, volume, &from, err);
	if (found <= 0)
		return found;
	if (volume_copy(from, to, err) < 0)
		return err_wrap(err, "cannot fill the volume '%s'",
				volume->path);
	return 0;
}

static int make(struct run *run, struct volume *volume, size_t number,
		const char *path, struct err *err)
{
	AUTO_FREE char *absolute = mem_printf("/%s", path);

	volume->path = fs_clean_path(absolute);
	volume->source = mem_printf("%s/volumes/%zu", run->spec->scratch,
				    number);
	if (scope_resolve(run->root_fd, volume->path, &volume->target,
			  err) < 0)
		return -1;
	if (strcmp(volume->target, ".") == 0)
		return err_set(err, ERR_INPUT,
			       "invalid volume specification: '/': "
			       "destination can't be '/'");
	if (inside(volume->target, "proc"))
		return err_set(err, ERR_INPUT,
			       RUN_INIT "error mounting \"%s\" to rootfs at "
			       "\"%s\": \"%s%s\" cannot be mounted because "
			       "it is inside /proc: unknown", volume->source,
			       volume->path, run->root, volume->path);
	return fill(run, volume, err);
}

int volume_make_all(struct run *run, struct err *err)
{
	const struct strv *paths = &run->spec->volumes;

	run->volumes = mem_array(paths->count, sizeof(*run->volumes));
	for (size_t i = 0; i < paths->count; i++) {
		if (make(run, &run->volumes[i], i, paths->items[i], err) < 0)
			return -1;
		run->volume_count++;
	}
	qsort(run->volumes, run->volume_count, sizeof(*run->volumes),
	      compare);
	return 0;
}
