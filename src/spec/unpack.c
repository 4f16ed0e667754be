/* Knows how Docker puts the entries of a tar into a directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/fs.h"
#include "spec/dirsize.h"
#include "spec/untar.h"

#define CHUNK ((size_t)256 * 1024)
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"
#define TIME_MAX_SEC INT64_C(9223372036) /* Go's last nanosecond */

struct dir_time {
	char *path;
	struct timespec times[2];
};

struct unpack {
	struct untar *untar;
	int dir;
	const struct unpack_options *options;
	char *chunk;
	/* Many entries share a parent: its path, as it was resolved last. */
	char *parent;
	int parent_fd;
	struct dir_time *times; /* set when nothing is written any more */
	size_t time_count;
	uint64_t size;
	bool recount; /* something was replaced: size has to be taken anew */
};

/* One entry and where it goes. */
struct place {
	const struct tar_entry *entry;
	const char *path; /* cleaned, "" is the root */
	const char *base; /* its last part */
	int dir;          /* holds base */
};

static int fail(const struct place *place, const char *what, struct err *err)
{
	return err_sys(err, errno, "cannot %s '/%s'", what, place->path);
}

/* Cleaned as in a chroot: never above the root, without leading slash. */
static char *clean(const char *name)
{
	AUTO_FREE char *rooted = mem_printf("/%s", name);
	AUTO_FREE char *path = fs_clean_path(rooted);

	return mem_strdup(path + 1);
}

/* ---- parents ---- */

static void forget_parent(struct unpack *unpack)
{
	free(STEAL(unpack->parent));
	if (unpack->parent_fd >= 0)
		close(unpack->parent_fd);
	unpack->parent_fd = -1;
}

static int make_dir(int dir, const char *name, struct err *err)
{
	int fd = -1;

	if (mkdirat(dir, name, 0755) == 0 && fchmodat(dir, name, 0755, 0) == 0)
		fd = openat(dir, name,
			    O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	return fd >= 0 ? fd : err_sys(err, errno, "cannot make directory '%s'",
				      name);
}

/* A descriptor on the directory at path, links followed below the root, and
 * missing directories made. */
static int open_parents(struct unpack *unpack, const char *path,
			struct err *err)
{
	int flags = O_PATH | O_DIRECTORY;
	int fd = fs_open_in_root(unpack->dir, path, flags, err);
	AUTO_FREE char *up = NULL;
	AUTO_FD int up_fd = -1;
	const char *slash;

	if (fd >= 0 || err->sys != ENOENT || !path[0])
		return fd;
	slash = strrchr(path, '/');
	up = mem_strndup(path, slash ? (size_t)(slash - path) : 0);
	up_fd = open_parents(unpack, up, err);
	if (up_fd < 0)
		return -1;
	return make_dir(up_fd, slash ? slash + 1 : path, err);
}

/* Splits path; *dir is borrowed. */
static int find_parent(struct unpack *unpack, const char *path,
		       const char **base, int *dir, struct err *err)
{
	const char *slash = strrchr(path, '/');
	AUTO_FREE char *parent =
		mem_strndup(path, slash ? (size_t)(slash - path) : 0);

	*base = slash ? slash + 1 : path;
	if (!unpack->parent || strcmp(unpack->parent, parent) != 0) {
		int fd = open_parents(unpack, parent, err);

		if (fd < 0)
			return -1;
		forget_parent(unpack);
		unpack->parent = STEAL(parent);
		unpack->parent_fd = fd;
	}
	*dir = unpack->parent_fd;
	return 0;
}

/* ---- attributes ---- */

static struct timespec in_range(struct timespec when)
{
	if (when.tv_sec < 0 || when.tv_sec >= TIME_MAX_SEC)
		return (struct timespec){ 0 };
	return when;
}

static void times_of(const struct tar_entry *entry, struct timespec times[2])
{
	times[1] = entry->mtime;
	times[0] = entry->mtime;
	if (entry->atime_sec > entry->mtime.tv_sec)
		times[0] = (struct timespec){ .tv_sec = entry->atime_sec };
	if (entry->typeflag == '2')
		return; /* Docker leaves the times of links as they are */
	times[0] = in_range(times[0]);
	times[1] = in_range(times[1]);
}

/* Marks of overlay itself come from whiteouts alone: taken from a tar they
 * could show what other layers hide. */
static bool is_overlay_mark(const char *name)
{
	return strncmp(name, "trusted.overlay.", 16) == 0 ||
	       strncmp(name, "user.overlay.", 13) == 0;
}

static int set_xattrs(const struct place *place, int fd, struct err *err)
{
	const struct tar_entry *entry = place->entry;
	AUTO_FREE char *path = NULL;

	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];
		int rc;

		if (is_overlay_mark(xattr->name))
			continue;
		if (fd < 0 && !path)
			path = mem_printf("/proc/self/fd/%d/%s", place->dir,
					  place->base);
		rc = fd >= 0 ? fsetxattr(fd, xattr->name, xattr->value.data,
					 xattr->value.len, 0) :
			       lsetxattr(path, xattr->name, xattr->value.data,
					 xattr->value.len, 0);
		if (rc < 0 && errno != ENOTSUP && errno != EPERM)
			return fail(place, "set an attribute of", err);
	}
	return 0;
}

/* Owner, attributes, mode, times: each may undo what comes after it. */
static int set_file_attr(const struct unpack *unpack,
			 const struct place *place, int fd, struct err *err)
{
	const struct tar_entry *entry = place->entry;
	struct timespec times[2];

	times_of(entry, times);
	if (!unpack->options->no_owner &&
	    fchown(fd, (uid_t)entry->uid, (gid_t)entry->gid) < 0)
		return fail(place, "change the owner of", err);
	if (set_xattrs(place, fd, err) < 0)
		return -1;
	if (fchmod(fd, entry->mode & 07777) < 0)
		return fail(place, "change the mode of", err);
	return futimens(fd, times) < 0 ? fail(place, "set the time of", err) :
					 0;
}

/* Of what cannot be opened. It is known not to be a link unless is_link, so
 * that a call which follows links goes nowhere. */
static int set_attr(const struct unpack *unpack, const struct place *place,
		    bool is_link, struct err *err)
{
	const struct tar_entry *entry = place->entry;
	struct timespec times[2];

	times_of(entry, times);
	if (!unpack->options->no_owner &&
	    fchownat(place->dir, place->base, (uid_t)entry->uid,
		     (gid_t)entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(place, "change the owner of", err);
	if (set_xattrs(place, -1, err) < 0)
		return -1;
	if (!is_link && fchmodat(place->dir, place->base, entry->mode & 07777,
				 0) < 0)
		return fail(place, "change the mode of", err);
	/* The times of a hard link to a symlink are the link's own affair. */
	if (is_link && entry->typeflag == '1')
		return 0;
	if (utimensat(place->dir, place->base, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(place, "set the time of", err);
	return 0;
}

static void keep_dir_time(struct unpack *unpack, const struct place *place)
{
	struct dir_time at = { .path = mem_strdup(place->path) };

	times_of(place->entry, at.times);
	MEM_PUSH(unpack->times, unpack->time_count) = at;
}

static int set_dir_times(struct unpack *unpack, struct err *err)
{
	for (size_t i = 0; i < unpack->time_count; i++) {
		AUTO_FD int fd = fs_open_in_root(
			unpack->dir, unpack->times[i].path,
			O_PATH | O_DIRECTORY | O_NOFOLLOW, err);
		char path[32];

		/* It may have given way to something else since. */
		if (fd < 0)
			continue;
		snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
		if (utimensat(AT_FDCWD, path, unpack->times[i].times, 0) < 0)
			return err_sys(err, errno,
				       "cannot set the time of '/%s'",
				       unpack->times[i].path);
	}
	return 0;
}

/* ---- making things ---- */

/* What is there gives way. */
static int make_room(struct unpack *unpack, const struct place *place,
		     struct err *err)
{
	unpack->recount = true;
	return fs_remove_tree(place->dir, place->base, err);
}

/* Makes the entry's thing; -1 and errno. */
typedef int maker(const struct place *place);

static int make(struct unpack *unpack, const struct place *place, maker *by,
		struct err *err)
{
	int made = by(place);

	if (made < 0 && errno == EEXIST) {
		if (make_room(unpack, place, err) < 0)
			return -1;
		made = by(place);
	}
	return made < 0 ? fail(place, "create", err) : made;
}

static int make_file(const struct place *place)
{
	return openat(place->dir, place->base,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
}

static int make_symlink(const struct place *place)
{
	return symlinkat(place->entry->linkname, place->dir, place->base);
}

static int make_node(const struct place *place)
{
	const struct tar_entry *entry = place->entry;
	mode_t type = entry->typeflag == '3' ? S_IFCHR :
		      entry->typeflag == '4' ? S_IFBLK : S_IFIFO;

	return mknodat(place->dir, place->base, type | 0600,
		       type == S_IFIFO ? 0 :
					 makedev((unsigned)entry->devmajor,
						 (unsigned)entry->devminor));
}

static int make_directory(const struct place *place)
{
	struct stat st;

	if (mkdirat(place->dir, place->base, 0700) == 0)
		return 0;
	if (errno == EEXIST &&
	    fstatat(place->dir, place->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return 0;
	errno = EEXIST;
	return -1;
}

/* ---- the kinds of entries ---- */

/* Holes stay holes: a few bytes of a tar can stand for terabytes. */
static int put_hole(struct unpack *unpack, const struct place *place, int fd,
		    struct err *err)
{
	int64_t hole = untar_skip_hole(unpack->untar);
	off_t end;

	if (hole == 0)
		return 0;
	end = lseek(fd, hole, SEEK_CUR);
	if (end < 0 || ftruncate(fd, end) < 0)
		return fail(place, "write", err);
	return 0;
}

static int put_content(struct unpack *unpack, const struct place *place,
		       int fd, struct err *err)
{
	ssize_t n;

	do {
		if (put_hole(unpack, place, fd, err) < 0)
			return -1;
		n = untar_read(unpack->untar, unpack->chunk, CHUNK, err);
		if (n > 0 &&
		    fs_write_all(fd, unpack->chunk, (size_t)n, err) < 0)
			return err_wrap(err, "cannot write '/%s'",
					place->path);
	} while (n > 0);
	return (int)n;
}

static int put_file(struct unpack *unpack, const struct place *place,
		    struct err *err)
{
	AUTO_FD int fd = make(unpack, place, make_file, err);

	if (fd < 0 || put_content(unpack, place, fd, err) < 0)
		return -1;
	unpack->size += (uint64_t)place->entry->size;
	return set_file_attr(unpack, place, fd, err);
}

static int put_symlink(struct unpack *unpack, const struct place *place,
		       struct err *err)
{
	if (make(unpack, place, make_symlink, err) < 0)
		return -1;
	unpack->size += strlen(place->entry->linkname);
	return set_attr(unpack, place, true, err);
}

static int put_node(struct unpack *unpack, const struct place *place,
		    struct err *err)
{
	int made = make_node(place);

	/* A user namespace has no devices; Docker goes on without them. */
	if (made < 0 && errno == EPERM && place->entry->typeflag != '6')
		return 0;
	if (made < 0 && make(unpack, place, make_node, err) < 0)
		return -1;
	return set_attr(unpack, place, false, err);
}

static int put_dir(struct unpack *unpack, const struct place *place,
		   struct err *err)
{
	if (make(unpack, place, make_directory, err) < 0)
		return -1;
	keep_dir_time(unpack, place);
	return set_attr(unpack, place, false, err);
}

/* Both ends are looked up below the root; the target itself is not followed
 * if it is a link. */
static int link_to(const struct unpack *unpack, const struct place *place,
		   const char *target)
{
	const char *slash = strrchr(target, '/');
	AUTO_FREE char *parent =
		mem_strndup(target, slash ? (size_t)(slash - target) : 0);
	struct err err = ERR_INIT;
	AUTO_FD int dir = fs_open_in_root(unpack->dir, parent,
					  O_PATH | O_DIRECTORY, &err);

	if (dir < 0) {
		errno = err.sys;
		return -1;
	}
	return linkat(dir, slash ? slash + 1 : target, place->dir, place->base,
		      0);
}

static int put_hard_link(struct unpack *unpack, const struct place *place,
			 struct err *err)
{
	AUTO_FREE char *target = clean(place->entry->linkname);
	int made = link_to(unpack, place, target);
	struct stat st;

	if (made < 0 && errno == EEXIST) {
		if (make_room(unpack, place, err) < 0)
			return -1;
		made = link_to(unpack, place, target);
	}
	if (made < 0)
		return err_sys(err, errno, "link /%s /%s", target,
			       place->path);
	if (fstatat(place->dir, place->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(place, "look at", err);
	return set_attr(unpack, place, S_ISLNK(st.st_mode), err);
}

static int put_opaque(const struct unpack *unpack, const struct place *place,
		      struct err *err)
{
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d", place->dir);

	if (setxattr(path, unpack->options->opaque_xattr, "y", 1, 0) < 0)
		return fail(place, "mark as opaque", err);
	return 0;
}

static int make_whiteout(const struct place *place)
{
	return mknodat(place->dir, place->base, S_IFCHR, makedev(0, 0));
}

static int put_whiteout(struct unpack *unpack, const struct place *place,
			struct err *err)
{
	const struct tar_entry *entry = place->entry;
	struct place hidden = *place;

	hidden.base += strlen(WHITEOUT);
	if (!hidden.base[0] || strcmp(hidden.base, ".") == 0 ||
	    strcmp(hidden.base, "..") == 0)
		return err_set(err, ERR_INPUT, "failed to mknod '/%s'",
			       place->path);
	/* In one layer a name is made or hidden, not both. */
	if (unpack->options->layer && make_whiteout(&hidden) < 0)
		return err_sys(err, errno, "failed to mknod('/%s', S_IFCHR, 0)",
			       place->path);
	if (!unpack->options->layer &&
	    make(unpack, &hidden, make_whiteout, err) < 0)
		return -1;
	if (!unpack->options->no_owner &&
	    fchownat(hidden.dir, hidden.base, (uid_t)entry->uid,
		     (gid_t)entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(place, "change the owner of", err);
	return 0;
}

typedef int putter(struct unpack *unpack, const struct place *place,
		   struct err *err);

static const struct {
	char typeflag;
	putter *put;
} kinds[] = {
	{ '0', put_file },   { '1', put_hard_link }, { '2', put_symlink },
	{ '3', put_node },   { '4', put_node },      { '5', put_dir },
	{ '6', put_node },
};

static int put(struct unpack *unpack, const struct place *place,
	       struct err *err)
{
	if (!unpack->options->plain && unpack->options->opaque_xattr) {
		if (strcmp(place->base, OPAQUE) == 0)
			return put_opaque(unpack, place, err);
		if (strncmp(place->base, WHITEOUT, strlen(WHITEOUT)) == 0)
			return put_whiteout(unpack, place, err);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].typeflag == place->entry->typeflag)
			return kinds[i].put(unpack, place, err);
	return err_set(err, ERR_INPUT, "unhandled tar header type %d",
		       place->entry->typeflag);
}

static int put_entry(struct unpack *unpack, const struct tar_entry *entry,
		     struct err *err)
{
	AUTO_FREE char *path = clean(entry->name);
	struct place place = { .entry = entry, .path = path };

	/* The root stays as it is, whatever the tar says. */
	if (!path[0])
		return 0;
	if (find_parent(unpack, path, &place.base, &place.dir, err) < 0)
		return -1;
	return put(unpack, &place, err);
}

/* ---- the whole ---- */

static int put_entries(struct unpack *unpack, struct err *err)
{
	const struct tar_entry *entry;
	int more;

	while ((more = untar_next(unpack->untar, &entry, err)) == 1)
		if (put_entry(unpack, entry, err) < 0)
			return -1;
	if (more < 0 || set_dir_times(unpack, err) < 0)
		return -1;
	return unpack->recount ? dir_size(unpack->dir, &unpack->size, err) : 0;
}

int untar_unpack(struct untar *untar, int dir,
		 const struct unpack_options *options, uint64_t *size,
		 struct err *err)
{
	AUTO_FREE char *chunk = mem_alloc(CHUNK);
	struct unpack unpack = { .untar = untar, .dir = dir,
				 .options = options, .chunk = chunk,
				 .parent_fd = -1 };
	int rc;

	if (options->layer)
		untar_refuse_duplicates(untar);
	rc = put_entries(&unpack, err);
	forget_parent(&unpack);
	for (size_t i = 0; i < unpack.time_count; i++)
		free(unpack.times[i].path);
	free(unpack.times);
	if (rc == 0 && size)
		*size = unpack.size;
	return rc;
}
