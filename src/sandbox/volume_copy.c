/* Knows how the content of an image's directory gets into a volume. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <uthash.h>

#include "base/fs.h"
#include "sandbox/volume.h"

#define CHUNK ((size_t)1024 * 1024)
#define XATTR_LIMIT 65536

/* A file with several names, and the first that was copied. */
struct linked {
	struct { dev_t dev; ino_t ino; } key;
	char *path; /* relative to the volume */
	UT_hash_handle hh;
};

struct copier {
	int to; /* the volume */
	struct linked *linked;
};

/* One entry on its way. */
struct item {
	int from, to;      /* directories */
	const char *name;
	const char *path;  /* relative to the volume */
	struct stat st;
};

static void linked_free(struct linked *all)
{
	struct linked *one, *next;

	HASH_ITER(hh, all, one, next) {
		HASH_DEL(all, one);
		free(one->path);
		free(one);
	}
}

/* l…xattr take no directory descriptor; this names it. */
static void name_at(char out[PATH_MAX], int dir, const char *name)
{
	snprintf(out, PATH_MAX, "/proc/self/fd/%d/%s", dir, name);
}

static int copy_xattrs(const struct item *item, struct err *err)
{
	char from[PATH_MAX], to[PATH_MAX];
	AUTO_FREE char *names = mem_alloc(XATTR_LIMIT);
	AUTO_FREE char *value = mem_alloc(XATTR_LIMIT);
	ssize_t len;

	name_at(from, item->from, item->name);
	name_at(to, item->to, item->name);
	len = llistxattr(from, names, XATTR_LIMIT);
	for (ssize_t at = 0; at < len; at += (ssize_t)strlen(names + at) + 1) {
		ssize_t n = lgetxattr(from, names + at, value, XATTR_LIMIT);

		if (n >= 0 && lsetxattr(to, names + at, value, (size_t)n,
					0) < 0 && errno != ENOTSUP &&
		    errno != EPERM)
			return err_sys(err, errno, "cannot set '%s' of '%s'",
				       names + at, item->path);
	}
	return 0;
}

static int copy_attributes(const struct item *item, struct err *err)
{
	const struct stat *st = &item->st;
	const struct timespec times[2] = { st->st_atim, st->st_mtim };

	if (fchownat(item->to, item->name, st->st_uid, st->st_gid,
		     AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot chown '%s'", item->path);
	if (!S_ISLNK(st->st_mode) &&
	    fchmodat(item->to, item->name, st->st_mode & 07777, 0) < 0)
		return err_sys(err, errno, "cannot chmod '%s'", item->path);
	if (copy_xattrs(item, err) < 0)
		return -1;
	if (utimensat(item->to, item->name, times, AT_SYMLINK_NOFOLLOW) < 0)
		return err_sys(err, errno, "cannot set the time of '%s'",
			       item->path);
	return 0;
}

static int copy_bytes(int from, int to, struct err *err)
{
	AUTO_FREE char *chunk = NULL;
	ssize_t n;

	while ((n = copy_file_range(from, NULL, to, NULL, CHUNK, 0)) > 0)
		;
	if (n == 0)
		return 0;
	/* Across file systems, or an older kernel: it goes on from here. */
	chunk = mem_alloc(CHUNK);
	while ((n = read(from, chunk, CHUNK)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_sys(err, errno, "cannot read");
		if (fs_write_all(to, chunk, (size_t)n, err) < 0)
			return -1;
	}
	return 0;
}

static int copy_file(const struct item *item, struct err *err)
{
	AUTO_FD int from = openat(item->from, item->name,
				  O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	AUTO_FD int to = openat(item->to, item->name,
				O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (from < 0 || to < 0)
		return err_sys(err, errno, "cannot copy '%s'", item->path);
	return copy_bytes(from, to, err);
}

static int copy_link(const struct item *item, struct err *err)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(item->from, item->name, target,
			       sizeof(target) - 1);

	if (n >= 0)
		target[n] = '\0';
	if (n < 0 || symlinkat(target, item->to, item->name) < 0)
		return err_sys(err, errno, "cannot copy link '%s'",
			       item->path);
	return 0;
}

/* 1 it got another name of a file that is there already, 0 it did not. */
static int copy_hard_link(struct copier *copier, const struct item *item,
			  struct err *err)
{
	struct linked *one = mem_alloc(sizeof(*one)), *found;

	one->key.dev = item->st.st_dev;
	one->key.ino = item->st.st_ino;
	HASH_FIND(hh, copier->linked, &one->key, sizeof(one->key), found);
	if (!found) {
		one->path = mem_strdup(item->path);
		HASH_ADD(hh, copier->linked, key, sizeof(one->key), one);
		return 0;
	}
	free(one);
	if (linkat(copier->to, found->path, item->to, item->name, 0) < 0)
		return err_sys(err, errno, "cannot link '%s'", item->path);
	return 1;
}

static int copy_dir(struct copier *copier, int from, int to,
		    const char *path, struct err *err);

static int enter_dir(struct copier *copier, const struct item *item,
		     struct err *err)
{
	AUTO_FD int from = openat(item->from, item->name,
				  O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
					  O_CLOEXEC);
	AUTO_FD int to = -1;

	if (from < 0 || mkdirat(item->to, item->name, 0700) < 0 ||
	    (to = openat(item->to, item->name,
			 O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)) < 0)
		return err_sys(err, errno, "cannot copy '%s'", item->path);
	/* Attributes first, as Docker: filling it changes its time. */
	if (copy_attributes(item, err) < 0)
		return -1;
	return copy_dir(copier, from, to, item->path, err);
}

static int copy_item(struct copier *copier, const struct item *item,
		     struct err *err)
{
	mode_t type = item->st.st_mode & S_IFMT;
	int rc = 0;

	if (type == S_IFDIR)
		return enter_dir(copier, item, err);
	if (type == S_IFSOCK)
		return 0;
	if (item->st.st_nlink > 1) {
		rc = copy_hard_link(copier, item, err);
		if (rc != 0)
			return rc < 0 ? -1 : 0;
	}
	if (type == S_IFREG)
		rc = copy_file(item, err);
	else if (type == S_IFLNK)
		rc = copy_link(item, err);
	else if (mknodat(item->to, item->name, item->st.st_mode,
			 item->st.st_rdev) < 0)
		rc = err_sys(err, errno, "cannot make '%s'", item->path);
	return rc < 0 ? -1 : copy_attributes(item, err);
}

static int copy_dir(struct copier *copier, int from, int to,
		    const char *path, struct err *err)
{
	AUTO(strv_release) struct strv names = { 0 };

	if (fs_list(from, ".", &names, err) < 0)
		return -1;
	for (size_t i = 0; i < names.count; i++) {
		AUTO_FREE char *below = mem_printf("%s%s%s", path,
						   *path ? "/" : "",
						   names.items[i]);
		struct item item = { .from = from, .to = to,
				     .name = names.items[i], .path = below };

		if (fstatat(from, item.name, &item.st,
			    AT_SYMLINK_NOFOLLOW) < 0)
			return err_sys(err, errno, "cannot stat '%s'", below);
		if (copy_item(copier, &item, err) < 0)
			return -1;
	}
	return 0;
}

int volume_copy(int from, int to, struct err *err)
{
	struct copier copier = { .to = to };
	struct item top = { .from = from, .to = to, .name = ".",
			    .path = "." };
	int rc;

	if (fstat(from, &top.st) < 0)
		return err_sys(err, errno, "cannot stat");
	rc = copy_attributes(&top, err);
	if (rc == 0)
		rc = copy_dir(&copier, from, to, "", err);
	linked_free(copier.linked);
	return rc;
}
