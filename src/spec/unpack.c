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
#include "spec/site.h"
#include "spec/untar.h"

#define CHUNK ((size_t)256 * 1024)
#define WHITEOUT ".wh."
#define OPAQUE ".wh..wh..opq"

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

static void keep_dir_time(struct unpack *unpack, const struct site *site)
{
	struct dir_time at = { .path = mem_strdup(site->path) };

	site_times(site->entry, at.times);
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
static int make_room(struct unpack *unpack, const struct site *site,
		     struct err *err)
{
	unpack->recount = true;
	return fs_remove_tree(site->dir, site->base, err);
}

/* Makes the entry's thing; -1 and errno. */
typedef int maker(const struct site *site);

static int make(struct unpack *unpack, const struct site *site, maker *by,
		struct err *err)
{
	int made = by(site);

	if (made < 0 && errno == EEXIST) {
		if (make_room(unpack, site, err) < 0)
			return -1;
		made = by(site);
	}
	return made < 0 ? site_fail(site, "create", err) : made;
}

static int make_file(const struct site *site)
{
	return openat(site->dir, site->base,
		      O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		      0600);
}

static int make_symlink(const struct site *site)
{
	return symlinkat(site->entry->linkname, site->dir, site->base);
}

static int make_node(const struct site *site)
{
	const struct tar_entry *entry = site->entry;
	mode_t type = entry->typeflag == '3' ? S_IFCHR :
		      entry->typeflag == '4' ? S_IFBLK : S_IFIFO;

	return mknodat(site->dir, site->base, type | 0600,
		       type == S_IFIFO ? 0 :
					 makedev((unsigned)entry->devmajor,
						 (unsigned)entry->devminor));
}

static int make_directory(const struct site *site)
{
	struct stat st;

	if (mkdirat(site->dir, site->base, 0700) == 0)
		return 0;
	if (errno == EEXIST &&
	    fstatat(site->dir, site->base, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode))
		return 0;
	errno = EEXIST;
	return -1;
}

/* ---- the kinds of entries ---- */

/* Holes stay holes: a few bytes of a tar can stand for terabytes. */
static int put_hole(struct unpack *unpack, const struct site *site, int fd,
		    struct err *err)
{
	int64_t hole = untar_skip_hole(unpack->untar);
	off_t end;

	if (hole == 0)
		return 0;
	end = lseek(fd, hole, SEEK_CUR);
	if (end < 0 || ftruncate(fd, end) < 0)
		return site_fail(site, "write", err);
	return 0;
}

static int put_content(struct unpack *unpack, const struct site *site,
		       int fd, struct err *err)
{
	ssize_t n;

	do {
		if (put_hole(unpack, site, fd, err) < 0)
			return -1;
		n = untar_read(unpack->untar, unpack->chunk, CHUNK, err);
		if (n > 0 &&
		    fs_write_all(fd, unpack->chunk, (size_t)n, err) < 0)
			return err_wrap(err, "cannot write '/%s'",
					site->path);
	} while (n > 0);
	return (int)n;
}

static int put_file(struct unpack *unpack, const struct site *site,
		    struct err *err)
{
	AUTO_FD int fd = make(unpack, site, make_file, err);

	if (fd < 0 || put_content(unpack, site, fd, err) < 0)
		return -1;
	unpack->size += (uint64_t)site->entry->size;
	return site_set_fd(site, fd, unpack->options->no_owner, err);
}

static int put_symlink(struct unpack *unpack, const struct site *site,
		       struct err *err)
{
	if (make(unpack, site, make_symlink, err) < 0)
		return -1;
	unpack->size += strlen(site->entry->linkname);
	return site_set(site, true, unpack->options->no_owner, err);
}

static int put_node(struct unpack *unpack, const struct site *site,
		    struct err *err)
{
	int made = make_node(site);

	/* A user namespace has no devices; Docker goes on without them. */
	if (made < 0 && errno == EPERM && site->entry->typeflag != '6')
		return 0;
	if (made < 0 && make(unpack, site, make_node, err) < 0)
		return -1;
	return site_set(site, false, unpack->options->no_owner, err);
}

static int put_dir(struct unpack *unpack, const struct site *site,
		   struct err *err)
{
	if (make(unpack, site, make_directory, err) < 0)
		return -1;
	keep_dir_time(unpack, site);
	return site_set(site, false, unpack->options->no_owner, err);
}

/* Both ends are looked up below the root; the target itself is not followed
 * if it is a link. */
static int link_to(const struct unpack *unpack, const struct site *site,
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
	return linkat(dir, slash ? slash + 1 : target, site->dir, site->base,
		      0);
}

static int put_hard_link(struct unpack *unpack, const struct site *site,
			 struct err *err)
{
	AUTO_FREE char *target = clean(site->entry->linkname);
	int made = link_to(unpack, site, target);
	struct stat st;

	if (made < 0 && errno == EEXIST) {
		if (make_room(unpack, site, err) < 0)
			return -1;
		made = link_to(unpack, site, target);
	}
	if (made < 0)
		return err_sys(err, errno, "link /%s /%s", target,
			       site->path);
	if (fstatat(site->dir, site->base, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return site_fail(site, "look at", err);
	return site_set(site, S_ISLNK(st.st_mode), unpack->options->no_owner,
			err);
}

static int put_opaque(const struct unpack *unpack, const struct site *site,
		      struct err *err)
{
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d", site->dir);

	if (setxattr(path, unpack->options->opaque_xattr, "y", 1, 0) < 0)
		return site_fail(site, "mark as opaque", err);
	return 0;
}

static int make_whiteout(const struct site *site)
{
	return mknodat(site->dir, site->base, S_IFCHR, makedev(0, 0));
}

static int put_whiteout(struct unpack *unpack, const struct site *site,
			struct err *err)
{
	const struct tar_entry *entry = site->entry;
	struct site hidden = *site;

	hidden.base += strlen(WHITEOUT);
	if (!hidden.base[0] || strcmp(hidden.base, ".") == 0 ||
	    strcmp(hidden.base, "..") == 0)
		return err_set(err, ERR_INPUT, "failed to mknod '/%s'",
			       site->path);
	/* In one layer a name is made or hidden, not both. */
	if (unpack->options->layer && make_whiteout(&hidden) < 0)
		return err_sys(err, errno, "failed to mknod('/%s', S_IFCHR, 0)",
			       site->path);
	if (!unpack->options->layer &&
	    make(unpack, &hidden, make_whiteout, err) < 0)
		return -1;
	if (!unpack->options->no_owner &&
	    fchownat(hidden.dir, hidden.base, (uid_t)entry->uid,
		     (gid_t)entry->gid, AT_SYMLINK_NOFOLLOW) < 0)
		return site_fail(site, "change the owner of", err);
	return 0;
}

typedef int putter(struct unpack *unpack, const struct site *site,
		   struct err *err);

static const struct {
	char typeflag;
	putter *put;
} kinds[] = {
	{ '0', put_file },   { '1', put_hard_link }, { '2', put_symlink },
	{ '3', put_node },   { '4', put_node },      { '5', put_dir },
	{ '6', put_node },
};

static int put(struct unpack *unpack, const struct site *site,
	       struct err *err)
{
	if (!unpack->options->plain && unpack->options->opaque_xattr) {
		if (strcmp(site->base, OPAQUE) == 0)
			return put_opaque(unpack, site, err);
		if (strncmp(site->base, WHITEOUT, strlen(WHITEOUT)) == 0)
			return put_whiteout(unpack, site, err);
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (kinds[i].typeflag == site->entry->typeflag)
			return kinds[i].put(unpack, site, err);
	return err_set(err, ERR_INPUT, "unhandled tar header type %d",
		       site->entry->typeflag);
}

static int put_entry(struct unpack *unpack, const struct tar_entry *entry,
		     struct err *err)
{
	AUTO_FREE char *path = clean(entry->name);
	struct site site = { .entry = entry, .path = path };

	/* The root stays as it is, whatever the tar says. */
	if (!path[0])
		return 0;
	if (find_parent(unpack, path, &site.base, &site.dir, err) < 0)
		return -1;
	return put(unpack, &site, err);
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
