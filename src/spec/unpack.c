/* Knows how the entries of a tar become files that never leave a directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <uthash.h>

#include "base/fs.h"
#include "spec/untar.h"

#define CHUNK (256 * 1024)
#define WHITEOUT ".wh."
#define WHITEOUT_OPAQUE ".wh..wh..opq"
#define TIME_MAX 9223372036LL /* Go's time in nanoseconds ends in 2262 */

struct seen {
	char *path;
	UT_hash_handle hh;
};

struct dir_time {
	char *path;
	struct timespec times[2];
};

struct unpack {
	struct untar *untar;
	int root;
	const struct unpack_options *options;
	struct seen *seen;
	struct dir_time *dirs; /* set when all is there */
	size_t dir_count;
	char *parent;          /* path of the open parent, or NULL */
	int parent_fd;
	uint64_t size;
	char *chunk;
};

/* "/a/../b//" -> "b"; the root is "". */
static char *clean_name(const char *name)
{
	AUTO_FREE char *rooted = mem_printf("/%s", name);
	AUTO_FREE char *clean = fs_clean_path(rooted);

	return mem_strdup(clean + 1);
}

static int fail(const struct tar_entry *entry, const char *verb,
		struct err *err)
{
	return err_sys(err, errno, "cannot %s '%s'", verb, entry->name);
}

/* Makes a parent that no entry made: 0755, root's (store.md 1.6 rule 2). */
static int make_parents(struct unpack *unpack, const char *path,
			struct err *err)
{
	AUTO_FREE char *copy = mem_strdup(path);

	for (char *at = copy;; at++) {
		char end = *at, *name;
		AUTO_FD int above = -1;

		if (end != '/' && end != '\0')
			continue;
		*at = '\0';
		name = strrchr(copy, '/');
		if (name)
			*name = '\0';
		above = fs_open_in_root(unpack->root, name ? copy : "",
					O_PATH | O_DIRECTORY, err);
		if (name)
			*name = '/';
		if (above < 0)
			return -1;
		name = name ? name + 1 : copy;
		if (mkdirat(above, name, 0755) == 0) {
			if (fchownat(above, name, 0, 0, 0) < 0 ||
			    fchmodat(above, name, 0755, 0) < 0)
				return err_sys(err, errno,
					       "cannot make directory '%s'",
					       copy);
		} else if (errno != EEXIST) {
			return err_sys(err, errno,
				       "cannot make directory '%s'", copy);
		}
		*at = end;
		if (!end)
			return 0;
	}
}

/* The directory of an entry, links in it followed inside the root. */
static int open_parent(struct unpack *unpack, const char *path,
		       struct err *err)
{
	struct err first = ERR_INIT;

	if (unpack->parent && strcmp(unpack->parent, path) == 0)
		return unpack->parent_fd;
	free(unpack->parent);
	unpack->parent = NULL;
	if (unpack->parent_fd >= 0)
		close(unpack->parent_fd);
	unpack->parent_fd = fs_open_in_root(unpack->root, path,
					    O_RDONLY | O_DIRECTORY, &first);
	if (unpack->parent_fd < 0 && first.sys == ENOENT) {
		if (make_parents(unpack, path, err) < 0)
			return -1;
		unpack->parent_fd = fs_open_in_root(unpack->root, path,
						    O_RDONLY | O_DIRECTORY,
						    &first);
	}
	if (unpack->parent_fd < 0) {
		*err = first;
		return -1;
	}
	unpack->parent = mem_strdup(path);
	return unpack->parent_fd;
}

/* What is there goes, but for a directory under a directory. */
static int clear_place(int dir, const char *name,
		       const struct tar_entry *entry, bool *is_there,
		       struct err *err)
{
	struct stat st;

	*is_there = false;
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : fail(entry, "look at", err);
	if (S_ISDIR(st.st_mode) && entry->typeflag == '5') {
		*is_there = true;
		return 0;
	}
	return fs_remove_tree(dir, name, err);
}

static int put_content(struct unpack *unpack, int dir, const char *name,
		       const struct tar_entry *entry, struct err *err)
{
	AUTO_FD int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL |
				O_NOFOLLOW | O_CLOEXEC, 0600);
	ssize_t n;

	if (fd < 0)
		return fail(entry, "create", err);
	while ((n = untar_read(unpack->untar, unpack->chunk, CHUNK, err)) > 0)
		if (fs_write_all(fd, unpack->chunk, (size_t)n, err) < 0)
			return err_wrap(err, "'%s'", entry->name);
	unpack->size += (uint64_t)entry->size;
	return n < 0 ? -1 : 0;
}

static int put_hard_link(struct unpack *unpack, int dir, const char *name,
			 const struct tar_entry *entry, struct err *err)
{
	AUTO_FREE char *target = clean_name(entry->linkname);
	char *slash = strrchr(target, '/');
	AUTO_FD int from = -1;

	if (slash)
		*slash = '\0';
	from = fs_open_in_root(unpack->root, slash ? target : "",
			       O_PATH | O_DIRECTORY, err);
	if (from < 0)
		return err_wrap(err, "link '%s'", entry->name);
	if (linkat(from, slash ? slash + 1 : target, dir, name, 0) < 0)
		return err_sys(err, errno, "link /%s%s%s /%s",
			       target, slash ? "/" : "",
			       slash ? slash + 1 : "", entry->name);
	return 0;
}

static int put_device(int dir, const char *name, const struct tar_entry *entry,
		      struct err *err)
{
	mode_t type = entry->typeflag == '3' ? S_IFCHR :
		      entry->typeflag == '4' ? S_IFBLK : S_IFIFO;
	dev_t device = makedev((unsigned int)entry->devmajor,
			       (unsigned int)entry->devminor);

	if (mknodat(dir, name, type | 0600, type == S_IFIFO ? 0 : device) < 0)
		return fail(entry, "make device", err);
	return 0;
}

static int create(struct unpack *unpack, int dir, const char *name,
		  const struct tar_entry *entry, bool is_there,
		  struct err *err)
{
	switch (entry->typeflag) {
	case '0':
		return put_content(unpack, dir, name, entry, err);
	case '1':
		return put_hard_link(unpack, dir, name, entry, err);
	case '2':
		unpack->size += strlen(entry->linkname);
		return symlinkat(entry->linkname, dir, name) < 0 ?
			fail(entry, "make link", err) : 0;
	case '3':
	case '4':
	case '6':
		return put_device(dir, name, entry, err);
	case '5':
		return !is_there && mkdirat(dir, name, 0700) < 0 ?
			fail(entry, "make directory", err) : 0;
	}
	return err_set(err, ERR_INPUT, "unhandled tar header type %d",
		       entry->typeflag);
}

static int set_xattrs(int dir, const char *name, const struct tar_entry *entry,
		      struct err *err)
{
	AUTO_FREE char *path = mem_printf("/proc/self/fd/%d/%s", dir, name);

	for (size_t i = 0; i < entry->xattr_count; i++) {
		const struct tar_xattr *xattr = &entry->xattrs[i];

		if (lsetxattr(path, xattr->name, xattr->value.data,
			      xattr->value.len, 0) < 0 &&
		    errno != ENOTSUP && errno != EPERM)
			return fail(entry, xattr->name, err);
	}
	return 0;
}

static struct timespec disk_time(struct timespec time)
{
	if (time.tv_sec < 0 || time.tv_sec >= TIME_MAX)
		return (struct timespec){ 0 };
	return time;
}

static int set_times(struct unpack *unpack, int dir, const char *name,
		     const char *path, const struct tar_entry *entry,
		     struct err *err)
{
	struct timespec times[2];

	times[0] = times[1] = disk_time(entry->mtime);
	if (entry->atime_sec > times[1].tv_sec && entry->atime_sec < TIME_MAX)
		times[0] = (struct timespec){ .tv_sec = entry->atime_sec };
	if (entry->typeflag == '5') {
		struct dir_time *later = &MEM_PUSH(unpack->dirs,
						   unpack->dir_count);
		later->path = mem_strdup(path);
		memcpy(later->times, times, sizeof(times));
		return 0;
	}
	if (utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, "set the time of", err);
	return 0;
}

static int set_attributes(struct unpack *unpack, int dir, const char *name,
			  const char *path, const struct tar_entry *entry,
			  struct err *err)
{
	struct stat st;

	if (fchownat(dir, name, (uid_t)entry->uid, (gid_t)entry->gid,
		     AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, "change the owner of", err);
	if (set_xattrs(dir, name, entry, err) < 0)
		return -1;
	/* A mode is never set through a link (rule 7). */
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, "look at", err);
	if (!S_ISLNK(st.st_mode) &&
	    fchmodat(dir, name, entry->mode & 07777, 0) < 0)
		return fail(entry, "change the mode of", err);
	return set_times(unpack, dir, name, path, entry, err);
}

static int put_whiteout(struct unpack *unpack, int dir, const char *name,
			const struct tar_entry *entry, struct err *err)
{
	if (strcmp(name, WHITEOUT_OPAQUE) == 0) {
		if (fsetxattr(dir, unpack->options->opaque_xattr, "y", 1,
			      0) < 0)
			return fail(entry, "mark opaque", err);
		return 0;
	}
	name += strlen(WHITEOUT);
	if (mknodat(dir, name, S_IFCHR, makedev(0, 0)) < 0)
		return fail(entry, "failed to mknod", err);
	if (fchownat(dir, name, (uid_t)entry->uid, (gid_t)entry->gid,
		     AT_SYMLINK_NOFOLLOW) < 0)
		return fail(entry, "change the owner of", err);
	return 0;
}

static int note_path(struct unpack *unpack, const char *path, struct err *err)
{
	struct seen *seen;

	if (!unpack->options->layer)
		return 0;
	HASH_FIND_STR(unpack->seen, path, seen);
	if (seen)
		return err_set(err, ERR_INPUT,
			       "duplicates of file paths not supported: '%s'",
			       path);
	seen = mem_alloc(sizeof(*seen));
	seen->path = mem_strdup(path);
	HASH_ADD_KEYPTR(hh, unpack->seen, seen->path, strlen(seen->path),
			seen);
	return 0;
}

/* An entry may have replaced the directory that is kept open. */
static void forget_parent(struct unpack *unpack, const char *path)
{
	size_t len = strlen(path);

	if (!unpack->parent || strncmp(unpack->parent, path, len) != 0 ||
	    (unpack->parent[len] != '/' && unpack->parent[len] != '\0'))
		return;
	free(unpack->parent);
	unpack->parent = NULL;
}

static int put(struct unpack *unpack, const struct tar_entry *entry,
	       struct err *err)
{
	AUTO_FREE char *path = clean_name(entry->name);
	AUTO_FREE char *parent = NULL;
	const char *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path;
	bool is_there;
	int dir;

	if (note_path(unpack, path, err) < 0)
		return -1;
	if (!*path)
		return 0; /* the root stays as it is (rule 3) */
	parent = mem_strndup(path, slash ? (size_t)(slash - path) : 0);
	dir = open_parent(unpack, parent, err);
	if (dir < 0)
		return err_wrap(err, "cannot unpack '%s'", entry->name);
	if (!unpack->options->plain &&
	    strncmp(name, WHITEOUT, strlen(WHITEOUT)) == 0)
		return put_whiteout(unpack, dir, name, entry, err);
	if (clear_place(dir, name, entry, &is_there, err) < 0)
		return -1;
	if (!is_there)
		forget_parent(unpack, path);
	if (create(unpack, dir, name, entry, is_there, err) < 0)
		return -1;
	return set_attributes(unpack, dir, name, path, entry, err);
}

static int set_dir_times(struct unpack *unpack, struct err *err)
{
	for (size_t i = unpack->dir_count; i-- > 0;) {
		const struct dir_time *dir = &unpack->dirs[i];
		struct err ignored = ERR_INIT;
		AUTO_FD int fd = fs_open_in_root(unpack->root, dir->path,
						 O_RDONLY | O_DIRECTORY |
						 O_NOFOLLOW, &ignored);

		/* Replaced by a later entry: no directory any more. */
		if (fd >= 0 && futimens(fd, dir->times) < 0)
			return err_sys(err, errno,
				       "cannot set the time of '%s'",
				       dir->path);
	}
	return 0;
}

static void release(struct unpack *unpack)
{
	struct seen *seen, *next;

	HASH_ITER(hh, unpack->seen, seen, next) {
		HASH_DEL(unpack->seen, seen);
		free(seen->path);
		free(seen);
	}
	for (size_t i = 0; i < unpack->dir_count; i++)
		free(unpack->dirs[i].path);
	free(unpack->dirs);
	free(unpack->parent);
	if (unpack->parent_fd >= 0)
		close(unpack->parent_fd);
	free(unpack->chunk);
}

int untar_unpack(struct untar *untar, int dir,
		 const struct unpack_options *options, uint64_t *size,
		 struct err *err)
{
	struct unpack unpack = {
		.untar = untar,
		.root = dir,
		.options = options,
		.parent_fd = -1,
		.chunk = mem_alloc(CHUNK),
	};
	const struct tar_entry *entry;
	int rc;

	while ((rc = untar_next(untar, &entry, err)) == 1) {
		rc = put(&unpack, entry, err);
		if (rc < 0)
			break;
	}
	if (rc == 0)
		rc = set_dir_times(&unpack, err);
	if (rc == 0 && size)
		*size = unpack.size;
	release(&unpack);
	return rc;
}
